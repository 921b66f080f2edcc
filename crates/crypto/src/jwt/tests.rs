//! Tokens that were forged, bent and broken. Whoever has the secret can sign anything; we believe only what is right.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use portcullis_core::domain::client::ClientId;
use portcullis_core::domain::delegation::Delegation;
use portcullis_core::domain::right::RightPattern;
use portcullis_core::domain::role::RoleName;
use portcullis_core::domain::session::SessionId;
use portcullis_core::domain::time::Timestamp;
use portcullis_core::domain::token::{Bearer, ClaimsError, TokenPolicy};
use portcullis_core::domain::user::Username;

pub(super) const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

fn secret(bytes: &[u8]) -> SharedSecret {
    SharedSecret::new(bytes.to_vec()).unwrap()
}

pub(super) fn codec() -> JwtCodec {
    JwtCodec::new(&secret(SECRET), None)
}

pub(super) fn claims() -> Claims {
    Claims {
        issuer: "portcullis".into(),
        audience: vec![],
        bearer: Bearer::User {
            name: Username::parse("admin").unwrap(),
            roles: vec![RoleName::parse("admin").unwrap(), RoleName::parse("viewer").unwrap()],
        },
        issued_at: Timestamp::from_seconds(1_800_000_000),
        not_before: None,
        expires_at: Timestamp::from_seconds(1_800_003_600),
        id: "j1".into(),
        session: SessionId::claimed("s1".into()),
        stamp: "v1".into(),
    }
}

/// Signs any header and claims with the right secret.
fn forged(header: &str, claims: &str) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature =
        crypto::sign(message.as_bytes(), &EncodingKey::from_secret(SECRET), Algorithm::HS256).unwrap();
    format!("{message}.{signature}")
}

