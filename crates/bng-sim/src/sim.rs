//! The handle to one simulated BNG: its state, shared by every clone.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use crate::{
    config::ConfigStore, journal::Journal, seed, subscribers::SubscriberTable, webhooks::WebhookTable,
};

/// One simulated BNG. Clones share its state, so a test can keep one and serve another.
#[derive(Clone)]
pub struct Sim {
    state: Arc<State>,
}

/// Each area has its own lock and no handler holds two of them, so there is no order to get wrong.
struct State {
    booted: Instant,
    subscribers: Mutex<SubscriberTable>,
    config: Mutex<ConfigStore>,
    webhooks: Mutex<WebhookTable>,
    journal: Mutex<Journal>,
}

impl Sim {
    /// A BNG that has just been reached: the seeded subscribers, configuration and webhooks, an empty journal.
    pub fn new() -> Self {
        Self {
            state: Arc::new(State {
                booted: Instant::now(),
                subscribers: Mutex::new(SubscriberTable::new(seed::subscribers())),
                config: Mutex::new(ConfigStore::new(seed::config())),
                webhooks: Mutex::new(WebhookTable::new(seed::webhooks())),
                journal: Mutex::new(Journal::default()),
            }),
        }
    }

    /// The last 10,000 requests received, oldest first, as method and raw path and query.
    ///
    /// A target is shown as it came over the wire, with no decoding and no normalisation, except that the
    /// HTTP parser has already dropped a `#` and what follows it.
    pub fn seen(&self) -> Vec<(String, String)> {
        self.journal().entries()
    }

    /// Seconds since [`Sim::new`].
    pub(crate) fn uptime_seconds(&self) -> u64 {
        self.state.booted.elapsed().as_secs()
    }

    pub(crate) fn subscribers(&self) -> MutexGuard<'_, SubscriberTable> {
        lock(&self.state.subscribers)
    }

    pub(crate) fn config(&self) -> MutexGuard<'_, ConfigStore> {
        lock(&self.state.config)
    }

    pub(crate) fn webhooks(&self) -> MutexGuard<'_, WebhookTable> {
        lock(&self.state.webhooks)
    }

    pub(crate) fn journal(&self) -> MutexGuard<'_, Journal> {
        lock(&self.state.journal)
    }
}

impl Default for Sim {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Sim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sim").finish_non_exhaustive()
    }
}

/// A panic in one request must not end the simulation: the state is taken as that request left it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
