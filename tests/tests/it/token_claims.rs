//! Tokens that were made by somebody who knows the secret, or doesn't: every member of header and claims counts.

use portcullis_tests::ask::Ask;
use portcullis_tests::cast::{ADMIN, OPERATOR};
use portcullis_tests::client::{Client, Protocol};
use portcullis_tests::setup::Setup;
use portcullis_tests::token::{
    self, HEADER, OTHER_SECRET, SECRET, claims, encoded, signed, with_claims, with_header,
};
use serde_json::{Value, json};

const ME: &str = "/api/v1/auth/me";

async fn is_good(client: &mut Client, token: &str) -> bool {
    let answer = client.send(Ask::get(ME).bearer(token)).await;
    match answer.status {
        200 => true,
        401 => {
            assert_eq!(answer.detail(), "Could not validate credentials", "{token}");
            assert_eq!(answer.field("www-authenticate"), Some("Bearer error=\"invalid_token\""), "{token}");
            false
        }
        status => panic!("{status} for {token}: {}", answer.text()),
    }
}

/// The token with one claim set to something.
fn set(token: &str, name: &str, value: Value) -> String {
    with_claims(token, |claims| claims[name] = value)
}

#[tokio::test]
async fn a_token_that_was_made_by_hand_of_the_same_claims_is_the_same_token() {
    let gate = Setup::new().start().await;
    let token = gate.login(&OPERATOR).await;
    assert_eq!(signed(SECRET, HEADER, token.split('.').nth(1).unwrap()), token);
    assert!(is_good(&mut gate.client(Protocol::Http1), &with_claims(&token, |_| {})).await);
}

