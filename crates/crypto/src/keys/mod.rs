//! Pairs of keys that sign tokens: each for one algorithm and for nothing but tokens, tried out before it is used.
//!
//! A private key comes from a PKCS#8 file and leaves this module only as such a file. What others need to verify a token
//! is in [`KeyRing::jwks`].

mod algorithm;
mod error;
mod fixed_ecdsa;
mod pair;
pub(crate) mod pem;
mod ring;
mod token_key;
mod verifier;

pub use algorithm::KeyAlgorithm;
pub use error::TokenKeyError;
pub use pem::PrivatePem;
pub use ring::KeyRing;
pub use token_key::TokenKey;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;
