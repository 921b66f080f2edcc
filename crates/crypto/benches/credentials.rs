//! What it costs to check a token, to make one, and to compare a password.
#![expect(clippy::expect_used, reason = "a benchmark whose inputs are wrong must not go on")]

use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, VerificationAlgorithm};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use divan::{Bencher, black_box};
use portcullis_core::domain::role::RoleName;
use portcullis_core::domain::secret::{Cost, Password};
use portcullis_core::domain::session::SessionId;
use portcullis_core::domain::time::Timestamp;
use portcullis_core::domain::token::{Bearer, Claims};
use portcullis_core::domain::user::Username;
use portcullis_core::ports::token_codec::TokenCodec;
use portcullis_crypto::bcrypt::hash;
use portcullis_crypto::jwt::JwtCodec;
use portcullis_crypto::keys::{KeyAlgorithm, KeyRing, TokenKey};
use portcullis_crypto::secret::SharedSecret;

fn main() {
    divan::main();
}

/// A token that was verified lately, as that of nearly every request.
#[divan::bench]
fn token_check_known(bencher: Bencher<'_, '_>) {
    let codec = codec();
    let token = codec.sign(&claims()).expect("a token");
    bencher.bench(|| codec.verify(black_box(&token)).is_ok());
}

/// A token of which nothing is known yet.
#[divan::bench]
fn token_check_first(bencher: Bencher<'_, '_>) {
    let codec = codec();
    let number = AtomicU64::new(0);
    let another = || {
        let id = number.fetch_add(1, Ordering::Relaxed).to_string();
        codec.sign(&Claims { id, ..claims() }).expect("a token")
    };
    bencher.with_inputs(another).bench_values(|token| codec.verify(black_box(&token)).is_ok());
}

/// The same of a key's tokens, and below what of it is the bare verification.
#[divan::bench]
fn token_check_first_eddsa(bencher: Bencher<'_, '_>) {
    first_check(bencher, KeyAlgorithm::EdDsa);
}

#[divan::bench]
fn token_check_bare_eddsa(bencher: Bencher<'_, '_>) {
    bare_verification(bencher, KeyAlgorithm::EdDsa, &ED25519);
}

#[divan::bench]
fn token_check_first_es256(bencher: Bencher<'_, '_>) {
    first_check(bencher, KeyAlgorithm::Es256);
}

#[divan::bench]
fn token_check_bare_es256(bencher: Bencher<'_, '_>) {
    bare_verification(bencher, KeyAlgorithm::Es256, &ECDSA_P256_SHA256_FIXED);
}

fn first_check(bencher: Bencher<'_, '_>, algorithm: KeyAlgorithm) {
    let codec = codec_with(algorithm);
    let number = AtomicU64::new(0);
    let another = || {
        let id = number.fetch_add(1, Ordering::Relaxed).to_string();
        codec.sign(&Claims { id, ..claims() }).expect("a token")
    };
    bencher.with_inputs(another).bench_values(|token| codec.verify(black_box(&token)).is_ok());
}

/// What the library takes for the signature alone, with the key that the codec publishes.
fn bare_verification(
    bencher: Bencher<'_, '_>,
    algorithm: KeyAlgorithm,
    verification: &'static dyn VerificationAlgorithm,
) {
    let codec = codec_with(algorithm);
    let set: serde_json::Value = serde_json::from_str(&codec.jwks()).expect("a list of keys");
    let part = |name: &str| {
        let text = set.pointer(&format!("/keys/0/{name}")).and_then(|part| part.as_str());
        text.map(|text| URL_SAFE_NO_PAD.decode(text).expect("base64url"))
    };
    let x = part("x").expect("a coordinate");
    let public = part("y").map_or_else(|| x.clone(), |y| [&[4], &x[..], &y[..]].concat());
    let key = ParsedPublicKey::new(verification, public).expect("a public key");
    let token = codec.sign(&claims()).expect("a token");
    let (message, signature) = token.rsplit_once('.').expect("three parts");
    let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64url");
    bencher.bench(|| key.verify_sig(black_box(message.as_bytes()), black_box(&signature)).is_ok());
}

fn codec_with(algorithm: KeyAlgorithm) -> JwtCodec {
    let made = TokenKey::generate(algorithm).expect("a key");
    let key = TokenKey::read(algorithm, &made).expect("a good key");
    let id = key.id().to_owned();
    let codec = codec();
    codec.set_ring(KeyRing::new(vec![key.into()], Some(&id)));
    codec
}

#[divan::bench]
fn token_signing(bencher: Bencher<'_, '_>) {
    let (codec, claims) = (codec(), claims());
    bencher.bench(|| codec.sign(black_box(&claims)).is_ok());
}

/// One bcrypt of the usual cost, which is what a login costs.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn one_bcrypt(bencher: Bencher<'_, '_>) {
    let password = Password::new("a password of the benchmark".to_owned());
    bencher.bench(|| hash(black_box(&password), Cost::USUAL).is_ok());
}

fn codec() -> JwtCodec {
    let secret = SharedSecret::new(b"a secret of the benchmark, long enough".to_vec());
    JwtCodec::new(&secret.expect("the secret is long enough"), None)
}

/// What an operator's login token says.
fn claims() -> Claims {
    let issued_at = Timestamp::from_seconds(1_800_000_000);
    Claims {
        issuer: "portcullis".to_owned(),
        audience: vec![],
        bearer: Bearer::User {
            name: Username::parse("operator").expect("a name"),
            roles: vec![RoleName::parse("operator").expect("a role's name")],
        },
        issued_at,
        not_before: None,
        expires_at: Timestamp::from_seconds(issued_at.seconds() + 3600),
        id: "0123456789abcdef0123456789abcdef".to_owned(),
        session: SessionId::from_bytes([7; 16]),
        stamp: "0011223344556677".to_owned(),
    }
}
