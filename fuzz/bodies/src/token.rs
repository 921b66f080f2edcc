//! Login tokens: any text, and any header and claims under a good signature.
//!
//! The input is taken twice: as a token, and as two lines, header and claims, that are signed with the secret that the
//! codec knows. So the fuzzer gets past the signature, behind which most of the code lies.

use std::sync::LazyLock;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis_core::domain::time::Timestamp;
use portcullis_core::domain::token::Claims;
use portcullis_core::ports::token_codec::TokenCodec;
use portcullis_crypto::jwt::JwtCodec;
use portcullis_crypto::secret::SharedSecret;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::text;

const SECRET: &[u8] = b"a secret of the fuzz targets, long enough";

/// The longest text that is signed. A longer one would be refused for its length alone.
const LONGEST: usize = 4096;

/// Verifies the input, and what is made of it with a good signature.
pub fn token(data: &[u8]) {
    static CODEC: LazyLock<JwtCodec> = LazyLock::new(codec);
    let Some(text) = text(data) else { return };
    if let Ok(claims) = CODEC.verify(text) {
        signing_again_says_the_same(&CODEC, &claims);
        one_token_has_one_spelling(&CODEC, text);
    }
    let (header, claims) = text.split_once('\n').unwrap_or((r#"{"alg":"HS256","typ":"JWT"}"#, text));
    if text.len() > LONGEST {
        return;
    }
    let token = signed(header, claims);
    if let Ok(read) = CODEC.verify(&token) {
        the_header_is_ours(header);
        every_claim_is_there_and_of_its_type(claims);
        signing_again_says_the_same(&CODEC, &read);
        one_token_has_one_spelling(&CODEC, &token);
    }
}

#[expect(clippy::expect_used, reason = "the secret is a constant")]
fn codec() -> JwtCodec {
    JwtCodec::new(&SharedSecret::new(SECRET.to_vec()).expect("the secret is long enough"), None)
}

fn signed(header: &str, claims: &str) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET);
    let signature = hmac::sign(&key, message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn the_header_is_ours(header: &str) {
    let header: Option<Value> = serde_json::from_str(header).ok();
    assert_eq!(header, Some(json!({"alg": "HS256", "typ": "JWT"})), "another header was accepted");
}

/// The claims by another reading: their types alone, and nothing of what they mean.
#[derive(Deserialize)]
#[expect(dead_code, reason = "what counts is that each is there, once, and of its type")]
struct Required {
    iss: String,
    sub: String,
    role: String,
    roles: Vec<String>,
    iat: i64,
    exp: i64,
    jti: String,
    sid: String,
    ver: String,
}

fn every_claim_is_there_and_of_its_type(claims: &str) {
    let read = serde_json::from_str::<Required>(claims);
    assert!(read.is_ok(), "claims that are not whole were accepted");
    // Where some other claim is nested too deeply for a tree, these two are not looked at.
    let Ok(claims) = serde_json::from_str::<Value>(claims) else { return };
    if let Some(not_before) = claims.get("nbf") {
        assert!(not_before.is_i64(), "`nbf` is no whole number");
    }
    if let Some(audience) = claims.get("aud") {
        let names = audience.as_array().map_or_else(|| vec![audience.clone()], Clone::clone);
        assert!(!names.is_empty() && names.iter().all(Value::is_string), "`aud` names nobody");
    }
}

fn signing_again_says_the_same(codec: &JwtCodec, claims: &Claims) {
    let Ok(again) = codec.sign(claims) else { panic!("claims that were read can't be signed") };
    let Ok(read) = codec.verify(&again) else { panic!("what was signed can't be read") };
    // A time beyond what the clock can show is its end, which is no whole second.
    let times = |claims: &Claims| {
        [Some(claims.issued_at), Some(claims.expires_at), claims.not_before]
            .map(|time| time.map(Timestamp::seconds))
    };
    assert_eq!(times(&read), times(claims));
    let untimed = |claims: &Claims| Claims {
        issued_at: read.issued_at,
        expires_at: read.expires_at,
        not_before: read.not_before,
        ..claims.clone()
    };
    assert_eq!(untimed(&read), untimed(claims));
    assert_eq!(read.subject().to_string(), claims.subject().to_string(), "another spelling of the name");
}

/// Base64url has bits to spare in its last letter (RFC 4648 3.5); they must not make a second token of one.
fn one_token_has_one_spelling(codec: &JwtCodec, token: &str) {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut rest = token.to_owned();
    let last = rest.pop();
    for other in ALPHABET.chars().filter(|other| Some(*other) != last) {
        assert!(codec.verify(&format!("{rest}{other}")).is_err(), "`{other}` does for {last:?}");
    }
    assert!(codec.verify(&format!("{token}=")).is_err(), "padding was skipped");
}
