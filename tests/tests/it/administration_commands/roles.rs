//! Roles of the store, and those that can't be changed.

use portcullis_tests::ask::Ask;
use portcullis_tests::cast::VIEWER;
use portcullis_tests::setup::Setup;
use serde_json::{Value, json};

use super::{NEW_PASSWORD, Office, wrong_use};

const ROUTES: &str = "[{path: /devices, require: {right: 'device:edit'}}]";

#[tokio::test]
async fn a_role_gives_soon_what_it_is_set_to_give() {
    let office = Office::open_with(Setup::new().with("routes", ROUTES)).await;
    let token = office.gate.login(&VIEWER).await;
    let devices = || Ask::get("/devices").bearer(&token);
    assert_eq!(
        office.done(&["role", "add", "field-tech", "--right", "device:*"]),
        "added field-tech: device:*\n"
    );
    office.done(&["user", "grant", "vera.viewer", "Field-Tech"]);
    office.soon(devices(), 404).await;
    let set = office.done(&["role", "set", "FIELD-TECH", "--right", "device:view", "--right", "config:view"]);
    assert_eq!(set, "FIELD-TECH: device:view, config:view\n");
    office.soon(devices(), 403).await;
    office.done(&["role", "set", "field-tech", "--right", "*:edit"]);
    office.soon(devices(), 404).await;
    office.refused(&["role", "remove", "field-tech"], "Role 'field-tech' is in use");
    office.done(&["user", "revoke", "vera.viewer", "field-tech"]);
    assert_eq!(office.done(&["role", "remove", "field-tech"]), "removed field-tech\n");
    office.soon(devices(), 403).await;
}

#[tokio::test]
async fn a_role_is_listed_with_where_it_is_from() {
    let office =
        Office::open_with(Setup::new().with("roles", "[{name: planner-b, rights: ['job:*']}]")).await;
    office.done(&["role", "add", "field-tech", "--right", "device:*", "--right", "device:*"]);
    let list = office.done(&["role", "list", "--json"]);
    let of = |name: &str| -> Value {
        let line = list.lines().find(|line| line.contains(&format!(r#""name":"{name}""#)));
        serde_json::from_str(line.unwrap_or_else(|| panic!("{name}: {list}"))).unwrap()
    };
    assert_eq!(of("admin"), json!({"name": "admin", "rights": ["*:*"], "from": "built in"}));
    assert_eq!(of("planner-b"), json!({"name": "planner-b", "rights": ["job:*"], "from": "configuration"}));
    assert_eq!(of("field-tech"), json!({"name": "field-tech", "rights": ["device:*"], "from": "store"}));
    assert_eq!(
        office.done(&["role", "show", "Field-tech"]),
        "role    field-tech\nfrom    store\nrights  device:*\n"
    );
    assert!(office.done(&["role", "list"]).contains("\nfield-tech     store          device:*\n"));
}

#[tokio::test]
async fn what_is_built_in_or_configured_or_not_there_is_not_changed() {
    let office =
        Office::open_with(Setup::new().with("roles", "[{name: planner-b, rights: ['job:*']}]")).await;
    let built_in = "Role 'admin' is built in and cannot be changed";
    let configured = "Role 'planner-b' is defined in the configuration; edit it there";
    for (name, words) in [("Admin", built_in), ("planner-b", configured)] {
        office.refused(&["role", "add", name, "--right", "a:b"], words);
        office.refused(&["role", "set", name, "--right", "a:b"], words);
        office.refused(&["role", "remove", name], words);
    }
    office.refused(&["role", "set", "x", "--right", "a:b"], "there is no role `x`");
    office.refused(&["role", "remove", "x"], "there is no role `x`");
    office.refused(&["role", "show", "x"], "there is no role `x`");
    office.done(&["role", "add", "x", "--right", "a:b"]);
    office.refused(&["role", "add", "X", "--right", "a:b"], "Role 'x' exists already");
    for (name, right, part) in [
        ("y", "a", "expected area:action"),
        ("y.", "a:b", "must not end in a dot"),
        ("y z", "a:b", "a role name"),
    ] {
        wrong_use(&office.run(&["role", "add", name, "--right", right]), part);
    }
    wrong_use(&office.run(&["role", "add", "y"]), "--right");
}

#[tokio::test]
async fn whoever_rules_by_a_role_of_the_store_is_the_last_admin_too() {
    let office = Office::open().await;
    office.done(&["role", "add", "ruler", "--right", "users:edit"]);
    assert_eq!(office.add("root", "ruler", NEW_PASSWORD).status, 0);
    office.done(&["user", "remove", "admin"]);
    let last = "The last active admin cannot be";
    let stripped = format!("{last} stripped of users:edit");
    office.refused(&["role", "set", "ruler", "--right", "users:view"], &stripped);
    office.refused(&["user", "deactivate", "root"], &format!("{last} deactivated"));
}
