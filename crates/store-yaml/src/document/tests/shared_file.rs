//! The file belongs to other programs too: what they hold is tolerated, what we read is not.

use super::*;

const TAG: &str = "this tag is not understood; text that begins with `!` needs quotes";

/// Everything outside `api` would be a fault inside it.
const SHARED: &str = "\
radius: &r {secret: a, secret: b}
radius: !include radius.yaml
? [a, list]
: as key
? {a: map}
: as key
null: as key
!own key: !own {x: !own 1, <<: nonsense}
<<: nonsense
api:
  port: 8443
bgp:
  - !vault |
      3132
  - *r
";

#[test]
fn other_sections_may_hold_anything() {
    let document = parse(SHARED);
    let mut faults = Faults::new();
    let api = document.section("api", &mut faults).unwrap().map(&mut faults).unwrap();
    assert_eq!(api.require("port", &mut faults).unwrap().parse("a port", &mut faults), Some(8443_u16));
    assert!(faults.is_empty(), "{faults}");
}

#[test]
fn a_section_that_stands_twice_is_a_fault_of_that_section_only() {
    let document = parse("bgp: 1\napi: {}\nbgp: 2\napi: {}\n");
    let mut faults = Faults::new();
    assert!(document.section("api", &mut faults).is_some());
    assert_eq!(faults.to_string(), "line 4 column 1: api: given twice; first in line 2 column 1");
}

#[test]
fn a_file_without_the_section_is_no_fault_of_the_document() {
    for text in ["", "bgp: 1\n", "---\n"] {
        let mut faults = Faults::new();
        assert!(parse(text).section("api", &mut faults).is_none(), "{text:?}");
        assert!(faults.is_empty(), "{faults}");
    }
}

#[test]
fn a_file_that_is_no_map_is_a_fault() {
    let mut faults = Faults::new();
    assert!(parse("- api\n").section("api", &mut faults).is_none());
    assert!(parse("api\n").section("api", &mut faults).is_none());
    let expected =
        "line 1 column 1: expected a map, found a list\nline 1 column 1: expected a map, found text";
    assert_eq!(faults.to_string(), expected);
}

#[test]
fn a_key_that_stands_twice_is_a_fault_that_names_both_places() {
    let text = "api:\n  port: 1\n  listen: x\n  \"port\": 2\n  port: 3\n";
    let found = faults_at(text, "api", |field, faults| {
        let api = field.map(faults).unwrap();
        assert_eq!(api.field("port").unwrap().scalar(faults), Some("1"));
    });
    let expected = "line 4 column 3: api.port: given twice; first in line 2 column 3\n\
                    line 5 column 3: api.port: given twice; first in line 2 column 3";
    assert_eq!(found, expected);
}

#[test]
fn flaws_deeper_than_what_is_read_are_tolerated() {
    let text = "api: {port: 1, other: {a: 1, a: 2}}";
    let found = faults_at(text, "api", |field, faults| {
        field.map(faults).unwrap().field("port").unwrap().scalar(faults);
    });
    assert_eq!(found, "");
}

#[test]
fn a_key_that_is_no_text_is_a_fault_of_its_map() {
    let found = faults_at("api:\n  [a]: 1\n  {b: c}: 2\n  ~: 3\n  : 4\n  d: 5\n", "api", |field, faults| {
        assert_eq!(field.map(faults).unwrap().field("d").unwrap().scalar(faults), Some("5"));
    });
    let expected = "line 2 column 3: api: a key must be text\n\
                    line 3 column 3: api: a key must be text\n\
                    line 4 column 3: api: a key must be text\n\
                    line 5 column 3: api: a key must be text";
    assert_eq!(found, expected);
}

#[test]
fn a_value_with_a_tag_of_another_program_is_one_fault_and_not_read() {
    let text =
        "api: {port: !env PORT, users: !include u.yaml, <<: !own {tls: on}, list: !own [a], !k key: 1}";
    let found = faults_at(text, "api", |field, faults| {
        let api = field.map(faults).unwrap();
        assert_eq!(api.field("port").unwrap().parse::<u16>("a port", faults), None);
        assert_eq!(api.field("port").unwrap().scalar(faults), None);
        assert!(api.field("users").unwrap().list(faults).is_empty());
        api.field("list").unwrap().list(faults);
    });
    let expected = format!(
        "line 1 column 13: api.port: {TAG}\n\
                    line 1 column 31: api.users: {TAG}\n\
                    line 1 column 52: api: {TAG}\n\
                    line 1 column 74: api.list: {TAG}\n\
                    line 1 column 84: api: {TAG}"
    );
    assert_eq!(found, expected);
}

#[test]
fn tags_of_the_core_schema_are_understood() {
    let text = "api: !!map {port: !!int 8443, name: !!str 1, on: !!bool true, list: !!seq [a]}";
    let found = faults_at(text, "api", |field, faults| {
        let api = field.map(faults).unwrap();
        assert_eq!(api.field("port").unwrap().parse("a port", faults), Some(8443_u16));
        assert_eq!(api.field("name").unwrap().scalar(faults), Some("1"));
        assert_eq!(api.field("on").unwrap().bool(faults), Some(true));
        assert_eq!(api.field("list").unwrap().list(faults).len(), 1);
    });
    assert_eq!(found, "");
}
