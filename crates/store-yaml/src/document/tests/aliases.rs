//! Anchors and aliases.

use std::sync::Arc;

use super::*;
use crate::document::tree::{Map, Value};

#[test]
fn an_alias_stands_for_its_anchor() {
    let text = "base: &b {x: 1, y: [2]}\ncopy: *b\nname: &n api\n*n : here\n";
    assert_eq!(text_at(text, "copy.x"), "1");
    assert_eq!(text_at(text, "copy.y.0"), "2");
    assert_eq!(text_at(text, "api"), "here");
}

#[test]
fn a_copy_stands_where_its_alias_stands_and_its_inside_where_it_is_written() {
    let document = parse("base: &b\n  x: 1\ncopy: *b\n");
    assert_eq!(at(&document, "copy").at().to_string(), "line 3 column 7");
    assert_eq!(at(&document, "copy.x").at().to_string(), "line 2 column 6");
    assert_eq!(at(&document, "base").at().to_string(), "line 2 column 3");
}

#[test]
fn a_copy_shares_what_it_copies() {
    let document = parse("base: &b {x: 1}\ncopy: *b\n");
    let shares = |members: &Map| Arc::ptr_eq(&members["base"].node.body, &members["copy"].node.body);
    assert!(matches!(&document.root.body.value, Value::Map(members) if shares(members)));
}

#[test]
fn an_anchor_that_is_defined_again_counts_from_there() {
    let text = "a: &x 1\nb: *x\nc: &x 2\nd: *x\n";
    assert_eq!(text_at(text, "b"), "1");
    assert_eq!(text_at(text, "d"), "2");
}

#[test]
fn an_alias_without_an_anchor_is_refused() {
    assert_eq!(
        refusal("a: 1\nb: *x\n"),
        "line 2 column 4: not YAML: while parsing node, found unknown anchor"
    );
    assert!(refusal("a: *x\nb: &x 1\n").starts_with("line 1 column 4: "));
}

#[test]
fn an_alias_inside_its_own_anchor_is_refused() {
    let message = "an alias must not stand inside its own anchor";
    assert_eq!(refusal("a: &x [*x]\n"), format!("line 1 column 8: {message}"));
    assert_eq!(refusal("&x a: {b: &y {<<: *y}}\n"), format!("line 1 column 19: {message}"));
    assert_eq!(refusal("a: &x 1\nb: &x {*x : 1}\n"), format!("line 2 column 8: {message}"));
}
