//! Roles come, change and go; what they hold counts at the next request of whoever holds them.

use portcullis_tests::ask::Ask;
use portcullis_tests::cast::ADMIN;
use portcullis_tests::setup::Setup;
use serde_json::{Value, json};

use super::{PHRASE, ROLES, USERS, add, ask, data, fault, faults, get, login, stored, stored_as, told};

fn role(name: &str, rights: &[&str]) -> Value {
    json!({ "name": name, "rights": rights })
}

#[tokio::test]
async fn a_role_that_is_made_is_held_changed_and_removed_when_nobody_holds_it() {
    let gate = stored().await;
    let admin = gate.login(&ADMIN).await;
    let added = ask(&gate, &admin, "POST", ROLES, &role("Field-Tech", &["users:view", "device:*"])).await;
    assert_eq!((added.status, added.field("location")), (201, Some("/api/v1/auth/roles/Field-Tech")));
    assert_eq!(added.json()["data"], role("Field-Tech", &["users:view", "device:*"]));
    assert_eq!(add(&gate, &admin, "tech", &["field-tech"]).await.status, 201);
    let tech = login(&gate, "tech", PHRASE).await.unwrap();
    let status = async || gate.send(Ask::get(USERS).bearer(&tech)).await.status;
    assert_eq!(status().await, 200);
    let path = format!("{ROLES}/field-tech");
    let replaced = data(&gate, &admin, "PUT", &path, &json!({ "rights": ["device:view"] })).await;
    assert_eq!(replaced, role("field-tech", &["device:view"]));
    assert_eq!(status().await, 403);
    let in_use = told(&gate, &admin, "DELETE", &path, &Value::Null).await;
    assert_eq!(in_use, (409, "Role 'field-tech' is in use".to_owned()));
    assert_eq!(ask(&gate, &admin, "DELETE", &format!("{USERS}/tech"), &Value::Null).await.status, 204);
    let gate = gate.restart().await;
    assert_eq!(ask(&gate, &admin, "DELETE", &path, &Value::Null).await.status, 204);
    assert_eq!(ask(&gate, &admin, "DELETE", &path, &Value::Null).await.status, 404);
}

#[tokio::test]
async fn all_roles_are_listed_in_the_order_of_their_names() {
    let roles = "[{name: config-role, rights: [\"config:view\"]}]";
    let gate = stored_as(Setup::new().with("roles", roles)).await;
    let admin = gate.login(&ADMIN).await;
    data(&gate, &admin, "POST", ROLES, &role("Field-Tech", &[])).await;
    let (mut names, mut query) = (vec![], "?limit=3".to_owned());
    while let Some(next) = {
        let part = get(&gate, &admin, &format!("{ROLES}{query}")).await;
        names.extend(
            part["items"].as_array().unwrap().iter().map(|role| role["name"].as_str().unwrap().to_owned()),
        );
        part["next"].as_str().map(str::to_owned)
    } {
        query = format!("?limit=3&cursor={next}");
    }
    assert_eq!(
        names,
        ["admin", "administrator", "config-role", "Field-Tech", "manager", "operator", "planner", "viewer"]
    );
    let why = "Role 'config-role' is defined in the configuration; edit it there".to_owned();
    let path = format!("{ROLES}/config-role");
    assert_eq!(told(&gate, &admin, "PUT", &path, &json!({ "rights": [] })).await, (409, why.clone()));
    assert_eq!(told(&gate, &admin, "DELETE", &path, &Value::Null).await, (409, why));
}

#[tokio::test]
async fn built_in_roles_stay_what_they_are_and_names_are_taken_in_every_case() {
    let gate = stored().await;
    let admin = gate.login(&ADMIN).await;
    data(&gate, &admin, "POST", ROLES, &role("tech", &[])).await;
    let why = |name: &str| (409, format!("Role '{name}' is built in and cannot be changed"));
    assert_eq!(told(&gate, &admin, "POST", ROLES, &role("Admin", &[])).await, why("admin"));
    let path = format!("{ROLES}/VIEWER");
    assert_eq!(told(&gate, &admin, "PUT", &path, &json!({ "rights": [] })).await, why("viewer"));
    assert_eq!(told(&gate, &admin, "DELETE", &path, &Value::Null).await, why("viewer"));
    let taken = told(&gate, &admin, "POST", ROLES, &role("TECH", &[])).await;
    assert_eq!(taken, (409, "Role 'tech' exists already".to_owned()));
}

#[tokio::test]
async fn what_is_wrong_with_a_role_is_told_at_once() {
    let gate = stored().await;
    let admin = gate.login(&ADMIN).await;
    let body = json!({ "name": "a b", "rights": ["device:view", "device", 7], "realm": "x" });
    assert_eq!(
        faults(&gate, &admin, "POST", ROLES, &body).await,
        [
            fault("value_error", json!(["body", "name"])),
            fault("value_error", json!(["body", "rights", 1])),
            fault("value_error", json!(["body", "rights", 2])),
            fault("extra_forbidden", json!(["body", "realm"])),
        ]
    );
    let another = faults(&gate, &admin, "PUT", &format!("{ROLES}/tech"), &role("other", &[])).await;
    assert_eq!(another, [fault("value_error", json!(["body", "name"]))]);
    assert_eq!(ask(&gate, &admin, "PUT", &format!("{ROLES}/tech"), &role("tech", &[])).await.status, 404);
}
