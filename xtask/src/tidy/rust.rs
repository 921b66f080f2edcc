//! What a Rust source file looks like.

use super::finding::{Finding, in_each_line, numbered};
use super::tree::has_extension;

/// The longest source file, in lines.
const LONGEST: usize = 400;
/// The longest file of tests, in lines: a table of cases is long and still easy to read.
const LONGEST_TESTS: usize = 800;

/// What must not be left in a source file. Written in pieces, so that this file does not find itself.
const UNDONE: &[&str] = &[
    concat!("to", "do!"),
    concat!("unimple", "mented!"),
    concat!("db", "g!"),
    concat!("#[ig", "nore"),
    concat!("#[should_", "panic"),
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
];

const ALLOW: [&str; 2] = [concat!("#[al", "low("), concat!("#![al", "low(")];
const EXPECT: [&str; 2] = [concat!("#[ex", "pect("), concat!("#![ex", "pect(")];

/// A file begins by saying what it is and why. Tests say it with their names.
pub(super) fn begins_with_a_header(path: &str, text: &str) -> Vec<Finding> {
    if !is_rust(path) || is_tests(path) || text.starts_with("//! ") {
        return Vec::new();
    }
    vec![Finding::of_file(path, "does not begin with a `//!` line that says what it is")]
}

/// A file has one purpose, and so an end.
pub(super) fn is_not_too_long(path: &str, text: &str) -> Vec<Finding> {
    let limit = if is_tests(path) { LONGEST_TESTS } else { LONGEST };
    let length = text.lines().count();
    if !is_rust(path) || length <= limit {
        return Vec::new();
    }
    vec![Finding::at(path, limit + 1, format!("has {length} lines, {limit} are the limit"))]
}

/// No stubs, no notes to oneself, no tests that do not run or that pass by any panic.
pub(super) fn leaves_nothing_undone(path: &str, text: &str) -> Vec<Finding> {
    if !is_rust(path) {
        return Vec::new();
    }
    UNDONE
        .iter()
        .flat_map(|word| {
            in_each_line(path, text, &format!("`{word}` must not stay"), |line| has_word(line, word))
        })
        .collect()
}

/// An expectation that no longer holds is reported by the compiler; a permission stays for ever.
pub(super) fn expects_instead_of_allowing(path: &str, text: &str) -> Vec<Finding> {
    if !is_rust(path) {
        return Vec::new();
    }
    let message = format!("{}..)]: write `expect` with a reason", ALLOW[0]);
    in_each_line(path, text, &message, |line| ALLOW.iter().any(|allow| line.contains(allow)))
}

/// The reason is for whoever asks whether the expectation may go.
pub(super) fn gives_a_reason_for_each_expectation(path: &str, text: &str) -> Vec<Finding> {
    if !is_rust(path) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let mut rest_of_file = text;
    for (number, line) in numbered(text) {
        // The attribute may go over several lines, so it is looked at from here to its end.
        let attribute = EXPECT.iter().find_map(|expect| {
            let start = line.find(expect)?;
            let from_here = rest_of_file.get(start..)?;
            from_here.split(")]").next()
        });
        if attribute.is_some_and(|attribute| !attribute.contains("reason")) {
            findings.push(Finding::at(path, number, "expects a lint without `reason = \"..\"`"));
        }
        rest_of_file = rest_of_file.split_once('\n').map_or("", |(_, rest)| rest);
    }
    findings
}

/// Whether this is a Rust source file.
pub(super) fn is_rust(path: &str) -> bool {
    has_extension(path, "rs")
}

/// Whether the file consists of tests: `tests.rs`, or anything below a folder `tests`.
fn is_tests(path: &str) -> bool {
    path.split('/').any(|part| part == "tests" || part == "tests.rs")
}

