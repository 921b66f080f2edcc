//! What users of the file may say, and what is told of those that say anything else.

use portcullis_core::domain::grant::Grant;
use portcullis_core::domain::right::RightPattern;
use portcullis_core::domain::role::{Role, RoleName};

use super::*;
use crate::document::Document;

const TAIL: &str = "abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ./012";
const OTHER_TAIL: &str = "bbcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ./012";

fn roles() -> RoleBook {
    let mut roles = RoleBook::built_in();
    let rights = vec![RightPattern::parse("device:*").unwrap()];
    roles.add(Role { name: RoleName::parse("field-tech").unwrap(), rights }).unwrap();
    roles
}

/// The text with `HASH` replaced by a good one, read as the value of `users`.
fn read(text: &str) -> (Vec<Credentials>, String) {
    let text = text.replace("HASH", &format!("\"$2b$12${TAIL}\""));
    let document = Document::parse(&text).unwrap();
    let mut faults = Faults::new();
    let field = document.section("users", &mut faults).unwrap();
    let users = read_users(&field, &roles(), &mut faults);
    (users, faults.to_string())
}

fn users(text: &str) -> Vec<Credentials> {
    let (users, faults) = read(text);
    assert_eq!(faults, "", "{text}");
    users
}

fn faults(text: &str) -> String {
    read(text).1
}

/// What the single user of this text holds, as `role` or `role@realm`.
fn held(rest: &str) -> Vec<String> {
    let users = users(&format!("users: [{{username: u, password_hash: HASH, {rest}}}]"));
    let said = |grant: &Grant| match grant.scope.realm() {
        None => grant.role.to_string(),
        Some(realm) => format!("{}@{realm}", grant.role),
    };
    users[0].user.grants.iter().map(said).collect()
}

/// What is wrong with a user `u` of which the rest of the keys is this; the columns count from the first of them.
fn wrong(rest: &str) -> String {
    faults(&format!("users:\n- username: u\n  password_hash: HASH\n  {rest}\n"))
}

#[test]
fn the_bng_s_own_users_are_read() {
    let read = users(
        "users:\n  - username: admin\n    password_hash: HASH\n    role: admin\n  \
         - username: Operator\n    password_hash: HASH\n    role: operator\n",
    );
    let names: Vec<_> = read.iter().map(|credentials| credentials.user.name.as_str()).collect();
    assert_eq!(names, ["admin", "Operator"]);
    assert!(read.iter().all(|credentials| credentials.user.is_welcome()));
    assert_eq!(read[0].hash.expose(), format!("$2b$12${TAIL}"));
}

#[test]
fn roles_are_given_in_one_of_three_forms() {
    assert_eq!(held("role: Admin"), ["Admin"]);
    assert_eq!(held("roles: [viewer, field-tech]"), ["viewer", "field-tech"]);
    assert_eq!(held("roles: []"), [""; 0]);
    assert_eq!(
        held(
            "grants: [{role: field-tech, realm: pop-syd}, {role: field-tech, realm: pop-mel}, {role: viewer}]"
        ),
        ["field-tech@pop-syd", "field-tech@pop-mel", "viewer"]
    );
}

#[test]
fn exactly_one_of_the_forms_stands_there() {
    assert_eq!(
        wrong("active: true"),
        "line 2 column 3: users[0]: user `u`: `role`, `roles` or `grants` is missing; \
         somebody without any role has `roles: []`"
    );
    for both in ["role: admin\n  roles: []", "roles: []\n  grants: []", "role: admin\n  grants: []"] {
        assert_eq!(
            wrong(both),
            "line 2 column 3: users[0]: user `u`: only one of `role`, `roles` and `grants` can stand here"
        );
    }
}

#[test]
fn a_user_may_be_inactive_or_kept_from_the_api() {
    let read = |rest: &str| {
        let user =
            &users(&format!("users: [{{username: u, password_hash: HASH, role: admin{rest}}}]"))[0].user;
        (user.active, user.api_login)
    };
    assert_eq!(read(""), (true, true));
    assert_eq!(read(", active: false"), (false, true));
    assert_eq!(read(", api_login: false"), (true, false));
    assert_eq!(
        wrong("role: admin\n  active: no"),
        "line 5 column 11: users[0].active: user `u`: expected true or false, found `no`"
    );
}

#[test]
fn an_unknown_role_names_the_user_and_the_nearest_role() {
    assert_eq!(
        wrong("role: amdin"),
        "line 4 column 9: users[0].role: user `u`: unknown role `amdin`; did you mean `admin`?"
    );
    assert_eq!(
        wrong("roles: [admin, field-tec]"),
        "line 4 column 18: users[0].roles[1]: user `u`: unknown role `field-tec`; did you mean `field-tech`?"
    );
    assert_eq!(
        wrong("grants: [{role: opperator, realm: x}]"),
        "line 4 column 19: users[0].grants[0].role: user `u`: unknown role `opperator`; did you mean `operator`?"
    );
}

#[test]
fn a_role_is_granted_once_in_each_place() {
    assert_eq!(
        wrong("roles: [admin, Admin]"),
        "line 4 column 18: users[0].roles[1]: user `u`: is there twice"
    );
    assert_eq!(
        wrong("grants: [{role: admin, realm: x}, {role: admin, realm: X}]"),
        "line 4 column 37: users[0].grants[1]: user `u`: is there twice"
    );
}

