//! One pair of keys that signs tokens: its name, its two halves, and what others are told of it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::EncodingKey;
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use jsonwebtoken::jwk::{Jwk, PublicKeyUse, ThumbprintHash};
use secrecy::{ExposeSecret as _, SecretSlice};

use super::algorithm::KeyAlgorithm;
use super::error::TokenKeyError;
use super::pair::Pair;
use super::pem::{self, PrivatePem};
use super::verifier::Verifier;
use crate::token_type::TokenType;

/// What a key signs to show that it can.
const SELF_TEST: &[u8] = b"portcullis self-test";

/// A pair of keys for tokens. Whoever has one knows that it verifies what it signs.
pub struct TokenKey {
    algorithm: KeyAlgorithm,
    id: String,
    /// Of a login token, and of an access token.
    headers: [String; 2],
    pair: Pair,
    verifier: Verifier,
    jwk: Jwk,
}

impl TokenKey {
    /// A new key, to be kept.
    pub fn generate(algorithm: KeyAlgorithm) -> Result<PrivatePem, TokenKeyError> {
        Pair::generate(algorithm)
    }

    /// Reads a key that is for this algorithm, and tries it out: a key that is only found wanting when it is first used
    /// would be found so by whoever logs in.
    pub fn read(algorithm: KeyAlgorithm, text: &PrivatePem) -> Result<Self, TokenKeyError> {
        // It fails only if a provider was installed already, and then that is this one.
        let _ = DEFAULT_PROVIDER.install_default();
        let der = der(text.expose())?;
        let pair = Pair::read(algorithm, der.expose_secret())?;
        let verifier = Verifier::new(algorithm, pair.public()).ok_or(TokenKeyError::Kind(algorithm))?;
        let mut jwk = jwk(algorithm, text).ok_or(TokenKeyError::Kind(algorithm))?;
        let id = thumbprint(&jwk).ok_or(TokenKeyError::Kind(algorithm))?;
        jwk.common.key_id = Some(id.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        let headers = TokenType::ALL.map(|of_type| header(algorithm, of_type, &id));
        let key = Self { algorithm, id, headers, pair, verifier, jwk };
        let signature = key.sign(SELF_TEST).ok_or(TokenKeyError::SelfTest)?;
        let is_sound = key.verifies(SELF_TEST, &signature) && !key.verifies(b"another text", &signature);
        if is_sound { Ok(key) } else { Err(TokenKeyError::SelfTest) }
    }

    /// The algorithm that it is for.
    pub fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    /// Its name: the thumbprint of its public half (RFC 7638), and so no other key's.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The header of its tokens of this type, encoded: `{"alg":…,"typ":…,"kid":…}`, in this order.
    pub(crate) fn header(&self, of_type: TokenType) -> &str {
        let [login, access] = &self.headers;
        match of_type {
            TokenType::Login => login,
            TokenType::Access => access,
        }
    }

    /// Signs a message. None if the library fails.
    pub(crate) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        self.pair.sign(message)
    }

    /// Whether the signature is what this key makes of this message.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.verifier.verifies_ours(message, signature)
    }

    /// Its public half for others (RFC 7517 4).
    pub(super) fn jwk(&self) -> &Jwk {
        &self.jwk
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenKey({} {})", self.algorithm, self.id)
    }
}

/// The bytes of a PKCS#8 file, or what is to be done with a file that is none.
fn der(text: &str) -> Result<SecretSlice<u8>, TokenKeyError> {
    if let Some(der) = pem::der(pem::PRIVATE_KEY, text) {
        return Ok(der.into());
    }
    let begins = |label: &str| text.contains(&format!("-----BEGIN {label}-----"));
    Err(match () {
        () if begins("EC PRIVATE KEY") => TokenKeyError::OldForm("EC"),
        () if begins("RSA PRIVATE KEY") => TokenKeyError::OldForm("RSA"),
        () if begins("ENCRYPTED PRIVATE KEY") => TokenKeyError::Encrypted,
        () => TokenKeyError::Pem,
    })
}

/// The public half as a JSON Web Key, made from the private one. Nothing private is in it.
fn jwk(algorithm: KeyAlgorithm, text: &PrivatePem) -> Option<Jwk> {
    let text = text.expose().as_bytes();
    let key = match algorithm {
        KeyAlgorithm::EdDsa => EncodingKey::from_ed_pem(text),
        KeyAlgorithm::Es256 => EncodingKey::from_ec_pem(text),
        KeyAlgorithm::Rs256 => EncodingKey::from_rsa_pem(text),
    };
    Jwk::from_encoding_key(&key.ok()?, algorithm.of_library()).ok()
}

pub(super) fn thumbprint(jwk: &Jwk) -> Option<String> {
    jwk.thumbprint(ThumbprintHash::SHA256).ok()
}

fn header(algorithm: KeyAlgorithm, of_type: TokenType, id: &str) -> String {
    let name = of_type.name();
    URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"{algorithm}","typ":"{name}","kid":"{id}"}}"#))
}
