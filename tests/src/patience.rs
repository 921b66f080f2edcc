//! How long a test waits before it says that something will never happen.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval, timeout};

/// Long enough for any machine; only a test that fails waits for it.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for `future`, and fails if it takes too long.
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    let done = timeout(PATIENCE, future).await;
    done.unwrap_or_else(|_| panic!("{what}: nothing for {PATIENCE:?}"))
}

/// Waits until `holds`, by looking again and again; for what no event tells.
pub async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    until_told(what, async || holds()).await;
}

/// The same where somebody has to be asked. He is left in peace between two questions, since he shares two cores with
/// whoever asks.
pub async fn until_told(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    within(what, async {
        let mut look = interval(Duration::from_millis(5));
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !holds().await {
            look.tick().await;
        }
    })
    .await;
}
