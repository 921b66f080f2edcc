//! Sessions: who has one open, and that what was ended is dead at the very next request.

use std::collections::BTreeSet;

use portcullis_tests::ask::{Answer, Ask};
use portcullis_tests::cast::{ADMIN, OPERATOR, Person, VIEWER};
use portcullis_tests::gate::Gate;
use portcullis_tests::setup::Setup;
use portcullis_tests::token::claims;
use serde_json::{Value, json};

const ME: &str = "/api/v1/auth/me";
const SESSIONS: &str = "/api/v1/auth/sessions";

async fn get(gate: &Gate, token: &str, path: &str) -> Answer {
    gate.send(Ask::get(path).bearer(token)).await
}

async fn delete(gate: &Gate, token: &str, path: &str) -> u16 {
    gate.send(Ask::new("DELETE", path).bearer(token)).await.status
}

async fn is_alive(gate: &Gate, token: &str) -> bool {
    let answer = get(gate, token, ME).await;
    if answer.status == 401 {
        assert_eq!(answer.detail(), "Could not validate credentials");
        assert_eq!(answer.field("www-authenticate"), Some(r#"Bearer error="invalid_token""#));
    }
    answer.status == 200
}

/// The names of the users whose sessions are open.
async fn open(gate: &Gate, admin: &str, query: &str) -> Vec<String> {
    let list = get(gate, admin, &format!("{SESSIONS}{query}")).await.json();
    let items = list["data"]["items"].as_array().unwrap().clone();
    let mut users: Vec<_> =
        items.iter().map(|session| session["user"].as_str().unwrap().to_owned()).collect();
    users.sort();
    users
}

#[tokio::test]
async fn after_a_logout_the_token_is_dead_and_no_other_one_is() {
    let gate = Setup::new().start().await;
    let (first, second) = (gate.login(&OPERATOR).await, gate.login(&OPERATOR).await);
    let answer = gate.send(Ask::post("/api/v1/auth/logout").bearer(&first)).await;
    assert_eq!((answer.status, answer.text().as_str()), (204, ""));
    assert!(!is_alive(&gate, &first).await && is_alive(&gate, &second).await);
    // Nobody can log out twice.
    assert_eq!(gate.send(Ask::post("/api/v1/auth/logout").bearer(&first)).await.status, 401);
}

#[tokio::test]
async fn every_login_opens_a_session_that_is_listed_until_it_ends() {
    let gate = Setup::new().start().await;
    let (admin, operator) = (gate.login(&ADMIN).await, gate.login(&OPERATOR).await);
    assert_eq!(open(&gate, &admin, "").await, ["admin", "operator"]);
    assert_eq!(open(&gate, &admin, "?user=OPERATOR").await, ["operator"]);
    let list = get(&gate, &admin, &format!("{SESSIONS}?user=operator")).await.json();
    let session = &list["data"]["items"][0];
    assert_eq!(session["id"], claims(&operator)["sid"]);
    assert_eq!((&session["kind"], &session["address"]), (&json!("jwt"), &json!("127.0.0.1")));
    for time in ["issued_at", "last_seen_at", "expires_at"] {
        assert!(session[time].as_str().unwrap().ends_with('Z'), "{session}");
    }
    let id = session["id"].as_str().unwrap();
    assert_eq!(delete(&gate, &admin, &format!("{SESSIONS}/{id}")).await, 204);
    assert!(!is_alive(&gate, &operator).await && is_alive(&gate, &admin).await);
    assert_eq!(delete(&gate, &admin, &format!("{SESSIONS}/{id}")).await, 404);
    assert_eq!(open(&gate, &admin, "").await, ["admin"]);
}

#[tokio::test]
async fn all_sessions_of_somebody_end_at_once_and_later_ones_are_good() {
    let ended =
        ["?user=operator", "?role=operator", "?everybody=true"].map(|query| format!("{SESSIONS}{query}"));
    for path in ended.iter().map(String::as_str).chain(["/api/v1/auth/users/Operator/sessions"]) {
        let gate = Setup::new().start().await;
        let admin = gate.login(&ADMIN).await;
        let tokens = [gate.login(&OPERATOR).await, gate.login(&OPERATOR).await];
        assert_eq!(delete(&gate, &admin, path).await, 204, "{path}");
        for token in &tokens {
            assert!(!is_alive(&gate, token).await, "{path}");
        }
        assert_eq!(is_alive(&gate, &admin).await, !path.contains("everybody"), "{path}");
        assert!(is_alive(&gate, &gate.login(&OPERATOR).await).await, "{path}");
    }
}

#[tokio::test]
async fn a_list_goes_on_after_its_cursor() {
    let gate = Setup::new().start().await;
    let admin = gate.login(&ADMIN).await;
    for _ in 0..4 {
        gate.login(&OPERATOR).await;
    }
    let (mut seen, mut cursor) = (vec![], String::new());
    loop {
        let page = get(&gate, &admin, &format!("{SESSIONS}?limit=2{cursor}")).await.json();
        let data = &page["data"];
        let items = data["items"].as_array().unwrap();
        assert!((1..=2).contains(&items.len()));
        seen.extend(items.iter().map(|session| session["id"].clone()));
        match &data["next"] {
            Value::String(next) => cursor = format!("&cursor={next}"),
            next => {
                assert!(next.is_null());
                break;
            }
        }
    }
    let distinct: BTreeSet<_> = seen.iter().map(Value::to_string).collect();
    assert_eq!((seen.len(), distinct.len()), (5, 5));
    for wrong in ["limit=0", "limit=501", "limit=x", "cursor=x", "cursor=", "user=%20", "limit=1&limit=1"] {
        assert_eq!(get(&gate, &admin, &format!("{SESSIONS}?{wrong}")).await.status, 422, "{wrong}");
    }
}

#[tokio::test]
async fn nobody_without_the_right_sees_or_ends_a_session() {
    let gate = Setup::new().start().await;
    for person in [&OPERATOR, &VIEWER] as [&Person; 2] {
        let token = gate.login(person).await;
        for (method, path, right) in [
            ("GET", SESSIONS, "sessions:view"),
            ("DELETE", SESSIONS, "sessions:end"),
            ("DELETE", "/api/v1/auth/users/operator/sessions", "sessions:end"),
            ("GET", "/api/v1/auth/audit", "audit:view"),
        ] {
            let answer = gate.send(Ask::new(method, path).bearer(&token)).await;
            assert_eq!((answer.status, answer.detail()), (403, format!("Right '{right}' required")));
        }
    }
}

#[tokio::test]
async fn the_audit_tells_what_happened() {
    let gate = Setup::new().start().await;
    let admin = gate.login(&ADMIN).await;
    gate.send(Ask::login("operator", "wrong")).await;
    let operator = gate.login(&OPERATOR).await;
    gate.send(Ask::post("/api/v1/webhooks").bearer(&operator)).await;
    delete(&gate, &admin, "/api/v1/auth/users/operator/sessions").await;
    let list = get(&gate, &admin, "/api/v1/auth/audit").await.json();
    let told: Vec<_> = list["data"]["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| {
            let text = |name: &str| record[name].as_str().unwrap_or("-").to_owned();
            let reason = if record["action"] == "start" { "-".to_owned() } else { text("reason") };
            [text("user"), text("action"), text("decision"), reason].join(" | ")
        })
        .collect();
    assert_eq!(
        told,
        [
            "portcullis | start | allowed | -",
            "admin | login | allowed | password accepted",
            "operator | login | refused | wrong password",
            "operator | login | allowed | password accepted",
            "operator | POST /api/v1/webhooks | refused | Admin role required",
            "admin | sessions.end | allowed | done",
        ]
    );
    let of = async |query: &str| {
        let list = get(&gate, &admin, &format!("/api/v1/auth/audit?{query}")).await.json();
        list["data"]["items"].as_array().unwrap().len()
    };
    assert_eq!((of("user=Operator").await, of("action=login").await, of("after=5").await), (3, 3, 1));
    assert_eq!((of("since=2020-01-01T00:00:00Z").await, of("since=2999-01-01T00:00:00Z").await), (6, 0));
    let change = &list["data"]["items"][5]["change"];
    assert_eq!(*change, json!({"object": "all sessions of operator", "before": "open", "after": "ended"}));
    for wrong in ["after=x", "after=-1", "since=yesterday", "limit=0"] {
        assert_eq!(get(&gate, &admin, &format!("/api/v1/auth/audit?{wrong}")).await.status, 422, "{wrong}");
    }
}
