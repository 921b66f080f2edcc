//! The gate: what it says first, whom it believes, and that nothing broken opens it.

#[path = "gate_client_tests.rs"]
mod clients;
#[path = "gate_opaque_tests.rs"]
mod opaque;
#[path = "gate_record_tests.rs"]
mod records;

use std::sync::atomic::{AtomicBool, Ordering};

use super::super::testing::*;
use super::*;
use crate::domain::request::{AmbiguousField, Fields};
use crate::domain::role::RoleName;
use crate::domain::route::Destination;
use crate::domain::session::EndedSession;
use crate::domain::session::SessionId;
use crate::domain::token::{Bearer, Claims, ClaimsError};
use crate::domain::user::{Stamp, User};
use crate::ports::decision_observer::MockDecisionObserver;
use crate::ports::ledger::{Condition, MockLedger};
use crate::ports::store_error::StoreError;
use crate::ports::token_codec::{MockTokenCodec, TokenError};
use crate::ports::user_store::MockUserStore;

struct NoFields;

impl Fields for NoFields {
    fn only(&self, _: &str) -> Result<Option<&str>, AmbiguousField> {
        Ok(None)
    }
}

/// A gate, and what is around it.
struct World {
    live: Arc<LivePolicy>,
    ledger: Arc<Notebook>,
    gate: Gate,
}

impl World {
    fn of(policy: Policy, codec: impl TokenCodec) -> Self {
        let live = Arc::new(LivePolicy::new(policy));
        let ledger = Arc::new(Notebook::default());
        let gate = gate(Arc::clone(&live), codec, Arc::clone(&ledger) as Arc<dyn Ledger>);
        Self { live, ledger, gate }
    }

    fn usual() -> Self {
        Self::of(policy(Users(usual_users())), Tokens::of(&usual_users()))
    }

    /// A usual world in which `mallory` is a token that makes these claims.
    fn claiming(claims: Claims) -> Self {
        Self::of(policy(Users(usual_users())), Tokens::default().with("mallory", claims))
    }

    async fn ask(&self, method: &str, target: &str, credential: Credential<'_>) -> Result<Permit, Refused> {
        let view =
            RequestView { method, target, credential, fields: &NoFields, id: "request", address: None };
        self.gate.admit(&view).await
    }

    async fn refusal(&self, method: &str, target: &str, token: &str) -> Refusal {
        self.ask(method, target, Credential::Bearer(token)).await.unwrap_err().refusal
    }

    /// Why a token is not believed on a route that takes any.
    async fn disbelief(&self, token: &str) -> Unauthenticated {
        match self.refusal("GET", "/any", token).await {
            Refusal::Unauthenticated(why) => why,
            other => unreachable!("{other:?}"),
        }
    }

    async fn passes(&self, method: &str, target: &str, token: &str) -> bool {
        self.ask(method, target, Credential::Bearer(token)).await.is_ok()
    }
}

/// Users of whom the one that is asked about has become somebody else.
fn changed(who: &str, change: impl Fn(&mut User)) -> Users {
    let mut users = usual_users();
    users.iter_mut().filter(|known| known.user.name == name(who)).for_each(|known| change(&mut known.user));
    Users(users)
}

#[tokio::test]
async fn what_is_wrong_is_said_in_the_order_path_method_token_realm_right() {
    let world = World::usual();
    let code = async |method, target, token| world.refusal(method, target, token).await.code();
    assert_eq!(code("MKCOL", "/devices/..", "garbage").await, "ambiguous_path");
    assert_eq!(code("DELETE", "/api/v1/auth/LOGIN", "garbage").await, "ambiguous_path");
    assert_eq!(code("MKCOL", "/devices?realm=a&realm=b", "garbage").await, "method_not_allowed");
    assert_eq!(code("DELETE", "/api/v1/auth/me", "garbage").await, "method_not_allowed");
    assert_eq!(code("GET", "/devices?realm=a&realm=b", "garbage").await, "invalid_token");
    assert_eq!(code("GET", "/devices?realm=a&realm=b", "newcomer").await, "ambiguous_realm");
    assert_eq!(code("GET", "/devices?realm=a", "newcomer").await, "right_required");
    assert_eq!(code("GET", "/admin", "operator").await, "role_required");
}

