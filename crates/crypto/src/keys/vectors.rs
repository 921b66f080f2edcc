//! The examples of the standards: RFC 7515 A.1 to A.5, RFC 7519 3.1 and 6.1, RFC 7520 4.1 and 4.4, RFC 7638 3.1,
//! RFC 8037 A.2 to A.5.
//!
//! Their signatures are good. Their headers and claims are not those of our tokens, so that the codec refuses every one of
//! them, with the right key too.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use portcullis_core::ports::token_codec::{TokenCodec as _, TokenError};

use super::token_key::thumbprint;
use super::verifier::Verifier;
use super::*;
use crate::jwt::JwtCodec;
use crate::secret::SharedSecret;

const JOE: &str =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const FRODO: &str = "SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4";

fn bytes(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

fn ed25519(x: &str) -> Verifier {
    Verifier::of(KeyAlgorithm::EdDsa, ParsedPublicKey::new(&ED25519, bytes(x)).unwrap())
}

fn p256(x: &str, y: &str) -> Verifier {
    let point = [vec![4], bytes(x), bytes(y)].concat();
    Verifier::of(KeyAlgorithm::Es256, ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).unwrap())
}

fn rsa(n: &str) -> Verifier {
    let parts = RsaPublicKeyComponents { n: bytes(n), e: bytes("AQAB") };
    Verifier::of(KeyAlgorithm::Rs256, parts.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256).unwrap())
}

/// The signature is good, and is not with any letter of message or signature changed.
fn assert_good(verifier: &Verifier, token: &str) {
    let is_good = |token: &str| {
        let (message, signature) = token.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature);
        signature.is_ok_and(|signature| verifier.verifies(message.as_bytes(), &signature))
    };
    assert!(is_good(token), "{token}");
    let dot = token.rfind('.').unwrap();
    for at in (0..token.len()).step_by(7).filter(|at| *at != dot) {
        let mut other = token.as_bytes().to_vec();
        other[at] = if other[at] == b'A' { b'B' } else { b'A' };
        assert!(!is_good(std::str::from_utf8(&other).unwrap()), "{at}");
    }
}

/// The codec that has the example's own secret.
fn codec_with(secret: &[u8]) -> JwtCodec {
    JwtCodec::new(&SharedSecret::new(secret.to_vec()).unwrap(), None)
}

fn is_hs256(secret: &[u8], token: &str) -> bool {
    let (message, signature) = token.rsplit_once('.').unwrap();
    let key = DecodingKey::from_secret(secret);
    crypto::verify(signature, message.as_bytes(), &key, Algorithm::HS256).unwrap()
}

