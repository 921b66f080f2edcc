//! Why a change of users or roles was not made.

use std::fmt;
use std::time::Duration;

use super::holdings::Lack;
use crate::domain::client::ClientId;
use crate::domain::role::RoleName;
use crate::ports::entropy::EntropyError;
use crate::ports::ledger::CommitError;
use crate::ports::password_hasher::HasherError;
use crate::ports::store_error::StoreError;
use crate::services::password_rules::BrokenRule;

/// A grant of a role that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownRole {
    /// Which of the grants it is, counted from 0.
    pub index: usize,
    /// The role.
    pub role: RoleName,
}

/// How the last one who can manage users would have been lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// He is to be removed.
    Removal,
    /// He is to be shut out, altogether or from the API.
    Deactivation,
    /// He is to hold less, or a role of his is to give less.
    Stripping,
}

/// What he can't be: `removed`.
impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Removal => "removed",
            Self::Deactivation => "deactivated",
            Self::Stripping => "stripped of users:edit",
        })
    }
}

/// Why a change of users or roles was not made. What is for a client to read stands here as he reads it.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// Users are not kept where they could be changed.
    #[error("Users are defined in {0}; edit it there")]
    DefinedElsewhere(String),
    /// The same of clients.
    #[error("Clients are defined in {0}; edit it there")]
    ClientsDefinedElsewhere(String),
    /// There is no such user, role or client.
    #[error("Not Found")]
    NotFound,
    /// Somebody or something has that name.
    #[error("{0} exists already")]
    Taken(String),
    /// Whoever asks does not hold what he wants to give or to change.
    #[error("{0}")]
    Beyond(Lack),
    /// Nobody would be left who can manage users.
    #[error("The last active admin cannot be {0}")]
    LastAdmin(Loss),
    /// The role means the same everywhere.
    #[error("Role '{0}' is built in and cannot be changed")]
    BuiltIn(RoleName),
    /// The role is not kept where it could be changed.
    #[error("Role '{0}' is defined in the configuration; edit it there")]
    Configured(RoleName),
    /// The client is not kept where it could be removed.
    #[error("Client '{0}' is defined in the configuration; edit it there")]
    ConfiguredClient(ClientId),
    /// Somebody holds the role.
    #[error("Role '{0}' is in use")]
    InUse(RoleName),
    /// Roles that do not exist are to be granted.
    #[error("unknown roles are to be granted")]
    UnknownRoles(Vec<UnknownRole>),
    /// The new password is not acceptable.
    #[error("the new password is not acceptable")]
    Password(Vec<BrokenRule>),
    /// The present password is another one.
    #[error("Current password is wrong")]
    WrongPassword,
    /// Too many wrong ones before.
    #[error("Too many failed logins")]
    Throttled {
        /// When to try again.
        retry_after: Duration,
    },
    /// Whoever asks was removed or deactivated since he was let in.
    #[error("Could not validate credentials")]
    Unwelcome,
    /// Too much is hashed, or too many change something, just now.
    #[error("Busy")]
    Busy {
        /// When to try again.
        retry_after: Duration,
    },
    /// Users or roles could not be read.
    #[error("the users could not be read")]
    Store(#[from] StoreError),
    /// The change could not be committed.
    #[error("the change could not be committed")]
    Ledger(#[from] CommitError),
    /// The change is made, but may not be in force here yet.
    #[error("the change was made, but could not be taken over")]
    NotFollowed(#[source] CommitError),
    /// The password could not be hashed.
    #[error("the password could not be hashed")]
    Hasher(#[source] HasherError),
    /// There was no randomness.
    #[error("no stamp could be made")]
    Entropy(#[from] EntropyError),
}

impl AdminError {
    /// Whether it is worth a record: somebody tried what he must not.
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Beyond(_)
                | Self::LastAdmin(_)
                | Self::WrongPassword
                | Self::Throttled { .. }
                | Self::Unwelcome
        )
    }
}

impl From<HasherError> for AdminError {
    fn from(error: HasherError) -> Self {
        match error {
            HasherError::Busy { retry_after } => Self::Busy { retry_after },
            HasherError::Withdrawn | HasherError::Failed(_) => Self::Hasher(error),
        }
    }
}
