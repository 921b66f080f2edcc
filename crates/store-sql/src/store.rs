//! The store: both ports over one database.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use portcullis_core::domain::client::{ClientId, SubjectId};
use portcullis_core::domain::directory::{ClientEntry, Page, Profile, Revision, Selection};
use portcullis_core::domain::opaque::TokenHash;
use portcullis_core::domain::record::{Entry, Record, RecordFilter, Sequence};
use portcullis_core::domain::refresh::{Family, RefreshHash};
use portcullis_core::domain::role::Role;
use portcullis_core::domain::secret::Cost;
use portcullis_core::domain::session::{Generation, Session, SessionId};
use portcullis_core::domain::time::Timestamp;
use portcullis_core::domain::user::{Credentials, User, Username};
use portcullis_core::ports::clock::Clock;
use portcullis_core::ports::ledger::{Change, Changed, CommitError, Condition, Ended, FeedPlace, Ledger};
use portcullis_core::ports::store_error::StoreError;
use portcullis_core::ports::user_store::UserStore;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use crate::checkpoints::Sealed;
use crate::command::{Command, Commit, Reply};
use crate::open_error::OpenError;
use crate::options::{Options, Users};
use crate::shared::{Shared, unavailable};
use crate::sqlite::open;
use crate::writer::Writer;
use crate::{clients, directory, families, feed, records, sessions, users};

/// How long anybody waits for the writer. A login that hashes first must be refused within five seconds all the same.
pub(crate) const DEADLINE: Duration = Duration::from_secs(4);
/// How long somebody who reads records waits for those that were noted and not yet written.
const FLUSH_DEADLINE: Duration = Duration::from_millis(500);
/// How many commands wait for the writer at most; who comes later waits to be let in.
const COMMANDS: usize = 1024;

/// Users, sessions and records in a `SQLite` database.
///
/// It must be opened, used and closed within one tokio runtime. Dropped without [`SqliteStore::close`], it writes
/// what it was given until then, if the runtime lives on for that.
pub struct SqliteStore {
    shared: Arc<Shared>,
    commands: mpsc::Sender<Command>,
}

impl SqliteStore {
    /// Opens the store, or makes it.
    pub async fn open(options: Options, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let (opened, mut connection) = open::open(&options).await?;
        let sealed = Sealed::newest(&mut connection).await?;
        let shared = Arc::new(Shared::new(options, clock, opened));
        let (commands, received) = mpsc::channel(COMMANDS);
        tokio::spawn(Writer::new(Arc::clone(&shared), received, connection, sealed).run());
        Ok(Self { shared, commands })
    }

    /// Writes whatever waits, sets a checkpoint, and ends. Everything that is asked afterwards fails.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.ask(Command::Close, DEADLINE).await?
    }

    /// Writes whatever was noted so far.
    pub async fn flush(&self) -> Result<(), StoreError> {
        self.ask(Command::Flush, DEADLINE).await?
    }

    /// Writes whatever was noted so far, and sets a checkpoint if there are records without one.
    pub async fn seal(&self) -> Result<(), StoreError> {
        self.ask(Command::Seal, DEADLINE).await?
    }

    /// Asks the writer, and waits for the answer.
    pub(crate) async fn ask<T>(
        &self,
        command: impl FnOnce(Reply<T>) -> Command,
        patience: Duration,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let asked = async {
            self.commands.send(command(reply)).await.map_err(|_| unavailable("the store is closed"))?;
            answer.await.map_err(|_| unavailable("the store was closed"))
        };
        timeout(patience, asked).await.map_err(unavailable)?
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteStore").field("path", &self.shared.options.path).finish_non_exhaustive()
    }
}

#[async_trait]
impl UserStore for SqliteStore {
    async fn user(&self, name: &Username) -> Result<Option<User>, StoreError> {
        Ok(self.profile(name).await?.map(|profile| profile.user))
    }

    async fn credentials(&self, name: &Username) -> Result<Option<Credentials>, StoreError> {
        let known = users::find(&mut self.shared.reader().await?, name).await?;
        Ok(known.map(|known| Credentials { user: known.profile.user, hash: known.hash }))
    }

