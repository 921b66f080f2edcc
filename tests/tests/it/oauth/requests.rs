//! What is no good request for a token, and what is answered.

use super::*;

const GRANT: &str = "grant_type=client_credentials";

fn in_body(form: &str) -> Ask {
    Ask::post(TOKEN).body(FORM, form.to_owned())
}

const ROBOT: &str = "client_id=robot&client_secret=the+secret%3A+of+clients";

#[tokio::test]
async fn a_client_authenticates_itself_in_the_field_or_in_the_body() {
    let gate = setup().start().await;
    let in_field = |form: &str| ask(TOKEN, "robot", SECRET, form);
    for good in
        [in_field(GRANT), in_field(&format!("{GRANT}&client_id=robot")), in_body(&format!("{GRANT}&{ROBOT}"))]
    {
        let answer = gate.send(good).await;
        assert_eq!((answer.status, answer.field("pragma")), (200, Some("no-cache")), "{}", answer.text());
    }
    for twice in
        [format!("{GRANT}&{ROBOT}"), format!("{GRANT}&client_secret=x"), format!("{GRANT}&client_id=boss")]
    {
        assert_eq!(error(&gate.send(in_field(&twice)).await), failed(400, "invalid_request"), "{twice}");
    }
}

#[tokio::test]
async fn a_client_that_is_not_known_by_its_secret_has_one_answer() {
    let gate = setup().with("throttle", "{never_limit: [127.0.0.1]}").start().await;
    for wrong in [
        ask(TOKEN, "robot", "another secret", GRANT),
        ask(TOKEN, "robot", "", GRANT),
        ask(TOKEN, "stranger", SECRET, GRANT),
        ask(TOKEN, "operator", "operator's password", GRANT),
        ask(TOKEN, "client%3Arobot", SECRET, GRANT),
        ask(TOKEN, "%zz", SECRET, GRANT),
        in_body(GRANT),
        in_body(&format!("{GRANT}&client_id=robot")),
        in_body(&format!("{GRANT}&client_id=robot&client_secret=")),
        in_body(&format!("{GRANT}&client_id=robot&client_secret=x")),
        in_body(&format!("{GRANT}&{ROBOT}")).bearer("x"),
        in_body(GRANT).field("authorization", "Basic !"),
    ] {
        let said = format!("{wrong:?}");
        let answer = gate.send(wrong).await;
        assert_eq!(error(&answer), failed(401, "invalid_client"), "{said}");
        assert_eq!(answer.field("www-authenticate"), Some("Basic realm=\"portcullis\""), "{said}");
        assert_eq!(answer.field("cache-control"), Some("no-store"), "{said}");
    }
}

#[tokio::test]
async fn every_parameter_is_there_once_and_in_the_body() {
    let gate = setup().start().await;
    let invalid = failed(400, "invalid_request");
    for form in [
        String::new(),
        "grant_type=".to_owned(),
        "scope=qos:view".to_owned(),
        format!("{GRANT}&{GRANT}"),
        format!("{GRANT}&grant_type=password"),
        format!("{GRANT}&Grant_Type=password"),
        format!("{GRANT}&scope=qos:view&scope=qos:view"),
        format!("{GRANT}&client_id=robot&client_id=robot"),
        format!("{GRANT};scope=qos:view"),
    ] {
        let answer = gate.send(ask(TOKEN, "robot", SECRET, &form)).await;
        assert_eq!(error(&answer), invalid, "{form}");
        assert_eq!(answer.field("cache-control"), Some("no-store"));
    }
    for twice in ["client_id=robot&", "client_secret=x&"] {
        assert_eq!(error(&gate.send(in_body(&format!("{GRANT}&{twice}{ROBOT}"))).await), invalid, "{twice}");
    }
    for query in [GRANT, "client_id=robot", "scope=*:*", "x"] {
        let answer = gate.send(ask(&format!("{TOKEN}?{query}"), "robot", SECRET, GRANT)).await;
        assert_eq!(error(&answer), invalid, "{query}");
    }
    let answer = gate.send(Ask::post(&format!("{TOKEN}?{GRANT}&{ROBOT}"))).await;
    assert_eq!(error(&answer), invalid);
    for other in ["application/json", "multipart/form-data", "text/plain", ""] {
        let asked = Ask::post(TOKEN).body(other, format!("{GRANT}&{ROBOT}"));
        assert_eq!(error(&gate.send(asked).await), invalid, "{other}");
    }
    // Empty is as good as not there (RFC 6749 3.1), and what nobody knows is nothing (3.2).
    for good in [format!("{GRANT}&scope="), format!("{GRANT}&resource=x&resource=y")] {
        assert_eq!(gate.send(ask(TOKEN, "robot", SECRET, &good)).await.status, 200, "{good}");
    }
}

#[tokio::test]
async fn another_grant_is_not_supported() {
    let gate = setup().start().await;
    for grant in [
        "password&username=admin&password=x",
        "refresh_token&refresh_token=x",
        "authorization_code",
        "Client_Credentials",
    ] {
        let answer = gate.send(ask(TOKEN, "robot", SECRET, &format!("grant_type={grant}"))).await;
        assert_eq!(error(&answer), failed(400, "unsupported_grant_type"), "{grant}");
    }
    // First who asks, then what for.
    let stranger = gate.send(ask(TOKEN, "stranger", SECRET, "grant_type=password")).await;
    assert_eq!(error(&stranger), failed(401, "invalid_client"));
    assert_eq!(gate.send(Ask::get(TOKEN)).await.status, 405);
    let long = gate.send(ask(TOKEN, "robot", SECRET, &format!("{GRANT}&x={}", "x".repeat(16 * 1024)))).await;
    assert_eq!(long.status, 413);
}

#[tokio::test]
async fn whoever_guesses_secrets_is_slowed_down_and_no_user_with_him() {
    let gate = setup().with("throttle", "{per_user: 3, per_address: 100}").start().await;
    for _ in 0..3 {
        assert_eq!(granted_with(&gate, "boss", "guess").await.status, 401);
    }
    let held = granted_with(&gate, "boss", SECRET).await;
    assert_eq!(error(&held), failed(429, "too_many_requests"));
    assert!(held.field("retry-after").is_some() && held.is_refusal());
    assert_eq!(granted_with(&gate, "robot", SECRET).await.status, 200);
}

async fn granted_with(gate: &Gate, id: &str, secret: &str) -> Answer {
    gate.send(ask(TOKEN, id, secret, GRANT)).await
}
