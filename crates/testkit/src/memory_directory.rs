//! Users, roles and ledger in one memory: for tests of what changes the directory.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use portcullis_core::domain::client::{ClientId, SubjectId};
use portcullis_core::domain::directory::{ClientEntry, Edit, Page, Profile, Revision, UserEntry};
use portcullis_core::domain::opaque::TokenHash;
use portcullis_core::domain::record::{Entry, Record, RecordFilter, Sequence};
use portcullis_core::domain::refresh::{Family, RefreshHash, Rotation};
use portcullis_core::domain::role::Role;
use portcullis_core::domain::secret::{Cost, PasswordHash};
use portcullis_core::domain::session::{EndedSession, Generation, Session, SessionId, Whose};
use portcullis_core::domain::time::Timestamp;
use portcullis_core::domain::user::{Credentials, User, Username};
use portcullis_core::ports::ledger::{Change, Changed, CommitError, Condition, Ended, FeedPlace, Ledger};
use portcullis_core::ports::store_error::StoreError;
use portcullis_core::ports::user_store::UserStore;

/// A directory with its ledger, unbounded. Nothing in it ever fails: for failures there are the mocks of the ports.
#[derive(Debug, Default)]
pub struct MemoryDirectory(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// By their keys, and so in their order; with the last login.
    users: BTreeMap<String, (UserEntry, Option<Timestamp>)>,
    roles: BTreeMap<String, Role>,
    /// By their keys.
    clients: BTreeMap<String, ClientEntry>,
    revision: u64,
    /// By their names.
    open: BTreeMap<String, Session>,
    ended: BTreeMap<String, EndedSession>,
    /// Those whose session is not open count no more.
    families: Vec<Family>,
    generations: HashMap<SubjectId, u64>,
    everybody: u64,
    records: Vec<Record>,
    feed: Vec<Changed>,
}

impl MemoryDirectory {
    /// A directory in which nobody is.
    pub fn new() -> Self {
        Self::default()
    }

