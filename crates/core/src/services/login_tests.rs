//! The login: one answer and one comparison for whatever is wrong, and no token without a record.

use super::super::testing::*;
use super::*;
use crate::domain::secret::Cost;
use crate::domain::token::Bearer;
use crate::domain::user::Username;
use crate::ports::entropy::MockEntropy;
use crate::ports::ledger::MockLedger;
use crate::ports::password_hasher::MockPasswordHasher;
use crate::ports::token_codec::MockTokenCodec;
use crate::ports::user_store::{MockUserStore, UserStore};

#[path = "login_failure_tests.rs"]
mod failures;
#[path = "login_opaque_tests.rs"]
mod opaque;
#[path = "login_renewal_tests.rs"]
mod renewal;

/// Everything that a login needs; a test changes what it is about.
struct World {
    live: Arc<LivePolicy>,
    hasher: MockPasswordHasher,
    codec: Arc<dyn TokenCodec>,
    ledger: Arc<dyn Ledger>,
    entropy: Arc<dyn Entropy>,
}

impl World {
    fn of(users: impl UserStore, hasher: MockPasswordHasher, ledger: &Arc<Notebook>) -> Self {
        Self {
            live: Arc::new(LivePolicy::new(policy(users))),
            hasher,
            codec: Arc::new(Tokens::default()),
            ledger: Arc::clone(ledger) as Arc<dyn Ledger>,
            entropy: Arc::new(Counting::default()),
        }
    }

    fn login(self) -> Login {
        let Self { live, hasher, codec, ledger, entropy } = self;
        Login::new(live, Arc::new(hasher), codec, ledger, clock(), entropy, Arc::default())
    }

    async fn attempt(self, username: &str) -> Result<Issued, LoginError> {
        self.login().with_password(attempt(username)).await
    }
}

/// A hasher that is asked exactly once, and finds this.
fn finding(matches: bool) -> MockPasswordHasher {
    let mut hasher = MockPasswordHasher::new();
    hasher.expect_verify().times(1).returning(move |_| Ok(matches));
    hasher
}

fn usual() -> Users {
    Users(usual_users())
}

#[tokio::test]
async fn whatever_is_wrong_it_is_rejected_after_one_comparison_at_the_highest_cost() {
    for (username, is_compared) in [
        ("admin", true),
        ("unknown", false),
        ("no name at all", false),
        ("", false),
        ("former", false),
        ("console", false),
    ] {
        let mut hasher = MockPasswordHasher::new();
        hasher
            .expect_verify()
            .withf(move |asked| {
                asked.at_least == Cost::HIGHEST
                    && asked.hash.is_some() == is_compared
                    && asked.password.expose() == "correct horse"
            })
            .times(1)
            .returning(|_| Ok(false));
        let ledger = Arc::default();
        let result = World::of(usual(), hasher, &ledger).attempt(username).await;
        assert!(matches!(result, Err(LoginError::Rejected)), "{username}: {result:?}");
        assert_eq!(ledger.sessions(), [], "{username}");
    }
}

#[tokio::test]
async fn whoever_may_not_come_in_does_not_even_if_the_hasher_says_yes() {
    for username in ["unknown", "former", "console"] {
        let ledger = Arc::default();
        let result = World::of(usual(), finding(true), &ledger).attempt(username).await;
        assert!(matches!(result, Err(LoginError::Rejected)), "{username}: {result:?}");
        assert_eq!(ledger.sessions(), [], "{username}");
    }
}

#[tokio::test]
async fn a_rejection_is_recorded_with_its_reason() {
    for (username, subject, reason) in [
        ("ADMIN", Some("Admin"), "wrong password"),
        ("correct-horse", None, "unknown user"),
        ("correct horse?", None, "unknown user"),
        ("former", Some("former"), "deactivated user"),
        ("console", Some("console"), "user without the right to log in to the API"),
    ] {
        let ledger = Arc::default();
        World::of(usual(), finding(false), &ledger).attempt(username).await.unwrap_err();
        let [record] = &ledger.take()[..] else { unreachable!("one rejection, one record") };
        assert_eq!((record.subject.as_deref(), record.reason.as_str()), (subject, reason));
        assert_eq!((record.verdict, record.action.as_str()), (Verdict::Refused, "login"));
        assert_eq!((record.time, record.request_id.as_str()), (NOW, "request"));
        assert_eq!(record.address, Some([192, 0, 2, 7].into()));
    }
}

