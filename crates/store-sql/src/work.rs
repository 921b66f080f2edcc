//! What is to be done in one transaction.

use std::sync::Arc;

use portcullis_core::domain::record::Sequence;
use portcullis_core::domain::session::SessionId;
use portcullis_core::domain::time::Timestamp;
use portcullis_core::ports::ledger::{Change, CommitError};
use portcullis_core::ports::store_error::StoreError;

use crate::command::{Command, Commit, Reply, shared};
use crate::prune::{Prune, PruneReply, Pruned};
use crate::shared::unavailable;
use crate::transaction::Transaction;

/// How many sessions of each kind are forgotten in one transaction.
const FORGOTTEN: usize = 1000;

/// What came of one commit.
type Outcome = Result<Sequence, CommitError>;

/// What is to be done in one transaction, beside what was noted.
#[derive(Default)]
pub(crate) struct Work {
    commits: Vec<Commit>,
    seen: Vec<(SessionId, Timestamp)>,
    /// Whether a checkpoint is set, due or not.
    pub(crate) seal: bool,
    /// Whether old sessions are forgotten too.
    pub(crate) forget: bool,
    /// Whether this is the last.
    pub(crate) is_last: bool,
    /// Who wants old records removed.
    prunes: Vec<(Prune, PruneReply)>,
    told: Vec<Reply<Result<(), StoreError>>>,
    /// Who wants to know when everything is closed.
    closers: Vec<Reply<Result<(), StoreError>>>,
}

/// What came of some work.
#[derive(Default)]
pub(crate) struct Done {
    outcomes: Vec<Outcome>,
    pruned: Vec<Option<Pruned>>,
    /// Whether more old sessions may be left.
    pub(crate) may_forget_more: bool,
}

impl Work {
    /// Adds what is asked; nothing, where nobody is left who could ask.
    pub(crate) fn add(&mut self, command: Option<Command>) {
        match command {
            None => (self.seal, self.is_last) = (true, true),
            Some(Command::Commit(commit)) => self.commits.push(*commit),
            Some(Command::Seen(id, at)) => self.seen.push((id, at)),
            Some(Command::Flush(reply)) => self.told.push(reply),
            Some(Command::Seal(reply)) => {
                self.seal = true;
                self.told.push(reply);
            }
            Some(Command::Prune { prune, reply }) => self.prunes.push((prune, reply)),
            Some(Command::Close(reply)) => {
                (self.seal, self.is_last) = (true, true);
                self.closers.push(reply);
            }
        }
    }

    /// Those who want to know when everything is closed.
    pub(crate) fn closers(&mut self) -> Vec<Reply<Result<(), StoreError>>> {
        std::mem::take(&mut self.closers)
    }

    /// How many wait for it.
    pub(crate) fn len(&self) -> usize {
        self.commits.len() + self.seen.len() + self.prunes.len() + self.told.len()
    }

    /// Whether nothing has to be written for it.
    pub(crate) fn is_nothing(&self) -> bool {
        self.commits.is_empty()
            && self.seen.is_empty()
            && !self.seal
            && !self.forget
            && self.prunes.is_empty()
    }

    /// Does it; what was noted before is written already.
    pub(crate) async fn apply(
        &self,
        transaction: &mut Transaction<'_>,
        now: Timestamp,
    ) -> Result<Done, StoreError> {
        let mut done = Done::default();
        for commit in &self.commits {
            done.outcomes.push(commit.apply(transaction).await?);
        }
        for (id, at) in &self.seen {
            transaction.see(id, *at).await?;
        }
        for (prune, reply) in &self.prunes {
            done.pruned.push(if reply.is_closed() { None } else { transaction.prune(*prune, now).await? });
        }
        if self.forget {
            done.may_forget_more = transaction.forget_sessions(now, FORGOTTEN).await?;
        }
        Ok(done)
    }

    /// Tells everybody what came of it. Who no longer waits is not told.
    pub(crate) fn done(self, done: Done) {
        for (commit, outcome) in self.commits.into_iter().zip(done.outcomes) {
            let _ = commit.reply.send(outcome);
        }
        for ((_, reply), pruned) in self.prunes.into_iter().zip(done.pruned) {
            let _ = reply.send(Ok(pruned));
        }
        for reply in self.told {
            let _ = reply.send(Ok(()));
        }
    }

    /// Tells everybody that nothing came of it.
    pub(crate) fn failed(self, failure: &Arc<StoreError>) {
        for commit in self.commits {
            let _ = commit.reply.send(Err(shared(failure).into()));
        }
        for (_, reply) in self.prunes {
            let _ = reply.send(Err(shared(failure)));
        }
        for reply in self.told {
            let _ = reply.send(Err(shared(failure)));
        }
    }
}

impl Commit {
    /// Makes the change and records it. What is refused has changed nothing; any other failure is one of the whole
    /// transaction.
    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<Outcome, StoreError> {
        if self.reply.is_closed() {
            return Ok(Err(unavailable("nobody waits for it any more").into()));
        }
        let made = match &self.change {
            Change::OpenSession(session) => transaction.open_session(session).await.map_err(Into::into),
            Change::OpenPersonal { session, at_most } => transaction.open_personal(session, *at_most).await,
            Change::OpenFamily { session, family } => {
                transaction.open_family(session, family).await.map_err(Into::into)
            }
            Change::Rotate(rotation) => transaction.rotate(rotation).await,
            Change::EndSession(ended) => transaction.end_session(ended).await.map_err(Into::into),
            Change::EndToken(token) => transaction.end_token(*token).await.map_err(Into::into),
            Change::EndSessions(whose) => transaction.end_sessions(whose).await.map_err(Into::into),
            Change::RenewHash { user, from, to } => transaction.renew_hash(user, from, to).await,
            Change::Edit { as_of, edits } => transaction.edit(*as_of, edits).await,
        };
        match made {
            Ok(()) => transaction.append(self.record.clone()).await.map(Ok),
            Err(CommitError::Store(failure)) => Err(failure),
            Err(refused) => Ok(Err(refused)),
        }
    }
}
