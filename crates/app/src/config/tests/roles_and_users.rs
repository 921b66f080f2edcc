use portcullis_core::domain::right::Right;
use portcullis_core::domain::role::RoleName;

use super::*;

const HASH: &str = "$2b$12$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ./012";

#[test]
fn roles_are_added_to_the_built_in_ones() {
    let roles = config(
        "api: {roles: [{name: field-tech, rights: ['device:*', 'config:view']}, {name: idle, rights: []}]}",
    )
    .roles;
    let tech = roles.get(&RoleName::parse("Field-Tech").unwrap()).unwrap();
    assert!(tech.rights.iter().any(|right| right.holds(&Right::parse("device:add").unwrap())));
    assert_eq!(roles.names().count(), 8);
}

#[test]
fn what_is_wrong_with_a_role_is_told_at_its_place() {
    for (roles, expected) in [
        ("{a: b}", "2:10: api.roles: expected a list, found a map"),
        ("[tech]", "2:11: api.roles[0]: expected a map, found text"),
        ("[{rights: []}]", "2:11: api.roles[0].name: is missing"),
        ("[{name: tech}]", "2:11: api.roles[0].rights: is missing"),
        (
            "[{name: tech, rights: [], right: x}]",
            "2:36: api.roles[0].right: unknown key; did you mean `rights`?",
        ),
        (
            "[{name: a b, rights: []}]",
            "2:18: api.roles[0].name: a role name must be 1 to 64 characters of A-Z a-z 0-9 . _ -, found `a b`",
        ),
        (
            "[{name: Admin, rights: []}]",
            "2:18: api.roles[0].name: the built-in role `Admin` can't be redefined",
        ),
        (
            "[{name: a, rights: []}, {name: A, rights: []}]",
            "2:41: api.roles[1].name: there is another role `A`; role names compare without case; \
             the first is in line 2 column 18",
        ),
        (
            "[{name: a, rights: ['x:*', x]}]",
            "2:37: api.roles[0].rights[1]: expected area:action, each half of letters, digits, '-', '_' or '.', or *, \
             found `x`",
        ),
    ] {
        assert_eq!(faults(&api(&format!("roles: {roles}"))), format!("bng.yaml:{expected}"));
    }
}

#[test]
fn users_hold_roles_of_the_file_and_built_in_ones() {
    let user = |role: &str| {
        format!(
            "api: {{roles: [{{name: tech, rights: ['a:b']}}], users: [{{username: jo, password_hash: {HASH}, role: {role}}}]}}"
        )
    };
    assert_eq!(number_of_users(&config(&user("tech"))), 1);
    assert_eq!(number_of_users(&config(&user("admin"))), 1);
    assert_eq!(
        faults(&user("teck")),
        "bng.yaml:1:153: api.users[0].role: user `jo`: unknown role `teck`; did you mean `tech`?"
    );
}

#[test]
fn a_role_with_a_wrong_right_is_one_fault_and_not_an_unknown_role_too() {
    let text = format!(
        "api: {{roles: [{{name: tech, rights: [x]}}], users: [{{username: jo, password_hash: {HASH}, role: tech}}]}}"
    );
    assert_eq!(faults(&text).lines().count(), 1);
}

#[test]
fn a_database_may_stand_in_the_place_of_users() {
    for (text, path) in [("sqlite:users.db", "users.db"), ("sqlite:/var/lib/u.db", "/var/lib/u.db")] {
        let read = config(&format!("api: {{user_store: '{text}'}}"));
        assert_eq!(read.users.store(), Some(std::path::Path::new(path)));
        assert!(!read.users.is_empty() && read.logins.renew_hashes_to.is_some());
    }
    let from_file = config("api: {user_store: ~, users: []}");
    assert!(from_file.users.store().is_none() && from_file.logins.renew_hashes_to.is_none());
}

#[test]
fn a_store_that_is_none_of_ours_or_beside_users_is_a_fault_that_shows_no_password() {
    assert_eq!(
        faults("api: {user_store: 'postgres://u:hunter2@db/x'}"),
        "bng.yaml:1:19: api.user_store: PostgreSQL is not supported in this version; use sqlite:<path>"
    );
    for wrong in ["sqlite:", "sqlite::memory:", "sqlite://users.db", "sqlite:users.db?mode=ro", "sqlite:a/"] {
        let fault = faults(&format!("api: {{user_store: '{wrong}'}}"));
        assert!(fault.ends_with("expected sqlite:<path> with the path of a file"), "{wrong}: {fault}");
    }
    for wrong in ["users.db", "mysql://u:hunter2@db/x", "SQLITE:users.db"] {
        let fault = faults(&format!("api: {{user_store: '{wrong}'}}"));
        assert!(fault.ends_with("expected sqlite:<path>") && !fault.contains("hunter2"), "{wrong}: {fault}");
    }
    assert_eq!(
        faults("api: {user_store: sqlite:users.db, users: []}"),
        "bng.yaml:1:19: api.user_store: can't stand beside `users`"
    );
    assert_eq!(
        faults_with("api: {users: []}", &[("PORTCULLIS_USER_STORE", "sqlite:users.db")]),
        "PORTCULLIS_USER_STORE: can't stand beside `users`"
    );
}

#[test]
fn no_fault_shows_a_hash() {
    let text = format!(
        "api: {{users: [{{username: jo, password_hash: \"{HASH}x\", role: x, pasword_hash: \"{HASH}\"}}]}}"
    );
    let said = faults(&text);
    assert_eq!(said.lines().count(), 3, "{said}");
    assert!(!said.contains("abcdefgh"), "{said}");
}
