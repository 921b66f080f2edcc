//! A register for tests: users and roles in memory, with the revision and the feed of a real one, and passwords that are
//! not hashed but spelled.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;

use super::*;
use crate::domain::client::SubjectId;
use crate::domain::directory::{ClientEntry, Profile, UserEntry};
use crate::domain::opaque::TokenHash;
use crate::domain::realm::Realm;
use crate::domain::record::{Entry, RecordFilter, Sequence};
use crate::domain::refresh::{Family, RefreshHash};
use crate::domain::requirement::Requirement;
use crate::domain::right::RightPattern;
use crate::domain::role::RoleName;
use crate::domain::secret::{Cost, Password, PasswordHash};
use crate::domain::session::{Generation, Session, SessionId};
use crate::domain::user::{Credentials, Stamp};
use crate::ports::ledger::{Changed, Condition, Ended, FeedPlace};
use crate::ports::password_hasher::{Comparison, HasherError, PasswordHasher};
use crate::services::client_admin::ClientAdmin;
use crate::services::clients::Clients;
use crate::services::generations::Generations;
use crate::services::role_admin::RoleAdmin;
use crate::services::testing::{Counting, NOW, client, clock, name, policy_of, route, usual_routes};
use crate::services::throttle::Throttle;
use crate::services::user_admin::{Credential, NewUser, UserAdmin};

/// Users and roles, and what was recorded about them.
#[derive(Default)]
pub(in crate::services) struct Register {
    state: Mutex<State>,
    /// So many commits find that somebody else came first.
    pub(in crate::services) rivals: Mutex<usize>,
}

#[derive(Default)]
struct State {
    users: BTreeMap<String, UserEntry>,
    roles: BTreeMap<String, Role>,
    clients: BTreeMap<String, ClientEntry>,
    revision: u64,
    feed: Vec<Changed>,
    records: Vec<Record>,
}

impl Register {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(in crate::services) fn entry(&self, of: &str) -> Option<UserEntry> {
        self.state().users.get(of).cloned()
    }

    pub(in crate::services) fn names(&self) -> Vec<String> {
        self.state().users.keys().cloned().collect()
    }

    pub(in crate::services) fn rights(&self, of: &str) -> Option<Vec<String>> {
        let role = self.state().roles.get(of).cloned()?;
        Some(role.rights.iter().map(|right| right.as_str().to_owned()).collect())
    }

    pub(in crate::services) fn revised(&self) -> u64 {
        self.state().revision
    }

    /// What was recorded so far; it is forgotten then.
    pub(in crate::services) fn records(&self) -> Vec<Record> {
        std::mem::take(&mut self.state().records)
    }

    /// The same, where it is one.
    pub(in crate::services) fn only_record(&self) -> Record {
        let mut records = self.records();
        assert_eq!(records.len(), 1, "{records:?}");
        records.remove(0)
    }

    pub(in crate::services) fn put(&self, edit: Edit) {
        self.state().apply(edit);
    }
}

impl State {
    fn apply(&mut self, edit: Edit) {
        self.revision += 1;
        self.feed.push(match edit {
            Edit::PutUser(entry) => {
                let changed = Changed::User(entry.name.clone());
                self.users.insert(entry.name.key().to_owned(), entry);
                changed
            }
            Edit::RemoveUser(name) => {
                self.users.remove(name.key());
                Changed::User(name)
            }
            Edit::PutRole(role) => {
                self.roles.insert(role.name.key().to_owned(), role);
                Changed::Roles
            }
            Edit::RemoveRole(name) => {
                self.roles.remove(name.key());
                Changed::Roles
            }
            Edit::PutClient(entry) => {
                let changed = Changed::Client(entry.client.id.clone());
                self.clients.insert(entry.client.id.key().to_owned(), entry);
                changed
            }
            Edit::RemoveClient(id) => {
                self.clients.remove(id.key());
                Changed::Client(id)
            }
        });
    }
}

#[async_trait]
impl UserStore for Register {
    async fn user(&self, name: &Username) -> Result<Option<User>, StoreError> {
        // Others may come in between, as they may with a store that is somewhere else.
        tokio::task::yield_now().await;
        Ok(self.entry(name.key()).map(|entry| Profile::from(&entry).user))
    }

    async fn credentials(&self, name: &Username) -> Result<Option<Credentials>, StoreError> {
        let entry = self.entry(name.key());
        Ok(entry.map(|entry| Credentials { user: Profile::from(&entry).user, hash: entry.hash }))
    }

    async fn highest_cost(&self) -> Result<Cost, StoreError> {
        Ok(Cost::USUAL)
    }

