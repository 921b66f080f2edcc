//! What the tests of the use cases have in common: a small world of users, routes and tokens, and a ledger that
//! shows what it was told. Made here and not taken from the testkit, which is built upon this crate.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;

use super::ended_sessions::EndedSessions;
use super::gate::Gate;
use super::ids::Ids;
use super::known_sessions::KnownSessions;
use super::login::Attempt;
use super::policy::{LivePolicy, LoginPolicy, Policy};
use crate::domain::client::{Client, ClientId, SecretHash, SubjectId};
use crate::domain::directory::{Page, Profile};
use crate::domain::endpoint::OwnAccess;
use crate::domain::grant::{Grant, Scope};
use crate::domain::method::{Method, MethodSet};
use crate::domain::opaque::TokenHash;
use crate::domain::realm::Realm;
use crate::domain::record::{Entry, Record, RecordFilter, Sequence};
use crate::domain::refresh::{Family, RefreshHash, Rotation};
use crate::domain::requirement::{IfMissing, RealmRule, Requirement, Selector};
use crate::domain::right::Right;
use crate::domain::role::{RoleBook, RoleName};
use crate::domain::route::{Enforcement, Pattern, Route, RouteId};
use crate::domain::route_table::{DefaultRule, RouteTable};
use crate::domain::secret::{Cost, Password, PasswordHash};
use crate::domain::session::{Generation, Session, SessionId};
use crate::domain::time::Timestamp;
use crate::domain::token::{Bearer, Claims, TokenPolicy};
use crate::domain::user::{Credentials, Stamp, User, Username};
use crate::ports::clock::{Clock, MockClock};
use crate::ports::decision_observer::{DecisionObserver, MockDecisionObserver};
use crate::ports::entropy::{Entropy, EntropyError, MockEntropy};
use crate::ports::ledger::{Change, Changed, CommitError, Condition, Ended, FeedPlace, Ledger};
use crate::ports::store_error::StoreError;
use crate::ports::token_codec::{SignError, TokenCodec, TokenError};
use crate::ports::user_store::{MockUserStore, UserStore};

/// The time at which everything happens.
pub(super) const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

pub(super) const TTL: Duration = Duration::from_hours(1);

pub(super) fn name(text: &str) -> Username {
    Username::parse(text).unwrap()
}

pub(super) fn clock() -> Arc<dyn Clock> {
    let mut clock = MockClock::new();
    clock.expect_now().return_const(NOW);
    Arc::new(clock)
}

/// A gate whose decisions nobody watches.
pub(super) fn gate(live: Arc<LivePolicy>, codec: impl TokenCodec, ledger: Arc<dyn Ledger>) -> Gate {
    gate_knowing(&Arc::default(), live, codec, ledger)
}

/// A gate whose decisions are shown to `observer`.
pub(super) fn observed(
    live: Arc<LivePolicy>,
    codec: impl TokenCodec,
    ledger: Arc<dyn Ledger>,
    observer: impl DecisionObserver,
) -> Gate {
    Gate::new(live, Arc::new(codec), Arc::default(), ledger, clock(), Arc::new(observer), ids())
}

/// A gate that knows of these ended sessions.
pub(super) fn gate_knowing(
    ended: &Arc<EndedSessions>,
    live: Arc<LivePolicy>,
    codec: impl TokenCodec,
    ledger: Arc<dyn Ledger>,
) -> Gate {
    let mut observer = MockDecisionObserver::new();
    observer.expect_passed().return_const(());
    observer.expect_refused().return_const(());
    let known = Arc::new(KnownSessions { ended: Arc::clone(ended), ..KnownSessions::default() });
    Gate::new(live, Arc::new(codec), known, ledger, clock(), Arc::new(observer), ids())
}

/// Random bytes that count from one after this: 01 01 …, then 02 02 ….
#[derive(Default)]
pub(super) struct Counting(pub Mutex<u8>);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        let mut count = self.0.lock().unwrap();
        *count = count.wrapping_add(1);
        bytes.fill(*count);
        Ok(())
    }
}

/// Somebody who tries to log in.
pub(super) fn attempt(username: &str) -> Attempt {
    Attempt {
        username: username.into(),
        password: Password::new("correct horse".into()),
        address: Some([192, 0, 2, 7].into()),
        is_local: false,
        agent: Some("curl/8".into()),
        request_id: "request".into(),
        decision_id: "decision".into(),
    }
}

fn ids() -> Arc<Ids> {
    let mut entropy = MockEntropy::new();
    entropy.expect_fill().returning(|_| Ok(()));
    Arc::new(Ids::new(&entropy).unwrap())
}