#[test]
fn rfc_7515_a_1_and_rfc_7519_3_1_hmac() {
    let secret =
        bytes("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
    let codec = codec_with(&secret);
    let token =
        format!("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.{JOE}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    assert!(is_hs256(&secret, &token));
    // The header is one of ours, though in another order: it is the claims that are not.
    assert_eq!(codec.verify(&token), Err(TokenError::Claims));
    assert_eq!(codec.verify(&token.replace("Xk", "Xg")), Err(TokenError::Signature));
}

#[test]
fn rfc_7515_a_2_rsa() {
    let token = format!(
        "eyJhbGciOiJSUzI1NiJ9.{JOE}.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
    );
    let n = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
    assert_good(&rsa(n), &token);
}

/// The key of RFC 7515 A.3.
fn key_of_a_3() -> Verifier {
    p256("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")
}

#[test]
fn rfc_7515_a_3_p_256() {
    let token = format!(
        "eyJhbGciOiJFUzI1NiJ9.{JOE}.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    );
    assert_good(&key_of_a_3(), &token);
    // Its `s` is the greater of the two, which we don't write and so don't read.
    let (message, signature) = token.rsplit_once('.').unwrap();
    assert!(!key_of_a_3().verifies_ours(message.as_bytes(), &bytes(signature)));
    let lowered = super::fixed_ecdsa::lowered(bytes(signature));
    assert!(key_of_a_3().verifies_ours(message.as_bytes(), &lowered));
}

#[test]
fn rfc_7515_a_4_p_521_is_no_algorithm_of_ours() {
    let token = "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn";
    assert_eq!(codec_with(&[7; 32]).verify(token), Err(TokenError::Header));
    let (message, signature) = token.rsplit_once('.').unwrap();
    assert!(!key_of_a_3().verifies(message.as_bytes(), &bytes(signature)));
    assert_eq!(KeyAlgorithm::named("ES512"), None);
}

#[test]
fn rfc_7515_a_5_and_rfc_7519_6_1_unsecured() {
    let token = format!("eyJhbGciOiJub25lIn0.{JOE}.");
    assert_eq!(codec_with(&[7; 32]).verify(&token), Err(TokenError::Header));
    assert_eq!(KeyAlgorithm::named("none"), None);
}

#[test]
fn rfc_7520_4_1_rsa() {
    let n = "n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw";
    let token = format!(
        "eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9.{FRODO}.MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmKZopdHM1O2U4mwzJdQx996ivp83xuglII7PNDi84wnB-BDkoBwA78185hX-Es4JIwmDLJK3lfWRa-XtL0RnltuYv746iYTh_qHRD68BNt1uSNCrUCTJDt5aAE6x8wW1Kt9eRo4QPocSadnHXFxnt8Is9UzpERV0ePPQdLuW3IS_de3xyIrDaLGdjluPxUAhb6L2aXic1U12podGU0KLUQSE_oI-ZnmKJ3F4uOZDnd6QZWJushZ41Axf_fcIe8u9ipH84ogoree7vjbU5y18kDquDg"
    );
    assert_good(&rsa(n), &token);
    assert_eq!(codec_with(&[7; 32]).verify(&token), Err(TokenError::Header));
}

#[test]
fn rfc_7520_4_4_hmac_with_a_name() {
    let secret = bytes("hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg");
    let token = format!(
        "eyJhbGciOiJIUzI1NiIsImtpZCI6IjAxOGMwYWU1LTRkOWItNDcxYi1iZmQ2LWVlZjMxNGJjNzAzNyJ9.{FRODO}.s0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0"
    );
    assert!(is_hs256(&secret, &token));
    // The shared secret has no name.
    assert_eq!(codec_with(&secret).verify(&token), Err(TokenError::Header));
}

#[test]
fn rfc_7638_3_1_the_name_of_a_key() {
    let jwk = r#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#;
    let _ = crypto::aws_lc::DEFAULT_PROVIDER.install_default();
    let jwk: Jwk = serde_json::from_str(jwk).unwrap();
    assert_eq!(thumbprint(&jwk).as_deref(), Some("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"));
}

/// The public key of RFC 8037 A.2.
const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
/// The private key of A.1, as PKCS#8 (RFC 8410 7).
const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
";
/// What A.4 signs, and its signature.
const ED25519_MESSAGE: &str = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
const ED25519_SIGNATURE: &str =
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

#[test]
fn rfc_8037_a_2_a_3_the_public_key_and_its_name() {
    let key = TokenKey::read(KeyAlgorithm::EdDsa, &PrivatePem::from(PRIVATE.to_owned())).unwrap();
    assert_eq!(key.id(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    assert_eq!(serde_json::to_value(key.jwk()).unwrap()["x"], X);
}

#[test]
fn rfc_8037_a_4_ed25519_signing() {
    let key = TokenKey::read(KeyAlgorithm::EdDsa, &PrivatePem::from(PRIVATE.to_owned())).unwrap();
    assert_eq!(URL_SAFE_NO_PAD.encode(key.sign(ED25519_MESSAGE.as_bytes()).unwrap()), ED25519_SIGNATURE);
}

#[test]
fn rfc_8037_a_5_ed25519_verifying() {
    let token = format!("{ED25519_MESSAGE}.{ED25519_SIGNATURE}");
    assert_good(&ed25519(X), &token);
    // Without the name of a key it is nobody's.
    assert_eq!(codec_with(&[7; 32]).verify(&token), Err(TokenError::Header));
}