#[tokio::test]
async fn a_token_of_another_secret_or_of_none_is_refused() {
    let gate = Setup::new().start().await;
    let mut client = gate.client(Protocol::Http1);
    let token = gate.login(&ADMIN).await;
    let (message, signature) = token.rsplit_once('.').unwrap();
    let body = token.split('.').nth(1).unwrap();
    let none = encoded(r#"{"alg":"none","typ":"JWT"}"#);
    for forged in [
        signed(OTHER_SECRET, HEADER, body),
        signed("", HEADER, body),
        format!("{message}."),
        message.to_owned(),
        format!("{none}.{body}."),
        format!("{none}.{body}"),
        format!("{none}.{body}.{signature}"),
        signed(SECRET, &none, body),
        format!("{message}.{}", &signature[..signature.len() - 1]),
        format!("{token}A"),
        format!("{token}="),
        format!("{token}."),
        format!(".{token}"),
        format!("{message}.{}", signature.to_lowercase()),
        format!("{HEADER}..{signature}"),
        "..".to_owned(),
        ".".to_owned(),
        "rubbish".to_owned(),
        format!("{}.{signature}", message.replace('.', ".~")),
    ] {
        assert!(!is_good(&mut client, &forged).await, "{forged}");
    }
    assert!(is_good(&mut client, &token).await);
}

#[tokio::test]
async fn a_header_of_anything_but_the_known_members_is_refused_though_well_signed() {
    let gate = Setup::new().start().await;
    let mut client = gate.client(Protocol::Http1);
    let token = gate.login(&ADMIN).await;
    for header in [
        r#"{"alg":"none","typ":"JWT"}"#,
        r#"{"alg":"hs256","typ":"JWT"}"#,
        r#"{"alg":"HS384","typ":"JWT"}"#,
        r#"{"alg":"HS512","typ":"JWT"}"#,
        r#"{"alg":"RS256","typ":"JWT"}"#,
        r#"{"alg":["HS256"],"typ":"JWT"}"#,
        r#"{"alg":"HS256"}"#,
        r#"{"typ":"JWT"}"#,
        r#"{"alg":"HS256","typ":"jwt"}"#,
        r#"{"alg":"HS256","typ":"JWS"}"#,
        r#"{"alg":"HS256","typ":null}"#,
        r#"{"alg":"HS256","typ":"at+jwt"}"#,
        r#"{"alg":"HS256","typ":"JWT","kid":"1"}"#,
        r#"{"alg":"HS256","typ":"JWT","kid":null}"#,
        r#"{"alg":"HS256","typ":"JWT","kid":"../../dev/null"}"#,
        r#"{"alg":"HS256","typ":"JWT","crit":["exp"]}"#,
        r#"{"alg":"HS256","typ":"JWT","crit":[]}"#,
        r#"{"alg":"HS256","typ":"JWT","jwk":{"kty":"oct","k":"AA"}}"#,
        r#"{"alg":"HS256","typ":"JWT","jku":"https://evil.example/jwks"}"#,
        r#"{"alg":"HS256","typ":"JWT","x5u":"https://evil.example/x5u"}"#,
        r#"{"alg":"HS256","typ":"JWT","b64":false}"#,
        r#"{"alg":"HS256","typ":"JWT","zip":"DEF"}"#,
        r#"{"alg":"HS256","typ":"JWT","x":1}"#,
        r#"{"alg":"HS256","alg":"HS256","typ":"JWT"}"#,
        r#"{"alg":"none","alg":"HS256","typ":"JWT"}"#,
        r#"["HS256","JWT"]"#,
        "null",
        "",
    ] {
        assert!(!is_good(&mut client, &with_header(&token, header)).await, "{header}");
    }
}

#[tokio::test]
async fn every_claim_must_be_there_once_and_of_its_type() {
    let gate = Setup::new().start().await;
    let mut client = gate.client(Protocol::Http1);
    let token = gate.login(&ADMIN).await;
    let whole = claims(&token);
    for (name, value) in whole.as_object().unwrap() {
        let without = with_claims(&token, |claims| drop(claims.as_object_mut().unwrap().remove(name)));
        assert!(!is_good(&mut client, &without).await, "without {name}");
        for other in [json!(null), json!(true), json!({}), json!([[]]), json!(1.5)] {
            assert!(!is_good(&mut client, &set(&token, name, other.clone())).await, "{name}: {other}");
        }
        let of_other_type = if value.is_string() { json!(1) } else { json!(value.to_string()) };
        assert!(!is_good(&mut client, &set(&token, name, of_other_type)).await, "{name}");
        let twice = whole.to_string().replacen('{', &format!("{{{}:{value},", json!(name)), 1);
        assert!(!is_good(&mut client, &token::with_claims_text(&twice)).await, "{name} twice");
    }
    for text in ["", "null", "[]", "\"x\"", "{}", &format!("{whole}x")] {
        assert!(!is_good(&mut client, &token::with_claims_text(text)).await, "{text}");
    }
}

#[tokio::test]
async fn times_are_kept_to_the_second_but_for_a_minute_of_another_node_s_clock() {
    let gate = Setup::new().start().await;
    let mut client = gate.client(Protocol::Http1);
    let token = gate.login(&ADMIN).await;
    let now = claims(&token)["iat"].as_i64().unwrap();
    for (name, value, good) in [
        ("exp", now, false),
        ("exp", now - 1, false),
        ("exp", 0, false),
        ("exp", -1, false),
        ("exp", i64::MIN, false),
        ("exp", now + 600, true),
        ("nbf", now - 1, true),
        ("nbf", now + 600, false),
        ("nbf", i64::MAX, false),
        ("iat", now + 50, true),
        ("iat", now + 600, false),
        ("iat", 0, true),
    ] {
        assert_eq!(is_good(&mut client, &set(&token, name, json!(value))).await, good, "{name}: {value}");
    }
    for (name, value) in
        [("exp", json!(1e300)), ("exp", json!(u64::MAX)), ("nbf", json!("1")), ("nbf", json!(null))]
    {
        assert!(!is_good(&mut client, &set(&token, name, value.clone())).await, "{name}: {value}");
    }
}

#[tokio::test]
async fn a_token_is_for_its_user_s_present_credential_alone() {
    let gate = Setup::new().start().await;
    let mut client = gate.client(Protocol::Http1);
    let admin = gate.login(&ADMIN).await;
    let operator = gate.login(&OPERATOR).await;
    for forged in [
        set(&operator, "sub", json!("admin")),
        set(&operator, "ver", claims(&admin)["ver"].clone()),
        set(&operator, "ver", json!("")),
        set(&operator, "sub", json!("nobody-of-this-name")),
        set(&operator, "sub", json!("former.employee")),
        set(&operator, "sub", json!("")),
        set(&operator, "iss", json!("somebody else")),
        set(&operator, "aud", json!("somebody else")),
    ] {
        assert!(!is_good(&mut client, &forged).await, "{}", claims(&forged));
    }
}

#[tokio::test]
async fn the_rights_are_the_user_s_and_not_the_token_s() {
    let gate = Setup::new().start().await;
    let token = gate.login(&OPERATOR).await;
    let promoted = with_claims(&token, |claims| {
        claims["role"] = json!("admin");
        claims["roles"] = json!(["admin"]);
        claims["rights"] = json!(["*:*"]);
    });
    let me = gate.send(Ask::get(ME).bearer(&promoted)).await;
    assert_eq!(me.json()["data"]["roles"], json!(["operator"]));
    assert_eq!(gate.send(Ask::get("/api/v1/webhooks").bearer(&promoted)).await.status, 403);
}

#[tokio::test]
async fn an_unknown_session_and_claims_of_other_programs_do_no_harm() {
    let gate = Setup::new().start().await;
    let mut client = gate.client(Protocol::Http1);
    let token = gate.login(&OPERATOR).await;
    assert!(is_good(&mut client, &set(&token, "sid", json!("ffffffffffffffffffffffffffffffff"))).await);
    assert!(is_good(&mut client, &set(&token, "department", json!({"noc": [1, 2]}))).await);
}

#[tokio::test]
async fn an_audience_must_hold_ours_where_we_have_one() {
    let gate = Setup::new().with("token", "{audience: bng}").start().await;
    let mut client = gate.client(Protocol::Http1);
    let token = gate.login(&OPERATOR).await;
    for (audience, good) in [
        (json!("bng"), true),
        (json!(["other", "bng"]), true),
        (json!("BNG"), false),
        (json!(["other"]), false),
        (json!([]), false),
        (json!([1, "bng"]), false),
        (json!(42), false),
        (json!({"bng": 1}), false),
        (json!("bng,other"), false),
    ] {
        assert_eq!(is_good(&mut client, &set(&token, "aud", audience.clone())).await, good, "{audience}");
    }
    let without = with_claims(&token, |claims| drop(claims.as_object_mut().unwrap().remove("aud")));
    assert!(!is_good(&mut client, &without).await);
}

#[tokio::test]
async fn a_token_may_have_8_kib_and_no_more() {
    let gate = Setup::new().start().await;
    let mut client = gate.client(Protocol::Http1);
    let token = gate.login(&OPERATOR).await;
    let padded = |length: usize| set(&token, "pad", json!("x".repeat(length)));
    // Three characters make four of the token; the rest of the way is gone one by one.
    let most = (5000..7000).map(padded).take_while(|token| token.len() <= 8192).last().unwrap();
    let over = (5000..7000).map(padded).find(|token| token.len() > 8192).unwrap();
    assert!(is_good(&mut client, &most).await, "{} bytes", most.len());
    assert!(!is_good(&mut client, &over).await, "{} bytes", over.len());
}
