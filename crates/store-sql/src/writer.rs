//! The one writer of a process: whatever waits is written in one transaction, with one flush of the disk.

use std::sync::Arc;
use std::time::Duration;

use portcullis_core::domain::record::Sequence;
use portcullis_core::ports::store_error::StoreError;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};

use crate::checkpoints::Sealed;
use crate::command::{self, Command};
use crate::marks;
use crate::notes::Taken;
use crate::open_error::OpenError;
use crate::shared::{Shared, unavailable};
use crate::sqlite::foreign_log::StoreIdentity;
use crate::sqlite::open::{self, Own as Connection};
use crate::sqlite::opened::Place;
use crate::sqlite::write_back::{LARGE, write_back};
use crate::transaction::Transaction;
use crate::work::{Done, Work};

/// How many notes one transaction takes.
const BATCH: usize = 1000;
/// How many commands one transaction takes.
const COMMANDS: usize = 256;
/// How often is looked at what is due.
const TICK: Duration = Duration::from_secs(10);
/// How soon is looked again where more is due than one transaction should do.
const SOON: Duration = Duration::from_millis(100);
/// How often a failing store is tried again.
const RETRY: Duration = Duration::from_millis(250);

/// The writer.
pub(crate) struct Writer {
    shared: Arc<Shared>,
    commands: mpsc::Receiver<Command>,
    /// None after a failure: the next write connects anew.
    connection: Option<Connection>,
    store: StoreIdentity,
    sealed: Sealed,
    /// The newest record that is known.
    newest: Sequence,
    /// From which size on the log is written back.
    large_log: u64,
    /// When it was connected anew last.
    connected: Instant,
    next_tick: Instant,
}

impl Writer {
    pub(crate) fn new(
        shared: Arc<Shared>,
        commands: mpsc::Receiver<Command>,
        connection: Connection,
        sealed: Sealed,
    ) -> Self {
        let store = shared.opened().store;
        let (newest, connected) = (Sequence(0), Instant::now());
        let (connection, next_tick) = (Some(connection), connected + TICK);
        Self { shared, commands, connection, store, sealed, newest, large_log: LARGE, connected, next_tick }
    }

    /// Writes until it is told to end, or nobody is left who could tell.
    pub(crate) async fn run(mut self) {
        loop {
            let mut work = self.next().await;
            if work.is_last {
                self.shared.notes.close_minutes(self.shared.clock.now(), true);
                let closers = work.closers();
                let written = self.write(work).await;
                self.close().await;
                for closer in closers {
                    let _ = closer.send(written.as_ref().copied().map_err(command::shared));
                }
                return;
            }
            // Whoever waits for it was told.
            let _ = self.write(work).await;
        }
    }

    /// Closes all connections; the last one writes the log back into the file.
    async fn close(&mut self) {
        self.shared.opened().close().await;
        if let Some(connection) = self.connection.take() {
            let _ = connection.close().await;
        }
    }

    /// Waits for what is to be done next. What was noted waits a moment for more; a command waits for nothing. What is due
    /// comes first: there may be a command at any time, and they are all taken in any case.
    async fn next(&mut self) -> Work {
        let is_failing = self.shared.condition().is_failing;
        let mut work = Work::default();
        tokio::select! {
            biased;
            () = due(self.next_tick) => {
                self.shared.notes.close_minutes(self.shared.clock.now(), false);
                self.next_tick = Instant::now() + TICK;
                work.forget = true;
            }
            command = self.commands.recv() => work.add(command),
            () = self.shared.notes.arrived(), if !is_failing => {
                if let Ok(command) = timeout(self.shared.options.note_delay, self.commands.recv()).await {
                    work.add(command);
                }
            }
            () = self.shared.doubt.raised(), if !is_failing => {}
        }
        while work.len() < COMMANDS {
            let Ok(command) = self.commands.try_recv() else { break };
            work.add(Some(command));
        }
        work
    }

    /// Does the work, and before it whatever was noted before; tells everybody what came of it.
    async fn write(&mut self, work: Work) -> Result<(), Arc<StoreError>> {
        let written = self.write_all(&work).await.map_err(Arc::new);
        match written {
            Ok(done) => {
                if done.may_forget_more {
                    self.next_tick = Instant::now() + SOON;
                }
                work.done(done);
            }
            Err(failure) => {
                work.failed(&failure);
                return Err(failure);
            }
        }
        // What was acknowledged is in the log. Where that can't be written back now, the next write tries again.
        let _ = self.write_back().await;
        Ok(())
    }

    /// Writes the log back, but into no file that somebody else has changed: that is looked at first.
    async fn write_back(&mut self) -> Result<(), StoreError> {
        let opened = self.shared.opened();
        if opened.place()? == Place::Untouched {
            let written = write_back(&self.shared.options.path, self.large_log).await;
            opened.was_written()?;
            self.large_log = written?;
        }
        Ok(())
    }

    /// As many transactions as what was noted until now takes: whoever waits does not wait for what is noted meanwhile.
    async fn write_all(&mut self, work: &Work) -> Result<Done, StoreError> {
        for _ in 0..self.shared.notes.len().saturating_sub(1) / BATCH {
            self.write_at_once(&Work::default()).await?;
        }
        self.write_at_once(work).await
    }

