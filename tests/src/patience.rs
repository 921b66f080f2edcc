//! How long a test waits before it says that something will never happen.

use std::time::Duration;

use tokio::time::{interval, timeout};

/// Long enough for any machine; only a test that fails waits for it.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for `future`, and fails if it takes too long.
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    let done = timeout(PATIENCE, future).await;
    done.unwrap_or_else(|_| panic!("{what}: nothing for {PATIENCE:?}"))
}

/// Waits until `holds`, by looking again and again; for what no event tells.
pub async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    within(what, async {
        let mut look = interval(Duration::from_millis(5));
        while !holds() {
            look.tick().await;
        }
    })
    .await;
}