fn with_claims(claims: &str) -> Result<Arc<Claims>, TokenError> {
    codec().verify(&forged(r#"{"alg":"HS256","typ":"JWT"}"#, claims))
}

fn written() -> Value {
    serde_json::from_slice(&claims::write(&claims()).unwrap()).unwrap()
}

/// A token that the codec knows, since it has verified it before.
fn known_to(codec: &JwtCodec) -> String {
    let token = codec.sign(&claims()).unwrap();
    codec.verify(&token).unwrap();
    assert!(codec.keys.load().known.claims(&token).is_some());
    token
}

#[test]
fn a_known_token_says_what_it_said_and_ends_when_it_ends() {
    let codec = codec();
    let token = known_to(&codec);
    let again = codec.verify(&token).unwrap();
    assert_eq!(*again, claims());
    let policy = TokenPolicy { issuer: "portcullis".into(), audience: None, ttl: Duration::from_hours(1) };
    let second_before = Timestamp::from_seconds(again.expires_at.seconds() - 1);
    assert_eq!(policy.check(&again, second_before), Ok(()));
    assert_eq!(policy.check(&again, again.expires_at), Err(ClaimsError::Expired));
}

#[test]
fn what_resembles_a_known_token_is_not_it() {
    let codec = codec();
    let token = known_to(&codec);
    let (message, _) = token.rsplit_once('.').unwrap();
    let unsigned = [format!("{message}."), format!("{token}A"), format!("{message}.{}", "A".repeat(43))];
    for other in unsigned.iter().map(String::as_str).chain([message]) {
        assert!(codec.verify(other).is_err(), "{other}");
        assert!(codec.verify(other).is_err(), "{other} at the second time");
    }
}

#[test]
fn what_was_refused_is_not_kept() {
    let codec = codec();
    let forged = forged(r#"{"alg":"HS256","typ":"JWT"}"#, "{}");
    for refused in [forged.as_str(), "a.b.c", ""] {
        codec.verify(refused).unwrap_err();
        assert!(codec.keys.load().known.claims(refused).is_none(), "{refused}");
    }
}

#[test]
fn a_token_that_another_secret_s_codec_knows_is_checked_by_this_one() {
    let before = codec();
    let token = known_to(&before);
    let after = JwtCodec::new(&secret(&[7; 32]), None);
    assert_eq!(after.verify(&token), Err(TokenError::Signature));
}

#[test]
fn what_was_signed_is_read_back() {
    for audience in [vec![], vec!["a".to_owned()], vec!["a".to_owned(), "b".to_owned()]] {
        let claims = Claims { audience, not_before: Some(Timestamp::from_seconds(1)), ..claims() };
        let token = codec().sign(&claims).unwrap();
        assert!(token.starts_with("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."));
        assert_eq!(codec().verify(&token), Ok(claims.into()));
    }
}

#[test]
fn the_claims_have_their_names_and_types() {
    assert_eq!(
        written(),
        json!({"iss": "portcullis", "sub": "admin", "role": "admin", "roles": ["admin", "viewer"],
               "iat": 1_800_000_000, "exp": 1_800_003_600, "jti": "j1", "sid": "s1", "ver": "v1"})
    );
    let bearer = Bearer::User { name: Username::parse("admin").unwrap(), roles: vec![] };
    let without_roles = claims::write(&Claims { bearer, ..claims() }).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&without_roles).unwrap()["role"], "");
}

#[test]
fn a_token_of_the_previous_secret_verifies_and_one_of_another_does_not() {
    let token = codec().sign(&claims()).unwrap();
    let next = secret(b"another secret of thirty-two bytes");
    assert!(JwtCodec::new(&next, Some(&secret(SECRET))).verify(&token).is_ok());
    assert_eq!(JwtCodec::new(&next, None).verify(&token), Err(TokenError::Signature));
}

#[test]
fn every_claim_is_required() {
    for name in ["iss", "sub", "role", "roles", "iat", "exp", "jti", "sid", "ver"] {
        let mut claims = written();
        claims.as_object_mut().unwrap().remove(name);
        assert_eq!(with_claims(&claims.to_string()), Err(TokenError::Claims), "{name}");
    }
}

#[test]
fn every_claim_is_of_its_type() {
    let wrong = [
        ("iss", json!(["portcullis"])),
        ("iss", json!(42)),
        ("sub", json!(null)),
        ("sub", json!("no user name")),
        ("role", json!(["admin"])),
        ("roles", json!("admin")),
        ("roles", json!([1])),
        ("iat", json!("1800000000")),
        ("iat", json!(1_800_000_000.0)),
        ("exp", json!(1_900_000_000.6)),
        ("exp", json!("1900000000")),
        ("exp", json!(true)),
        ("exp", json!(u64::MAX)),
        ("nbf", json!("0")),
        ("nbf", json!(null)),
        ("nbf", json!(0.5)),
        ("jti", json!(1)),
        ("sid", json!(null)),
        ("ver", json!({"x": 1})),
        ("aud", json!(42)),
        ("aud", json!([])),
        ("aud", json!([1])),
        ("aud", json!(null)),
    ];
    for (name, value) in wrong {
        let mut claims = written();
        claims[name] = value.clone();
        assert_eq!(with_claims(&claims.to_string()), Err(TokenError::Claims), "{name}: {value}");
    }
}

#[test]
fn a_claim_that_is_given_twice_is_refused_ours_or_not() {
    let good = written().to_string();
    let body = good.trim_end_matches('}');
    for extra in [r#""exp":1800003600"#, r#""sub":"admin""#, r#""x":1,"x":1"#, r#""\u0073ub":"admin""#] {
        assert_eq!(with_claims(&format!("{body},{extra}}}")), Err(TokenError::Claims), "{extra}");
    }
    assert!(with_claims(&format!("{body},\"x\":{{\"y\":[1]}}}}")).is_ok());
}

#[test]
fn claims_that_are_no_object_are_refused() {
    for json in ["", "null", "[]", "\"x\"", "{", "{}{}"] {
        assert_eq!(with_claims(json), Err(TokenError::Claims), "{json}");
    }
}

#[test]
fn one_token_has_one_spelling() {
    let token = codec().sign(&claims()).unwrap();
    let flipped = |at: usize| {
        let mut bytes = token.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).unwrap()
    };
    for at in 0..token.len() {
        assert!(codec().verify(&flipped(at)).is_err(), "{at}");
    }
    for other in [
        format!("{token}="),
        format!("{token}."),
        format!(".{token}"),
        format!(" {token}"),
        format!("{token}\n"),
        token.replace('.', ".."),
        token.replace('_', "/"),
        token[..token.len() - 1].to_owned(),
    ] {
        assert!(other == token || codec().verify(&other).is_err(), "{other}");
    }
}

#[test]
fn the_loose_bits_of_the_signature_are_no_second_spelling() {
    let token = codec().sign(&claims()).unwrap();
    let (rest, last) = token.split_at(token.len() - 1);
    let accepted = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        .chars()
        .filter(|last| codec().verify(&format!("{rest}{last}")).is_ok())
        .collect::<String>();
    assert_eq!(accepted, last);
}

#[test]
fn a_token_that_is_too_long_is_refused_before_it_is_read() {
    let long = Claims { id: "x".repeat(8 * 1024), ..claims() };
    let token = codec().sign(&long).unwrap();
    assert_eq!(codec().verify(&token), Err(TokenError::Malformed));
}

