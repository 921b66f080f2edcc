//! Users come, change and go, and each change is in force at the very next request.

use portcullis_tests::ask::Ask;
use portcullis_tests::cast::{ADMIN, FORMER, OPERATOR, VIEWER};
use serde_json::{Value, json};

use super::{PHRASE, USERS, add, ask, data, fault, faults, get, is_alive, login, stored};

fn user(name: &str) -> String {
    format!("{USERS}/{name}")
}

#[tokio::test]
async fn a_new_user_is_where_location_says_and_can_log_in() {
    let gate = stored().await;
    let admin = gate.login(&ADMIN).await;
    let body = json!({
        "username": "Alice+1", "password": PHRASE,
        "grants": [{ "role": "VIEWER" }, { "role": "planner", "realm": "pop-syd" }]
    });
    let added = ask(&gate, &admin, "POST", USERS, &body).await;
    assert_eq!((added.status, added.field("location")), (201, Some("/api/v1/auth/users/Alice+1")));
    let (alice, shown) =
        (added.json()["data"].clone(), get(&gate, &admin, added.field("location").unwrap()).await);
    assert_eq!(alice, shown);
    assert_eq!(
        (&alice["username"], &alice["active"], &alice["api_login"]),
        (&json!("Alice+1"), &json!(true), &json!(true))
    );
    let grants = json!([{ "role": "viewer", "realm": null }, { "role": "planner", "realm": "pop-syd" }]);
    assert_eq!((&alice["grants"], &alice["last_login_at"]), (&grants, &Value::Null));
    let created = alice["created_at"].as_str().unwrap();
    assert!(created.len() == "2026-01-01T00:00:00Z".len() && created.ends_with('Z'), "{created}");

    let token = login(&gate, "alice+1", PHRASE).await.unwrap();
    assert!(is_alive(&gate, &token).await);
    assert!(get(&gate, &admin, &user("ALICE%2b1")).await["last_login_at"].is_string());
}

#[tokio::test]
async fn a_user_survives_a_restart() {
    let gate = stored().await;
    let admin = gate.login(&ADMIN).await;
    assert_eq!(add(&gate, &admin, "alice", &[]).await.status, 201);
    let gate = gate.restart().await;
    assert!(login(&gate, "alice", PHRASE).await.is_ok());
}

