//! How a store is opened.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// How a store is opened.
#[derive(Debug)]
pub struct Options {
    /// The file.
    pub path: PathBuf,
    /// What if there is no file.
    pub if_missing: IfMissing,
    /// Where the users are kept.
    pub users: Users,
    /// How long somebody else's lock is waited for. A write may wait for two, and nobody waits for a write for longer than
    /// four seconds.
    pub busy_timeout: Duration,
    /// How many records may wait to be written; what comes beyond is counted and lost.
    pub note_capacity: usize,
    /// How long records are gathered before they are written together.
    pub note_delay: Duration,
    /// How many changes the feed keeps.
    pub feed_capacity: u64,
    /// How many connections read.
    pub readers: u32,
    /// How many pages of 4 KiB the file may grow to; none: whatever the disk holds.
    pub max_pages: Option<u32>,
    /// When checkpoints are set.
    pub checkpoints: Checkpoints,
    /// Who signs checkpoints; without one there are none, and nothing can be pruned.
    pub signer: Option<Signer>,
}

impl Options {
    /// The usual options, for a file that is made if it is missing, and that has the users in it.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            if_missing: IfMissing::Create,
            users: Users::Here,
            busy_timeout: Duration::from_secs(2),
            note_capacity: 10_000,
            note_delay: Duration::from_millis(50),
            feed_capacity: 10_000,
            readers: 4,
            max_pages: None,
            checkpoints: Checkpoints { records: 1000, interval: Duration::from_mins(5) },
            signer: None,
        }
    }
}

/// What is done where there is no file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfMissing {
    /// An empty store is made.
    Create,
    /// That is an error.
    Refuse,
}

/// Where the users are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Users {
    /// In this store.
    Here,
    /// Elsewhere, in a file: changes of the directory are refused.
    Elsewhere,
}

/// When a checkpoint is set, if there was any record since the last one; and always at the end.
#[derive(Debug, Clone, Copy)]
pub struct Checkpoints {
    /// After so many records.
    pub records: u64,
    /// After so long.
    pub interval: Duration,
}

/// Signs a message.
pub type Sign = Box<dyn Fn(&[u8]) -> Vec<u8> + Send + Sync>;

/// Who signs checkpoints.
pub struct Signer {
    /// The name of the key, as it will be found again.
    pub key: String,
    /// Signs a message.
    pub sign: Sign,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("key", &self.key).finish_non_exhaustive()
    }
}
