//! Login tokens, and clients' access tokens (RFC 9068), as JSON Web Tokens (RFC 7519), signed with the shared secret or
//! with a key of the ring (RFC 7515).
//!
//! jsonwebtoken computes what the shared secret signs; form, header and claims are read here, since a library for everybody
//! has to be lenient where we must not (RFC 8725 3).

mod claims;
mod header;
mod known;

use std::sync::Arc;

use arc_swap::ArcSwap;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::crypto;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use portcullis_core::domain::token::Claims;
use portcullis_core::ports::token_codec::{SignError, TokenCodec, TokenError};

use self::header::Signer;
use self::known::KnownTokens;
use crate::keys::{KeyRing, TokenKey};
use crate::secret::SharedSecret;
use crate::token_type::TokenType;

/// The longest token that is read, in bytes.
const LONGEST: usize = 8 * 1024;

/// Signs with a key of the ring, or with the shared secret if none of them is to sign. Verifies with every key of the ring,
/// and with the secret and the one before it.
pub struct JwtCodec {
    signing: EncodingKey,
    /// The secret in force first, since almost every token of a secret is its.
    verifying: Vec<DecodingKey>,
    /// Swapped as a whole, so that nobody ever waits for a rotation.
    keys: ArcSwap<Keys>,
}

/// The keys of one moment, and the tokens that were found good under them: a token is not known for longer than its key is.
struct Keys {
    ring: KeyRing,
    known: KnownTokens,
}

/// The library could not compute a signature.
#[derive(Debug, thiserror::Error)]
#[error("the key {0} could not sign")]
struct KeyFailed(String);

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
            keys: ArcSwap::from_pointee(Keys::new(KeyRing::default())),
        }
    }

    /// Puts another ring in the place of the one there is. What was verified with a key that is gone is known no more.
    pub fn set_ring(&self, ring: KeyRing) {
        self.keys.store(Arc::new(Keys::new(ring)));
    }

    /// The public halves of the keys that verify now, as [`KeyRing::jwks`] has them.
    pub fn jwks(&self) -> String {
        self.keys.load().ring.jwks().to_owned()
    }

    /// Reads a token that is not known yet.
    fn read(&self, token: &str, ring: &KeyRing) -> Result<Claims, TokenError> {
        let (message, signature) = split(token)?;
        let (header, claims) = message.split_once('.').ok_or(TokenError::Malformed)?;
        let (signer, of_type) = header::signer(header, ring)?;
        let is_signed = match signer {
            Signer::Secret => self.is_of_secret(message, signature),
            Signer::Key(key) => is_of_key(key, message, signature),
        };
        if !is_signed {
            return Err(TokenError::Signature);
        }
        let claims = URL_SAFE_NO_PAD.decode(claims).map_err(|_| TokenError::Claims)?;
        claims::read(&claims, of_type).map_err(|_| TokenError::Claims)
    }

    fn is_of_secret(&self, message: &str, signature: &str) -> bool {
        let verifies = |key| crypto::verify(signature, message.as_bytes(), key, Algorithm::HS256);
        self.verifying.iter().any(|key| verifies(key).unwrap_or(false))
    }

    fn sign_with_secret(&self, of_type: TokenType, claims: &str) -> Result<String, SignError> {
        let message = format!("{}.{claims}", header::of_secret(of_type));
        let signature = crypto::sign(message.as_bytes(), &self.signing, Algorithm::HS256);
        let signature = signature.map_err(|error| SignError(error.into()))?;
        Ok(format!("{message}.{signature}"))
    }
}

impl Keys {
    fn new(ring: KeyRing) -> Self {
        Self { ring, known: KnownTokens::new() }
    }
}

fn is_of_key(key: &TokenKey, message: &str, signature: &str) -> bool {
    let signature = URL_SAFE_NO_PAD.decode(signature);
    signature.is_ok_and(|signature| key.verifies(message.as_bytes(), &signature))
}

fn sign_with_key(key: &TokenKey, of_type: TokenType, claims: &str) -> Result<String, SignError> {
    let message = format!("{}.{claims}", key.header(of_type));
    let signature = key.sign(message.as_bytes());
    let signature = signature.ok_or_else(|| SignError(KeyFailed(key.id().to_owned()).into()))?;
    Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

impl std::fmt::Debug for JwtCodec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JwtCodec")
    }
}

impl TokenCodec for JwtCodec {
    fn sign(&self, claims: &Claims) -> Result<String, SignError> {
        let of_type = TokenType::of(&claims.bearer);
        let claims = claims::write(claims).map_err(|error| SignError(error.into()))?;
        let claims = URL_SAFE_NO_PAD.encode(claims);
        match self.keys.load().ring.signing() {
            Some(key) => sign_with_key(key, of_type, &claims),
            None => self.sign_with_secret(of_type, &claims),
        }
    }

    fn verify(&self, token: &str) -> Result<Arc<Claims>, TokenError> {
        let Keys { ring, known } = &**self.keys.load();
        if let Some(claims) = known.claims(token) {
            return Ok(claims);
        }
        let claims = Arc::new(self.read(token, ring)?);
        known.keep(token, &claims);
        Ok(claims)
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
mod ring_tests;
#[cfg(test)]
mod tests;
