//! Port: whoever counts decisions. Implementations: the metrics; nobody, for tests.

use crate::domain::permit::Permit;
use crate::services::gate::Refused;

/// Is shown every decision of the gate, by whichever way it was asked.
///
/// # Contract
/// - It never waits and never fails: it stands on the walk of every request.
#[cfg_attr(test, mockall::automock)]
pub trait DecisionObserver: Send + Sync + 'static {
    /// A request was let through.
    fn passed(&self, method: &str, permit: &Permit);
    /// A request was refused.
    fn refused(&self, method: &str, refused: &Refused);
}