/// An active user who holds these roles everywhere, or in the realm after an `@`.
pub(super) fn user(text: &str, roles: &[&str]) -> Credentials {
    let grants = roles.iter().map(|role| {
        let (role, realm) = role.split_once('@').map_or((*role, None), |(role, realm)| (role, Some(realm)));
        let scope = realm.map_or(Scope::Everywhere, |realm| Scope::In(Realm::parse(realm).unwrap()));
        Grant { role: RoleName::parse(role).unwrap(), scope }
    });
    let user = User {
        name: name(text),
        stamp: Stamp::of(&[text.as_bytes()]),
        active: true,
        api_login: true,
        grants: grants.collect(),
    };
    let hash = PasswordHash::parse(&format!("$2b$06${}", "u".repeat(53))).unwrap();
    Credentials { user, hash }
}

/// A client with a secret that nobody knows, which holds these roles like a user.
pub(super) fn client(id: &str, roles: &[&str]) -> Client {
    Client::new(ClientId::parse(id).unwrap(), SecretHash::NOBODY, user("x", roles).user.grants)
}

pub(super) fn deactivated(mut credentials: Credentials) -> Credentials {
    credentials.user.active = false;
    credentials
}

pub(super) fn without_api_login(mut credentials: Credentials) -> Credentials {
    credentials.user.api_login = false;
    credentials
}

/// The users of most tests.
pub(super) fn usual_users() -> Vec<Credentials> {
    vec![
        user("Admin", &["admin"]),
        user("operator", &["operator"]),
        user("tech", &["planner@pop-syd"]),
        user("newcomer", &[]),
        deactivated(user("former", &["admin"])),
        without_api_login(user("console", &["admin"])),
    ]
}

/// Users that never change. The highest cost is one that nobody's hash has, so that it can be recognised.
pub(super) struct Users(pub Vec<Credentials>);

#[async_trait]
impl UserStore for Users {
    async fn user(&self, name: &Username) -> Result<Option<User>, StoreError> {
        Ok(self.credentials(name).await?.map(|found| found.user))
    }

    async fn credentials(&self, name: &Username) -> Result<Option<Credentials>, StoreError> {
        Ok(self.0.iter().find(|credentials| credentials.user.name == *name).cloned())
    }

    async fn highest_cost(&self) -> Result<Cost, StoreError> {
        Ok(Cost::HIGHEST)
    }

    async fn profiles(&self, page: Page) -> Result<Vec<Profile>, StoreError> {
        let mut all: Vec<Profile> = self.0.iter().map(|known| known.user.clone().into()).collect();
        all.sort_by(|one, other| one.user.name.key().cmp(other.user.name.key()));
        Ok(page.of(all.into_iter(), |profile| profile.user.name.key()))
    }
}

pub(super) fn unavailable() -> StoreError {
    StoreError::Unavailable("the disk is gone".into())
}

/// A store that can't be read.
pub(super) fn broken_users() -> MockUserStore {
    let mut users = MockUserStore::new();
    users.expect_user().returning(|_| Err(unavailable()));
    users.expect_credentials().returning(|_| Err(unavailable()));
    users.expect_highest_cost().returning(|| Err(unavailable()));
    users
}

/// A policy over the usual routes.
pub(super) fn policy(users: impl UserStore) -> Policy {
    policy_of(usual_routes(), users)
}

pub(super) fn policy_of(routes: RouteTable, users: impl UserStore) -> Policy {
    let tokens = TokenPolicy { issuer: "portcullis".into(), audience: None, ttl: TTL };
    Policy::new(routes, RoleBook::built_in(), tokens, Arc::new(users), LoginPolicy::default())
}

/// `/public`, `/any` for any token, `/admin`, `/trial` that only pretends to need admin, and `/devices` with a right
/// in the realm of its query.
pub(super) fn usual_routes() -> RouteTable {
    let right = || Right::parse("device:view").unwrap();
    let selector = Selector::Query("realm".into());
    let realm = RealmRule::From { selector, missing: IfMissing::Every };
    let admin = || Requirement::Role(vec![RoleName::parse("admin").unwrap()]);
    let mut trial = route("", "/trial", admin());
    trial.1.enforcement = Enforcement::Shadow;
    table([
        route("", "/public", Requirement::Public),
        route("", "/any/**", Requirement::Authenticated),
        route("", "/admin", admin()),
        route("", "/devices", Requirement::Right { right: right(), realm }),
        route("GET", "/realms", Requirement::Right { right: right(), realm: RealmRule::Everywhere }),
        trial,
    ])
}

pub(super) fn table(routes: impl IntoIterator<Item = (Pattern, Route)>) -> RouteTable {
    let mut table = RouteTable::new(DefaultRule::Admin, OwnAccess::default());
    for (pattern, route) in routes {
        table.add(pattern, route).unwrap();
    }
    table
}

/// A route for one method, or for all.
pub(super) fn route(method: &str, path: &str, requirement: Requirement) -> (Pattern, Route) {
    let pattern = Pattern::parse(path).unwrap();
    let mut methods = MethodSet::default();
    methods.insert(&Method::new(method));
    let methods = if method.is_empty() { MethodSet::standard() } else { methods };
    let id = RouteId::new(&methods, &pattern);
    (pattern, Route::to_upstream(id, methods, requirement))
}