    async fn profile(&self, name: &Username) -> Result<Option<Profile>, StoreError> {
        Ok(self.entry(name.key()).as_ref().map(Profile::from))
    }

    async fn profiles(&self, page: Page) -> Result<Vec<Profile>, StoreError> {
        let all: Vec<_> = self.state().users.values().map(Profile::from).collect();
        Ok(page.of(all.into_iter(), |profile| profile.user.name.key()))
    }

    async fn roles(&self) -> Result<Vec<Role>, StoreError> {
        Ok(self.state().roles.values().cloned().collect())
    }

    async fn client(&self, id: &ClientId) -> Result<Option<ClientEntry>, StoreError> {
        tokio::task::yield_now().await;
        Ok(self.state().clients.get(id.key()).cloned())
    }

    async fn clients(&self, page: Page) -> Result<Vec<ClientEntry>, StoreError> {
        let all: Vec<_> = self.state().clients.values().cloned().collect();
        Ok(page.of(all.into_iter(), |entry| entry.client.id.key()))
    }

    async fn revision(&self) -> Result<Revision, StoreError> {
        Ok(Revision(self.state().revision))
    }
}

#[async_trait]
impl Ledger for Register {
    async fn commit(&self, change: Change, record: Record) -> Result<Sequence, CommitError> {
        tokio::task::yield_now().await;
        let Change::Edit { as_of, edits } = change else { return Err(CommitError::ReadOnly) };
        let mut rivals = self.rivals.lock().unwrap();
        let mut state = self.state();
        if *rivals > 0 {
            *rivals -= 1;
            state.revision += 1;
        }
        if as_of.0 != state.revision {
            return Err(CommitError::Stale);
        }
        for edit in edits {
            state.apply(edit);
        }
        state.records.push(record);
        Ok(Sequence(state.records.len().try_into().unwrap()))
    }

    fn note(&self, record: Record) {
        self.state().records.push(record);
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

    async fn family(&self, _: &RefreshHash) -> Result<Option<(Session, Family)>, StoreError> {
        Ok(None)
    }

    fn seen(&self, _: &SessionId, _: Timestamp) {}

    async fn sessions(&self, _: Option<Username>, _: Timestamp, _: Page) -> Result<Vec<Session>, StoreError> {
        Ok(vec![])
    }

    async fn generation(&self, _: &SubjectId) -> Result<Generation, StoreError> {
        Ok(Generation { user: 1, everybody: 1 })
    }

    async fn ended(&self, _: Timestamp) -> Result<Ended, StoreError> {
        Ok(Ended::default())
    }

    async fn changes(&self, after: FeedPlace, limit: usize) -> Result<Vec<(FeedPlace, Changed)>, StoreError> {
        let feed = self.state().feed.clone();
        Ok((1..).map(FeedPlace).zip(feed).filter(|(place, _)| *place > after).take(limit).collect())
    }

    fn condition(&self) -> Condition {
        Condition::default()
    }
}

/// Spells passwords instead of hashing them.
pub(in crate::services) struct Spelling;

/// The "hash" of a password.
pub(in crate::services) fn spelled(password: &str) -> PasswordHash {
    let digits = |byte: u8| [byte >> 4, byte & 15].map(|digit| char::from(b'a' + digit));
    let text: String = password.bytes().flat_map(digits).chain(std::iter::repeat('.')).take(53).collect();
    PasswordHash::parse(&format!("$2b$12${text}")).unwrap()
}

#[async_trait]
impl PasswordHasher for Spelling {
    async fn verify(&self, comparison: Comparison) -> Result<bool, HasherError> {
        if !comparison.referee.begin() {
            return Err(HasherError::Withdrawn);
        }
        let matches = comparison.hash == Some(spelled(comparison.password.expose()));
        comparison.referee.end(matches);
        Ok(matches)
    }

