//! `portcullis plan`: what a changed configuration would change, told before it is in force.

use std::fs;

use portcullis_tests::cast::{ADMIN, OPERATOR, Person};
use portcullis_tests::command::{Ended, Portcullis};
use portcullis_tests::setup::Setup;
use serde_json::json;

const STRICT: &str = "[{path: '/api/v1/webhooks/**', methods: [POST], require: {role: admin}}]";
const OPEN: &str = "[{path: '/api/v1/webhooks/**', methods: [POST], require: {role: [admin, operator]}}]";

fn people() -> Setup {
    Setup::new().users(&[ADMIN, OPERATOR])
}

/// Compares two configurations, in a folder without secret or state.
fn planned(old: &Setup, new: &Setup, more: &[&str]) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    for (name, setup) in [("old.yaml", old), ("new.yaml", new)] {
        fs::write(folder.path().join(name), setup.text(folder.path())).unwrap();
    }
    let ended =
        Portcullis::with(&[&["plan", "old.yaml", "new.yaml"], more].concat()).within(folder.path()).run();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "something was made");
    ended
}

#[test]
fn who_gains_and_who_loses_is_told_with_a_request_that_shows_it() {
    let (strict, open) = (people().with("routes", STRICT), people().with("routes", OPEN));
    let gained = planned(&strict, &open, &[]);
    assert_eq!((gained.status, gained.error.as_str()), (0, ""), "{gained:?}");
    assert_eq!(
        gained.output,
        "operator may now: POST /api/v1/webhooks (route POST /api/v1/webhooks/**; before: Admin role required)\n\
         role:operator may now: POST /api/v1/webhooks (route POST /api/v1/webhooks/**; before: Admin role required)\n\
         2 gains of 2, no losses\n"
    );
    let lost = planned(&open, &strict, &["--no-gains"]);
    assert_eq!(lost.status, 0, "{lost:?}");
    let line = "operator may no longer: POST /api/v1/webhooks (route POST /api/v1/webhooks/**; after: Admin role required)";
    assert_eq!(lost.output.lines().next(), Some(line));
    assert_eq!(lost.output.lines().last(), Some("no gains, 2 losses of 2"));
}

#[test]
fn no_gains_fails_when_anybody_gains() {
    let (strict, open) = (people().with("routes", STRICT), people().with("routes", OPEN));
    assert_eq!(planned(&strict, &open, &["--no-gains"]).status, 1);
    let same = planned(&open, &open, &["--no-gains"]);
    assert_eq!((same.status, same.output.as_str()), (0, "no gains, no losses\n"), "{same:?}");
    let promoted = Person { rest: "role: admin", ..OPERATOR };
    let promoted = open.clone().users(&[ADMIN, promoted]);
    let ended = planned(&open, &promoted, &["--no-gains"]);
    assert!(ended.status == 1 && ended.output.starts_with("operator may now: "), "{ended:?}");
}

#[test]
fn a_program_reads_one_object() {
    let (strict, open) = (people().with("routes", STRICT), people().with("routes", OPEN));
    let told = planned(&strict, &open, &["--json", "--no-gains"]);
    assert_eq!((told.status, told.error.as_str()), (1, ""), "{told:?}");
    let told = told.json();
    assert_eq!((&told["users_compared"], &told["losses"]), (&json!(true), &json!([])));
    let expected = json!({
        "who": "operator",
        "witness": {"method": "POST", "target": "/api/v1/webhooks", "fields": []},
        "methods": ["POST"],
        "route": "POST /api/v1/webhooks/**",
        "other_route": "POST /api/v1/webhooks/**",
        "realms": {"named": [], "others": false, "unnamed": false},
        "reason": "Admin role required",
    });
    assert_eq!(told["gains"][0], expected);
    assert_eq!(told["gains"][1]["who"], "role:operator");
}

#[test]
fn clients_of_the_configuration_are_compared_also_where_the_users_are_in_a_database() {
    let with = |grants: &str| {
        let client = format!("[{{client_id: Robot, secret_sha256: {}, grants: {grants}}}]", "ab".repeat(32));
        people().with("routes", STRICT).with("clients", &client)
    };
    let (narrow, wide) = (with("[{role: operator}]"), with("[{role: operator}, {role: admin}]"));
    for (narrow, wide) in [(narrow.clone(), wide.clone()), (narrow.in_database(), wide.in_database())] {
        let gained = planned(&narrow, &wide, &["--no-gains"]);
        assert_eq!(gained.status, 1, "{gained:?}");
        let line = "client:Robot may now: POST /api/v1/webhooks (route POST /api/v1/webhooks/**; before: Admin role required)";
        assert!(gained.output.lines().any(|told| told == line), "{gained:?}");
        assert!(
            gained.output.lines().rev().skip(1).all(|told| told.starts_with("client:Robot ")),
            "{gained:?}"
        );
    }
}

#[test]
fn users_of_a_database_are_left_out_and_roles_are_not() {
    let open = people().with("routes", OPEN).in_database();
    for strict in [people().with("routes", STRICT).in_database(), people().with("routes", STRICT)] {
        let ended = planned(&strict, &open, &["--no-gains"]);
        assert_eq!(ended.status, 1, "{ended:?}");
        assert!(ended.error.contains("users and clients in a database are not compared"), "{ended:?}");
        assert!(ended.output.starts_with("role:operator may now: POST /api/v1/webhooks "), "{ended:?}");
        let told = planned(&strict, &open, &["--json"]).json();
        assert_eq!(told["users_compared"], false);
    }
}

#[test]
fn a_configuration_with_a_fault_is_not_compared() {
    let wrong = people().with("routes", "[{path: /a, require: {role: nobody-knows}}]");
    for (old, new, at_fault) in [(&people(), &wrong, "new.yaml"), (&wrong, &people(), "old.yaml")] {
        let ended = planned(old, new, &["--no-gains"]);
        assert_eq!((ended.status, ended.output.as_str()), (2, ""), "{ended:?}");
        assert!(ended.error.contains(at_fault) && ended.error.contains("nobody-knows"), "{ended:?}");
    }
    assert_eq!(Portcullis::with(&["plan", "one.yaml"]).run().status, 2);
}
