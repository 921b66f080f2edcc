//! The exchange of refresh tokens: what makes one not good, what ends its family, and what uses nothing up.

use std::sync::Mutex;

use super::super::testing::shown;
use super::*;
use crate::domain::client::Client;
use crate::domain::refresh::RefreshHash;
use crate::domain::right::RightPattern;
use crate::domain::session::{EndedSession, SessionId, SessionKind};
use crate::domain::token::Bearer;
use crate::domain::user::Credentials;
use crate::ports::clock::MockClock;
use crate::ports::ledger::{Condition, Ledger, MockLedger};
use crate::services::actor::Actor;
use crate::services::clients::Clients;
use crate::services::follow::Follower;
use crate::services::known_sessions::KnownSessions;
use crate::services::testing::*;

/// Where the family of a user is refreshed, through the client `portal` if it is one's.
struct World {
    grant: RefreshGrant,
    live: Arc<LivePolicy>,
    tokens: Arc<Tokens>,
    known: Arc<KnownSessions>,
}

fn portal() -> Client {
    client("portal", &["operator"])
}

fn policy_with(users: Vec<Credentials>, clients: Vec<Client>) -> Policy {
    let mut policy = policy(Users(users)).with_clients(Clients::new(clients, Arc::new(Notebook::default())));
    policy.logins.refresh = RefreshPolicy { password_grant: true, after_login: true };
    policy
}

fn world(ledger: Arc<dyn Ledger>) -> World {
    world_at(clock(), ledger)
}

fn world_at(clock: Arc<dyn Clock>, ledger: Arc<dyn Ledger>) -> World {
    let live =
        Arc::new(LivePolicy::new(policy_with(usual_users(), vec![portal(), client("other", &["admin"])])));
    let (tokens, known) = (Arc::new(Tokens::default()), Arc::<KnownSessions>::default());
    let follower = Follower::new(ledger.clone(), live.clone(), known.clone(), clock.clone(), Box::new(|| {}));
    let sessions = Sessions::new(ledger.clone(), live.clone(), Arc::new(follower), clock.clone());
    let entropy = Counting(Mutex::new(100));
    let reader = TokenReader::new(tokens.clone(), known.clone(), ledger);
    let grant = RefreshGrant::new(live.clone(), reader, sessions, clock, Arc::new(entropy));
    World { grant, live, tokens, known }
}

fn first() -> RefreshToken {
    RefreshToken::first([1; 48])
}

/// A session of the operator an hour before it ends, and its family: of `portal` for this scope, or of no client.
fn family(scope: Option<&str>) -> (Session, Family) {
    let operator = user("operator", &["operator"]).user;
    let session = Session {
        id: SessionId::from_bytes([9; 16]),
        user: operator.name.clone(),
        kind: SessionKind::Jwt,
        issued_at: NOW,
        last_seen_at: NOW,
        expires_at: NOW.plus(TTL),
        address: None,
        agent: None,
    };
    let delegation = scope.map(|scope| Delegation::read(portal().id, scope).unwrap());
    let standing = Standing::new(operator, &policy(Users(vec![])).roles());
    let through = Arc::new(Standing::new(portal(), &policy(Users(vec![])).roles()));
    let stamp = if scope.is_some() { standing.through(through).stamp() } else { standing.stamp() };
    let family = Family::of(&first(), session.id.clone(), stamp, delegation);
    (session, family)
}

/// A ledger with that family.
async fn notebook(scope: Option<&str>) -> Arc<Notebook> {
    let ledger: Arc<Notebook> = Arc::default();
    open(&ledger, family(scope)).await;
    ledger
}

async fn open(ledger: &Notebook, (session, family): (Session, Family)) {
    let actor = Actor { subject: "operator".into(), address: None, request_id: "login".into() };
    let record = actor.record("login", NOW, None);
    ledger.commit(Change::OpenFamily { session, family }, record).await.unwrap();
    ledger.take();
}

impl World {
    fn client(&self, client: Client) -> KnownClient {
        shown(client, &self.live.current())
    }

    async fn shown(
        &self,
        token: &str,
        client: Option<Client>,
        scope: Option<&str>,
    ) -> Result<Granted, RefreshError> {
        let attempt = RefreshAttempt {
            token: token.to_owned(),
            scope: scope.map(str::to_owned),
            client: client.map(|client| self.client(client)),
            address: Some([192, 0, 2, 7].into()),
            request_id: "request".into(),
            decision_id: "decision".into(),
        };
        assert!(token.is_empty() || !format!("{attempt:?}").contains(token), "it is printed");
        self.grant.exchange(attempt).await
    }

