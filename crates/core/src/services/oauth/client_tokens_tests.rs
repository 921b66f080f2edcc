//! Tokens for clients: what they may ask for, and what the token says.

use super::super::granted::Granted;
use super::super::testing::shown;
use super::*;
use crate::domain::client::Client;
use crate::ports::entropy::MockEntropy;
use crate::ports::ledger::{Condition, MockLedger};
use crate::services::testing::*;

fn maker(codec: &Arc<Tokens>, ledger: Arc<dyn Ledger>) -> ClientTokens {
    let mut entropy = MockEntropy::new();
    entropy.expect_fill().returning(|bytes| {
        bytes.fill(7);
        Ok(())
    });
    ClientTokens::new(codec.clone(), ledger, clock(), Arc::new(entropy))
}

fn issued(client: Client, scope: Option<&str>) -> Result<(ClientToken, Claims), ClientTokenError> {
    let codec = Arc::new(Tokens::default());
    let known = shown(client, &Arc::new(policy(Users(vec![]))));
    let token = maker(&codec, Arc::new(Notebook::default())).issue(&known, scope)?;
    let claims = codec.claims(&token.token).unwrap();
    Ok((token, claims))
}

#[test]
fn a_token_says_whose_it_is_for_whom_and_for_how_long() {
    let client = Client { token_ttl: Some(Duration::from_mins(5)), ..client("Backup", &["operator"]) };
    let (token, claims) = issued(client.clone(), Some("qos:view system:view qos:view")).unwrap();
    assert_eq!((token.scope.as_str(), token.lifetime), ("qos:view system:view", Duration::from_mins(5)));
    assert_eq!(
        (claims.issuer.as_str(), claims.audience.as_slice()),
        ("portcullis", &["portcullis".to_owned()][..])
    );
    assert_eq!((claims.issued_at, claims.expires_at), (NOW, NOW.plus(Duration::from_mins(5))));
    assert_eq!((claims.id.as_str(), claims.session.as_str()), ("07".repeat(16).as_str(), claims.id.as_str()));
    assert_eq!(claims.stamp, client.stamp.to_string());
    let Bearer::Client { id, scope } = claims.bearer else { unreachable!("it is a client's") };
    assert_eq!((id, scope.len()), (client.id, 2));
}

#[test]
fn a_token_that_was_issued_is_not_printed() {
    let (issued, _) = issued(client("backup", &["operator"]), None).unwrap();
    let printed = format!("{issued:?} {:?}", Granted::from(issued.clone()));
    assert!(!printed.contains(&issued.token), "{printed}");
}

#[test]
fn whoever_asks_for_nothing_gets_all_that_he_holds_and_nobody_gets_more() {
    let of = |scope| {
        issued(client("backup", &["planner", "operator@pop-syd"]), scope).map(|(token, _)| token.scope)
    };
    let all = of(None).unwrap();
    assert!(all.contains("device:*") && all.contains("qos:view"), "{all}");
    assert_eq!(of(Some("device:add device:*")).unwrap(), "device:add device:*");
    for beyond in
        ["config:edit", "*:*", "*:view", "device:add config:edit", "", " ", "device:add ", "device", "admin"]
    {
        assert!(matches!(of(Some(beyond)), Err(ClientTokenError::Scope)), "{beyond:?}");
    }
    assert_eq!(issued(client("idle", &[]), None).unwrap().0.scope, "");
}

#[test]
fn a_token_lasts_as_long_as_a_login_s_unless_the_client_s_own_are_shorter_or_longer() {
    for own in [None, Some(TTL / 2), Some(TTL * 2)] {
        let client = Client { token_ttl: own, ..client("backup", &[]) };
        let (token, claims) = issued(client, None).unwrap();
        let expected = own.unwrap_or(TTL);
        assert_eq!((token.lifetime, claims.expires_at), (expected, NOW.plus(expected)));
    }
}

#[test]
fn where_everything_is_to_be_recorded_there_is_no_token_without_it() {
    for (refuses, is_failing, gives) in [(true, true, false), (true, false, true), (false, true, true)] {
        let mut ledger = MockLedger::new();
        ledger.expect_condition().returning(move || Condition { is_failing, lost: 0 });
        ledger.expect_note().return_const(());
        let policy = Arc::new(policy(Users(vec![])).refusing_unrecorded(refuses));
        let known = shown(client("backup", &[]), &policy);
        let codec = Arc::new(Tokens::default());
        assert_eq!(
            maker(&codec, Arc::new(ledger)).issue(&known, None).is_ok(),
            gives,
            "{refuses} {is_failing}"
        );
    }
}