    async fn highest_cost(&self) -> Result<Cost, StoreError> {
        users::highest_cost(&mut self.shared.reader().await?).await
    }

    async fn profile(&self, name: &Username) -> Result<Option<Profile>, StoreError> {
        let known = users::find(&mut self.shared.reader().await?, name).await?;
        Ok(known.map(|known| known.profile))
    }

    async fn profiles(&self, page: Page) -> Result<Vec<Profile>, StoreError> {
        users::page(&mut self.shared.reader().await?, page).await
    }

    async fn selected(&self, selection: &Selection, page: Page) -> Result<Vec<Username>, StoreError> {
        users::selected(&mut self.shared.reader().await?, selection, page).await
    }

    async fn roles(&self) -> Result<Vec<Role>, StoreError> {
        users::roles(&mut self.shared.reader().await?).await
    }

    async fn client(&self, id: &ClientId) -> Result<Option<ClientEntry>, StoreError> {
        clients::find(&mut self.shared.reader().await?, id).await
    }

    async fn clients(&self, page: Page) -> Result<Vec<ClientEntry>, StoreError> {
        clients::page(&mut self.shared.reader().await?, page).await
    }

    async fn revision(&self) -> Result<Revision, StoreError> {
        directory::revision(&mut self.shared.reader().await?).await
    }
}

#[async_trait]
impl Ledger for SqliteStore {
    async fn commit(&self, change: Change, record: Record) -> Result<Sequence, CommitError> {
        let is_of_users = matches!(change, Change::Edit { .. } | Change::RenewHash { .. });
        if is_of_users && self.shared.options.users == Users::Elsewhere {
            return Err(CommitError::ReadOnly);
        }
        let commit = |reply| Command::Commit(Box::new(Commit { change, record, reply }));
        self.ask(commit, DEADLINE).await?
    }

    fn note(&self, record: Record) {
        self.shared.notes.push(record);
    }

    async fn since(
        &self,
        after: Sequence,
        filter: &RecordFilter,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        // Whoever reads what happened sees what happened just now, if that can be written; if not, what there is.
        let _ = self.ask(Command::Flush, FLUSH_DEADLINE).await;
        records::since(&mut self.shared.reader().await?, after, filter, limit).await
    }

    async fn session(&self, id: &SessionId) -> Result<Option<Session>, StoreError> {
        sessions::find(&mut self.shared.reader().await?, id).await
    }

    async fn session_of(&self, token: &TokenHash) -> Result<Option<Session>, StoreError> {
        sessions::find_by_token(&mut self.shared.reader().await?, token).await
    }

    async fn family(&self, name: &RefreshHash) -> Result<Option<(Session, Family)>, StoreError> {
        families::find(&mut self.shared.reader().await?, name).await
    }

    fn seen(&self, id: &SessionId, at: Timestamp) {
        // Whoever finds the writer that busy is seen another time.
        let _ = self.commands.try_send(Command::Seen(id.clone(), at));
    }

    async fn sessions(
        &self,
        of: Option<Username>,
        now: Timestamp,
        page: Page,
    ) -> Result<Vec<Session>, StoreError> {
        sessions::page(&mut self.shared.reader().await?, of.as_ref(), now, page).await
    }

    async fn generation(&self, of: &SubjectId) -> Result<Generation, StoreError> {
        sessions::generation(&mut self.shared.reader().await?, of).await
    }

    async fn ended(&self, now: Timestamp) -> Result<Ended, StoreError> {
        let ended = sessions::ended(&mut self.shared.reader().await?, now).await?;
        self.shared.told(ended.place);
        Ok(ended)
    }

    async fn changes(&self, after: FeedPlace, limit: usize) -> Result<Vec<(FeedPlace, Changed)>, StoreError> {
        let changes = feed::changes(&mut self.shared.reader().await?, after, limit).await?;
        if let Some((last, _)) = changes.last() {
            self.shared.told(*last);
        }
        Ok(changes)
    }

    fn condition(&self) -> Condition {
        self.shared.condition()
    }
}