    /// A directory with these users. That they were put in is neither recorded nor told.
    pub fn with(users: impl IntoIterator<Item = UserEntry>) -> Self {
        let directory = Self::default();
        users.into_iter().for_each(|entry| directory.state().put_user(entry));
        directory.state().feed.clear();
        directory
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn apply(&mut self, change: Change) -> Result<(), CommitError> {
        match change {
            Change::OpenSession(session) => self.open(session),
            Change::OpenPersonal { session, at_most } => return self.open_personal(session, at_most),
            Change::OpenFamily { session, family } => {
                self.families.push(family);
                self.open(session);
            }
            Change::Rotate(rotation) => return self.rotate(&rotation),
            Change::EndSession(ended) => self.end(ended),
            Change::EndToken(token) => self.end_token(token),
            Change::EndSessions(whose) => self.end_all(whose),
            Change::RenewHash { user, from, to } => return self.renew(&user, &from, to),
            Change::Edit { as_of, .. } if as_of.0 != self.revision => return Err(CommitError::Stale),
            Change::Edit { edits, .. } => {
                self.revision += 1;
                for edit in edits {
                    self.edit(edit);
                }
            }
        }
        Ok(())
    }

    fn open(&mut self, session: Session) {
        let is_login = session.kind.personal().is_none();
        if let Some((_, last_login)) = self.users.get_mut(session.user.key()).filter(|_| is_login) {
            *last_login = Some(session.issued_at);
        }
        let id = session.id.as_str().to_owned();
        if !self.ended.contains_key(&id) {
            self.open.insert(id, session);
        }
    }

    fn open_personal(&mut self, session: Session, at_most: usize) -> Result<(), CommitError> {
        let stamp = |session: &Session| session.kind.personal().map(|personal| personal.stamp);
        let is_good = |known: &&Session| {
            known.user == session.user
                && known.ends_at() > session.issued_at
                && stamp(known) == stamp(&session)
        };
        if self.open.values().filter(is_good).count() >= at_most {
            return Err(CommitError::TooMany);
        }
        self.open(session);
        Ok(())
    }

    fn rotate(&mut self, rotation: &Rotation) -> Result<(), CommitError> {
        let known = self.families.iter_mut().find(|known| known.name == rotation.family);
        let known = known.filter(|known| known.present == rotation.from).ok_or(CommitError::Stale)?;
        let session = self.open.get_mut(known.session.as_str());
        let session = session.filter(|session| session.expires_at > rotation.at).ok_or(CommitError::Stale)?;
        known.present = rotation.to;
        session.last_seen_at = session.last_seen_at.max(rotation.at);
        Ok(())
    }

    fn family(&self, name: &RefreshHash) -> Option<(Session, Family)> {
        let family = self.families.iter().find(|family| family.name == *name)?;
        let session = self.open.get(family.session.as_str())?;
        Some((session.clone(), family.clone()))
    }

    fn end(&mut self, mut ended: EndedSession) {
        let id = ended.id.as_str().to_owned();
        if let Some(session) = self.open.remove(&id) {
            ended.expires_at = ended.expires_at.max(session.expires_at);
        }
        if self.ended.get(&id).is_none_or(|known| known.expires_at < ended.expires_at) {
            self.ended.insert(id, ended.clone());
            self.feed.push(Changed::Session(ended));
        }
    }

    fn end_token(&mut self, token: TokenHash) {
        self.open.retain(|_, session| session.kind.token() != Some(token));
        self.feed.push(Changed::Token(token));
    }

    fn end_all(&mut self, whose: Whose) {
        match whose {
            Whose::Everybody => {
                self.everybody += 1;
                self.open.clear();
                self.feed.push(Changed::EveryUser);
            }
            Whose::Users(users) => {
                for user in users {
                    *self.generations.entry(user.clone().into()).or_default() += 1;
                    self.close_sessions_of(&user);
                    self.feed.push(Changed::User(user));
                }
            }
            Whose::Client(id) => {
                *self.generations.entry(id.clone().into()).or_default() += 1;
                self.feed.push(Changed::Client(id));
            }
        }
    }

    fn close_sessions_of(&mut self, user: &Username) {
        self.open.retain(|_, session| session.user != *user);
    }

    fn renew(&mut self, user: &Username, from: &PasswordHash, to: PasswordHash) -> Result<(), CommitError> {
        let user = self.users.get_mut(user.key()).filter(|(user, _)| user.hash == *from);
        let (user, _) = user.ok_or(CommitError::Stale)?;
        user.hash = to;
        self.revision += 1;
        Ok(())
    }

    fn edit(&mut self, edit: Edit) {
        match edit {
            Edit::PutUser(entry) => self.put_user(entry),
            Edit::RemoveUser(name) => {
                self.users.remove(name.key());
                self.close_sessions_of(&name);
                self.feed.push(Changed::User(name));
            }
            Edit::PutRole(role) => {
                self.roles.insert(role.name.key().to_owned(), role);
                self.feed.push(Changed::Roles);
            }
            Edit::RemoveRole(name) => {
                self.roles.remove(name.key());
                self.feed.push(Changed::Roles);
            }
            Edit::PutClient(entry) => {
                let id = entry.client.id.clone();
                self.clients.insert(id.key().to_owned(), entry);
                self.feed.push(Changed::Client(id));
            }
            Edit::RemoveClient(id) => {
                self.clients.remove(id.key());
                self.feed.push(Changed::Client(id));
            }
        }
    }

    fn put_user(&mut self, entry: UserEntry) {
        let name = entry.name.clone();
        let before = self.users.get(name.key());
        let last_login = before.and_then(|(_, last_login)| *last_login);
        if before.is_some_and(|(before, _)| before.stamp != entry.stamp) {
            self.close_sessions_of(&name);
        }
        self.users.insert(name.key().to_owned(), (entry, last_login));
        self.feed.push(Changed::User(name));
    }

    fn changes(&self, after: FeedPlace, limit: usize) -> Vec<(FeedPlace, Changed)> {
        let newest = self.feed.len() as u64;
        if after.0 > newest {
            return vec![(FeedPlace(newest), Changed::TooMuch)];
        }
        let in_place = (1..).map(FeedPlace).zip(self.feed.iter().cloned());
        in_place.filter(|(place, _)| *place > after).take(limit).collect()
    }
}

fn profile_of((entry, last_login_at): &(UserEntry, Option<Timestamp>)) -> Profile {
    let UserEntry { name, stamp, active, api_login, grants, created_at, .. } = entry.clone();
    let user = User { name, stamp, active, api_login, grants: grants.into() };
    Profile { user, created_at: Some(created_at), last_login_at: *last_login_at }
}

#[async_trait]
impl UserStore for MemoryDirectory {
    async fn user(&self, name: &Username) -> Result<Option<User>, StoreError> {
        Ok(self.profile(name).await?.map(|profile| profile.user))
    }

