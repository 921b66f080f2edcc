//! The private half of a key.

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::encoding::Pkcs8V1Der;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};

use super::algorithm::KeyAlgorithm;
use super::error::TokenKeyError;
use super::fixed_ecdsa::lowered;
use super::pem::PrivatePem;

/// `id-ecPublicKey` (RFC 5480 2.1.1) and `rsaEncryption` (RFC 8017 A.1), as DER. What they tell is only why a key is
/// refused.
const EC: &[u8] = &[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const RSA: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

/// A pair of keys for one algorithm.
pub(super) enum Pair {
    Ed25519(Ed25519KeyPair),
    P256(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

impl Pair {
    /// A new pair. For RSA it has 2048 bits: the least that is safe, since more would only make tokens longer.
    pub(super) fn generate(algorithm: KeyAlgorithm) -> Result<PrivatePem, TokenKeyError> {
        let made = match algorithm {
            KeyAlgorithm::EdDsa => Ed25519KeyPair::generate()
                .and_then(|pair| pair.to_pkcs8v1().map(|document| PrivatePem::of(document.as_ref()))),
            KeyAlgorithm::Es256 => EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
                .and_then(|pair| pair.to_pkcs8v1().map(|document| PrivatePem::of(document.as_ref()))),
            KeyAlgorithm::Rs256 => RsaKeyPair::generate(KeySize::Rsa2048).and_then(|pair| {
                let document: Result<Pkcs8V1Der<'_>, _> = pair.as_der();
                document.map(|document| PrivatePem::of(document.as_ref()))
            }),
        };
        made.map_err(|_| TokenKeyError::NotMade)
    }

    /// Reads a pair from PKCS#8 (RFC 5208).
    pub(super) fn read(algorithm: KeyAlgorithm, der: &[u8]) -> Result<Self, TokenKeyError> {
        let pair = match algorithm {
            KeyAlgorithm::EdDsa => Ed25519KeyPair::from_pkcs8(der).map(Self::Ed25519),
            KeyAlgorithm::Es256 => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der).map(Self::P256)
            }
            KeyAlgorithm::Rs256 => RsaKeyPair::from_pkcs8(der).map(Self::Rsa),
        };
        let names = |kind: &[u8]| der.windows(kind.len()).any(|part| part == kind);
        pair.map_err(|_| match algorithm {
            KeyAlgorithm::Es256 if names(EC) => TokenKeyError::Curve,
            KeyAlgorithm::Rs256 if names(RSA) => TokenKeyError::RsaLength,
            _ => TokenKeyError::Kind(algorithm),
        })
    }

    /// The public half, as [`Verifier`](super::verifier::Verifier) reads it.
    pub(super) fn public(&self) -> &[u8] {
        match self {
            Self::Ed25519(pair) => pair.public_key().as_ref(),
            Self::P256(pair) => pair.public_key().as_ref(),
            Self::Rsa(pair) => pair.public_key().as_ref(),
        }
    }

    /// Signs a message (RFC 7518 3.3, 3.4; RFC 8037 3.1). None if the library fails.
    pub(super) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Ed25519(pair) => pair.try_sign(message).ok().map(|signature| signature.as_ref().to_vec()),
            Self::P256(pair) => {
                let signature = pair.sign(&SystemRandom::new(), message).ok()?;
                Some(lowered(signature.as_ref().to_vec()))
            }
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).ok()?;
                Some(signature)
            }
        }
    }
}
