//! Tokens of keys: what a ring makes of them, and what nobody can make of them.

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value;

use super::tests::{SECRET, claims, codec};
use super::*;
use crate::keys::KeyAlgorithm;

/// A key of each algorithm; they take a while to make.
static KEYS: LazyLock<[Arc<TokenKey>; 3]> = LazyLock::new(|| KeyAlgorithm::ALL.map(a_key));

fn a_key(algorithm: KeyAlgorithm) -> Arc<TokenKey> {
    Arc::new(TokenKey::read(algorithm, &TokenKey::generate(algorithm).unwrap()).unwrap())
}

/// A codec with all the keys, of which one signs.
fn signing_with(key: &TokenKey) -> JwtCodec {
    let codec = codec();
    codec.set_ring(KeyRing::new(KEYS.to_vec(), Some(key.id())));
    codec
}

/// A token of every signer, the shared secret included, and a codec for them all.
static TOKENS: LazyLock<(JwtCodec, Vec<String>)> = LazyLock::new(|| {
    let of_keys = KEYS.iter().map(|key| signing_with(key).sign(&claims()).unwrap());
    let tokens = of_keys.chain([codec().sign(&claims()).unwrap()]).collect();
    let all = codec();
    all.set_ring(KeyRing::new(KEYS.to_vec(), None));
    (all, tokens)
});