    async fn credentials(&self, name: &Username) -> Result<Option<Credentials>, StoreError> {
        let state = self.state();
        let known = state.users.get(name.key());
        Ok(known.map(|known| Credentials { user: profile_of(known).user, hash: known.0.hash.clone() }))
    }

    async fn highest_cost(&self) -> Result<Cost, StoreError> {
        let highest = self.state().users.values().map(|(entry, _)| entry.hash.cost()).max();
        Ok(highest.unwrap_or(Cost::LEAST))
    }

    async fn profile(&self, name: &Username) -> Result<Option<Profile>, StoreError> {
        Ok(self.state().users.get(name.key()).map(profile_of))
    }

    async fn profiles(&self, page: Page) -> Result<Vec<Profile>, StoreError> {
        let all = self.state();
        Ok(page.of(all.users.values().map(profile_of), |profile| profile.user.name.key()))
    }

    async fn roles(&self) -> Result<Vec<Role>, StoreError> {
        Ok(self.state().roles.values().cloned().collect())
    }

    async fn client(&self, id: &ClientId) -> Result<Option<ClientEntry>, StoreError> {
        Ok(self.state().clients.get(id.key()).cloned())
    }

    async fn clients(&self, page: Page) -> Result<Vec<ClientEntry>, StoreError> {
        let all = self.state();
        Ok(page.of(all.clients.values(), |entry| entry.client.id.key()).into_iter().cloned().collect())
    }

    async fn revision(&self) -> Result<Revision, StoreError> {
        Ok(Revision(self.state().revision))
    }
}

#[async_trait]
impl Ledger for MemoryDirectory {
    async fn commit(&self, change: Change, record: Record) -> Result<Sequence, CommitError> {
        let mut state = self.state();
        state.apply(change)?;
        state.records.push(record);
        Ok(Sequence(state.records.len() as u64))
    }

    fn note(&self, record: Record) {
        self.state().records.push(record);
    }

    async fn since(
        &self,
        after: Sequence,
        filter: &RecordFilter,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let state = self.state();
        let entries = (1..).map(Sequence).zip(state.records.iter().cloned());
        let entries = entries.map(|(sequence, record)| Entry { sequence, record });
        let wanted = entries.filter(|entry| entry.sequence > after && filter.holds(&entry.record));
        Ok(wanted.take(limit).collect())
    }

    async fn session(&self, id: &SessionId) -> Result<Option<Session>, StoreError> {
        Ok(self.state().open.get(id.as_str()).cloned())
    }

    async fn session_of(&self, token: &TokenHash) -> Result<Option<Session>, StoreError> {
        let is_of = |session: &&Session| session.kind.token() == Some(*token);
        Ok(self.state().open.values().find(is_of).cloned())
    }

    async fn family(&self, name: &RefreshHash) -> Result<Option<(Session, Family)>, StoreError> {
        Ok(self.state().family(name))
    }

    fn seen(&self, id: &SessionId, at: Timestamp) {
        if let Some(session) = self.state().open.get_mut(id.as_str()) {
            session.last_seen_at = session.last_seen_at.max(at);
        }
    }

    async fn sessions(
        &self,
        of: Option<Username>,
        now: Timestamp,
        page: Page,
    ) -> Result<Vec<Session>, StoreError> {
        let state = self.state();
        let is_asked_for =
            |session: &&Session| session.ends_at() > now && of.as_ref().is_none_or(|of| session.user == *of);
        let asked_for = state.open.values().filter(is_asked_for);
        Ok(page.of(asked_for, |session| session.id.as_str()).into_iter().cloned().collect())
    }

    async fn generation(&self, of: &SubjectId) -> Result<Generation, StoreError> {
        let state = self.state();
        let user = state.generations.get(of).copied().unwrap_or_default();
        Ok(Generation { user, everybody: state.everybody })
    }

    async fn ended(&self, now: Timestamp) -> Result<Ended, StoreError> {
        let state = self.state();
        let sessions = state.ended.values().filter(|ended| ended.expires_at > now).cloned().collect();
        Ok(Ended { sessions, place: FeedPlace(state.feed.len() as u64) })
    }

    async fn changes(&self, after: FeedPlace, limit: usize) -> Result<Vec<(FeedPlace, Changed)>, StoreError> {
        Ok(self.state().changes(after, limit))
    }

    fn condition(&self) -> Condition {
        Condition::default()
    }
}