    async fn by_portal(&self) -> Result<Granted, RefreshError> {
        self.shown(&first().expose(), Some(portal()), None).await
    }
}

async fn present(ledger: &Notebook) -> Option<RefreshHash> {
    ledger.family(&first().family()).await.unwrap().map(|(_, family)| family.present)
}

#[tokio::test]
async fn a_good_one_gives_the_next_of_each_and_one_record() {
    let ledger = notebook(Some("qos:view")).await;
    let world = world(ledger.clone());
    let granted = world.by_portal().await.unwrap();
    assert_eq!((granted.lifetime, granted.scope.as_deref()), (TTL, Some("qos:view")));
    let next = granted.refresh_token.unwrap();
    assert_eq!((next.family(), Some(next.hash())), (first().family(), present(&ledger).await));
    let claims = world.tokens.claims(&granted.token).unwrap();
    let (session, family) = family(Some("qos:view"));
    assert_eq!((claims.session, claims.stamp), (session.id, family.stamp.to_string()));
    assert_eq!(claims.bearer, Bearer::Delegated { name: name("operator"), to: family.delegation.unwrap() });
    let [record] = &ledger.take()[..] else { unreachable!("one record") };
    assert_eq!((record.action.as_str(), record.verdict), ("token.refresh", Verdict::Allowed));
    assert_eq!(record.reason, "done, shown by client:portal");
}

#[tokio::test]
async fn an_access_token_lasts_as_long_as_its_clients_do_and_no_longer_than_the_session() {
    for (own, lifetime) in [(TTL / 12, TTL / 12), (TTL * 2, TTL)] {
        let world = world(notebook(Some("qos:view")).await);
        let portal = Client { token_ttl: Some(own), ..portal() };
        let granted = world.shown(&first().expose(), Some(portal), None).await.unwrap();
        assert_eq!(granted.lifetime, lifetime);
    }
}

#[tokio::test]
async fn whoever_shows_what_is_not_his_is_turned_away_and_nothing_is_used_up() {
    for (scope, shown_by, is_of_a_client) in [
        (Some("qos:view"), Some("other"), false),
        (Some("qos:view"), None, true),
        (None, Some("portal"), false),
    ] {
        let ledger = notebook(scope).await;
        let shown = world(ledger.clone())
            .shown(&first().expose(), shown_by.map(|id| client(id, &["admin"])), None)
            .await;
        match shown {
            Err(RefreshError::OfAClient) => assert!(is_of_a_client),
            Err(RefreshError::Rejected) => assert!(!is_of_a_client),
            other => unreachable!("{other:?}"),
        }
        assert_eq!(present(&ledger).await, Some(first().hash()));
        let [record] = &ledger.take()[..] else { unreachable!("one record") };
        assert_eq!((record.subject.as_deref(), record.verdict), (Some("operator"), Verdict::Refused));
        assert_eq!(record.decision_id.as_deref(), Some("decision"));
    }
}

#[tokio::test]
async fn one_that_was_used_ends_nothing_in_the_hands_of_somebody_whose_it_is_not() {
    for shown_by in [Some(client("other", &["admin"])), None] {
        let ledger = notebook(Some("qos:view")).await;
        let world = world(ledger.clone());
        let next = world.by_portal().await.unwrap().refresh_token.unwrap();
        assert!(world.shown(&first().expose(), shown_by, None).await.is_err());
        assert_eq!(present(&ledger).await, Some(next.hash()));
    }
}

#[tokio::test]
async fn a_user_who_is_not_welcome_and_a_client_that_is_another_one_have_nothing_of_it() {
    let operators = || usual_users().into_iter().filter(|known| known.user.name == name("operator"));
    let mut stranger = portal();
    stranger.stamp = user("stranger", &[]).user.stamp;
    for (users, clients, is_good) in [
        (usual_users(), vec![portal()], true),
        (vec![], vec![portal()], false),
        (operators().map(deactivated).collect(), vec![portal()], false),
        (operators().map(without_api_login).collect(), vec![portal()], false),
        (vec![user("operator", &["admin"])], vec![portal()], true),
        (usual_users(), vec![], false),
        (usual_users(), vec![stranger], false),
    ] {
        let ledger = notebook(Some("qos:view")).await;
        let world = world(ledger.clone());
        world.live.replace(policy_with(users, clients));
        let granted = world.by_portal().await;
        assert_eq!(granted.is_ok(), is_good, "{granted:?}");
        assert_eq!(present(&ledger).await == Some(first().hash()), !is_good);
    }
}

