//! Keys that are good, and keys that only look so. The files were made with OpenSSL.

use serde_json::Value;

use super::*;

const ES256_PKCS8: &str = include_str!("testdata/p256.pem");
const P384_PKCS8: &str = include_str!("testdata/p384.pem");
const P256_SEC1: &str = include_str!("testdata/p256-sec1.pem");
const RSA_1024: &str = include_str!("testdata/rsa1024.pem");
const RSA_PKCS1: &str = include_str!("testdata/rsa2048-pkcs1.pem");
const RSA_PKCS8: &str = include_str!("testdata/rsa2048.pem");
const ENCRYPTED: &str = include_str!("testdata/ed25519-encrypted.pem");
const ED25519: &str = include_str!("testdata/ed25519.pem");

fn read(algorithm: KeyAlgorithm, text: &str) -> Result<TokenKey, TokenKeyError> {
    TokenKey::read(algorithm, &PrivatePem::from(text.to_owned()))
}

#[test]
fn keys_that_openssl_made_and_keys_that_we_made_sign_and_verify() {
    let of_openssl = [ED25519, ES256_PKCS8, RSA_PKCS8];
    for (algorithm, text) in KeyAlgorithm::ALL.into_iter().zip(of_openssl) {
        for text in [PrivatePem::from(text.to_owned()), TokenKey::generate(algorithm).unwrap()] {
            let key = TokenKey::read(algorithm, &text).unwrap();
            let signature = key.sign(b"message").unwrap();
            assert!(key.verifies(b"message", &signature), "{algorithm}");
            assert!(!key.verifies(b"Message", &signature) && !key.verifies(b"message", b""), "{algorithm}");
            assert_eq!(TokenKey::read(algorithm, &text).unwrap().id(), key.id());
        }
    }
}

#[test]
fn a_key_that_would_fail_later_is_refused_at_once_and_says_what_to_do() {
    use KeyAlgorithm::{EdDsa, Es256, Rs256};
    for (algorithm, text, error) in [
        (Es256, P384_PKCS8, TokenKeyError::Curve),
        (Es256, P256_SEC1, TokenKeyError::OldForm("EC")),
        (Rs256, RSA_1024, TokenKeyError::RsaLength),
        (Rs256, RSA_PKCS1, TokenKeyError::OldForm("RSA")),
        (EdDsa, ENCRYPTED, TokenKeyError::Encrypted),
        (EdDsa, ES256_PKCS8, TokenKeyError::Kind(EdDsa)),
        (Es256, ED25519, TokenKeyError::Kind(Es256)),
        (Rs256, ED25519, TokenKeyError::Kind(Rs256)),
        (EdDsa, "", TokenKeyError::Pem),
        (EdDsa, "-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----", TokenKeyError::Pem),
        (EdDsa, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", TokenKeyError::Kind(EdDsa)),
    ] {
        assert_eq!(read(algorithm, text).unwrap_err(), error, "{algorithm}");
    }
    assert!(TokenKeyError::OldForm("EC").to_string().contains("openssl pkcs8 -topk8 -nocrypt"));
}

#[test]
fn what_is_published_is_public() {
    for (algorithm, members) in [
        (KeyAlgorithm::EdDsa, ["alg", "crv", "kid", "kty", "use", "x"].as_slice()),
        (KeyAlgorithm::Es256, &["alg", "crv", "kid", "kty", "use", "x", "y"]),
        (KeyAlgorithm::Rs256, &["alg", "e", "kid", "kty", "n", "use"]),
    ] {
        let key = TokenKey::read(algorithm, &TokenKey::generate(algorithm).unwrap()).unwrap();
        let id = key.id().to_owned();
        let ring = KeyRing::new(vec![key.into()], None);
        let set: Value = serde_json::from_str(ring.jwks()).unwrap();
        let jwk = set["keys"][0].as_object().unwrap();
        let mut names: Vec<_> = jwk.keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, members);
        assert_eq!((&jwk["alg"], &jwk["use"]), (&algorithm.name().into(), &"sig".into()));
        assert_eq!(jwk["kid"], id);
    }
    assert_eq!(KeyRing::default().jwks(), r#"{"keys":[]}"#);
}

#[test]
fn a_key_is_not_printed() {
    let key = read(KeyAlgorithm::EdDsa, ED25519).unwrap();
    assert_eq!(format!("{key:?}"), format!("TokenKey(EdDSA {})", key.id()));
}
