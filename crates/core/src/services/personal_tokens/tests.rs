//! That a personal token is for no more than its owner holds, and that nobody but him sees or ends it.

use std::net::IpAddr;

use super::super::actor::Actor;
use super::super::policy::LivePolicy;
use super::super::registry::Origin;
use super::super::testing::*;
use super::*;
use crate::domain::grant::Scope;
use crate::domain::realm::Realm;
use crate::domain::record::{Record, Sequence};
use crate::domain::right::RightPattern;
use crate::domain::role::RoleName;
use crate::domain::standing::{Standing, Subject};
use crate::domain::user::{Credentials, Stamp};
use crate::ports::entropy::MockEntropy;
use crate::ports::ledger::{CommitError, MockLedger};

fn tokens(ledger: MockLedger) -> PersonalTokens {
    let live = Arc::new(LivePolicy::new(policy(Users(users()))));
    let ledger: Arc<dyn Ledger> = Arc::new(ledger);
    let follower = Follower::new(ledger.clone(), live.clone(), Arc::default(), clock(), Box::new(|| {}));
    let follower = Arc::new(follower);
    let origin = Origin::File("bng.yaml".into());
    let registrar = Registrar::new(live, ledger.clone(), follower.clone(), clock(), origin);
    let mut entropy = MockEntropy::new();
    entropy.expect_fill().returning(|bytes| {
        bytes.fill(7);
        Ok(())
    });
    PersonalTokens::new(Arc::new(registrar), ledger, follower, Arc::default(), Arc::new(entropy))
}

fn principal(subject: impl Into<Subject>, kind: SessionKind) -> Principal {
    Principal {
        standing: Arc::new(Standing::new(subject, &policy(Users(vec![])).roles())),
        session: SessionId::from_bytes([9; 16]),
        kind,
        issued_at: NOW,
        expires_at: NOW.plus(TTL),
    }
}

/// The usual ones, and `local`, who holds the role viewer in one realm, and all that it gives everywhere.
fn users() -> Vec<Credentials> {
    usual_users().into_iter().chain([user("local", &["manager", "viewer@pop-syd"])]).collect()
}

fn known(of: &str) -> User {
    users().into_iter().map(|known| known.user).find(|user| user.name == name(of)).unwrap()
}

fn editor(of: &str) -> Editor {
    let address: Option<IpAddr> = "192.0.2.1".parse().ok();
    let actor = Actor { subject: of.into(), address, request_id: "request".into() };
    Editor { actor, authority: Authority::User(name(of)), decision_id: Some("decision".into()) }
}

fn grant(role: &str, realm: Option<&str>) -> Grant {
    let scope = realm.map_or(Scope::Everywhere, |realm| Scope::In(Realm::parse(realm).unwrap()));
    Grant { role: RoleName::parse(role).unwrap(), scope }
}

fn new(grants: Option<Vec<Grant>>) -> NewToken {
    let name = TokenName::parse("nightly").unwrap();
    NewToken { name, grants, expires_at: NOW.plus(LONGEST), allow_from: vec![] }
}

/// A ledger that takes one session.
fn taking() -> MockLedger {
    let mut ledger = MockLedger::new();
    ledger.expect_commit().times(1).returning(|_, _| Ok(Sequence(1)));
    ledger.expect_session_of().returning(|_| Ok(None));
    ledger
}

async fn made(of: &str, grants: Option<Vec<Grant>>) -> Made {
    let (tokens, of_user) = (tokens(taking()), principal(known(of), SessionKind::Jwt));
    tokens.add(&of_user, &editor(of), new(grants)).await.unwrap()
}

fn rights(made: &Made) -> Vec<String> {
    let rights = &made.session.kind.personal().unwrap().limits.rights;
    let told = |right: &RightPattern, scope: &Scope| match scope.realm() {
        None => right.as_str().to_owned(),
        Some(realm) => format!("{}@{realm}", right.as_str()),
    };
    rights.iter().map(|right| told(&right.right, &right.scope)).collect()
}

#[tokio::test]
async fn a_token_is_for_what_its_owner_holds_or_for_a_part_of_it() {
    let whole = made("tech", None).await;
    let limits = &whole.session.kind.personal().unwrap().limits;
    assert_eq!((&limits.meant, &limits.grants), (&limits.grants, &vec![grant("planner", Some("pop-syd"))]));
    assert_eq!(rights(&whole)[..2], ["device:*@pop-syd", "group:*@pop-syd"]);

    let part = made("tech", Some(vec![grant("VIEWER", Some("pop-syd"))])).await;
    let limits = &part.session.kind.personal().unwrap().limits;
    assert_eq!((limits.meant[0].role.as_str(), limits.grants.len()), ("viewer", 0));
    assert_eq!(rights(&part)[..2], ["device:view@pop-syd", "group:view@pop-syd"]);

    // Where a role is not held it does not give its name, though all its rights are held there.
    for (realm, called) in [(None, 0), (Some("pop-mel"), 0), (Some("pop-syd"), 1)] {
        let viewer = made("local", Some(vec![grant("viewer", realm)])).await;
        let limits = &viewer.session.kind.personal().unwrap().limits;
        assert_eq!((limits.meant.len(), limits.grants.len()), (1, called), "{realm:?}");
    }

    assert_eq!(rights(&made("newcomer", None).await), [""; 0]);
    // Whoever holds everything could be called whatever he likes, and so can his token.
    let operator = made("admin", Some(vec![grant("operator", None)])).await;
    let limits = &operator.session.kind.personal().unwrap().limits;
    assert_eq!((limits.meant.len(), limits.grants.len(), limits.rights.len()), (1, 1, 5));
}

