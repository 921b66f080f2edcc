//! What values are taken for.

use super::*;
use crate::document::Kind;

fn kind(text: &str) -> Kind {
    parse(text).root().kind()
}

#[test]
fn an_empty_file_holds_null() {
    for text in ["", "\n\n", "# only a comment\n", "---\n", "\u{feff}", "   \n"] {
        assert_eq!(kind(text), Kind::Null, "{text:?}");
    }
}

#[test]
fn plain_null_in_each_spelling_is_null() {
    for text in ["a: ~", "a: null", "a: Null", "a: NULL", "a:", "a: &anchor", "a: !!null null"] {
        assert_eq!(at(&parse(text), "a").kind(), Kind::Null, "{text:?}");
    }
}

#[test]
fn other_spellings_and_quoted_null_are_text() {
    for (text, expected) in [
        ("a: nULL", "nULL"),
        ("a: \"null\"", "null"),
        ("a: '~'", "~"),
        ("a: ''", ""),
        ("a: !!str null", "null"),
        ("a: ! null", "null"),
        ("a: !!str", ""),
        ("a: >-\n  null\n", "null"),
    ] {
        assert_eq!(text_at(text, "a"), expected, "{text:?}");
    }
}

#[test]
fn text_stays_as_it_is_written() {
    for (text, expected) in [
        ("a: 08443", "08443"),
        ("a: 1_000", "1_000"),
        ("a: 1e3", "1e3"),
        ("a: yes", "yes"),
        ("a: 2001-01-01", "2001-01-01"),
        ("a: \"tab\\tand \\u00e9\"", "tab\tand é"),
        ("a: 'it''s'", "it's"),
        ("a: |\n  two\n  lines\n", "two\nlines\n"),
        ("a: http://127.0.0.1:8000", "http://127.0.0.1:8000"),
    ] {
        assert_eq!(text_at(text, "a"), expected, "{text:?}");
    }
}

#[test]
fn lists_and_maps_are_told_apart() {
    assert_eq!(kind("[]"), Kind::List);
    assert_eq!(kind("- a"), Kind::List);
    assert_eq!(kind("{}"), Kind::Map);
    assert_eq!(kind("a: 1"), Kind::Map);
    assert_eq!(kind("a"), Kind::Scalar);
}

#[test]
fn bool_takes_the_core_spellings_only() {
    let bool_of = |text: &str| at(&parse(text), "a").bool(&mut Faults::new());
    for text in ["a: true", "a: True", "a: TRUE", "a: !!bool true"] {
        assert_eq!(bool_of(text), Some(true), "{text:?}");
    }
    for text in ["a: false", "a: False", "a: FALSE"] {
        assert_eq!(bool_of(text), Some(false), "{text:?}");
    }
    for text in
        ["a: yes", "a: on", "a: tRUE", "a: 1", "a: 'true'", "a: 'false'", "a: !!str true", "a:", "a: [true]"]
    {
        assert_eq!(bool_of(text), None, "{text:?}");
    }
}

#[test]
fn debug_output_holds_no_text_of_the_file() {
    let shown = format!("{:?}", parse("api: {password_hash: \"$2b$12$abc\", list: [hidden]}"));
    assert!(!shown.contains("$2b$") && !shown.contains("hidden"), "{shown}");
}