#[tokio::test]
async fn methods_that_no_route_can_name_are_refused_whatever_else_is_wrong() {
    let world = World::usual();
    for (method, target) in [("CONNECT", "host:443"), ("TRACE", "/public"), ("CONNECT", "/public")] {
        let Refusal::Method(allowed) = world.refusal(method, target, "admin").await else {
            unreachable!("{method} is served")
        };
        assert!(allowed.is_every_standard());
    }
}

#[tokio::test]
async fn a_public_route_looks_at_no_credential_and_reads_no_store() {
    let untouched = (MockUserStore::new(), MockTokenCodec::new()); // any call of them panics
    let world = World::of(policy(untouched.0), untouched.1);
    let offers = [Credential::Absent, Credential::Malformed { bearer: true }, Credential::Bearer("garbage")];
    for credential in offers {
        for target in ["/public", "/api/v1/health", "/metrics"] {
            assert!(world.ask("GET", target, credential).await.unwrap().principal().is_none());
        }
    }
}

#[tokio::test]
async fn no_credential_and_a_bad_one_are_told_apart_and_both_refused() {
    let world = World::usual();
    let why = async |credential| match world.ask("GET", "/any", credential).await.unwrap_err().refusal {
        Refusal::Unauthenticated(why) => why,
        other => unreachable!("{other:?}"),
    };
    assert_eq!(why(Credential::Absent).await, Unauthenticated::NoCredential);
    for bearer in [true, false] {
        let malformed = why(Credential::Malformed { bearer }).await;
        assert_eq!(malformed, Unauthenticated::MalformedCredential { bearer });
        assert_eq!(malformed.had_bearer_token(), bearer);
    }
    assert_eq!(why(Credential::Bearer("")).await, Unauthenticated::BadToken(TokenError::Signature));
}

#[tokio::test]
async fn a_token_that_the_codec_refuses_is_refused_for_its_reason() {
    for fault in [TokenError::Malformed, TokenError::Header, TokenError::Signature, TokenError::Claims] {
        let mut codec = MockTokenCodec::new();
        codec.expect_verify().returning(move |_| Err(fault));
        let world = World::of(policy(MockUserStore::new()), codec); // the store is not asked
        assert_eq!(world.disbelief("any").await, Unauthenticated::BadToken(fault));
    }
}

#[tokio::test]
async fn claims_are_judged_by_the_clock_and_the_policy() {
    let of_admin = || claims(&user("Admin", &[]).user);
    let why = async |claims| World::claiming(claims).disbelief("mallory").await;
    let bad = Unauthenticated::BadClaims;
    assert_eq!(why(Claims { expires_at: NOW, ..of_admin() }).await, bad(ClaimsError::Expired));
    assert_eq!(why(Claims { issuer: "other".into(), ..of_admin() }).await, bad(ClaimsError::Issuer));
    assert_eq!(why(Claims { not_before: Some(NOW.plus(TTL)), ..of_admin() }).await, bad(ClaimsError::NotYet));
    assert!(World::claiming(of_admin()).passes("GET", "/any", "mallory").await);
}

#[tokio::test]
async fn a_good_token_does_not_outlive_its_user_or_his_credential() {
    let why = async |users: Users, token| {
        World::of(policy(users), Tokens::of(&usual_users())).disbelief(token).await
    };
    assert_eq!(why(Users(vec![]), "admin").await, Unauthenticated::NoSuchUser);
    assert_eq!(
        why(changed("admin", |user| user.active = false), "admin").await,
        Unauthenticated::Deactivated
    );
    assert_eq!(
        why(changed("admin", |user| user.api_login = false), "admin").await,
        Unauthenticated::Deactivated
    );
    let another = |user: &mut User| user.stamp = Stamp::of(&[b"another"]);
    assert_eq!(why(changed("admin", another), "admin").await, Unauthenticated::Superseded);
}

