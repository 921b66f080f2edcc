//! The two types of token that we sign. The header says which it is, so that the one is never taken for the other
//! (RFC 8725 3.11).

use portcullis_core::domain::token::Bearer;

/// What the header's `typ` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenType {
    /// A login token: `JWT`.
    Login,
    /// An access token, which a client shows: `at+jwt` (RFC 9068 2.1).
    Access,
}

impl TokenType {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::Login, Self::Access];

    /// As the header says it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Login => "JWT",
            Self::Access => "at+jwt",
        }
    }

    /// The type of a token of this bearer.
    pub(crate) const fn of(bearer: &Bearer) -> Self {
        match bearer {
            Bearer::User { .. } => Self::Login,
            Bearer::Client { .. } | Bearer::Delegated { .. } => Self::Access,
        }
    }
}
