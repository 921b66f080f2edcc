//! Ed25519 signatures (RFC 8032) on what has to be believed later: the checkpoints of the audit.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, ParsedPublicKey};
use portcullis_core::domain::chain_text::hex;

use crate::keys::pem::{self, PRIVATE_KEY, pem};

/// How many hexadecimal digits of the public key's hash are its name.
const NAME: usize = 16;

/// Why a key can't be used. Never quotes the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// No PEM of this label.
    #[error("expected a PEM file with `-----BEGIN {0}-----`")]
    Pem(&'static str),
    /// The PEM holds no Ed25519 key.
    #[error("expected an Ed25519 key")]
    Kind,
    /// The system gave no randomness.
    #[error("no key could be made")]
    Entropy,
}

/// Signs.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    verifying: VerifyingKey,
}

impl SigningKey {
    /// A new key, as a PKCS#8 file in PEM (RFC 7468 10).
    pub fn generate() -> Result<String, KeyError> {
        let pair = Ed25519KeyPair::generate().map_err(|_| KeyError::Entropy)?;
        let document = pair.to_pkcs8v1().map_err(|_| KeyError::Entropy)?;
        Ok(pem(PRIVATE_KEY, document.as_ref()))
    }

    /// Reads a PKCS#8 file in PEM, and tries the key out.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let der = der(PRIVATE_KEY, text)?;
        let pair = Ed25519KeyPair::from_pkcs8(&der).map_err(|_| KeyError::Kind)?;
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().map_err(|_| KeyError::Kind)?;
        let verifying = VerifyingKey::from_der(public.as_ref())?;
        let key = Self { pair, verifying };
        let is_sound = key.verifying.verify(b"self-test", &key.sign(b"self-test"));
        if is_sound { Ok(key) } else { Err(KeyError::Kind) }
    }

    /// Signs a message.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }

    /// The key that verifies what this one signs.
    pub fn verifying(&self) -> &VerifyingKey {
        &self.verifying
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.verifying.name())
    }
}

/// Verifies.
pub struct VerifyingKey {
    key: ParsedPublicKey,
    der: Vec<u8>,
}

impl VerifyingKey {
    const LABEL: &str = "PUBLIC KEY";

    /// Reads a `SubjectPublicKeyInfo` file in PEM (RFC 7468 13).
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        Self::from_der(&der(Self::LABEL, text)?)
    }

    fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        let key = ParsedPublicKey::new(&ED25519, der).map_err(|_| KeyError::Kind)?;
        Ok(Self { key, der: der.to_vec() })
    }

    /// The file that it can be read from again; `openssl pkeyutl -verify -pubin` reads it too.
    pub fn to_pem(&self) -> String {
        pem(Self::LABEL, &self.der)
    }

    /// A short name for it: the beginning of its SHA-256.
    pub fn name(&self) -> String {
        let hash = digest(&SHA256, &self.der);
        hex(hash.as_ref().get(..NAME / 2).unwrap_or_default())
    }

    /// Whether the signature is this key's on this message.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.key.verify_sig(message, signature).is_ok()
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({})", self.name())
    }
}

fn der(label: &'static str, text: &str) -> Result<Vec<u8>, KeyError> {
    pem::der(label, text).ok_or(KeyError::Pem(label))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_key_signs_its_public_key_verifies_and_nothing_else() {
        let key = SigningKey::from_pem(&SigningKey::generate().unwrap()).unwrap();
        let public = VerifyingKey::from_pem(&key.verifying().to_pem()).unwrap();
        let signature = key.sign(b"message");
        assert!(public.verify(b"message", &signature));
        assert!(!public.verify(b"another", &signature) && !public.verify(b"message", &signature[1..]));
        let other = SigningKey::from_pem(&SigningKey::generate().unwrap()).unwrap();
        assert!(!public.verify(b"message", &other.sign(b"message")));
        assert_eq!(public.name(), key.verifying().name());
        assert_ne!(public.name(), other.verifying().name());
    }

    #[test]
    fn a_known_answer_of_rfc_8032_is_verified() {
        // 7.1, test 2: the public key within its SubjectPublicKeyInfo (RFC 8410 4).
        let public =
            bytes("302a300506032b65700321003d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
        let signature = bytes(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        );
        assert!(VerifyingKey::from_der(&public).unwrap().verify(&[0x72], &signature));
        assert!(!VerifyingKey::from_der(&public).unwrap().verify(&[0x73], &signature));
    }

    fn bytes(text: &str) -> Vec<u8> {
        let byte = |place| u8::from_str_radix(&text[place..place + 2], 16).unwrap();
        (0..text.len()).step_by(2).map(byte).collect()
    }

    #[test]
    fn what_is_no_key_is_refused_and_not_quoted() {
        assert_eq!(SigningKey::from_pem("").unwrap_err(), KeyError::Pem("PRIVATE KEY"));
        let garbage = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----";
        assert_eq!(SigningKey::from_pem(garbage).unwrap_err(), KeyError::Kind);
        assert!(VerifyingKey::from_pem(garbage).is_err());
        let private = SigningKey::generate().unwrap();
        assert!(!format!("{:?}", SigningKey::from_pem(&private)).contains("BEGIN"));
    }
}
