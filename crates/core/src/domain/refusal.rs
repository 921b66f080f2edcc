//! Why a request did not pass. What of it a client reads is chosen where it is written, not here.

use std::time::Duration;

use super::decision::Missing;
use super::method::MethodSet;
use super::path::PathFault;
use super::route_table::Misdirected;
use super::selector::AmbiguousRealm;
use super::token::ClaimsError;
use crate::ports::store_error::StoreError;
use crate::ports::token_codec::TokenError;

/// Why a request did not pass, in the order in which it is found out.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// 400: the path can be read in two ways.
    #[error("ambiguous request path: {0}")]
    Path(PathFault),
    /// 405: the method is not for this path; these are.
    #[error("method not allowed")]
    Method(MethodSet),
    /// 401: who is this?
    #[error("{0}")]
    Unauthenticated(Unauthenticated),
    /// 429: too many tokens that nobody has came from this address.
    #[error("too many unknown tokens")]
    Throttled {
        /// When to try again.
        retry_after: Duration,
    },
    /// 400: the realm can be read in two ways.
    #[error(transparent)]
    Realm(#[from] AmbiguousRealm),
    /// 403: he may not.
    #[error("{0}")]
    Forbidden(Missing),
    /// 503: what must be known to decide can't be read now, or what is decided can't be recorded.
    #[error("what must be known or recorded can't be now")]
    Unavailable(#[source] StoreError),
}

/// Why it isn't known who sent a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unauthenticated {
    /// He sent no credential.
    #[error("no credential")]
    NoCredential,
    /// What he sent is no single bearer credential.
    #[error("malformed credential")]
    MalformedCredential {
        /// Whether it was of the Bearer scheme.
        bearer: bool,
    },
    /// The token is none of ours.
    #[error("{0}")]
    BadToken(TokenError),
    /// The token says nothing, and stands for no session that is open.
    #[error("the token is of no open session")]
    UnknownToken,
    /// The token is ours, but not to be believed now.
    #[error("{0}")]
    BadClaims(ClaimsError),
    /// Nobody of this name.
    #[error("the user is gone")]
    NoSuchUser,
    /// No client of this id.
    #[error("the client is gone")]
    NoSuchClient,
    /// A client, or a personal token, that may not come from there.
    #[error("the token may not come from this address")]
    Elsewhere,
    /// Deactivated, or without the right to use the API.
    #[error("the user is deactivated")]
    Deactivated,
    /// His credential changed after the token was issued.
    #[error("the token is from before a change of the user's credential")]
    Superseded,
    /// The session of the token was ended.
    #[error("the session has ended")]
    SessionEnded,
}

impl Unauthenticated {
    /// Whether a bearer token was sent, so that the challenge says `invalid_token` (RFC 6750 3.1).
    pub fn had_bearer_token(self) -> bool {
        match self {
            Self::NoCredential => false,
            Self::MalformedCredential { bearer } => bearer,
            Self::BadToken(_)
            | Self::UnknownToken
            | Self::BadClaims(_)
            | Self::NoSuchUser
            | Self::NoSuchClient
            | Self::Elsewhere
            | Self::Deactivated
            | Self::Superseded
            | Self::SessionEnded => true,
        }
    }
}

impl Refusal {
    /// A stable word for it, for clients, logs and metrics.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Path(_) => "ambiguous_path",
            Self::Method(_) => "method_not_allowed",
            Self::Unauthenticated(why) if why.had_bearer_token() => "invalid_token",
            Self::Unauthenticated(_) => "no_token",
            Self::Throttled { .. } => "too_many_requests",
            Self::Realm(_) => "ambiguous_realm",
            Self::Forbidden(Missing::Role(_)) => "role_required",
            Self::Forbidden(Missing::Right { .. }) => "right_required",
            Self::Unavailable(_) => "unavailable",
        }
    }
}

impl From<Misdirected> for Refusal {
    fn from(misdirected: Misdirected) -> Self {
        match misdirected {
            Misdirected::Path(fault) => Self::Path(fault),
            Misdirected::Method(allowed) => Self::Method(allowed),
        }
    }
}

impl From<Unauthenticated> for Refusal {
    fn from(why: Unauthenticated) -> Self {
        Self::Unauthenticated(why)
    }
}
