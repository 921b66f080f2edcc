//! The documents that every reader looks for: readme, changelog, decision records.

use super::finding::Finding;
use super::tree::{File, Tree};

const README: &str = "README.md";
const CHANGELOG: &str = "CHANGELOG.md";
/// The folder of the decision records.
const DECISIONS: &str = "docs/adr";
/// What each decision record says, under a heading of that name.
const HEADINGS: &[&str] = &["Status", "Context", "Decision", "Consequences"];

/// The first thing that anybody opens.
pub(super) fn readme_is_there(tree: &Tree) -> Vec<Finding> {
    if tree.has(README) {
        return Vec::new();
    }
    vec![Finding::of_file(README, "is missing")]
}

/// What has changed since the last release has a place to be written down.
pub(super) fn changelog_has_an_unreleased_section(tree: &Tree) -> Vec<Finding> {
    let message = match tree.text(CHANGELOG) {
        None => "is missing",
        Some(text) if headings(text).any(|heading| heading.trim_matches(['[', ']']) == "Unreleased") => {
            return Vec::new();
        }
        Some(_) => "has no section \"Unreleased\"",
    };
    vec![Finding::of_file(CHANGELOG, message)]
}

/// `0001-title.md`, `0002-title.md` and so on: a number names one decision for ever.
pub(super) fn decisions_are_numbered_without_gaps(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut last = 0;
    for (name, File { path, .. }) in decisions(tree) {
        let Some(number) = number(name) else {
            findings.push(Finding::of_file(path, "is not named `NNNN-title.md`"));
            continue;
        };
        if number != last + 1 {
            findings.push(Finding::of_file(path, format!("the next number is {:04}", last + 1)));
        }
        last = number;
    }
    if decisions(tree).next().is_none() {
        findings.push(Finding::of_file(DECISIONS, "has no decision record"));
    }
    findings
}

/// A record that lacks one of its parts leaves the reader to guess it.
pub(super) fn decisions_have_their_headings(tree: &Tree) -> Vec<Finding> {
    decisions(tree)
        .flat_map(|(_, File { path, text })| {
            let is_missing = |wanted: &&&str| headings(text).all(|heading| heading != **wanted);
            HEADINGS
                .iter()
                .filter(is_missing)
                .map(|wanted| Finding::of_file(path, format!("has no heading \"{wanted}\"")))
        })
        .collect()
}

/// The decision records with their file names, in order. A readme may explain the folder.
fn decisions(tree: &Tree) -> impl Iterator<Item = (&str, &File)> {
    tree.folder(DECISIONS).filter(|(name, _)| *name != README)
}

/// The number of `NNNN-title.md`.
fn number(name: &str) -> Option<u32> {
    let (digits, title) = name.strip_suffix(".md")?.split_once('-')?;
    let is_number = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_number && !title.is_empty() { digits.parse().ok() } else { None }
}

/// The headings of a Markdown text, of any depth.
fn headings(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .filter_map(|line| line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#')))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPLETE: &str = "# 1. Title\n\n## Status\n\n## Context\n\n## Decision\n\n## Consequences\n";

    fn said(findings: &[Finding]) -> Vec<String> {
        findings.iter().map(Finding::to_string).collect()
    }

    fn none() -> Vec<String> {
        Vec::new()
    }

    #[test]
    fn a_missing_readme_is_found() {
        assert_eq!(said(&readme_is_there(&Tree::by_hand(&[("README.md", "")]))), none());
        assert_eq!(said(&readme_is_there(&Tree::by_hand(&[]))), ["README.md:1: is missing"]);
    }

    #[test]
    fn the_changelog_has_its_unreleased_section() {
        let check =
            |text| said(&changelog_has_an_unreleased_section(&Tree::by_hand(&[("CHANGELOG.md", text)])));
        assert_eq!(check("# Changelog\n\n## Unreleased\n"), none());
        assert_eq!(check("## [Unreleased]\n"), none());
        assert_eq!(check("Unreleased\n"), ["CHANGELOG.md:1: has no section \"Unreleased\""]);
        let missing = changelog_has_an_unreleased_section(&Tree::by_hand(&[]));
        assert_eq!(said(&missing), ["CHANGELOG.md:1: is missing"]);
    }

    #[test]
    fn decisions_in_their_order_are_fine() {
        let tree = Tree::by_hand(&[
            ("docs/adr/0001-a.md", COMPLETE),
            ("docs/adr/0002-b-c.md", COMPLETE),
            ("docs/adr/README.md", "the folder"),
        ]);
        assert_eq!(said(&decisions_are_numbered_without_gaps(&tree)), none());
        assert_eq!(said(&decisions_have_their_headings(&tree)), none());
    }

    #[test]
    fn a_gap_a_double_number_and_a_strange_name_are_found() {
        let tree = Tree::by_hand(&[
            ("docs/adr/0001-a.md", ""),
            ("docs/adr/0001-b.md", ""),
            ("docs/adr/0003-c.md", ""),
            ("docs/adr/004-d.md", ""),
        ]);
        assert_eq!(
            said(&decisions_are_numbered_without_gaps(&tree)),
            [
                "docs/adr/0001-b.md:1: the next number is 0002",
                "docs/adr/0003-c.md:1: the next number is 0002",
                "docs/adr/004-d.md:1: is not named `NNNN-title.md`",
            ]
        );
    }

    #[test]
    fn no_decision_at_all_is_found() {
        let tree = Tree::by_hand(&[("docs/adr/README.md", "")]);
        assert_eq!(said(&decisions_are_numbered_without_gaps(&tree)), ["docs/adr:1: has no decision record"]);
    }

    #[test]
    fn a_missing_heading_is_found() {
        let text = COMPLETE.replace("## Context", "Context");
        let tree = Tree::by_hand(&[("docs/adr/0001-a.md", &text)]);
        assert_eq!(
            said(&decisions_have_their_headings(&tree)),
            ["docs/adr/0001-a.md:1: has no heading \"Context\""]
        );
    }
}
