//! The users of a file: seen like any others, and changed in the file alone.

use portcullis_tests::cast::{ADMIN, OPERATOR};
use portcullis_tests::setup::Setup;
use serde_json::{Value, json};

use super::{PASSWORD, PHRASE, ROLES, USERS, get, is_alive, told};

#[tokio::test]
async fn the_users_of_a_file_are_shown() {
    let gate = Setup::new().start().await;
    let admin = gate.login(&ADMIN).await;
    let operator = get(&gate, &admin, &format!("{USERS}/OPERATOR")).await;
    let expected = json!({
        "username": "operator", "active": true, "api_login": true,
        "grants": [{ "role": "operator", "realm": null }], "created_at": null, "last_login_at": null
    });
    assert_eq!(operator, expected);
    let all = get(&gate, &admin, USERS).await;
    assert_eq!(all["items"].as_array().unwrap().len(), 6);
    assert_eq!(get(&gate, &admin, ROLES).await["items"].as_array().unwrap().len(), 6);
}

#[tokio::test]
async fn whoever_would_change_them_is_told_where_they_are() {
    let gate = Setup::new().start().await;
    let admin = gate.login(&ADMIN).await;
    let user = json!({ "username": "alice", "password": PHRASE, "grants": [] });
    let role = json!({ "name": "tech", "rights": [] });
    let why = format!("Users are defined in {}; edit it there", gate.file().display());
    for (method, path, body) in [
        ("POST", USERS, user),
        ("PATCH", "/api/v1/auth/users/operator", json!({ "active": false })),
        ("PATCH", "/api/v1/auth/users/not-there", json!({ "active": false })),
        ("DELETE", "/api/v1/auth/users/operator", Value::Null),
        ("POST", ROLES, role.clone()),
        ("PUT", "/api/v1/auth/roles/tech", role),
        ("DELETE", "/api/v1/auth/roles/viewer", Value::Null),
        ("POST", PASSWORD, json!({ "current": ADMIN.password, "new": PHRASE })),
    ] {
        let refused = told(&gate, &admin, method, path, &body).await;
        assert_eq!(refused, (409, why.clone()), "{method} {path}");
    }
    let operator = gate.login(&OPERATOR).await;
    assert!(is_alive(&gate, &operator).await);
}