#[tokio::test]
async fn a_good_token_does_not_outlive_its_session() {
    let ended = Arc::<super::super::ended_sessions::EndedSessions>::default();
    let live = Arc::new(LivePolicy::new(policy(Users(usual_users()))));
    let ledger = Arc::<Notebook>::default();
    let gate = gate_knowing(&ended, Arc::clone(&live), Tokens::of(&usual_users()), ledger.clone());
    let world = World { live, ledger, gate };
    assert!(world.passes("GET", "/any", "admin").await);
    let claims = claims(&user("Admin", &[]).user);
    let session =
        EndedSession { id: claims.session, subject: name("admin").into(), expires_at: claims.expires_at };
    ended.insert(&session, NOW).unwrap();
    assert_eq!(world.disbelief("admin").await, Unauthenticated::SessionEnded);
}

#[tokio::test]
async fn what_can_not_be_recorded_is_refused_only_where_that_is_wanted() {
    for (is_failing, refuses, passes) in
        [(true, true, false), (true, false, true), (false, true, true), (false, false, true)]
    {
        let mut ledger = MockLedger::new();
        ledger.expect_condition().returning(move || Condition { is_failing, lost: 0 });
        ledger.expect_note().return_const(());
        let policy = policy(Users(usual_users())).refusing_unrecorded(refuses);
        let live = Arc::new(LivePolicy::new(policy));
        let gate = gate(live.clone(), Tokens::of(&usual_users()), Arc::new(ledger));
        let world = World { live, ledger: Arc::default(), gate };
        for target in ["/any", "/public"] {
            assert_eq!(
                world.passes("POST", target, "admin").await,
                passes,
                "{target} {is_failing} {refuses}"
            );
            assert!(world.passes("GET", target, "admin").await);
        }
        // Our own records for itself what it does, and fails by itself where it can't.
        assert!(world.passes("POST", "/api/v1/auth/login", "admin").await);
    }
}

#[tokio::test]
async fn rights_come_from_the_user_as_he_is_and_not_from_his_token() {
    let boasts = vec![RoleName::parse("admin").unwrap()];
    let world = World::claiming(Claims {
        bearer: Bearer::User { name: name("operator"), roles: boasts },
        ..claims(&user("operator", &[]).user)
    });
    assert!(world.passes("GET", "/any", "mallory").await);
    assert!(matches!(world.refusal("GET", "/admin", "mallory").await, Refusal::Forbidden(_)));
}

#[tokio::test]
async fn a_store_that_fails_is_unavailable_and_never_open_or_empty() {
    let corrupt = || StoreError::Corrupt { field: "grants", source: "nonsense".into() };
    for fault in [unavailable as fn() -> StoreError, corrupt] {
        let mut users = MockUserStore::new();
        users.expect_user().returning(move |_| Err(fault()));
        let world = World::of(policy(users), Tokens::of(&usual_users()));
        for target in ["/any", "/trial", "/admin", "/nowhere", "/api/v1/auth/me"] {
            let refusal = world.refusal("GET", target, "admin").await;
            assert!(matches!(refusal, Refusal::Unavailable(_)), "{target}: {refusal:?}");
        }
        assert!(world.passes("GET", "/public", "admin").await);
    }
}