/// It may be a password that was typed into the wrong field.
#[tokio::test]
async fn a_name_that_nobody_has_is_nowhere_in_the_record() {
    for username in ["hunter2", "hunter2 with a space"] {
        let ledger = Arc::default();
        World::of(usual(), finding(false), &ledger).attempt(username).await.unwrap_err();
        assert!(!format!("{:?}", ledger.take()).contains("hunter2"));
    }
}

#[tokio::test]
async fn the_right_password_opens_a_session_and_gives_a_token_for_it() {
    let ledger = Arc::default();
    let tokens = Arc::new(Tokens::default());
    let world = World::of(usual(), finding(true), &ledger);
    let issued = World { codec: tokens.clone(), ..world }.attempt("aDMIN").await.unwrap();
    let claims = tokens.claims(&issued.token).unwrap();
    let [session] = &ledger.sessions()[..] else { unreachable!("one login, one session") };
    assert_eq!((session.user.as_str(), claims.subject().to_string().as_str()), ("Admin", "Admin"));
    assert_eq!((session.id.as_str(), &claims.session), ("01".repeat(16).as_str(), &session.id));
    assert_eq!(claims.id, "02".repeat(16));
    assert_eq!((session.issued_at, session.expires_at), (NOW, NOW.plus(TTL)));
    assert_eq!((claims.issued_at, claims.expires_at, issued.lifetime), (NOW, NOW.plus(TTL), TTL));
    assert_eq!((session.address, session.agent.as_deref()), (Some([192, 0, 2, 7].into()), Some("curl/8")));
    assert_eq!(claims.stamp, user("Admin", &[]).user.stamp.to_string());
    assert_eq!((claims.issuer.as_str(), claims.audience.len(), claims.not_before), ("portcullis", 0, None));
    let [record] = &ledger.take()[..] else { unreachable!("one login, one record") };
    assert_eq!((record.verdict, record.subject.as_deref()), (Verdict::Allowed, Some("Admin")));
}

#[tokio::test]
async fn a_token_that_was_issued_is_not_printed() {
    let issued = World::of(usual(), finding(true), &Arc::default()).attempt("admin").await.unwrap();
    assert!(!format!("{issued:?}").contains(&issued.token));
}

#[tokio::test]
async fn a_token_names_the_roles_that_are_held_everywhere_in_their_order() {
    let tokens = Arc::new(Tokens::default());
    let users = Users(vec![user("many", &["viewer", "admin@pop-syd", "operator", "no-such-role"])]);
    let world = World::of(users, finding(true), &Arc::default());
    let issued = World { codec: tokens.clone(), ..world }.attempt("many").await.unwrap();
    let Bearer::User { roles, .. } = tokens.claims(&issued.token).unwrap().bearer else {
        unreachable!("a login is a user's")
    };
    assert_eq!(roles.iter().map(ToString::to_string).collect::<Vec<_>>(), ["viewer", "operator"]);
}

#[tokio::test]
async fn a_user_agent_is_cut_between_characters_and_what_can_not_be_seen_of_it_written_out() {
    for (agent, kept) in [
        ("é".repeat(1000), "é".repeat(200)),
        ("curl\u{1b}[2J\u{85}\u{202e}".to_owned(), "curl\\u{1b}[2J\\u{85}\\u{202e}".to_owned()),
    ] {
        let ledger = Arc::default();
        let login = World::of(usual(), finding(true), &ledger).login();
        login.with_password(Attempt { agent: Some(agent), ..attempt("admin") }).await.unwrap();
        assert_eq!(ledger.sessions()[0].agent, Some(kept));
    }
}

#[tokio::test]
async fn the_users_of_the_policy_in_force_are_the_ones_who_can_log_in() {
    let world = World::of(Users(vec![]), finding(true), &Arc::default());
    world.live.replace(policy(usual()));
    assert!(world.attempt("admin").await.is_ok());
}

#[tokio::test]
async fn a_default_password_opens_on_this_machine_alone() {
    for (password, is_local, opens) in [
        ("changeme", false, false),
        ("sysadmin", false, false),
        ("aDmin", false, false),
        ("Changeme", false, true),
        ("changeme", true, true),
    ] {
        // The hasher compares as it ought to: nothing ever matches nothing.
        let mut hasher = MockPasswordHasher::new();
        hasher.expect_verify().times(1).returning(|asked| Ok(asked.hash.is_some()));
        let attempt = Attempt { password: Password::new(password.into()), is_local, ..attempt("admin") };
        let login = World::of(usual(), hasher, &Arc::default()).login();
        assert_eq!(login.with_password(attempt).await.is_ok(), opens, "{password} {is_local}");
    }
}
