//! What is not one YAML document.

use super::*;

#[test]
fn a_second_document_is_refused() {
    let message = "the file holds more than one YAML document";
    assert_eq!(refusal("a: 1\n---\nb: 2\n"), format!("line 2 column 1: {message}"));
    assert_eq!(refusal("a: 1\n...\nb: 2\n"), format!("line 3 column 1: {message}"));
    assert_eq!(refusal("---\n---\n"), format!("line 2 column 1: {message}"));
}

#[test]
fn one_document_between_its_markers_is_accepted() {
    assert_eq!(text_at("%YAML 1.2\n---\na: 1\n...\n", "a"), "1");
    assert_eq!(text_at("---\na: 1\n...\n# the end\n", "a"), "1");
}

#[test]
fn a_syntax_error_has_its_place() {
    for (text, expected) in [
        ("a: b: c\n", "line 1 column 5: not YAML: mapping values are not allowed in this context"),
        ("a: 1\nb: 'open", "line 2 column 4: not YAML: unclosed quote"),
        ("é: \"\u{7f}\"\n", "line 1 column 5: not YAML: unexpected character: `\\u{7f}'"),
        ("a: [1\n", "line 1 column 4: not YAML: unclosed bracket '['"),
        ("%YAML 1.2\n", "line 2 column 1: not YAML: did not find expected <document start>"),
    ] {
        assert_eq!(refusal(text), expected, "{text:?}");
    }
}

#[test]
fn nothing_behind_a_nul_is_overlooked() {
    for text in ["a: 1\n\0b: 2\n", "a: x\0y\n", "# c\0\na: 1\n", "a: 1\0"] {
        assert!(refusal(text).contains("unexpected character"), "{text:?}");
    }
}
