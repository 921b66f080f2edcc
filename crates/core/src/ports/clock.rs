//! Port: the time. Implementations: the system's clock, and one that stands still, for tests.

use crate::domain::time::Timestamp;

/// A clock.
///
/// # Contract
/// - Within a process `now` never goes back, whatever happens to the system's clock.
#[cfg_attr(test, mockall::automock)]
pub trait Clock: Send + Sync + 'static {
    /// The time.
    fn now(&self) -> Timestamp;
}
