//! Port: signed tokens as text, of logins and of clients. Implementation: JWT (RFC 7519), signed as RFC 7515 says.

use std::sync::Arc;

use super::store_error::BoxError;
use crate::domain::token::Claims;

/// Why a text is no token of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not of the form of a token: its length, its characters, its three parts.
    #[error("malformed token")]
    Malformed,
    /// A header with another algorithm, type or key, or with members that are not ours.
    #[error("unacceptable token header")]
    Header,
    /// Not signed by us.
    #[error("wrong token signature")]
    Signature,
    /// Signed by us, but a claim is missing, given twice, or of the wrong type.
    #[error("malformed token claims")]
    Claims,
}

/// A token could not be signed.
#[derive(Debug, thiserror::Error)]
#[error("the token could not be signed")]
pub struct SignError(#[source] pub BoxError);

/// Makes tokens of claims and claims of tokens.
///
/// # Contract
/// - What `sign` made, `verify` reads back, claim by claim.
/// - `verify` judges form and signature, never time, issuer or audience: these are the policy's.
/// - One token has one spelling: any other text is refused.
#[cfg_attr(test, mockall::automock)]
pub trait TokenCodec: Send + Sync + 'static {
    /// Signs claims.
    fn sign(&self, claims: &Claims) -> Result<String, SignError>;
    /// Reads a token whose signature is good. What it says is shared, since a codec may remember it.
    fn verify(&self, token: &str) -> Result<Arc<Claims>, TokenError>;
}