#[tokio::test]
async fn such_tokens_are_good_for_nothing_once_they_are_switched_off() {
    for (scope, refresh) in [
        (Some("qos:view"), RefreshPolicy { password_grant: false, after_login: true }),
        (None, RefreshPolicy { password_grant: true, after_login: false }),
    ] {
        let ledger = notebook(scope).await;
        let world = world(ledger.clone());
        let mut policy = policy_with(usual_users(), vec![portal()]);
        policy.logins.refresh = refresh;
        world.live.replace(policy);
        let shown = world.shown(&first().expose(), scope.map(|_| portal()), None).await;
        assert!(matches!(shown, Err(RefreshError::Rejected)));
        assert_eq!(present(&ledger).await, Some(first().hash()));
    }
}

#[tokio::test]
async fn a_scope_is_what_was_granted_and_is_still_held_and_no_more() {
    let given = |scope: &'static str, asked: Option<&'static str>, roles: &'static [&'static str]| async move {
        let ledger = notebook(Some(scope)).await;
        let world = world(ledger.clone());
        world.live.replace(policy_with(vec![user("operator", roles)], vec![portal()]));
        let granted = world.shown(&first().expose(), Some(portal()), asked).await;
        let is_used = present(&ledger).await != Some(first().hash());
        match granted {
            Ok(granted) if is_used => granted.scope,
            Err(RefreshError::Scope) if !is_used => None,
            other => unreachable!("{other:?}"),
        }
    };
    let both = "qos:view system:view";
    assert_eq!(given(both, None, &["operator"]).await.as_deref(), Some(both));
    assert_eq!(given(both, Some("qos:view"), &["operator"]).await.as_deref(), Some("qos:view"));
    assert_eq!(given(both, Some("routing:view"), &["admin"]).await, None);
    assert_eq!(given("qos:*", None, &["admin"]).await.as_deref(), Some("qos:view"));
    assert_eq!(given(both, None, &[]).await.as_deref(), Some(""));
    assert_eq!(given(both, Some("qos:view"), &[]).await, None);
}

#[tokio::test]
async fn a_login_token_is_for_all_that_its_user_holds_now() {
    let ledger = notebook(None).await;
    let world = world(ledger.clone());
    let token = first().expose();
    assert!(matches!(world.shown(&token, None, Some("qos:view")).await, Err(RefreshError::Scope)));
    assert_eq!(present(&ledger).await, Some(first().hash()));
    let granted = world.shown(&token, None, None).await.unwrap();
    assert_eq!(granted.scope, None);
    let Bearer::User { roles, .. } = world.tokens.claims(&granted.token).unwrap().bearer else {
        unreachable!("a login token")
    };
    assert_eq!(roles.len(), 1);
}

#[tokio::test]
async fn one_that_is_not_the_present_one_ends_the_session_in_this_process_too() {
    let ledger = notebook(Some("qos:view")).await;
    let world = world(ledger.clone());
    world.by_portal().await.unwrap();
    ledger.take();
    assert!(matches!(world.by_portal().await, Err(RefreshError::Rejected)));
    let (session, _) = family(None);
    assert!(world.known.ended.contains(&session.id));
    let [record] = &ledger.take()[..] else { unreachable!("one record") };
    assert_eq!((record.action.as_str(), record.verdict), ("token.reuse", Verdict::Refused));
    assert_eq!(record.subject.as_deref(), Some("operator"));
    assert_eq!(present(&ledger).await, None);
}

#[tokio::test]
async fn a_session_that_has_ended_gives_nothing_whatever_the_ledger_says() {
    let ledger = notebook(Some("qos:view")).await;
    let world_of = world(ledger.clone());
    let (session, _) = family(None);
    let ended = EndedSession { id: session.id, subject: session.user.into(), expires_at: session.expires_at };
    world_of.known.ended.insert(&ended, NOW).unwrap();
    assert!(matches!(world_of.by_portal().await, Err(RefreshError::Rejected)));
    let ledger: Arc<Notebook> = Arc::default();
    let (session, family) = family(Some("qos:view"));
    open(&ledger, (Session { expires_at: NOW, ..session }, family)).await;
    assert!(matches!(world(ledger).by_portal().await, Err(RefreshError::Rejected)));
}

fn ledger_with(families: impl IntoIterator<Item = Option<(Session, Family)>>) -> MockLedger {
    let mut ledger = MockLedger::new();
    let mut families: Vec<_> = families.into_iter().collect();
    families.reverse();
    let families = Mutex::new(families);
    ledger.expect_family().returning(move |_| Ok(families.lock().unwrap().pop().flatten()));
    ledger.expect_note().return_const(());
    ledger.expect_changes().returning(|_, _| Ok(vec![]));
    ledger.expect_condition().returning(Condition::default);
    ledger
}