#[test]
fn an_empty_signature_and_alg_none_are_refused() {
    let token = codec().sign(&claims()).unwrap();
    let message = token.rsplit_once('.').unwrap().0;
    assert!(codec().verify(&format!("{message}.")).is_err());
    let none = forged(r#"{"alg":"none","typ":"JWT"}"#, &written().to_string());
    assert_eq!(codec().verify(&none), Err(TokenError::Header));
}

proptest! {
    #[test]
    fn no_text_makes_the_codec_panic(text in "[A-Za-z0-9._-]{0,200}") {
        prop_assert!(codec().verify(&text).is_err());
    }
}

fn claims_of_client(scope: &[&str]) -> Claims {
    let scope: Vec<_> = scope.iter().map(|right| RightPattern::parse(right).unwrap()).collect();
    Claims {
        bearer: Bearer::Client { id: ClientId::parse("Backup").unwrap(), scope: scope.into() },
        audience: vec!["portcullis".into()],
        session: SessionId::claimed("j1".into()),
        ..claims()
    }
}

#[test]
fn a_client_s_token_reads_back_as_one_and_is_never_read_as_a_user_s() {
    for scope in [&[][..], &["*:*"], &["device:view", "job:*"]] {
        let claims = claims_of_client(scope);
        let token = codec().sign(&claims).unwrap();
        assert_eq!(codec().verify(&token), Ok(claims.into()));
    }
    let access = claims::write(&claims_of_client(&["device:view"])).unwrap();
    assert_eq!(
        serde_json::from_slice::<Value>(&access).unwrap(),
        json!({"iss": "portcullis", "sub": "Backup", "client_id": "Backup", "scope": "device:view",
               "iat": 1_800_000_000, "exp": 1_800_003_600, "jti": "j1", "ver": "v1", "aud": "portcullis"})
    );
    let access = String::from_utf8(access).unwrap();
    let login = String::from_utf8(claims::write(&claims()).unwrap()).unwrap();
    for (typ, text) in [("JWT", &access), ("at+jwt", &login)] {
        let token = forged(&format!(r#"{{"alg":"HS256","typ":"{typ}"}}"#), text);
        assert_eq!(codec().verify(&token), Err(TokenError::Claims), "{typ}");
    }
    for broken in [
        access.replace(r#""sub":"Backup""#, r#""sub":"backup""#),
        access.replace("device:view", "device:view "),
        access.replace("device:view", "device"),
        access.replace(r#","aud":"portcullis""#, ""),
    ] {
        let token = forged(r#"{"alg":"HS256","typ":"at+jwt"}"#, &broken);
        assert_eq!(codec().verify(&token), Err(TokenError::Claims), "{broken}");
    }
}

fn claims_of_user_through_client() -> Claims {
    let to = Delegation::read(ClientId::parse("Backup").unwrap(), "device:view job:*").unwrap();
    let bearer = Bearer::Delegated { name: Username::parse("Backup").unwrap(), to };
    Claims { bearer, audience: vec!["portcullis".into()], ..claims() }
}

#[test]
fn a_user_and_a_client_of_one_name_are_told_apart_by_a_claim() {
    let claims = claims_of_user_through_client();
    let token = codec().sign(&claims).unwrap();
    assert_eq!(codec().verify(&token), Ok(claims.clone().into()));
    let text = String::from_utf8(claims::write(&claims).unwrap()).unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(&text).unwrap(),
        json!({"iss": "portcullis", "sub": "Backup", "sub_kind": "user", "client_id": "Backup",
               "scope": "device:view job:*", "iat": 1_800_000_000, "exp": 1_800_003_600, "jti": "j1", "sid": "s1",
               "ver": "v1", "aud": "portcullis"})
    );
    let read =
        |typ: &str, text: &str| codec().verify(&forged(&format!(r#"{{"alg":"HS256","typ":"{typ}"}}"#), text));
    assert_eq!(read("JWT", &text), Err(TokenError::Claims));
    // Without the claim it is a client's, and then its session is the token itself.
    let of_client = read("at+jwt", &text.replace(r#""sub_kind":"user","#, "")).unwrap();
    assert!(matches!(of_client.bearer, Bearer::Client { .. }) && of_client.session.as_str() == "j1");
    for (part, instead) in [
        (r#""sub_kind":"user""#, r#""sub_kind":"User""#),
        (r#""sub_kind":"user""#, r#""sub_kind":"client""#),
        (r#""sub_kind":"user""#, r#""sub_kind":"""#),
        (r#""sub_kind":"user""#, r#""sub_kind":true"#),
        (r#""sub_kind":"user""#, r#""sub_kind":"user","sub_kind":"user""#),
        (r#""sid":"s1","#, ""),
        (r#""client_id":"Backup","#, ""),
        (r#""sub":"Backup""#, r#""sub":"client:Backup""#),
        (r#""sub":"Backup","sub_kind":"user""#, r#""sub":"other""#),
    ] {
        assert_eq!(read("at+jwt", &text.replace(part, instead)), Err(TokenError::Claims), "{part} {instead}");
    }
}
