//! Nobody gives what he does not hold, nor touches whoever holds more; and an admin is always left.

use std::collections::BTreeSet;
use std::sync::Arc;

use portcullis_tests::cast::{ADMIN, CONSOLE, OPERATOR};
use portcullis_tests::gate::Gate;
use serde_json::{Value, json};

use super::{PHRASE, ROLES, USERS, add, ask, data, get, login, stored, told};

const LAST: &str = "The last active admin cannot be removed";

/// The token of somebody who may edit users and roles, holds all about devices, and nothing else.
async fn helper(gate: &Gate, admin: &str) -> String {
    let role = json!({ "name": "helpdesk", "rights": ["users:*", "roles:*", "device:*"] });
    data(gate, admin, "POST", ROLES, &role).await;
    assert_eq!(add(gate, admin, "helper", &["helpdesk"]).await.status, 201);
    login(gate, "helper", PHRASE).await.unwrap()
}

#[tokio::test]
async fn a_helper_gets_no_further_than_what_he_holds() {
    let gate = stored().await;
    let admin = gate.login(&ADMIN).await;
    let helper = helper(&gate, &admin).await;
    let to = |name: &str| format!("{USERS}/{name}");
    let grants = |role: &str| json!({ "grants": [{ "role": role }] });
    let new =
        json!({ "username": "x", "password": PHRASE, "grants": [{ "role": "admin", "realm": "pop-syd" }] });
    let role = |name: &str, rights: &[&str]| json!({ "name": name, "rights": rights });
    let everything = "Right '*:*' required";
    for (method, path, body, lack) in [
        ("PATCH", to("admin"), json!({ "password": PHRASE }), everything),
        ("PATCH", to("ADMIN"), json!({ "active": false }), everything),
        ("PATCH", to("admin"), grants("helpdesk"), everything),
        ("PATCH", to("admin"), json!({}), everything),
        ("DELETE", to("admin"), Value::Null, everything),
        ("DELETE", to("former.employee"), Value::Null, everything),
        ("DELETE", to("operator"), Value::Null, "Right 'subscribers:view' required"),
        ("PATCH", to("helper"), grants("admin"), everything),
        ("PATCH", to("nobody"), grants("Administrator"), everything),
        ("PATCH", to("nobody"), grants("viewer"), "Right 'group:view' required"),
        ("POST", USERS.to_owned(), new, "Right '*:*' required in realm 'pop-syd'"),
        ("POST", ROLES.to_owned(), role("mine", &["*:*"]), everything),
        ("PUT", format!("{ROLES}/helpdesk"), role("helpdesk", &["*:view"]), "Right '*:view' required"),
    ] {
        let answer = ask(&gate, &helper, method, &path, &body).await;
        assert_eq!((answer.status, answer.detail().as_str()), (403, lack), "{method} {path} {body}");
        assert!(answer.field("portcullis-decision").is_some(), "{method} {path} {body}");
    }
    assert!(login(&gate, ADMIN.name, ADMIN.password).await.is_ok());
    assert_eq!(ask(&gate, &helper, "PATCH", &to("nobody"), &grants("helpdesk")).await.status, 200);
    // What was noted before a change stands before it.
    let refused = get(&gate, &admin, "/api/v1/auth/audit?user=helper&limit=500").await["items"].clone();
    let refused = refused.as_array().unwrap().iter().filter(|entry| entry["decision"] == "refused");
    let named = refused.filter(|entry| entry["decision_id"].is_string());
    // The first of each kind in a minute; the others are counted.
    let actions: BTreeSet<_> = named.map(|entry| entry["action"].as_str().unwrap()).collect();
    let tried = ["role.add", "role.replace", "user.add", "user.change", "user.remove"];
    assert!(actions.into_iter().eq(tried));
}

#[tokio::test]
async fn the_last_active_admin_stays() {
    let gate = stored().await;
    let admin = gate.login(&ADMIN).await;
    let path = format!("{USERS}/admin");
    // The others who hold the role are deactivated, or may not log in.
    for body in [json!({ "active": false }), json!({ "api_login": false }), json!({ "grants": [] })] {
        assert_eq!(told(&gate, &admin, "PATCH", &path, &body).await, (409, LAST.to_owned()), "{body}");
    }
    assert_eq!(told(&gate, &admin, "DELETE", &path, &Value::Null).await, (409, LAST.to_owned()));
    data(&gate, &admin, "PATCH", &format!("{USERS}/{}", CONSOLE.name), &json!({ "api_login": true })).await;
    assert_eq!(ask(&gate, &admin, "DELETE", &path, &Value::Null).await.status, 204);
    assert!(gate.login(&CONSOLE).await.len() > 20);
}

#[tokio::test]
async fn of_many_who_add_one_name_at_once_one_does() {
    let gate = Arc::new(stored().await);
    let admin = gate.login(&ADMIN).await;
    let adding: Vec<_> = (0..8)
        .map(|_| {
            let (gate, admin) = (Arc::clone(&gate), admin.clone());
            tokio::spawn(async move { add(&gate, &admin, "alice", &[]).await.status })
        })
        .collect();
    let mut statuses = vec![];
    for attempt in adding {
        statuses.push(attempt.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!((statuses[0], statuses[1..].iter().all(|status| *status == 409)), (201, true), "{statuses:?}");
}

#[tokio::test]
async fn without_the_right_nothing_is_seen_and_nothing_done() {
    let gate = stored().await;
    let operator = gate.login(&OPERATOR).await;
    for (method, path, right) in [
        ("GET", USERS, "users:view"),
        ("POST", USERS, "users:edit"),
        ("PATCH", "/api/v1/auth/users/operator", "users:edit"),
        ("DELETE", "/api/v1/auth/roles/viewer", "roles:edit"),
    ] {
        let refused = told(&gate, &operator, method, path, &Value::Null).await;
        assert_eq!(refused, (403, format!("Right '{right}' required")), "{method} {path}");
    }
}
