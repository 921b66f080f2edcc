//! `cargo xtask tidy`: repository hygiene as a list of small checks, each finding as `file:line: message`.
//!
//! A check is a pure function of a file's path and text, or of the whole tree where one file does not suffice.
//! No check has a list of exceptions: a rule that needs one is the wrong rule.

mod documents;
mod evidence;
mod finding;
mod links;
mod manifests;
mod rust;
mod secrets;
mod text;
mod tree;

use anyhow::bail;

use self::finding::Finding;
use self::tree::{File, Tree};
use crate::repository::Repository;

/// A check of one file: its path relative to the root, and its text.
type FileCheck = fn(&str, &str) -> Vec<Finding>;

/// A check of the tree as a whole.
type TreeCheck = fn(&Tree) -> Vec<Finding>;

const FILE_CHECKS: &[FileCheck] = &[
    rust::begins_with_a_header,
    rust::is_not_too_long,
    rust::leaves_nothing_undone,
    rust::expects_instead_of_allowing,
    rust::gives_a_reason_for_each_expectation,
    secrets::are_exposed_at_home_only,
    manifests::inherit_the_lints,
    manifests::take_versions_from_the_workspace,
    manifests::give_a_reason_for_each_crate,
    text::has_plain_line_ends,
    text::has_no_tab_in_rust,
    text::has_no_trailing_blanks,
    text::ends_with_a_newline,
    text::names_no_machine_path,
];

const TREE_CHECKS: &[TreeCheck] = &[
    documents::readme_is_there,
    documents::changelog_has_an_unreleased_section,
    documents::decisions_are_numbered_without_gaps,
    documents::decisions_have_their_headings,
    links::point_to_files,
    evidence::named_tests_are_there,
    evidence::each_requirement_has_something_to_show,
];

/// Prints every finding, in the order of the paths; fails if there is one.
pub(crate) fn run(repository: &Repository) -> anyhow::Result<()> {
    let tree = Tree::read(repository)?;
    let findings = findings(&tree);
    for finding in &findings {
        println!("{finding}");
    }
    if !findings.is_empty() {
        bail!("tidy: {} found", findings.len());
    }
    println!("tidy: {} files, nothing found", tree.files().len());
    Ok(())
}

fn findings(tree: &Tree) -> Vec<Finding> {
    let of_files = tree
        .files()
        .iter()
        .flat_map(|File { path, text }| FILE_CHECKS.iter().flat_map(move |check| check(path, text)));
    let of_tree = TREE_CHECKS.iter().flat_map(|check| check(tree));
    let mut findings: Vec<Finding> = of_files.chain(of_tree).collect();
    findings.sort();
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_come_in_the_order_of_path_and_line() {
        let tree = Tree::by_hand(&[
            ("README.md", "# R \n"),
            ("CHANGELOG.md", "## Unreleased\n"),
            ("docs/adr/0001-a.md", "# Status\n# Context\n# Decision\n# Consequences\n"),
            ("a.rs", "fn a() {} \n\tfn b() {}\n"),
        ]);
        let places: Vec<String> = findings(&tree)
            .iter()
            .map(|finding| finding.to_string().split(": ").next().unwrap_or_default().to_owned())
            .collect();
        assert_eq!(places, ["README.md:1", "a.rs:1", "a.rs:1", "a.rs:2", "docs/src/reference/asvs.md:1"]);
    }
}
