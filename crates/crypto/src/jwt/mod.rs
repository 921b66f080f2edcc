//! Login tokens as JSON Web Tokens (RFC 7519), signed with the shared secret (RFC 7515, HS256).
//!
//! jsonwebtoken signs and verifies; form, header and claims are read here, since a library for everybody has to be
//! lenient where we must not (RFC 8725 3).

mod claims;
mod header;
mod known;

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::crypto;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use portcullis_core::domain::token::Claims;
use portcullis_core::ports::token_codec::{SignError, TokenCodec, TokenError};

use self::known::KnownTokens;
use crate::secret::SharedSecret;

/// The longest token that is read, in bytes.
const LONGEST: usize = 8 * 1024;

/// Signs with one secret, and verifies with that one and the one before it.
pub struct JwtCodec {
    signing: EncodingKey,
    /// The secret in force first, since almost every token is its.
    verifying: Vec<DecodingKey>,
    known: KnownTokens,
}

impl JwtCodec {
    /// A codec for `secret`. Tokens made with `previous` still verify, so that a secret is changed without logging
    /// anyone out.
    pub fn new(secret: &SharedSecret, previous: Option<&SharedSecret>) -> Self {
        // Which provider jsonwebtoken uses must not depend on what features some other crate switched on. It fails
        // only if one was installed already, and then that is this one.
        let _ = crypto::aws_lc::DEFAULT_PROVIDER.install_default();
        let verifying = std::iter::once(secret).chain(previous);
        Self {
            signing: EncodingKey::from_secret(secret.expose()),
            verifying: verifying.map(|secret| DecodingKey::from_secret(secret.expose())).collect(),
            known: KnownTokens::new(),
        }
    }

    /// Reads a token that is not known yet.
    fn read(&self, token: &str) -> Result<Claims, TokenError> {
        let (message, signature) = split(token)?;
        let (header, claims) = message.split_once('.').ok_or(TokenError::Malformed)?;
        header::check(header)?;
        if !self.is_signed(message, signature) {
            return Err(TokenError::Signature);
        }
        let claims = URL_SAFE_NO_PAD.decode(claims).map_err(|_| TokenError::Claims)?;
        claims::read(&claims).map_err(|_| TokenError::Claims)
    }

    fn is_signed(&self, message: &str, signature: &str) -> bool {
        let verifies = |key| crypto::verify(signature, message.as_bytes(), key, Algorithm::HS256);
        self.verifying.iter().any(|key| verifies(key).unwrap_or(false))
    }
}

impl std::fmt::Debug for JwtCodec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JwtCodec")
    }
}

impl TokenCodec for JwtCodec {
    fn sign(&self, claims: &Claims) -> Result<String, SignError> {
        let claims = claims::write(claims).map_err(|error| SignError(error.into()))?;
        let message = format!("{}.{}", header::HS256, URL_SAFE_NO_PAD.encode(claims));
        let signature = crypto::sign(message.as_bytes(), &self.signing, Algorithm::HS256);
        let signature = signature.map_err(|error| SignError(error.into()))?;
        Ok(format!("{message}.{signature}"))
    }

    fn verify(&self, token: &str) -> Result<Claims, TokenError> {
        if let Some(claims) = self.known.claims(token) {
            return Ok(Claims::clone(&claims));
        }
        let claims = Arc::new(self.read(token)?);
        self.known.keep(token, &claims);
        Ok(Claims::clone(&claims))
    }
}

/// Splits a token into what is signed and its signature. Only letters, digits, `-`, `_` and two dots are a token;
/// whatever else there is, is refused and not skipped.
fn split(token: &str) -> Result<(&str, &str), TokenError> {
    let is_of_a_token = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if token.len() > LONGEST || !token.bytes().all(is_of_a_token) {
        return Err(TokenError::Malformed);
    }
    let dots = token.bytes().filter(|byte| *byte == b'.').count();
    let parts = token.rsplit_once('.').filter(|_| dots == 2);
    parts.ok_or(TokenError::Malformed)
}

#[cfg(test)]
mod tests;