    /// One transaction.
    async fn write_at_once(&mut self, work: &Work) -> Result<Done, StoreError> {
        let mut taken = self.shared.notes.take(BATCH);
        let done = self.attempt(&mut taken, work).await;
        self.shared.is_failing(done.is_err());
        if done.is_ok() {
            self.shared.notes.written(&taken);
        } else {
            self.shared.notes.put_back(taken);
            self.next_tick = Instant::now() + RETRY;
            // Dropping it rolls back what was begun. Whatever is wrong, a new one begins with a look at the file.
            self.connection = None;
        }
        done
    }

    async fn attempt(&mut self, taken: &mut Taken, work: &Work) -> Result<Done, StoreError> {
        let is_probe = self.shared.condition().is_failing;
        self.connect().await?;
        let notes = &self.shared.notes;
        let nothing_is_there = taken.records.is_empty() && notes.lost_so_far() == 0 && work.is_nothing();
        let Some(connection) = self.connection.as_mut().filter(|_| is_probe || !nothing_is_there) else {
            return Ok(Done::default());
        };
        let (options, now) = (&self.shared.options, self.shared.clock.now());
        let mut transaction = Transaction::begin(connection).await?;
        // Beginning waits for whoever holds the store locked.
        taken.lost = notes.lost_so_far();
        transaction.append_all(taken.records.iter().cloned()).await?;
        if taken.lost > 0 {
            transaction.append(marks::lost(now, taken.lost)).await?;
        }
        let done = work.apply(&mut transaction, now).await?;
        let head = transaction.state.head;
        let is_due = self.sealed.is_due(head, now, options.checkpoints) || work.seal;
        let mut sealed = self.sealed;
        if let Some(signer) = options.signer.as_ref().filter(|_| is_due && sealed.is_behind(head)) {
            sealed = transaction.seal(signer, now).await?;
        }
        transaction.is_changed |= is_probe;
        transaction.end(options.feed_capacity).await?;
        self.shared.opened().is_in_place()?;
        (self.sealed, self.newest) = (sealed, head.sequence);
        Ok(done)
    }

    /// Connects, unless the connection there is leads to the file that has the name of the store now, and nobody else has
    /// written that or seen anything wrong with it.
    ///
    /// Where it is another file, it must be the same store: a backup that was restored, say. The old connections are
    /// closed first, so that their log goes with them. Where it is the same file, they are closed last, so that nothing is
    /// written back into what may be damaged. Where it is of an earlier time, everybody is told to read everything again.
    async fn connect(&mut self) -> Result<(), StoreError> {
        let before = self.shared.opened();
        let place = before.place()?;
        if self.connection.is_some() && place == Place::Untouched && !self.is_doubted() {
            return Ok(());
        }
        if place == Place::Another {
            if let Some(connection) = self.connection.take() {
                connection.close().await?;
            }
            before.close().await;
        }
        let reopened = open::reopen(&self.shared.options, Some(&before)).await;
        let (opened, mut connection) = reopened.map_err(unavailable)?;
        if opened.store != self.store {
            return Err(unavailable(OpenError::Replaced(self.shared.options.path.clone())));
        }
        if place != Place::Untouched {
            self.look_back(&mut connection, place).await?;
        }
        self.shared.reopened(opened);
        self.connection = Some(connection);
        self.connected = Instant::now();
        Ok(())
    }

    /// Finds out whether what is there now is of an earlier time than what was.
    async fn look_back(&mut self, connection: &mut Connection, place: Place) -> Result<(), StoreError> {
        let mut transaction = Transaction::begin(connection).await?;
        if place == Place::Another || transaction.state.head.sequence < self.newest {
            transaction.forget_feed(self.shared.furthest()).await?;
        }
        transaction.end(self.shared.options.feed_capacity).await?;
        self.sealed = Sealed::newest(connection).await?;
        Ok(())
    }

    /// Whether somebody has seen that something is wrong with the file since he could be connected anew. Where it stays
    /// wrong, that is not done again for each who sees it.
    fn is_doubted(&mut self) -> bool {
        let is_doubted = self.shared.doubt.is_there();
        let again = self.connected + RETRY;
        if is_doubted && Instant::now() < again {
            self.next_tick = self.next_tick.min(again);
            return false;
        }
        is_doubted
    }
}

/// Waits until then; not at all if that is over, which a timer may be told of a moment later.
async fn due(at: Instant) {
    if Instant::now() < at {
        sleep_until(at).await;
    }
}

#[cfg(test)]
mod tests {
    use portcullis_core::domain::session::SessionId;
    use portcullis_core::domain::time::Timestamp;
    use portcullis_testkit::clock::StoppedClock;

    use super::*;
    use crate::options::Options;

    #[tokio::test]
    async fn what_is_due_is_done_however_many_commands_there_are() {
        let folder = tempfile::tempdir().unwrap();
        let options = Options::at(folder.path().join("a.db"));
        let (opened, connection) = open::open(&options).await.unwrap();
        let now = Timestamp::from_seconds(0);
        let shared = Arc::new(Shared::new(options, Arc::new(StoppedClock::at(now)), opened));
        let (commands, received) = mpsc::channel(9);
        let mut writer = Writer::new(shared, received, connection, Sealed::default());
        for _ in 0..3 {
            writer.next_tick = Instant::now();
            commands.try_send(Command::Seen(SessionId::from_bytes([1; 16]), now)).unwrap();
            let work = writer.next().await;
            assert!(work.forget && work.len() == 1);
        }
    }
}