#[tokio::test]
async fn a_failure_of_the_store_is_forgotten_when_it_is_back() {
    let is_down = Arc::new(AtomicBool::new(true));
    let (down, mut users) = (Arc::clone(&is_down), MockUserStore::new());
    users.expect_user().returning(move |_| {
        if down.load(Ordering::SeqCst) {
            Err(unavailable())
        } else {
            Ok(Some(user("Admin", &["admin"]).user))
        }
    });
    let world = World::of(policy(users), Tokens::of(&usual_users()));
    assert_eq!(world.refusal("GET", "/admin", "admin").await.code(), "unavailable");
    is_down.store(false, Ordering::SeqCst);
    assert!(world.passes("GET", "/admin", "admin").await);
}

#[tokio::test]
async fn a_session_that_nobody_here_opened_is_believed_and_not_looked_up() {
    let mut ledger = MockLedger::new(); // only notes are taken
    ledger.expect_note().return_const(());
    let live = Arc::new(LivePolicy::new(policy(Users(usual_users()))));
    let gate = gate(live, Tokens::of(&usual_users()), Arc::new(ledger));
    let world = World { gate, ..World::usual() };
    assert!(world.passes("DELETE", "/admin", "admin").await);
}

#[tokio::test]
async fn a_permit_says_who_what_and_where() {
    let permit = World::usual().ask("POST", "/%61ny/x?q=%2F", Credential::Bearer("admin")).await.unwrap();
    assert_eq!(permit.target().as_str(), "/any/x?q=%2F");
    assert_eq!((permit.route().id.as_str(), permit.destination()), ("/any/**", Destination::Upstream));
    let principal = permit.principal().unwrap();
    assert_eq!(principal.standing.subject.id().to_string(), "Admin");
    assert_eq!(principal.session.as_str(), "session of Admin");
    assert_eq!((principal.issued_at, principal.expires_at), (NOW, NOW.plus(TTL)));
}

#[tokio::test]
async fn a_right_is_asked_for_in_the_realm_that_the_request_names() {
    let world = World::usual();
    assert!(world.passes("GET", "/devices?realm=POP-syd", "tech").await);
    for target in ["/devices", "/devices?realm=", "/devices?realm=pop-mel", "/realms"] {
        assert_eq!(world.refusal("GET", target, "tech").await.code(), "right_required", "{target}");
    }
    for target in ["/devices?realm=pop-syd&Realm=pop-mel", "/devices?realm=%20x", "/devices?realm=a;b"] {
        assert_eq!(world.refusal("GET", target, "tech").await.code(), "ambiguous_realm", "{target}");
    }
}

#[tokio::test]
async fn what_is_about_oneself_needs_no_right() {
    let world = World::usual();
    for query in ["", "?method=GET", "?user=operator", "?user=OPERATOR", "?user=%6Fperator"] {
        assert!(world.passes("GET", &format!("/api/v1/auth/explain{query}"), "operator").await, "{query}");
    }
    for query in ["?user=admin", "?user=", "?user=operator&user=admin", "?user=operator&User=admin"] {
        let target = format!("/api/v1/auth/explain{query}");
        assert_eq!(world.refusal("GET", &target, "operator").await.code(), "right_required", "{query}");
        assert!(world.passes("GET", &target, "admin").await, "{query}");
    }
}

#[tokio::test]
async fn another_policy_is_in_force_at_the_very_next_request() {
    let world = World::usual();
    assert!(world.passes("GET", "/admin", "admin").await && world.passes("GET", "/any", "operator").await);
    world.live.replace(policy(changed("admin", |user| user.grants = [].into())));
    assert_eq!(world.refusal("GET", "/admin", "admin").await.code(), "role_required");
    world.live.replace(policy(Users(usual_users().split_off(1))));
    assert_eq!(world.disbelief("admin").await, Unauthenticated::NoSuchUser);
    world.live.replace(policy_of(table([]), Users(usual_users())));
    assert_eq!(world.refusal("GET", "/any", "operator").await.code(), "role_required");
    world.live.replace(policy(broken_users()));
    assert_eq!(world.refusal("GET", "/any", "operator").await.code(), "unavailable");
}