#[tokio::test]
async fn what_its_owner_does_not_hold_is_refused_and_recorded() {
    for (of, wanted, why) in [
        ("tech", grant("planner", None), "Right 'device:*' required"),
        ("tech", grant("viewer", Some("pop-mel")), "Right 'device:view' required in realm 'pop-mel'"),
        ("newcomer", grant("admin", None), "Right '*:*' required"),
    ] {
        let mut ledger = MockLedger::new();
        let is_it = move |record: &Record| record.action == "token.add" && record.reason == why;
        ledger.expect_note().withf(is_it).times(1).return_const(());
        let of_user = principal(known(of), SessionKind::Jwt);
        let refused = tokens(ledger).add(&of_user, &editor(of), new(Some(vec![wanted]))).await;
        assert!(matches!(refused, Err(PersonalTokenError::Admin(AdminError::Beyond(_)))), "{refused:?}");
    }
    let of_user = principal(known("admin"), SessionKind::Jwt);
    let unknown = new(Some(vec![grant("no-such-role", None)]));
    let refused = tokens(MockLedger::new()).add(&of_user, &editor("admin"), unknown).await;
    assert!(matches!(refused, Err(PersonalTokenError::Admin(AdminError::UnknownRoles(_)))), "{refused:?}");
}

#[tokio::test]
async fn what_is_kept_is_its_hash_the_stamp_of_the_caller_and_in_the_record_no_secret() {
    let mut ledger = MockLedger::new();
    let is_it = |change: &Change, record: &Record| {
        let Change::OpenPersonal { session, at_most: 100 } = change else { return false };
        let personal = session.kind.personal().unwrap();
        let amendment = record.amendment.as_ref().unwrap();
        let words = "planner in 'pop-syd'; until 2028-01-15T08:00:00.000000Z; from 10.0.0.0/8";
        personal.token == PersonalToken::from_bytes([7; 32]).hash()
            && personal.stamp == Stamp::of(&[b"tech"])
            && session.issued_at == NOW
            && session.expires_at == NOW.plus(LONGEST)
            && (record.action.as_str(), amendment.object.as_str())
                == ("token.add", "personal token 'nightly' of tech")
            && (amendment.before.as_deref(), amendment.after.as_deref()) == (None, Some(words))
    };
    ledger.expect_commit().withf(is_it).times(1).returning(|_, _| Ok(Sequence(1)));
    ledger.expect_session_of().returning(|_| Ok(None));
    let of_user = principal(known("tech"), SessionKind::Jwt);
    let new = NewToken { allow_from: vec!["10.0.0.0/8".parse().unwrap()], ..new(None) };
    let made = tokens(ledger).add(&of_user, &editor("tech"), new).await.unwrap();
    assert_eq!(made.token, PersonalToken::from_bytes([7; 32]));
}

#[tokio::test]
async fn a_token_ends_in_the_future_and_within_a_year() {
    for (expires_at, is_good) in [
        (NOW, false),
        (NOW.plus(Duration::from_micros(1)), true),
        (NOW.plus(LONGEST), true),
        (NOW.plus(LONGEST + Duration::from_micros(1)), false),
        (Timestamp::from_seconds(0), false),
    ] {
        let ledger = if is_good { taking() } else { MockLedger::new() };
        let of_user = principal(known("tech"), SessionKind::Jwt);
        let new = NewToken { expires_at, ..new(None) };
        let added = tokens(ledger).add(&of_user, &editor("tech"), new).await;
        assert_eq!(added.is_ok(), is_good, "{expires_at:?} {added:?}");
    }
}

#[tokio::test]
async fn neither_a_client_nor_a_personal_token_makes_any() {
    let tokens = tokens(MockLedger::new());
    let of_client = principal(client("backup", &["admin"]), SessionKind::Jwt);
    let through = Principal {
        standing: Arc::new(
            principal(known("admin"), SessionKind::Jwt).standing.through(of_client.standing.clone()),
        ),
        ..of_client.clone()
    };
    let personal = principal(known("admin"), session(1, "admin").kind);
    for (principal, unfit) in
        [(of_client, Unfit::Client), (through, Unfit::Client), (personal, Unfit::Personal)]
    {
        let added = tokens.add(&principal, &editor("admin"), new(None)).await;
        assert!(matches!(added, Err(PersonalTokenError::Unfit(why)) if why == unfit), "{added:?}");
        if unfit == Unfit::Client {
            let listed = tokens.list(&principal, Page::first(9)).await;
            assert!(matches!(listed, Err(PersonalTokenError::Unfit(Unfit::Client))), "{listed:?}");
        }
    }
}

