//! Why a key can't sign tokens, in words that say what to do.

use super::algorithm::KeyAlgorithm;

/// Why a key can't be used. Never quotes the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenKeyError {
    /// No PEM, or of something else.
    #[error("expected a PEM file with `-----BEGIN PRIVATE KEY-----` (PKCS#8)")]
    Pem,
    /// A key in the form that was usual for its kind before PKCS#8 (RFC 5915, RFC 8017 A.1.2).
    #[error(
        "it begins with `-----BEGIN {0} PRIVATE KEY-----`; convert it to PKCS#8 with: \
         openssl pkcs8 -topk8 -nocrypt -in OLD.pem -out NEW.pem"
    )]
    OldForm(&'static str),
    /// Behind a password that nobody has told us.
    #[error("it is encrypted; decrypt it with: openssl pkcs8 -in OLD.pem -out NEW.pem")]
    Encrypted,
    /// An elliptic curve, but another one.
    #[error("it is of another curve; ES256 needs P-256, which OpenSSL calls prime256v1")]
    Curve,
    /// RSA, but of a length that is not safe, or that nobody else would take.
    #[error("expected an RSA key of 2048 to 8192 bits that is whole")]
    RsaLength,
    /// A key of another kind.
    #[error("it is no key for {0}")]
    Kind(KeyAlgorithm),
    /// What it signs it doesn't verify.
    #[error("it does not verify what it signs")]
    SelfTest,
    /// The system gave no randomness, or the library failed.
    #[error("no key could be made")]
    NotMade,
}
