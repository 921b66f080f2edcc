//! Tests that documents name are there, and each requirement of the page about ASVS has something to show.
//!
//! A document names a test as `path/to/file.rs::name_of_the_test`, from the root of the repository.

use super::finding::{Finding, numbered};
use super::tree::{File, Tree, has_extension};

/// The page with the requirements of OWASP's Application Security Verification Standard.
const REQUIREMENTS: &str = "docs/src/reference/asvs.md";
/// How the last cell of a row begins that has no evidence and says so.
const HONEST: &[&str] = &["Not yet", "Partly", "Does not apply", "Not wanted"];

/// A test that was renamed or removed proves nothing.
pub(super) fn named_tests_are_there(tree: &Tree) -> Vec<Finding> {
    let documents = tree.files().iter().filter(|file| has_extension(&file.path, "md"));
    documents.flat_map(|document| missing_tests(tree, document)).collect()
}

fn missing_tests(tree: &Tree, File { path, text }: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in numbered(text) {
        for (file, name) in named_tests(line) {
            let source = tree.text(file);
            if !source.is_some_and(|source| has_test(source, name)) {
                findings.push(Finding::at(path, number, format!("there is no test `{file}::{name}`")));
            }
        }
    }
    findings
}

/// The tests that a line names, each with its file.
fn named_tests(line: &str) -> impl Iterator<Item = (&str, &str)> {
    let spans = line.split('`').skip(1).step_by(2);
    spans
        .filter_map(|span| span.split_once("::"))
        .filter(|(file, _)| file.contains('/') && has_extension(file, "rs"))
}

/// Whether a source has a function of that name, with an attribute before it that makes it a test.
fn has_test(source: &str, name: &str) -> bool {
    let is_it = |line: &str| {
        let line = line.trim_start().trim_start_matches("async ");
        line.strip_prefix("fn ")
            .and_then(|rest| rest.strip_prefix(name))
            .is_some_and(|rest| rest.starts_with('('))
    };
    let lines: Vec<&str> = source.lines().collect();
    lines.iter().enumerate().any(|(place, line)| {
        let before = lines.get(..place).unwrap_or_default().iter().rev();
        let mut attributes = before.map(|line| line.trim()).take_while(|line| line.starts_with("#["));
        is_it(line) && attributes.any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"))
    })
}

/// Each row names a test or a page, or says in words why it does not.
pub(super) fn each_requirement_has_something_to_show(tree: &Tree) -> Vec<Finding> {
    let Some(text) = tree.text(REQUIREMENTS) else {
        return vec![Finding::of_file(REQUIREMENTS, "is missing")];
    };
    let mut last = Vec::new();
    let mut findings = Vec::new();
    for (line, row) in numbered(text) {
        let cells: Vec<&str> = row.trim().trim_matches('|').split(" | ").map(str::trim).collect();
        let Some(number) = cells.first().and_then(|cell| requirement(cell)) else { continue };
        let shown = cells.get(2).copied().unwrap_or_default();
        let is_shown = named_tests(shown).next().is_some() || shown.contains("](");
        let is_honest = HONEST.iter().any(|beginning| shown.starts_with(beginning));
        if cells.len() != 3 || !(is_shown || is_honest) {
            findings.push(Finding::at(
                REQUIREMENTS,
                line,
                "has neither evidence nor a reason for its absence",
            ));
        }
        if number <= last {
            findings.push(Finding::at(REQUIREMENTS, line, "is not in the order of the numbers"));
        }
        last = number;
    }
    if last.is_empty() {
        findings.push(Finding::of_file(REQUIREMENTS, "has no requirement"));
    }
    findings
}

/// The parts of `6.2.1`.
fn requirement(cell: &str) -> Option<Vec<u32>> {
    let parts: Option<Vec<u32>> = cell.split('.').map(|part| part.parse().ok()).collect();
    parts.filter(|parts| parts.len() == 3)
}

#[cfg(test)]
mod tests {
    use super::super::finding::{NOWHERE, lines};
    use super::*;

    const SOURCE: &str = "//! A.\n\n#[test]\nfn one_thing_holds() {}\n\n#[tokio::test(flavor = \"multi_thread\")]\n\
                          #[cfg(unix)]\nasync fn another_does() {}\n\nfn helper() {}\n";

    fn missing(text: &str) -> Vec<usize> {
        let tree = Tree::by_hand(&[("docs/a.md", text), ("tests/a.rs", SOURCE)]);
        lines(&named_tests_are_there(&tree))
    }

    #[test]
    fn a_test_that_is_there_is_fine_and_other_code_is_not_looked_at() {
        let text = "`tests/a.rs::one_thing_holds`, `tests/a.rs::another_does`\n`tests/a.rs`, `std::env::var`, `a.rs::x`\n";
        assert_eq!(missing(text), NOWHERE);
    }

    #[test]
    fn a_test_that_is_gone_renamed_elsewhere_or_none_is_found() {
        let text = "`tests/a.rs::one_thing`\n`tests/b.rs::one_thing_holds`\n`tests/a.rs::helper`\n\
                    `tests/a.rs::one_thing_holds` `tests/a.rs::gone`\n";
        assert_eq!(missing(text), [1, 2, 3, 4]);
    }

    fn rows(text: &str) -> Vec<usize> {
        lines(&each_requirement_has_something_to_show(&Tree::by_hand(&[(REQUIREMENTS, text)])))
    }

    #[test]
    fn a_row_with_a_test_a_page_or_a_reason_is_fine() {
        let text = "| number | asks | shown |\n|---|---|---|\n| 1.2.3 | a | `tests/a.rs::b` |\n\
                    | 1.2.10 | a | [page](page.md) |\n| 2.1.1 | a | Not yet: b |\n";
        assert_eq!(rows(text), NOWHERE);
    }

    #[test]
    fn a_row_without_evidence_out_of_order_or_with_a_cell_too_few_is_found() {
        assert_eq!(rows("| 1.2.3 | a | |\n| 1.2.4 | a | surely |\n| 1.2.5 | `tests/a.rs::b` |\n"), [1, 2, 3]);
        assert_eq!(
            rows("| 1.2.3 | a | Not yet |\n| 1.2.3 | a | Not yet |\n| 1.1.9 | a | Not yet |\n"),
            [2, 3]
        );
        assert_eq!(rows("# ASVS\n"), [1]);
    }

    #[test]
    fn the_page_has_to_be_there() {
        assert_eq!(lines(&each_requirement_has_something_to_show(&Tree::by_hand(&[]))), [1]);
    }
}
