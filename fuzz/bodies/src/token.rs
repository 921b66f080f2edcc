//! Tokens: any text, and any header and claims under a good signature.
//!
//! The input is taken twice: as a token of any kind, and as two lines, header and claims, that are signed with the secret
//! that the codec knows. So the fuzzer gets past the signature, behind which most of the code lies.

use std::sync::LazyLock;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis_core::domain::opaque::OpaqueToken;
use portcullis_core::domain::personal::PersonalToken;
use portcullis_core::domain::refresh::RefreshToken;
use portcullis_core::domain::time::Timestamp;
use portcullis_core::domain::token::{Bearer, Claims};
use portcullis_core::ports::token_codec::TokenCodec;
use portcullis_crypto::jwt::JwtCodec;
use portcullis_crypto::secret::SharedSecret;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use crate::text;

const SECRET: &[u8] = b"a secret of the fuzz targets, long enough";

/// The longest text that is signed. A longer one would be refused for its length alone.
const LONGEST: usize = 4096;

/// Verifies the input, and what is made of it with a good signature.
pub fn token(data: &[u8]) {
    static CODEC: LazyLock<JwtCodec> = LazyLock::new(codec);
    let Some(text) = text(data) else { return };
    a_token_that_says_nothing_has_one_spelling(text);
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
        let of_type = the_header_is_ours(header);
        it_is_taken_for_what_its_header_says(&of_type, &read.bearer);
        match &read.bearer {
            Bearer::User { .. } => is_whole::<Login>(claims),
            Bearer::Client { .. } => is_whole::<OfAClient>(claims),
            Bearer::Delegated { .. } => is_whole::<Delegated>(claims),
        }
        whom_it_names_is_whom_it_is_of(claims, &read.bearer);
        optional_claims_are_of_their_type(claims);
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

/// What `typ` says.
fn the_header_is_ours(header: &str) -> String {
    let header: Option<Value> = serde_json::from_str(header).ok();
    let ours = ["JWT", "at+jwt"].into_iter().find(|of_type| {
        header.as_ref().is_some_and(|header| *header == json!({"alg": "HS256", "typ": of_type}))
    });
    let Some(of_type) = ours else { panic!("another header was accepted: {header:?}") };
    of_type.to_owned()
}

/// A user's login and a client's token are told apart by the header alone (RFC 8725 3.11).
fn it_is_taken_for_what_its_header_says(of_type: &str, bearer: &Bearer) {
    let is_of_a_login = matches!(bearer, Bearer::User { .. });
    assert_eq!(of_type == "JWT", is_of_a_login, "{of_type} was taken for {bearer:?}");
}

/// The claims of a login token by another reading: their types alone, and nothing of what they mean.
#[derive(Deserialize)]
#[expect(dead_code, reason = "what counts is that each is there, once, and of its type")]
struct Login {
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

/// Those of a client's own access token.
#[derive(Deserialize)]
#[expect(dead_code, reason = "what counts is that each is there, once, and of its type")]
struct OfAClient {
    iss: String,
    sub: String,
    client_id: String,
    scope: String,
    iat: i64,
    exp: i64,
    jti: String,
    ver: String,
    aud: IgnoredAny,
}

/// Those of a user's token in a client's hands.
#[derive(Deserialize)]
#[expect(dead_code, reason = "what counts is that each is there, once, and of its type")]
struct Delegated {
    iss: String,
    sub: String,
    sub_kind: String,
    client_id: String,
    scope: String,
    iat: i64,
    exp: i64,
    jti: String,
    sid: String,
    ver: String,
    aud: IgnoredAny,
}

fn is_whole<'c, T: Deserialize<'c>>(claims: &'c str) {
    assert!(serde_json::from_str::<T>(claims).is_ok(), "claims that are not whole were accepted");
}

/// Who somebody is and whose hands his token is in, as the claims have it.
#[derive(Deserialize)]
struct Names {
    sub: String,
    sub_kind: Option<String>,
    client_id: Option<String>,
}

fn whom_it_names_is_whom_it_is_of(claims: &str, bearer: &Bearer) {
    let Ok(Names { sub, sub_kind, client_id }) = serde_json::from_str(claims) else { return };
    match bearer {
        Bearer::User { name, .. } => assert_eq!(name.as_str(), sub),
        Bearer::Client { id, .. } => {
            assert_eq!((id.as_str(), client_id.as_deref()), (sub.as_str(), Some(sub.as_str())));
            assert_eq!(sub_kind, None, "a user was taken for a client");
        }
        Bearer::Delegated { name, to } => {
            assert_eq!((name.as_str(), Some(to.client.as_str())), (sub.as_str(), client_id.as_deref()));
            assert_eq!(sub_kind.as_deref(), Some("user"), "a client was taken for a user");
        }
    }
}

fn optional_claims_are_of_their_type(claims: &str) {
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

/// Opaque, personal and refresh tokens: what is read is written alike, and no text is of two kinds.
fn a_token_that_says_nothing_has_one_spelling(text: &str) {
    let opaque =
        OpaqueToken::parse(text).map(|token| (OpaqueToken::is_meant(text), token.expose().to_string()));
    let personal = PersonalToken::parse(text).map(|token| (PersonalToken::is_meant(text), token.expose()));
    let refresh = RefreshToken::parse(text).map(|token| (RefreshToken::is_meant(text), token.expose()));
    let read: Vec<_> = [opaque, personal, refresh].into_iter().flatten().collect();
    assert!(read.len() <= 1, "a token of two kinds");
    for (is_meant, spelled) in read {
        assert!(is_meant, "a token that nobody would look for");
        assert_eq!(spelled, text, "another spelling was accepted");
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