/// What a token of this user says, an hour before it ends.
pub(super) fn claims(user: &User) -> Claims {
    Claims {
        issuer: "portcullis".into(),
        audience: vec![],
        bearer: Bearer::User { name: user.name.clone(), roles: vec![] },
        issued_at: NOW,
        not_before: None,
        expires_at: NOW.plus(TTL),
        id: "jti".into(),
        session: SessionId::claimed(format!("session of {}", user.name)),
        stamp: user.stamp.to_string(),
    }
}

/// Tokens that are looked up instead of verified.
#[derive(Default)]
pub(super) struct Tokens(Mutex<HashMap<String, Claims>>);

impl Tokens {
    /// For each user the token that is called like him, in small letters.
    pub(super) fn of(users: &[Credentials]) -> Self {
        let token = |of: &Credentials| (of.user.name.key().to_owned(), claims(&of.user));
        Self(Mutex::new(users.iter().map(token).collect()))
    }

    /// One more token.
    pub(super) fn with(self, token: &str, claims: Claims) -> Self {
        self.0.lock().unwrap().insert(token.to_owned(), claims);
        self
    }

    pub(super) fn claims(&self, token: &str) -> Option<Claims> {
        self.0.lock().unwrap().get(token).cloned()
    }
}

impl TokenCodec for Tokens {
    fn sign(&self, claims: &Claims) -> Result<String, SignError> {
        let token = format!("token {}", claims.id);
        self.0.lock().unwrap().insert(token.clone(), claims.clone());
        Ok(token)
    }

    fn verify(&self, token: &str) -> Result<Arc<Claims>, TokenError> {
        self.claims(token).map(Arc::new).ok_or(TokenError::Signature)
    }
}

/// A ledger that shows what it was told.
#[derive(Default)]
pub(super) struct Notebook {
    records: Mutex<Vec<Record>>,
    sessions: Mutex<Vec<Session>>,
    families: Mutex<Vec<(Session, Family)>>,
}

impl Notebook {
    /// What was recorded so far; it is forgotten then.
    pub(super) fn take(&self) -> Vec<Record> {
        std::mem::take(&mut *self.records.lock().unwrap())
    }

    pub(super) fn sessions(&self) -> Vec<Session> {
        self.sessions.lock().unwrap().clone()
    }

    fn rotate(&self, rotation: &Rotation) -> Result<(), CommitError> {
        let mut families = self.families.lock().unwrap();
        let is_it = |(_, known): &&mut (Session, Family)| {
            (known.name, known.present) == (rotation.family, rotation.from)
        };
        let (_, known) = families.iter_mut().find(is_it).ok_or(CommitError::Stale)?;
        known.present = rotation.to;
        Ok(())
    }
}

#[async_trait]
impl Ledger for Notebook {
    async fn commit(&self, change: Change, record: Record) -> Result<Sequence, CommitError> {
        match change {
            Change::OpenSession(session) => self.sessions.lock().unwrap().push(session),
            Change::OpenFamily { session, family } => {
                self.families.lock().unwrap().push((session.clone(), family));
                self.sessions.lock().unwrap().push(session);
            }
            Change::Rotate(rotation) => self.rotate(&rotation)?,
            Change::EndSession(ended) => {
                self.families.lock().unwrap().retain(|(session, _)| session.id != ended.id);
            }
            _ => {}
        }
        self.note(record);
        Ok(Sequence(1))
    }

    fn note(&self, record: Record) {
        self.records.lock().unwrap().push(record);
    }

    async fn since(&self, _: Sequence, _: &RecordFilter, _: usize) -> Result<Vec<Entry>, StoreError> {
        Ok(vec![])
    }

    async fn session(&self, _: &SessionId) -> Result<Option<Session>, StoreError> {
        Ok(None)
    }

    async fn session_of(&self, _: &TokenHash) -> Result<Option<Session>, StoreError> {
        Ok(None)
    }

    async fn family(&self, name: &RefreshHash) -> Result<Option<(Session, Family)>, StoreError> {
        Ok(self.families.lock().unwrap().iter().find(|(_, family)| family.name == *name).cloned())
    }

    fn seen(&self, _: &SessionId, _: Timestamp) {}

    async fn sessions(&self, _: Option<Username>, _: Timestamp, _: Page) -> Result<Vec<Session>, StoreError> {
        Ok(vec![])
    }

    async fn generation(&self, _: &SubjectId) -> Result<Generation, StoreError> {
        Ok(Generation::default())
    }

    async fn ended(&self, _: Timestamp) -> Result<Ended, StoreError> {
        Ok(Ended::default())
    }

    async fn changes(&self, _: FeedPlace, _: usize) -> Result<Vec<(FeedPlace, Changed)>, StoreError> {
        Ok(vec![])
    }

    fn condition(&self) -> Condition {
        Condition::default()
    }
}