#[test]
fn what_a_key_signed_is_read_back_and_names_the_key() {
    for key in KEYS.iter() {
        let codec = signing_with(key);
        let token = codec.sign(&claims()).unwrap();
        let header = String::from_utf8(URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap());
        let (algorithm, id) = (key.algorithm(), key.id());
        assert_eq!(header.unwrap(), format!(r#"{{"alg":"{algorithm}","typ":"JWT","kid":"{id}"}}"#));
        assert_eq!(codec.verify(&token), Ok(claims().into()));
        // Tokens that were made with the secret are good as long as they last.
        assert_eq!(codec.verify(&TOKENS.1[3]), Ok(claims().into()));
        assert_eq!(super::tests::codec().verify(&token), Err(TokenError::Header));
    }
}

#[test]
fn a_token_is_not_known_for_longer_than_its_key_is_there() {
    for key in KEYS.iter() {
        let codec = signing_with(key);
        let token = codec.sign(&claims()).unwrap();
        codec.verify(&token).unwrap();
        assert!(codec.keys.load().known.claims(&token).is_some());
        codec.set_ring(KeyRing::new(vec![], None));
        assert_eq!(codec.verify(&token), Err(TokenError::Header));
    }
}

#[test]
fn a_key_that_signs_no_more_still_verifies() {
    let old = signing_with(&KEYS[0]).sign(&claims()).unwrap();
    let codec = signing_with(&KEYS[1]);
    assert_eq!(codec.verify(&old), Ok(claims().into()));
    assert_ne!(codec.sign(&claims()).unwrap().split('.').next(), old.split('.').next());
}

#[test]
fn what_is_public_of_a_key_is_no_secret_to_sign_with() {
    let (codec, tokens) = &*TOKENS;
    let set: Value = serde_json::from_str(&codec.jwks()).unwrap();
    for (key, token) in KEYS.iter().zip(tokens) {
        let public = set["keys"].as_array().unwrap().iter().find(|jwk| jwk["kid"] == key.id()).unwrap();
        let payload = token.split('.').nth(1).unwrap();
        let mut secrets = vec![public.to_string()];
        secrets.extend(["x", "y", "n"].iter().filter_map(|name| public[name].as_str().map(str::to_owned)));
        for secret in secrets {
            let id = key.id();
            for (header, expected) in [
                (format!(r#"{{"alg":"HS256","typ":"JWT","kid":"{id}"}}"#), TokenError::Header),
                (r#"{"alg":"HS256","typ":"JWT"}"#.to_owned(), TokenError::Signature),
            ] {
                let message = format!("{}.{payload}", URL_SAFE_NO_PAD.encode(header));
                let signing = EncodingKey::from_secret(secret.as_bytes());
                let forged = crypto::sign(message.as_bytes(), &signing, Algorithm::HS256).unwrap();
                assert_eq!(codec.verify(&format!("{message}.{forged}")), Err(expected));
            }
        }
    }
}

#[test]
fn the_signature_of_one_key_is_none_of_another() {
    let (codec, tokens) = &*TOKENS;
    for one in tokens {
        let (message, _) = one.rsplit_once('.').unwrap();
        for other in tokens.iter().filter(|other| *other != one) {
            let (_, signature) = other.rsplit_once('.').unwrap();
            assert_eq!(codec.verify(&format!("{message}.{signature}")), Err(TokenError::Signature));
        }
        assert_eq!(codec.verify(&format!("{message}.")), Err(TokenError::Signature));
    }
}

#[test]
fn the_other_spelling_of_an_ecdsa_signature_is_refused() {
    // The order of P-256, to make the greater `s` of the lesser.
    const ORDER: &str = "/////wAAAAD//////////7zm+q2nF56E87nKwvxjJVE";
    let order = base64::engine::general_purpose::STANDARD_NO_PAD.decode(ORDER).unwrap();
    let (codec, tokens) = &*TOKENS;
    let (message, signature) = tokens[1].rsplit_once('.').unwrap();
    let mut signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let mut borrow = 0;
    for at in (0..32).rev() {
        let difference = i16::from(order[at]) - i16::from(signature[32 + at]) - borrow;
        borrow = i16::from(difference < 0);
        signature[32 + at] = u8::try_from(difference.rem_euclid(256)).unwrap();
    }
    let other = format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature));
    assert_ne!(other, tokens[1]);
    assert_eq!(codec.verify(&tokens[1]), Ok(claims().into()));
    assert_eq!(codec.verify(&other), Err(TokenError::Signature));
}

#[test]
fn no_token_has_a_second_last_letter() {
    let (codec, tokens) = &*TOKENS;
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for token in tokens {
        let (rest, last) = token.split_at(token.len() - 1);
        let is_good = |letter: &char| codec.verify(&format!("{rest}{letter}")).is_ok();
        assert_eq!(letters.chars().filter(is_good).collect::<String>(), last);
    }
}

/// What is done to a good token.
#[derive(Debug, Clone)]
enum Bend {
    Replace(Index, char),
    Insert(Index, char),
    Remove(Index),
    Cut(Index),
    Swap(Index, Index),
}

fn bend() -> impl Strategy<Value = Bend> {
    let letter = || {
        prop::sample::select(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ "
                .chars()
                .collect::<Vec<_>>(),
        )
    };
    prop_oneof![
        4 => (any::<Index>(), letter()).prop_map(|(at, letter)| Bend::Replace(at, letter)),
        2 => (any::<Index>(), letter()).prop_map(|(at, letter)| Bend::Insert(at, letter)),
        1 => any::<Index>().prop_map(Bend::Remove),
        1 => any::<Index>().prop_map(Bend::Cut),
        2 => (any::<Index>(), any::<Index>()).prop_map(|(one, other)| Bend::Swap(one, other)),
    ]
}

fn bent(token: &str, bend: &Bend) -> String {
    let mut letters: Vec<char> = token.chars().collect();
    let length = letters.len();
    match bend {
        Bend::Replace(at, letter) => letters[at.index(length)] = *letter,
        Bend::Insert(at, letter) => letters.insert(at.index(length + 1), *letter),
        Bend::Remove(at) => drop(letters.remove(at.index(length))),
        Bend::Cut(at) => letters.truncate(at.index(length)),
        Bend::Swap(one, other) => letters.swap(one.index(length), other.index(length)),
    }
    letters.into_iter().collect()
}

proptest! {
    #[test]
    fn nothing_that_is_bent_from_a_good_token_is_good(
        of in 0..4_usize,
        bends in prop::collection::vec(bend(), 1..4),
    ) {
        let (codec, tokens) = &*TOKENS;
        let other = bends.iter().fold(tokens[of].clone(), |token, bend| {
            if token.is_empty() { token } else { bent(&token, bend) }
        });
        prop_assume!(other != tokens[of]);
        prop_assert!(codec.verify(&other).is_err(), "{other}");
    }
}

#[test]
fn the_secret_of_these_tests_is_none_of_the_keys() {
    // What is above would say little if a token of a key could be made with the secret.
    let (codec, tokens) = &*TOKENS;
    let (message, _) = tokens[0].rsplit_once('.').unwrap();
    let forged = crypto::sign(message.as_bytes(), &EncodingKey::from_secret(SECRET), Algorithm::HS256);
    assert_eq!(codec.verify(&format!("{message}.{}", forged.unwrap())), Err(TokenError::Signature));
}
