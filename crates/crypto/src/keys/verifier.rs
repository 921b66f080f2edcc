//! Verifies signatures with a public key that was read once.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, VerificationAlgorithm,
};

use super::algorithm::KeyAlgorithm;
use super::fixed_ecdsa::is_low;

/// A public key and the one algorithm that it is for.
pub(super) struct Verifier {
    algorithm: KeyAlgorithm,
    key: ParsedPublicKey,
}

impl Verifier {
    /// Reads the public key, as the library's pairs give it. None if it is no key for the algorithm.
    pub(super) fn new(algorithm: KeyAlgorithm, key: &[u8]) -> Option<Self> {
        let verification: &'static dyn VerificationAlgorithm = match algorithm {
            KeyAlgorithm::EdDsa => &ED25519,
            KeyAlgorithm::Es256 => &ECDSA_P256_SHA256_FIXED,
            KeyAlgorithm::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
        };
        Some(Self::of(algorithm, ParsedPublicKey::new(verification, key).ok()?))
    }

    pub(super) fn of(algorithm: KeyAlgorithm, key: ParsedPublicKey) -> Self {
        Self { algorithm, key }
    }

    /// Whether the signature is this key's on this message, as the algorithm's standard has it.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.key.verify_sig(message, signature).is_ok()
    }

    /// The same for signatures of our own, which have one spelling.
    pub(super) fn verifies_ours(&self, message: &[u8], signature: &[u8]) -> bool {
        let is_ours = self.algorithm != KeyAlgorithm::Es256 || is_low(signature);
        is_ours && self.verifies(message, signature)
    }
}
