//! What the gate knows of sessions without asking the ledger.

use std::sync::Arc;

use super::ended_sessions::EndedSessions;
use super::opaque_sessions::OpaqueSessions;
use super::throttle::Throttle;

/// What is known of sessions, and who guesses at their tokens.
#[derive(Debug, Default)]
pub struct KnownSessions {
    /// Those that were ended.
    pub ended: Arc<EndedSessions>,
    /// Those of tokens that say nothing: opaque and personal ones.
    pub opaque: OpaqueSessions,
    /// Who shows such tokens that nobody has; apart from the logins, so that the one does not hold up the other.
    pub guesses: Throttle,
}