    async fn hash(&self, password: Password, _: Cost) -> Result<PasswordHash, HasherError> {
        Ok(spelled(password.expose()))
    }
}

/// `viewer`, or `planner@pop-syd`.
pub(in crate::services) fn grant(text: &str) -> Grant {
    let (role, realm) = text.split_once('@').map_or((text, None), |(role, realm)| (role, Some(realm)));
    let scope = realm.map_or(Scope::Everywhere, |realm| Scope::In(Realm::parse(realm).unwrap()));
    Grant { role: RoleName::parse(role).unwrap(), scope }
}

pub(in crate::services) fn grants(all: &[&str]) -> Vec<Grant> {
    all.iter().map(|text| grant(text)).collect()
}

pub(in crate::services) fn role(text: &str, rights: &[&str]) -> Role {
    let rights = rights.iter().map(|right| RightPattern::parse(right).unwrap());
    Role { name: RoleName::parse(text).unwrap(), rights: rights.collect() }
}

/// A user with this password who holds this.
pub(in crate::services) fn entry(of: &str, password: &str, held: &[&str]) -> UserEntry {
    UserEntry {
        name: name(of),
        hash: spelled(password),
        stamp: Stamp::of(&[of.as_bytes()]),
        active: true,
        api_login: true,
        grants: grants(held),
        created_at: NOW,
    }
}

/// A new user with an acceptable password.
pub(in crate::services) fn new_user(of: &str, held: &[&str]) -> NewUser {
    let credential = Credential::Password(Password::new("a phrase that nobody guesses".to_owned()));
    NewUser { name: name(of), credential, active: true, api_login: true, grants: grants(held) }
}

/// A user who asks for something.
pub(in crate::services) fn by(of: &str) -> Editor {
    let address = Some([192, 0, 2, 7].into());
    let actor = Actor { subject: of.to_owned(), address, request_id: "request".to_owned() };
    Editor { actor, authority: Authority::User(name(of)), decision_id: Some("decision".to_owned()) }
}

/// Somebody who works on the machine.
pub(in crate::services) fn by_machine() -> Editor {
    let actor = Actor { subject: "uid 0".to_owned(), address: None, request_id: String::new() };
    Editor { actor, authority: Authority::Machine, decision_id: None }
}

/// A register with its two desks.
pub(in crate::services) struct World {
    pub(in crate::services) register: Arc<Register>,
    pub(in crate::services) live: Arc<LivePolicy>,
    pub(in crate::services) users: Arc<UserAdmin>,
    pub(in crate::services) roles: Arc<RoleAdmin>,
    pub(in crate::services) clients: Arc<ClientAdmin>,
}

impl World {
    /// With roles `helpdesk`, `keeper` and `device-helpdesk` of the store beside the built-in ones; and of the configuration
    /// `config-role`, `gold`, which has no right but opens a route by its name, and a client `configured`.
    pub(in crate::services) fn of(users: &[UserEntry]) -> Self {
        Self::with(users, Origin::Store, Arc::new(Spelling))
    }

    pub(in crate::services) fn with(
        users: &[UserEntry],
        origin: Origin,
        hasher: Arc<dyn PasswordHasher>,
    ) -> Self {
        let register = Arc::new(Register::default());
        for user in users {
            register.put(Edit::PutUser(user.clone()));
        }
        for role in [
            role("helpdesk", &["users:edit"]),
            role("device-helpdesk", &["users:edit", "device:*"]),
            role("keeper", &["roles:edit", "users:edit", "device:*"]),
        ] {
            register.put(Edit::PutRole(role));
        }
        let live = Arc::new(LivePolicy::new(Self::policy(&register)));
        let ledger: Arc<dyn Ledger> = register.clone();
        let follower = Follower::new(ledger.clone(), live.clone(), Arc::default(), clock(), Box::new(|| {}));
        let registrar = Registrar::new(live.clone(), ledger, Arc::new(follower), clock(), origin);
        let registrar = Arc::new(registrar);
        let throttle = Arc::new(Throttle::default());
        let users = UserAdmin::new(registrar.clone(), hasher, Arc::new(Counting::default()), throttle);
        let clients = Arc::new(ClientAdmin::new(registrar.clone(), Arc::new(Counting::default())));
        Self { register, live, users: Arc::new(users), roles: Arc::new(RoleAdmin::new(registrar)), clients }
    }

    fn policy(register: &Arc<Register>) -> Policy {
        let mut fixed = RoleBook::built_in();
        fixed.add(role("config-role", &["config:view"])).unwrap();
        fixed.add(role("gold", &[])).unwrap();
        let mut routes = usual_routes();
        let (pattern, gold) = route("", "/gold", Requirement::Role(vec![RoleName::parse("gold").unwrap()]));
        routes.add(pattern, gold).unwrap();
        let Policy { routes, tokens, logins, .. } = policy_of(routes, Register::default());
        // All sessions were ended once: what tokens carry and what is kept of a user are two things.
        let users = Arc::new(Generations::new(register.clone(), register.clone()));
        let configured = Clients::new([client("configured", &["viewer"])], register.clone());
        Policy::new(routes, fixed, tokens, users, logins).with_clients(configured)
    }

    /// `admin` with all rights, `help` who may edit users and holds all about devices, and `user` who holds nothing.
    pub(in crate::services) fn usual() -> Self {
        Self::of(&[
            entry("admin", "the admin's own phrase", &["admin"]),
            entry("help", "the helper's own phrase", &["device-helpdesk"]),
            entry("user", "the user's own phrase", &[]),
        ])
    }
}
