//! Readers note what is wrong, and go on.

use super::*;

const API: &str = "\
api:
  enabled: maybe
  port: abc
  tokn: {ttl: 1h}
  routes:
    - {path: [/x], require: public}
    - /y
  users: {}
  roles:
";

#[test]
fn all_faults_are_found_in_one_pass_and_come_in_order() {
    let found = faults_at(API, "api", |field, faults| {
        let api = field.map(faults).unwrap();
        api.deny_unknown(&["enabled", "port", "token", "routes", "users", "roles"], faults);
        for route in api.field("routes").unwrap().list(faults) {
            if let Some(route) = route.map(faults) {
                route.require("path", faults).unwrap().scalar(faults);
                route.require("methods", faults);
            }
        }
        api.field("users").unwrap().list(faults);
        api.field("roles").unwrap().list(faults);
        api.field("port").unwrap().parse::<u16>("a port number from 1 to 65535", faults);
        api.field("enabled").unwrap().bool(faults);
        faults.push(api.fault("`tls_cert` and `tls_key` go together"));
    });
    let expected = "\
line 2 column 3: api: `tls_cert` and `tls_key` go together
line 2 column 12: api.enabled: expected true or false, found `maybe`
line 3 column 9: api.port: expected a port number from 1 to 65535, found `abc`
line 4 column 3: api.tokn: unknown key; did you mean `token`?
line 6 column 7: api.routes[0].methods: is missing
line 6 column 14: api.routes[0].path: expected a single value, found a list
line 7 column 7: api.routes[1]: expected a map, found text
line 8 column 10: api.users: expected a list, found a map
line 9 column 8: api.roles: expected a list, found nothing";
    assert_eq!(found, expected);
}

#[test]
fn what_is_right_is_read_without_a_fault() {
    let document = parse("api: {enabled: true, port: 8443, methods: [GET, PUT]}");
    let mut faults = Faults::new();
    let api = document.section("api", &mut faults).unwrap().map(&mut faults).unwrap();
    api.deny_unknown(&["enabled", "port", "methods", "absent"], &mut faults);
    assert_eq!(api.field("enabled").unwrap().bool(&mut faults), Some(true));
    assert_eq!(api.require("port", &mut faults).unwrap().parse("a port", &mut faults), Some(8443_u16));
    let methods = api.field("methods").unwrap().list(&mut faults);
    let methods: Vec<_> = methods.iter().filter_map(|method| method.scalar(&mut faults)).collect();
    assert_eq!(methods, ["GET", "PUT"]);
    assert!(api.field("absent").is_none());
    assert!(faults.is_empty(), "{faults}");
}

#[test]
fn a_value_read_twice_is_noted_once() {
    let found = faults_at("a: x", "a", |field, faults| {
        field.bool(faults);
        field.bool(faults);
    });
    assert_eq!(found, "line 1 column 4: a: expected true or false, found `x`");
}

#[test]
fn a_quoted_value_is_shown_with_its_quotes() {
    let found = faults_at("a: 'true'", "a", |field, faults| {
        field.bool(faults);
    });
    assert_eq!(found, "line 1 column 4: a: expected true or false, found `\"true\"`");
}

#[test]
fn a_shown_value_stays_on_one_line_and_is_cut() {
    let text = format!("a: \"\\e[31m\\n{}\"", "x".repeat(1000));
    let found = faults_at(&text, "a", |field, faults| {
        field.parse::<u16>("a number", faults);
    });
    assert!(found.contains("found `\"\\u{1b}[31m\\nxxx") && found.ends_with("…\"`"), "{found}");
    assert!(found.len() < 200 && !found.contains(['\n', '\u{1b}']), "{found}");
}

#[test]
fn the_value_of_a_key_that_names_a_secret_is_never_shown() {
    for key in ["password", "password_hash", "Password-Hash", "secret", "secret_sha256", "client_secret"] {
        let found = faults_at(&format!("{key}: hunter2"), key, |field, faults| {
            field.parse::<u16>("a bcrypt hash", faults);
            field.bool(faults);
            field.list(faults);
            field.map(faults);
        });
        assert!(found.contains("expected a bcrypt hash, found something else"), "{found}");
        assert!(!found.contains("hunter2"), "{found}");
    }
}

#[test]
fn a_value_below_a_secret_is_never_shown() {
    let found = faults_at("secrets: [{key: hunter2}]", "secrets.0.key", |field, faults| {
        field.parse::<u16>("a number", faults);
    });
    assert_eq!(found, "line 1 column 17: secrets[0].key: expected a number, found something else");
}

#[test]
fn a_reader_can_call_a_value_secret() {
    let found = faults_at("user_store: postgres://u:hunter2@db", "user_store", |field, faults| {
        field.clone().secret().parse::<u16>("a store", faults);
    });
    assert_eq!(found, "line 1 column 13: user_store: expected a store, found something else");
}

#[test]
fn a_secret_is_not_shown_when_it_is_taken_for_a_tag_an_alias_or_a_key() {
    assert!(!refusal("password: *hunter2\n").contains("hunter2"));
    let found = faults_at("{a: {password: !hunter2}, b: {password:hunter2}}", "", |field, faults| {
        let map = field.map(faults).unwrap();
        map.field("a").unwrap().map(faults).unwrap().field("password").unwrap().scalar(faults);
        map.field("b").unwrap().map(faults).unwrap().deny_unknown(&["password"], faults);
    });
    let expected = "\
line 1 column 16: a.password: this tag is not understood; text that begins with `!` needs quotes
line 1 column 31: b.\"password…\": unknown key";
    assert_eq!(found, expected);
}

#[test]
fn text_in_the_place_of_a_list_or_map_is_not_shown() {
    let found = faults_at("users: admin:hunter2", "users", |field, faults| {
        field.list(faults);
        field.map(faults);
    });
    let expected = "line 1 column 8: users: expected a list, found text\n\
                    line 1 column 8: users: expected a map, found text";
    assert_eq!(found, expected);
}

#[test]
fn a_caller_adds_faults_of_its_own() {
    let document = parse("api: {users: [{username: a}, {username: A}]}");
    let second = at(&document, "api.users.1.username");
    assert_eq!(second.path(), "api.users[1].username");
    assert_eq!(
        second.fault("this name is taken").to_string(),
        "line 1 column 41: api.users[1].username: this name is taken"
    );
}
