//! Personal tokens of users who are kept in a store, where roles and grants change while they are out.

use portcullis_tests::cast::{ADMIN, OTHER_PASSWORD};
use serde_json::{Value, json};

use super::{PASSWORD, PHRASE, ROLES, USERS, add, ask, data, get, is_alive, login, stored, told};
use crate::personal_tokens::made;

#[tokio::test]
async fn a_role_that_is_widened_and_a_further_grant_widen_no_token() {
    let gate = stored().await;
    let admin = gate.login(&ADMIN).await;
    let role = |rights: &[&str]| json!({ "name": "tech", "rights": rights });
    data(&gate, &admin, "POST", ROLES, &role(&["users:view"])).await;
    assert_eq!(add(&gate, &admin, "alice", &["tech"]).await.status, 201);
    let alice = login(&gate, "alice", PHRASE).await.unwrap();
    let (token, _) = made(&gate, &alice, &json!({})).await;
    data(&gate, &admin, "PUT", &format!("{ROLES}/tech"), &role(&["users:view", "roles:view"])).await;
    let grants = json!({ "grants": [{ "role": "tech" }, { "role": "admin" }] });
    data(&gate, &admin, "PATCH", &format!("{USERS}/alice"), &grants).await;
    for (path, right) in [(ROLES, "roles:view"), ("/api/v1/auth/audit", "audit:view")] {
        assert_eq!(ask(&gate, &alice, "GET", path, &Value::Null).await.status, 200, "{path}");
        let refused = told(&gate, &token, "GET", path, &Value::Null).await;
        assert_eq!(refused, (403, format!("Right '{right}' required")));
    }
    assert_eq!(ask(&gate, &token, "GET", USERS, &Value::Null).await.status, 200);
    let me = get(&gate, &token, super::ME).await;
    assert_eq!((&me["roles"], &me["rights"]), (&json!(["tech"]), &json!(["users:view"])));
    // What is taken from the role is taken from the token.
    data(&gate, &admin, "PUT", &format!("{ROLES}/tech"), &role(&["roles:view"])).await;
    data(&gate, &admin, "PATCH", &format!("{USERS}/alice"), &json!({ "grants": [{ "role": "tech" }] })).await;
    assert_eq!(ask(&gate, &token, "GET", USERS, &Value::Null).await.status, 403);
}

#[tokio::test]
async fn whoever_shows_a_token_for_less_gives_no_more_away_than_that() {
    let gate = stored().await;
    let admin = gate.login(&ADMIN).await;
    let helper = json!({ "name": "helpdesk", "rights": ["users:*", "roles:*", "device:*"] });
    data(&gate, &admin, "POST", ROLES, &helper).await;
    let (token, _) = made(&gate, &admin, &json!({ "grants": [{ "role": "helpdesk" }] })).await;
    let new = |role: &str| json!({ "username": "x", "password": PHRASE, "grants": [{ "role": role }] });
    let everything = (403, "Right '*:*' required".to_owned());
    assert_eq!(told(&gate, &token, "POST", USERS, &new("admin")).await, everything);
    let other = json!({ "password": PHRASE });
    assert_eq!(told(&gate, &token, "PATCH", &format!("{USERS}/admin"), &other).await, everything);
    let mine = json!({ "name": "mine", "rights": ["*:*"] });
    assert_eq!(told(&gate, &token, "POST", ROLES, &mine).await, everything);
    assert_eq!(ask(&gate, &token, "POST", USERS, &new("helpdesk")).await.status, 201);
}

#[tokio::test]
async fn a_token_ends_with_its_owner_s_password_and_when_he_is_removed_and_is_no_login_of_his() {
    let gate = stored().await;
    let admin = gate.login(&ADMIN).await;
    assert_eq!(add(&gate, &admin, "alice", &["viewer"]).await.status, 201);
    let alice = login(&gate, "alice", PHRASE).await.unwrap();
    let before = get(&gate, &admin, &format!("{USERS}/alice")).await["last_login_at"].clone();
    // The times are whole seconds: a login of now would be seen by the next one.
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    let (token, _) = made(&gate, &alice, &json!({})).await;
    assert_eq!(get(&gate, &admin, &format!("{USERS}/alice")).await["last_login_at"], before);
    let change = json!({ "current": PHRASE, "new": OTHER_PASSWORD.0 });
    assert_eq!(ask(&gate, &alice, "POST", PASSWORD, &change).await.status, 204);
    assert!(!is_alive(&gate, &token).await);
    let alice = login(&gate, "alice", OTHER_PASSWORD.0).await.unwrap();
    let (token, _) = made(&gate, &alice, &json!({})).await;
    let active = |active: bool| json!({ "active": active });
    for is_active in [false, true] {
        data(&gate, &admin, "PATCH", &format!("{USERS}/alice"), &active(is_active)).await;
        assert!(!is_alive(&gate, &token).await);
    }
    let alice = login(&gate, "alice", OTHER_PASSWORD.0).await.unwrap();
    let (token, _) = made(&gate, &alice, &json!({})).await;
    assert!(is_alive(&gate, &token).await);
    assert_eq!(ask(&gate, &admin, "DELETE", &format!("{USERS}/alice"), &Value::Null).await.status, 204);
    assert!(!is_alive(&gate, &token).await);
    assert_eq!(add(&gate, &admin, "alice", &["viewer"]).await.status, 201);
    assert!(!is_alive(&gate, &token).await);
}