#[tokio::test]
async fn users_are_listed_part_by_part_in_the_order_of_their_names() {
    let gate = stored().await;
    let admin = gate.login(&ADMIN).await;
    let (mut names, mut query) = (vec![], "?limit=2".to_owned());
    loop {
        let part = get(&gate, &admin, &format!("{USERS}{query}")).await;
        let items = part["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        names.extend(items.iter().map(|item| item["username"].as_str().unwrap().to_owned()));
        let Some(next) = part["next"].as_str() else { break };
        query = format!("?limit=2&cursor={next}");
    }
    assert_eq!(names, ["admin", "console+only", "former.employee", "nobody", "operator", "Vera.Viewer"]);
    let everybody = get(&gate, &admin, USERS).await;
    assert_eq!((everybody["items"].as_array().unwrap().len(), &everybody["next"]), (6, &Value::Null));
    for query in
        ["limit=0", "limit=501", "limit=x", "cursor=", "cursor=alice", "cursor=Jw", "limit=1&limit=1"]
    {
        let answer = ask(&gate, &admin, "GET", &format!("{USERS}?{query}"), &Value::Null).await;
        assert_eq!(
            (answer.status, &answer.json()["detail"][0]["type"]),
            (422, &json!("value_error")),
            "{query}"
        );
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_new_user_is_told_and_nobody_is_made() {
    let gate = stored().await;
    let admin = gate.login(&ADMIN).await;
    let missing = faults(&gate, &admin, "POST", USERS, &json!({ "active": 1, "hash": "x" })).await;
    assert_eq!(
        missing,
        [
            fault("missing", json!(["body", "username"])),
            fault("missing", json!(["body", "password"])),
            fault("missing", json!(["body", "grants"])),
            fault("bool_type", json!(["body", "active"])),
            fault("extra_forbidden", json!(["body", "hash"])),
        ]
    );
    let password = |text: &str| json!({ "username": "changeme", "password": text, "grants": [] });
    let broken = async |text: &str| faults(&gate, &admin, "POST", USERS, &password(text)).await.len();
    assert_eq!(
        (broken("Changeme").await, broken("elevenbytes").await, broken("Password1234").await),
        (3, 1, 1)
    );
    assert_eq!((broken(&"x".repeat(73)).await, broken("a nul \0 in a phrase").await), (1, 1));
    let ghost =
        json!({ "username": "a", "password": PHRASE, "grants": [{ "role": "viewer" }, { "role": "ghost" }] });
    let unknown = faults(&gate, &admin, "POST", USERS, &ghost).await;
    assert_eq!(unknown, [fault("value_error", json!(["body", "grants", 1, "role"]))]);
    let taken = add(&gate, &admin, "OPERATOR", &[]).await;
    assert_eq!((taken.status, taken.detail().as_str()), (409, "User 'operator' exists already"));
    assert_eq!(get(&gate, &admin, USERS).await["items"].as_array().unwrap().len(), 6);
}

#[tokio::test]
async fn whoever_is_not_there_is_not_found() {
    let gate = stored().await;
    let admin = gate.login(&ADMIN).await;
    for name in ["nobody-here", "a%20b", "x/sessions/y"] {
        for (method, body) in [("GET", Value::Null), ("PATCH", json!({})), ("DELETE", Value::Null)] {
            let answer = ask(&gate, &admin, method, &user(name), &body).await;
            assert_eq!(answer.status, 404, "{method} {name}");
        }
    }
}

#[tokio::test]
async fn a_change_is_in_force_at_the_next_request() {
    let gate = stored().await;
    let admin = gate.login(&ADMIN).await;
    let operator = gate.login(&OPERATOR).await;
    let path = user("operator");
    let change = async |body: Value| data(&gate, &admin, "PATCH", &path, &body).await;
    let status = async |path: &str| gate.send(Ask::get(path).bearer(&operator)).await.status;

    assert_eq!(status(USERS).await, 403);
    let shown = change(json!({ "grants": [{ "role": "admin" }] })).await;
    assert_eq!(shown["grants"], json!([{ "role": "admin", "realm": null }]));
    assert_eq!(status(USERS).await, 200);
    change(json!({ "grants": [] })).await;
    assert_eq!(status(USERS).await, 403);

    for member in ["active", "api_login"] {
        let operator = gate.login(&OPERATOR).await;
        assert_eq!(change(json!({ member: false })).await[member], false);
        assert!(!is_alive(&gate, &operator).await, "{member}");
        assert_eq!(login(&gate, OPERATOR.name, OPERATOR.password).await, Err(401), "{member}");
        change(json!({ member: true })).await;
        assert!(!is_alive(&gate, &operator).await, "let in again, and his token with him: {member}");
        assert!(login(&gate, OPERATOR.name, OPERATOR.password).await.is_ok(), "{member}");
    }

    let operator = gate.login(&OPERATOR).await;
    change(json!({ "password": PHRASE })).await;
    assert!(!is_alive(&gate, &operator).await);
    assert_eq!(login(&gate, OPERATOR.name, OPERATOR.password).await, Err(401));
    assert!(login(&gate, OPERATOR.name, PHRASE).await.is_ok());
}

#[tokio::test]
async fn a_change_of_something_else_ends_no_session_also_after_all_were_ended_once() {
    let gate = stored().await;
    let admin = gate.login(&ADMIN).await;
    let ended = ask(&gate, &admin, "DELETE", "/api/v1/auth/users/operator/sessions", &Value::Null).await;
    assert_eq!(ended.status, 204);
    let operator = gate.login(&OPERATOR).await;
    data(&gate, &admin, "PATCH", &user("operator"), &json!({ "grants": [{ "role": "viewer" }] })).await;
    assert!(is_alive(&gate, &operator).await);
}

#[tokio::test]
async fn whoever_is_removed_is_gone_with_his_tokens_also_when_he_is_made_again() {
    let gate = stored().await;
    let admin = gate.login(&ADMIN).await;
    let viewer = gate.login(&VIEWER).await;
    let removed = ask(&gate, &admin, "DELETE", &user("vera.viewer"), &Value::Null).await;
    assert_eq!((removed.status, removed.text().as_str()), (204, ""));
    assert!(!is_alive(&gate, &viewer).await);
    assert_eq!(login(&gate, VIEWER.name, VIEWER.password).await, Err(401));
    assert_eq!(ask(&gate, &admin, "DELETE", &user("vera.viewer"), &Value::Null).await.status, 404);
    assert_eq!(add(&gate, &admin, "Vera.Viewer", &["viewer"]).await.status, 201);
    assert!(!is_alive(&gate, &viewer).await);
    assert!(login(&gate, VIEWER.name, PHRASE).await.is_ok());
}

#[tokio::test]
async fn what_is_changed_is_in_the_record_as_it_was_and_is() {
    let gate = stored().await;
    let admin = gate.login(&ADMIN).await;
    data(&gate, &admin, "PATCH", &user(FORMER.name), &json!({ "active": true, "password": PHRASE })).await;
    let path = "/api/v1/auth/audit?user=admin&action=user.change";
    let entry = get(&gate, &admin, path).await["items"][0].clone();
    let expected = json!({
        "object": "user former.employee",
        "before": "deactivated; may log in; admin",
        "after": "active; may log in; admin; new password"
    });
    assert_eq!((&entry["change"], &entry["decision"]), (&expected, &json!("allowed")));
    assert!(!entry.to_string().contains("phrase"), "{entry}");
}

#[tokio::test]
async fn whoever_was_let_in_and_has_lost_his_sessions_since_changes_nothing() {
    let gate = stored().await;
    let admin = gate.login(&ADMIN).await;
    assert_eq!(add(&gate, &admin, "slow", &["administrator"]).await.status, 201);
    let slow = login(&gate, "slow", PHRASE).await.unwrap();
    let body =
        json!({ "username": "late", "password": PHRASE, "grants": [{ "role": "viewer" }] }).to_string();
    let head = format!(
        "POST {USERS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {slow}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        body.len()
    );
    let mut wire = gate.wire().await;
    wire.write(head).await;
    assert_eq!(wire.answer().await.map(|answer| answer.status), Some(100));
    let ended = ask(&gate, &admin, "DELETE", &format!("{}/sessions", user("slow")), &Value::Null).await;
    assert_eq!(ended.status, 204);
    wire.write(body).await;
    assert_eq!(wire.answer().await.map(|answer| answer.status), Some(401));
    assert_eq!(ask(&gate, &admin, "GET", &user("late"), &Value::Null).await.status, 404);
}
