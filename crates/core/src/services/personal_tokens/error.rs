//! Why nothing came of what somebody wanted with personal tokens.

use super::MOST;
use crate::ports::ledger::CommitError;
use crate::services::registry::AdminError;

/// Why the token that was shown is not the one for this. What is for a client to read stands here as he reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It is a client's, or in a client's hands.
    #[error("A client has no personal tokens")]
    Client,
    /// It is a personal token itself.
    #[error("A personal token can't make personal tokens")]
    Personal,
}

/// Why nothing came of it.
#[derive(Debug, thiserror::Error)]
pub enum PersonalTokenError {
    /// With this token one can't.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// The end is past, or too far away.
    #[error("Input should be in the future, and at most 365 days away")]
    Lifetime,
    /// He has as many as one may have.
    #[error("A user has at most {MOST} personal tokens; end one of them first")]
    TooMany,
    /// What may come of any change of users, too.
    #[error(transparent)]
    Admin(#[from] AdminError),
}

impl From<CommitError> for PersonalTokenError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::TooMany => Self::TooMany,
            CommitError::Stale | CommitError::ReadOnly | CommitError::Store(_) => Self::Admin(error.into()),
        }
    }
}
