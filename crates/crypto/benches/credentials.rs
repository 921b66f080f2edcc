//! What it costs to check a token, to make one, and to compare a password.
#![expect(clippy::expect_used, reason = "a benchmark whose inputs are wrong must not go on")]

use std::sync::atomic::{AtomicU64, Ordering};

use divan::{Bencher, black_box};
use portcullis_core::domain::role::RoleName;
use portcullis_core::domain::secret::{Cost, Password};
use portcullis_core::domain::session::SessionId;
use portcullis_core::domain::time::Timestamp;
use portcullis_core::domain::token::Claims;
use portcullis_core::domain::user::Username;
use portcullis_core::ports::token_codec::TokenCodec;
use portcullis_crypto::bcrypt::hash;
use portcullis_crypto::jwt::JwtCodec;
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
        subject: Username::parse("operator").expect("a name"),
        roles: vec![RoleName::parse("operator").expect("a role's name")],
        issued_at,
        not_before: None,
        expires_at: Timestamp::from_seconds(issued_at.seconds() + 3600),
        id: "0123456789abcdef0123456789abcdef".to_owned(),
        session: SessionId::from_bytes([7; 16]),
        stamp: "0011223344556677".to_owned(),
    }
}