#[test]
fn a_grant_whose_realm_cannot_be_read_is_no_grant_for_everywhere() {
    for realm in ["~", "\"\"", "[a]", "\" x\""] {
        let (users, faults) = read(&format!(
            "users: [{{username: u, password_hash: HASH, grants: [{{role: admin, realm: {realm}}}]}}]"
        ));
        assert!(faults.contains("users[0].grants[0].realm: user `u`: "), "{faults}");
        assert!(users[0].user.grants.is_empty(), "{realm}");
    }
}

#[test]
fn unknown_keys_of_users_and_grants_are_faults() {
    assert_eq!(
        wrong("role: admin\n  actve: true"),
        "line 5 column 3: users[0].actve: user `u`: unknown key; did you mean `active`?"
    );
    assert_eq!(
        wrong("grants: [{role: admin, relm: x}]"),
        "line 4 column 26: users[0].grants[0].relm: user `u`: unknown key; did you mean `realm`?"
    );
}

#[test]
fn name_and_hash_must_be_there() {
    assert_eq!(
        faults("users: [{role: admin, password_hash: HASH}]"),
        "line 1 column 9: users[0].username: is missing"
    );
    assert_eq!(
        faults("users: [{role: admin, username: u}]"),
        "line 1 column 9: users[0].password_hash: user `u`: is missing"
    );
}

#[test]
fn a_name_that_is_none_is_shown_harmlessly() {
    assert_eq!(
        faults("users: [{role: admin, username: \"a b\\e\", password_hash: HASH}]"),
        "line 1 column 33: users[0].username: a user name must be 1 to 64 characters of A-Z a-z 0-9 . _ - @ +, \
         found `a b\\u{1b}`"
    );
}

#[test]
fn names_that_are_taken_name_both_places() {
    let two = |second: &str| {
        faults(&format!(
            "users:\n- {{username: admin, password_hash: HASH, role: admin}}\n\
             - {{role: admin, password_hash: HASH, username: {second}}}\n"
        ))
    };
    let place = "line 3 column 106: users[1].username: ";
    assert_eq!(
        two("Admin"),
        format!(
            "{place}user `Admin`: the name is taken by `admin` in line 2 column 14, which differs only in case"
        )
    );
    assert_eq!(
        two("admin"),
        format!("{place}user `admin`: the name is taken by `admin` in line 2 column 14")
    );
    assert_eq!(two("admin2"), "");
}

#[test]
fn a_hash_that_is_none_is_told_without_being_shown() {
    let secret = "hunter2hunter2";
    for (hash, expected) in [
        (secret.to_owned(), "expected a bcrypt hash that begins with $2a$, $2b$ or $2y$"),
        (format!("$2b$16${TAIL}"), "expected a bcrypt cost of 04 to 15"),
        (
            format!("$2b$12${secret}"),
            "expected a bcrypt hash of 60 characters: 7 of prefix and cost, 22 of salt, 31 of hash",
        ),
    ] {
        let said = faults(&format!("users:\n- username: u\n  password_hash: {hash}\n  role: admin\n"));
        assert_eq!(said, format!("line 3 column 18: users[0].password_hash: user `u`: {expected}"));
    }
    for hash in [format!("[{secret}]"), format!("{{{secret}: {secret}}}"), "~".to_owned()] {
        let said = faults(&format!("users:\n- username: u\n  password_hash: {hash}\n  role: admin\n"));
        assert!(said.starts_with("line 3 column 18: users[0].password_hash: user `u`: expected"), "{said}");
        assert!(!said.contains(secret), "{said}");
    }
}

#[test]
fn all_faults_of_all_users_come_at_once() {
    let said = faults(
        "users:\n- username: a\n  password_hash: x\n  role: boss\n- username: b\n  password_hash: y\n  active: 1\n- c\n",
    );
    assert_eq!(said.lines().count(), 6, "{said}");
}

#[test]
fn users_are_a_list_of_maps() {
    assert_eq!(faults("users: {a: b}"), "line 1 column 8: users: expected a list, found a map");
    assert_eq!(faults("users:"), "line 1 column 6: users: expected a list, found nothing");
    assert_eq!(faults("users: [[]]"), "line 1 column 9: users[0]: expected a map, found a list");
    assert!(users("users: []").is_empty());
}

fn stamp_of(user: &str) -> Stamp {
    users(&format!("users: [{user}]"))[0].user.stamp
}

#[test]
fn a_stamp_follows_from_name_and_hash_alone() {
    let stamp = stamp_of("{username: u, password_hash: HASH, role: admin}");
    for same in [
        "{username: u, password_hash: HASH, roles: [viewer], active: false}",
        "{username: U, password_hash: HASH, roles: [], api_login: false}",
    ] {
        assert_eq!(stamp_of(same), stamp, "{same}");
    }
    assert_ne!(stamp_of("{username: v, password_hash: HASH, role: admin}"), stamp);
    assert_ne!(stamp_of(&format!("{{username: u, password_hash: $2b$12${OTHER_TAIL}, role: admin}}")), stamp);
    assert_ne!(stamp_of(&format!("{{username: u, password_hash: $2b$11${TAIL}, role: admin}}")), stamp);
}

#[test]
fn a_stamp_is_the_same_in_every_version() {
    let stamp = stamp_of("{username: u, password_hash: HASH, role: admin}");
    assert_eq!(stamp.to_string(), "0724c151fd41e787");
}