/// Whether the word occurs, and not merely as a part of a longer one.
fn has_word(line: &str, word: &str) -> bool {
    let joins = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
    line.match_indices(word).any(|(start, _)| {
        let before = line.get(..start).and_then(|before| before.chars().next_back());
        let after = line.get(start + word.len()..).and_then(|after| after.chars().next());
        // A word that ends in a sign, like a macro's call, ends there.
        let goes_on = joins(word.chars().next_back()) && joins(after);
        !(joins(before) || goes_on)
    })
}

#[cfg(test)]
mod tests {
    use super::super::finding::{NOWHERE, lines};
    use super::*;

    #[test]
    fn a_source_file_begins_with_a_header() {
        assert_eq!(lines(&begins_with_a_header("src/a.rs", "//! What it is.\n")), NOWHERE);
        assert_eq!(lines(&begins_with_a_header("src/a.rs", "use std::fmt;\n//! Late.\n")), [1]);
        assert_eq!(lines(&begins_with_a_header("src/a.rs", "//!\n")), [1]);
        assert_eq!(lines(&begins_with_a_header("src/a.rs", "")), [1]);
    }

    #[test]
    fn tests_and_other_files_need_no_header() {
        for path in ["src/gate/tests.rs", "tests/src/login.rs", "crates/a/tests/it/main.rs", "Cargo.toml"] {
            assert_eq!(lines(&begins_with_a_header(path, "use std::fmt;\n")), NOWHERE, "{path}");
        }
        assert_eq!(lines(&begins_with_a_header("src/latests.rs", "use std::fmt;\n")), [1]);
    }

    #[test]
    fn a_file_ends_at_its_limit() {
        let text = |length: usize| "//\n".repeat(length);
        assert_eq!(lines(&is_not_too_long("src/a.rs", &text(400))), NOWHERE);
        assert_eq!(lines(&is_not_too_long("src/a.rs", &text(401))), [401]);
        assert_eq!(lines(&is_not_too_long("src/a/tests.rs", &text(800))), NOWHERE);
        assert_eq!(lines(&is_not_too_long("src/a/tests.rs", &text(801))), [801]);
        assert_eq!(lines(&is_not_too_long("Cargo.lock", &text(5000))), NOWHERE);
    }

    #[test]
    fn each_undone_thing_is_found() {
        for word in UNDONE {
            let text = format!("fn a() {{}}\n    {word} // later\n");
            assert_eq!(lines(&leaves_nothing_undone("src/a.rs", &text)), [2], "{word}");
            assert_eq!(lines(&leaves_nothing_undone("a.md", &text)), NOWHERE, "{word}");
        }
    }

    #[test]
    fn a_part_of_a_longer_word_is_not_undone() {
        for word in UNDONE.iter().filter(|word| !word.starts_with('#')) {
            let text = format!("let a_{word}; let a{word};\n");
            assert_eq!(lines(&leaves_nothing_undone("src/a.rs", &text)), NOWHERE, "{word}");
        }
        for word in
            UNDONE.iter().filter(|word| word.ends_with(char::is_alphanumeric) && !word.starts_with('#'))
        {
            let text = format!("let {word}S; let {word}_;\n");
            assert_eq!(lines(&leaves_nothing_undone("src/a.rs", &text)), NOWHERE, "{word}");
        }
    }

    #[test]
    fn a_permission_is_found_and_an_expectation_is_not() {
        for allow in ALLOW {
            let text = format!("{}x, reason = \"r\")]\n{allow}x)]\n", EXPECT[0]);
            assert_eq!(lines(&expects_instead_of_allowing("src/a.rs", &text)), [2]);
        }
    }

    #[test]
    fn an_expectation_needs_its_reason_even_over_several_lines() {
        for expect in EXPECT {
            let good = format!("{expect}x, reason = \"r\")]\n{expect}\n    x,\n    reason = \"r\"\n)]\n");
            assert_eq!(lines(&gives_a_reason_for_each_expectation("src/a.rs", &good)), NOWHERE);
            let bad = format!("//\n{expect}x)]\nlet reason = 1;\n    {expect}\n    x\n)]\n");
            assert_eq!(lines(&gives_a_reason_for_each_expectation("src/a.rs", &bad)), [2, 4]);
        }
    }
}