/// The `number`th session of a user, of a personal token.
fn session(number: u8, of: &str) -> Session {
    let personal = Personal {
        token: PersonalToken::from_bytes([number; 32]).hash(),
        stamp: Stamp::of(&[of.as_bytes()]),
        name: TokenName::parse("nightly").unwrap(),
        limits: Arc::default(),
        allow_from: Box::default(),
    };
    Session {
        id: SessionId::from_bytes([number; 16]),
        user: name(of),
        kind: SessionKind::Personal(Arc::new(personal)),
        issued_at: NOW,
        last_seen_at: NOW,
        expires_at: NOW.plus(TTL),
        address: None,
        agent: None,
    }
}

/// A login's session, one of before a change of the password, and two personal tokens that are good.
fn all() -> Vec<Session> {
    let mut all: Vec<_> = (1..=4).map(|number| session(number, "tech")).collect();
    all[0].kind = SessionKind::Jwt;
    let SessionKind::Personal(earlier) = &mut all[1].kind else { unreachable!() };
    Arc::make_mut(earlier).stamp = Stamp::of(&[b"earlier"]);
    all
}

#[tokio::test]
async fn the_tokens_that_are_good_are_listed_and_a_personal_one_sees_itself() {
    let listed = async |kind: SessionKind, shown: u8, limit| {
        let mut ledger = MockLedger::new();
        ledger.expect_sessions().returning(|_, _, page| {
            Ok(page.of(all().iter(), |one| one.id.as_str()).into_iter().cloned().collect())
        });
        let of_user =
            Principal { session: SessionId::from_bytes([shown; 16]), ..principal(known("tech"), kind) };
        let listed = tokens(ledger).list(&of_user, Page::first(limit)).await.unwrap();
        listed.into_iter().map(|session| session.id).collect::<Vec<_>>()
    };
    let id = |number: u8| SessionId::from_bytes([number; 16]);
    assert_eq!(listed(SessionKind::Jwt, 1, 9).await, [id(3), id(4)]);
    assert_eq!(listed(SessionKind::Jwt, 1, 1).await, [id(3)]);
    assert_eq!(listed(session(4, "tech").kind, 4, 9).await, [id(4)]);
}

#[tokio::test]
async fn one_too_many_is_told_so_and_whatever_else_keeps_it_from_being_made_is_not() {
    let refused = async |why: fn() -> CommitError| {
        let mut ledger = MockLedger::new();
        ledger.expect_commit().times(1).returning(move |_, _| Err(why()));
        let of_user = principal(known("tech"), SessionKind::Jwt);
        tokens(ledger).add(&of_user, &editor("tech"), new(None)).await.unwrap_err()
    };
    let too_many = refused(|| CommitError::TooMany).await;
    assert_eq!(too_many.to_string(), "A user has at most 100 personal tokens; end one of them first");
    for why in [|| CommitError::Stale, || CommitError::Store(unavailable())] {
        let failed = refused(why).await;
        assert!(matches!(failed, PersonalTokenError::Admin(AdminError::Ledger(_))), "{failed:?}");
    }
}

#[tokio::test]
async fn a_token_is_shown_to_and_ended_by_its_owner_alone() {
    // Of another user whose stamp is the same: the name counts too.
    let other = Session { user: name("admin"), ..session(5, "tech") };
    let expired = Session { expires_at: NOW, ..session(6, "tech") };
    for (session, kind, is_there) in [
        (session(3, "tech"), SessionKind::Jwt, true),
        (session(9, "tech"), session(9, "tech").kind, true),
        (session(3, "tech"), session(9, "tech").kind, false),
        (all().remove(0), SessionKind::Jwt, false),
        (all().remove(1), SessionKind::Jwt, false),
        (other, SessionKind::Jwt, false),
        (expired, SessionKind::Jwt, false),
    ] {
        let mut ledger = MockLedger::new();
        let (found, token) = (session.clone(), session.kind.token());
        ledger.expect_session().returning(move |_| Ok(Some(found.clone())));
        if is_there {
            let is_it = move |change: &Change, record: &Record| {
                Some(change) == token.map(Change::EndToken).as_ref()
                    && record.action == "token.remove"
                    && record.amendment.as_ref().is_some_and(|amendment| amendment.after.is_none())
            };
            ledger.expect_commit().withf(is_it).times(1).returning(|_, _| Ok(Sequence(1)));
            ledger.expect_changes().returning(|_, _| Ok(vec![]));
        }
        let (tokens, of_user) = (tokens(ledger), principal(known("tech"), kind));
        assert_eq!(tokens.show(&of_user, &session.id).await.is_ok(), is_there, "{session:?}");
        let removed = tokens.remove(&of_user, &editor("tech"), &session.id).await;
        assert_eq!(removed.is_ok(), is_there, "{session:?} {removed:?}");
    }
}