#[tokio::test]
async fn whoever_comes_second_at_the_ledger_has_used_it_twice() {
    let known = || Some(family(Some("qos:view")));
    for (again, is_ended) in [(known(), true), (None, false)] {
        let mut ledger = ledger_with([known(), again]);
        ledger
            .expect_commit()
            .withf(|change, _| matches!(change, Change::Rotate(_)))
            .times(1)
            .returning(|_, _| Err(CommitError::Stale));
        ledger
            .expect_commit()
            .withf(|change, record| matches!(change, Change::EndSession(_)) && record.action == "token.reuse")
            .times(usize::from(is_ended))
            .returning(|_, _| Ok(crate::domain::record::Sequence(1)));
        assert!(matches!(world(Arc::new(ledger)).by_portal().await, Err(RefreshError::Rejected)));
    }
}

#[tokio::test]
async fn a_session_that_expires_during_the_exchange_was_not_used_twice() {
    let (mut late, mut looks) = (MockClock::new(), 0);
    late.expect_now().returning(move || {
        looks += 1;
        if looks == 1 { NOW } else { NOW.plus(TTL) }
    });
    let mut ledger = ledger_with([Some(family(Some("qos:view")))]);
    ledger
        .expect_commit()
        .withf(|change, _| matches!(change, Change::Rotate(rotation) if rotation.at == NOW))
        .times(1)
        .returning(|_, _| Ok(crate::domain::record::Sequence(1)));
    let granted = world_at(Arc::new(late), Arc::new(ledger)).by_portal().await.unwrap();
    assert_eq!(granted.lifetime, TTL);
}

#[tokio::test]
async fn what_cannot_be_read_or_written_is_no_bad_token() {
    let mut ledger = MockLedger::new();
    ledger.expect_family().returning(|_| Err(unavailable()));
    assert!(matches!(world(Arc::new(ledger)).by_portal().await, Err(RefreshError::Store(_))));
    let mut ledger = ledger_with([Some(family(Some("qos:view")))]);
    ledger.expect_commit().returning(|_, _| Err(unavailable().into()));
    assert!(matches!(world(Arc::new(ledger)).by_portal().await, Err(RefreshError::Ledger(_))));
    let (session, known) = family(Some("qos:view"));
    let mut ledger = ledger_with([Some((session, Family { present: first().family(), ..known }))]);
    ledger.expect_commit().returning(|_, _| Err(unavailable().into()));
    let world = world(Arc::new(ledger));
    assert!(matches!(world.by_portal().await, Err(RefreshError::Sessions(_))));
    // In this process it is over all the same.
    assert!(world.known.ended.contains(&family(None).0.id));
}

#[tokio::test]
async fn guesses_are_counted_and_a_good_token_is_not_held_up_by_them() {
    let ledger = notebook(Some("qos:view")).await;
    let world = world(ledger.clone());
    let unknown = RefreshToken::first([2; 48]).expose();
    let mut held = 0;
    for number in 0..30 {
        let token = if number % 2 == 0 { "no token" } else { &unknown };
        match world.shown(token, None, None).await {
            Err(RefreshError::Rejected) => assert_eq!(held, 0),
            Err(RefreshError::Throttled { .. }) => held += 1,
            other => unreachable!("{other:?}"),
        }
    }
    assert_eq!(held, 10);
    assert!(ledger.take().iter().all(|record| record.subject.is_none()));
    assert!(world.by_portal().await.is_ok());
}

#[tokio::test]
async fn a_client_that_shows_many_ended_tokens_is_told_so_of_each_and_holds_up_nobody() {
    let world = world(notebook(None).await);
    let ended = RefreshToken::first([2; 48]).expose();
    for _ in 0..30 {
        let refused = world.shown(&ended, Some(portal()), None).await;
        assert!(matches!(refused, Err(RefreshError::Rejected)), "{refused:?}");
    }
    let refused = world.shown(&ended, None, None).await;
    assert!(matches!(refused, Err(RefreshError::Rejected)), "{refused:?}");
}

#[test]
fn a_scope_that_no_token_can_say_is_not_given() {
    let right = RightPattern::parse(&format!("{}:{}", "a".repeat(64), "b".repeat(64))).unwrap();
    let held: Vec<_> = std::iter::repeat_n(&right, 32).collect();
    assert!(granted(&held[..31], None).is_some());
    assert!(granted(&held, None).is_none());
}
