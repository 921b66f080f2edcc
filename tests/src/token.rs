//! Tokens made by hand: HMAC-SHA-256 (RFC 2104) written down once more, so that the product is not its own judge.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// What the gates of the tests sign their tokens with.
pub const SECRET: &str = "a secret of the tests, long enough to be one";
/// Another secret, as long.
pub const OTHER_SECRET: &str = "another secret of the tests, as long as it must be";
/// The header of every login token, byte for byte: `{"alg":"HS256","typ":"JWT"}`.
pub const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

const BLOCK: usize = 64;

/// The claims of a token.
pub fn claims(token: &str) -> Value {
    let claims = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
}

/// The token with its claims changed, and well signed again.
pub fn with_claims(token: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut changed = claims(token);
    change(&mut changed);
    signed(SECRET, HEADER, &encoded(&changed.to_string()))
}

/// The token with another header, and well signed again.
pub fn with_header(token: &str, json: &str) -> String {
    signed(SECRET, &encoded(json), token.split('.').nth(1).unwrap())
}

/// A token with the text of its claims, which need not be JSON.
pub fn with_claims_text(text: &str) -> String {
    signed(SECRET, HEADER, &encoded(text))
}

/// Header and claims, both encoded already, signed with a secret.
pub fn signed(secret: &str, header: &str, claims: &str) -> String {
    let message = format!("{header}.{claims}");
    let signature = hmac(secret.as_bytes(), message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// Base64url without padding (RFC 7515 2).
pub fn encoded(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    assert!(key.len() <= BLOCK, "a longer key would be hashed first");
    let padded = |pad: u8| -> Vec<u8> {
        let mut block = [pad; BLOCK];
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        block.to_vec()
    };
    let inner = Sha256::digest([padded(0x36), message.to_vec()].concat());
    Sha256::digest([padded(0x5c), inner.to_vec()].concat()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hmac_is_that_of_rfc_4231() {
        let made = hmac(b"Jefe", b"what do ya want for nothing?");
        assert_eq!(URL_SAFE_NO_PAD.encode(made), "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM");
    }
}
