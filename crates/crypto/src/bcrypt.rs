//! Passwords with bcrypt, on threads of their own.
//!
//! One comparison holds a core for a fifth of a second. So it never runs where requests are served; no more of them
//! run at a time than there are cores; and so many wait at most that whoever waits is still answered in good time.

use std::num::NonZeroUsize;
use std::panic::catch_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use async_trait::async_trait;
use portcullis_core::domain::secret::{Cost, Password, PasswordHash, PasswordHashError};
use portcullis_core::ports::password_hasher::{Comparison, HasherError, PasswordHasher};
use portcullis_core::ports::store_error::BoxError;
use tokio::sync::oneshot;

/// How many comparisons wait for each thread, at most.
const WAITING_PER_THREAD: usize = 16;

/// When it is worth trying again: by then a few of those that wait are done.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Requests of those who are logged in come before the logins of others.
const LEAST_PRIORITY: i32 = 19;

/// Salt and hash of the decoy: a constant, so that nobody can tell a decoy from a user by when it was made. What it
/// is the hash of is nobody's password, and the outcome is thrown away.
const DECOY: &str = "C6UzMDM.H6dfI/f/IKcEeOK/Mb2ol8rrXAHZkOscoYQYnvkQ8b6uu";

/// Compares passwords with bcrypt hashes, and makes them.
#[derive(Clone)]
pub struct Bcrypt {
    jobs: SyncSender<Job>,
    waiting: Arc<AtomicUsize>,
}

/// Work that somebody waits for; he takes the outcome from where it puts it.
type Job = Box<dyn FnOnce() + Send>;

impl Bcrypt {
    /// Starts the threads, one for each core. They end when the last handle is dropped.
    pub fn new(cores: NonZeroUsize) -> std::io::Result<Self> {
        let (jobs, queue) = sync_channel(cores.get() * WAITING_PER_THREAD);
        let queue = Arc::new(Mutex::new(queue));
        let waiting = Arc::new(AtomicUsize::new(0));
        for number in 0..cores.get() {
            let (queue, waiting) = (Arc::clone(&queue), Arc::clone(&waiting));
            thread::Builder::new().name(format!("hashing-{number}")).spawn(move || work(&queue, &waiting))?;
        }
        Ok(Self { jobs, waiting })
    }

    /// How many wait for a thread now.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Has some work done on a thread of ours.
    async fn done<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, HasherError> + Send + 'static,
    ) -> Result<T, HasherError> {
        let (done, outcome) = oneshot::channel();
        // Whoever asked may have gone away while he waited.
        let job = move || {
            if !done.is_closed() {
                let _ = done.send(work());
            }
        };
        self.waiting.fetch_add(1, Ordering::Relaxed);
        self.jobs.try_send(Box::new(job)).map_err(|error| {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            match error {
                TrySendError::Full(_) => HasherError::Busy { retry_after: RETRY_AFTER },
                TrySendError::Disconnected(_) => HasherError::Failed("the hashing threads have ended".into()),
            }
        })?;
        outcome.await.map_err(|gone| HasherError::Failed(gone.into()))?
    }
}

impl std::fmt::Debug for Bcrypt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bcrypt").field("waiting", &self.waiting()).finish_non_exhaustive()
    }
}

#[async_trait]
impl PasswordHasher for Bcrypt {
    async fn verify(&self, comparison: Comparison) -> Result<bool, HasherError> {
        self.done(move || refereed(&comparison)).await
    }

    async fn hash(&self, password: Password, cost: Cost) -> Result<PasswordHash, HasherError> {
        self.done(move || {
            let made = catch_unwind(|| hash(&password, cost).map_err(BoxError::from));
            made.unwrap_or_else(|_| Err("the hashing panicked".into())).map_err(HasherError::Failed)
        })
        .await
    }
}

fn work(queue: &Mutex<Receiver<Job>>, waiting: &AtomicUsize) {
    // On Linux this is about the calling thread alone. Where it fails, logins are served at the common priority.
    let _ = rustix::process::setpriority_process(None, LEAST_PRIORITY);
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        waiting.fetch_sub(1, Ordering::Relaxed);
        job();
    }
}

fn refereed(comparison: &Comparison) -> Result<bool, HasherError> {
    let Comparison { password, hash, at_least, referee } = comparison;
    if !referee.begin() {
        return Err(HasherError::Withdrawn);
    }
    // A panic must end neither this thread nor the count of those who are being compared.
    let compared = catch_unwind(|| compare(password, hash.as_ref(), *at_least));
    let outcome = compared.unwrap_or_else(|_| Err("the comparison panicked".into()));
    referee.end(*outcome.as_ref().unwrap_or(&false));
    outcome.map_err(HasherError::Failed)
}

/// Compares, and takes as long as a comparison at the highest cost whenever the answer is no.
fn compare(password: &Password, hash: Option<&PasswordHash>, at_least: Cost) -> Result<bool, BoxError> {
    let cost = hash.map_or(at_least, |hash| hash.cost().max(at_least));
    let Some(hash) = hash.filter(|hash| password.is_possible() && hash.can_match()) else {
        spend(cost)?;
        return Ok(false);
    };
    let matches = ::bcrypt::verify(password.expose(), hash.expose())?;
    if !matches {
        // 2^c + 2^c + 2^(c+1) + … + 2^(C-1) rounds are 2^C rounds.
        hash.cost().up_to(cost).try_for_each(spend)?;
    }
    Ok(matches)
}

/// Spends the time of one comparison.
fn spend(cost: Cost) -> Result<(), BoxError> {
    let decoy = format!("$2b${:02}${DECOY}", cost.get());
    std::hint::black_box(::bcrypt::verify("decoy", &decoy)?);
    Ok(())
}

/// Why a new password was not hashed.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// No password that bcrypt could tell from every other.
    #[error("a password has 1 to 72 bytes and no NUL")]
    Impossible,
    /// bcrypt failed.
    #[error("bcrypt failed")]
    Failed(#[source] BoxError),
    /// bcrypt made something that is no hash to us.
    #[error("bcrypt made an unknown form of hash")]
    Form(#[source] PasswordHashError),
}

/// Hashes a new password, on the thread that asks.
pub fn hash(password: &Password, cost: Cost) -> Result<PasswordHash, HashError> {
    if !password.is_possible() {
        return Err(HashError::Impossible);
    }
    let text = ::bcrypt::hash(password.expose(), u32::from(cost.get()))
        .map_err(|error| HashError::Failed(error.into()))?;
    PasswordHash::parse(&text).map_err(HashError::Form)
}

#[cfg(test)]
#[path = "bcrypt_tests.rs"]
mod tests;
