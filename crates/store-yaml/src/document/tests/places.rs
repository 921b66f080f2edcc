//! Where values and keys stand.

use super::*;

fn place(text: &str, path: &str) -> (u32, u32) {
    let position = at(&parse(text), path).at();
    (position.line, position.column)
}

fn place_of_key(text: &str, path: &str) -> String {
    faults_at(text, path, |field, faults| field.map(faults).unwrap().deny_unknown(&[], faults))
}

#[test]
fn block_style_is_placed_exactly() {
    let text = "api:\n  port: 8443\n  users:\n    - username: admin\n      role:   admin\n";
    assert_eq!(place(text, ""), (1, 1));
    assert_eq!(place(text, "api"), (2, 3));
    assert_eq!(place(text, "api.port"), (2, 9));
    assert_eq!(place(text, "api.users"), (4, 5));
    assert_eq!(place(text, "api.users.0"), (4, 7));
    assert_eq!(place(text, "api.users.0.username"), (4, 17));
    assert_eq!(place(text, "api.users.0.role"), (5, 15));
}

#[test]
fn flow_style_is_placed_exactly() {
    let text = "routes:\n  - {path: \"/x\", methods: [GET, 'PUT'],\n     require: public}\n";
    assert_eq!(place(text, "routes.0"), (2, 5));
    assert_eq!(place(text, "routes.0.path"), (2, 12));
    assert_eq!(place(text, "routes.0.methods"), (2, 27));
    assert_eq!(place(text, "routes.0.methods.0"), (2, 28));
    assert_eq!(place(text, "routes.0.methods.1"), (2, 33));
    assert_eq!(place(text, "routes.0.require"), (3, 15));
}

#[test]
fn columns_count_characters_not_bytes() {
    let text = "größe: {東京: \"é\", port: 𝄞}\n";
    assert_eq!(place(text, "größe.東京"), (1, 13));
    assert_eq!(place(text, "größe.port"), (1, 24));
}

#[test]
fn keys_are_placed_exactly() {
    assert_eq!(place_of_key("a:\n  bad: 1\n", "a"), "line 2 column 3: a.bad: unknown key");
    assert_eq!(place_of_key("é: {ö: 1}\n", "é"), "line 1 column 5: é.ö: unknown key");
    assert_eq!(place_of_key("\"quoted\" : 1\n", ""), "line 1 column 1: quoted: unknown key");
    assert_eq!(place_of_key("? explicit\n: 1\n", ""), "line 1 column 3: explicit: unknown key");
}

#[test]
fn windows_line_endings_do_not_shift_places() {
    let text = "api:\r\n  listen: x\r\n  port: 8443\r\n";
    assert_eq!(place(text, "api.listen"), (2, 11));
    assert_eq!(place(text, "api.port"), (3, 9));
    assert_eq!(text_at(text, "api.listen"), "x");
}

#[test]
fn a_byte_order_mark_does_not_shift_places() {
    assert_eq!(place("\u{feff}port: 1\n", "port"), (1, 7));
    assert_eq!(place("\u{feff}# comment\nport: 1\n", "port"), (2, 7));
}

#[test]
fn comments_and_blank_lines_are_counted() {
    assert_eq!(place("# one\n\n# three\napi: # four\n\n  port: 1\n", "api.port"), (6, 9));
}

#[test]
fn a_value_that_is_not_there_is_placed_behind_its_key() {
    assert_eq!(place("a:\n\n\nb: 1\n", "a"), (1, 2));
    assert_eq!(place("{a: , b: 1}", "a"), (1, 3));
}

#[test]
fn a_list_as_deep_as_its_key_begins_at_its_dash() {
    assert_eq!(place("users:\n- a\n- b\n", "users"), (2, 1));
    assert_eq!(place("users:\n-   # - comment\n  a\n", "users"), (2, 1));
    assert_eq!(place("x:\n  users:\n  - - a\n", "x.users"), (3, 3));
    assert_eq!(place("x:\n  users:\n  - - a\n", "x.users.0"), (3, 5));
    assert_eq!(place("x:\n- users:\r\n  - -1\n", "x.0.users"), (3, 3));
    assert_eq!(place("x:\n- users:\r\n  - -1\n", "x.0.users.0"), (3, 5));
}

#[test]
fn a_list_that_follows_its_colon_begins_at_its_dash() {
    assert_eq!(place("? users\n: - a\n", "users"), (2, 3));
    assert_eq!(place("- : 1\n  ? k\n  : - a\n", "0.k"), (3, 5));
}

#[test]
fn an_anchored_or_tagged_value_begins_behind_its_anchor_or_tag() {
    assert_eq!(place("a: &x !!str v\n", "a"), (1, 13));
}
