//! Links between the repository's own documents.

use super::finding::{Finding, numbered};
use super::tree::{File, Tree, has_extension};

/// Every relative link in Markdown leads to a file or a folder of the repository.
pub(super) fn point_to_files(tree: &Tree) -> Vec<Finding> {
    let documents = tree.files().iter().filter(|file| has_extension(&file.path, "md"));
    documents.flat_map(|document| dead_links(tree, document)).collect()
}

fn dead_links(tree: &Tree, File { path, text }: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (line, prose) in prose(text) {
        for target in targets(&prose).filter(|target| is_relative(target)) {
            if !resolve(path, target).is_some_and(|file| tree.has(&file)) {
                findings.push(Finding::at(path, line, format!("the link to `{target}` leads nowhere")));
            }
        }
    }
    findings
}

/// The lines outside of code blocks, without what stands in backticks.
fn prose(text: &str) -> impl Iterator<Item = (usize, String)> {
    let mut fence: Option<&str> = None;
    numbered(text).filter_map(move |(number, line)| {
        let mark = ["```", "~~~"].into_iter().find(|mark| line.trim_start().starts_with(mark));
        match (fence, mark) {
            (None, Some(_)) => fence = mark,
            (Some(open), Some(mark)) if open == mark => fence = None,
            (Some(_), _) => {}
            (None, None) => return Some((number, line.split('`').step_by(2).collect())),
        }
        None
    })
}

/// Where the links of a line lead: `[..](target "title")` and `[..]: target`.
fn targets(line: &str) -> impl Iterator<Item = &str> {
    let inline = line.split("](").skip(1).map(|rest| match rest.strip_prefix('<') {
        Some(bracketed) => bracketed.split('>').next().unwrap_or_default(),
        None => rest.split([')', ' ']).next().unwrap_or_default(),
    });
    let definition = line
        .trim_start()
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("]: "))
        .and_then(|(_, target)| target.split_whitespace().next());
    inline.chain(definition)
}

/// Whether the target is neither a place in the same document nor a URL with a scheme (RFC 3986 3.1).
fn is_relative(target: &str) -> bool {
    let has_scheme = target.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && scheme.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter))
    });
    !target.starts_with('#') && !has_scheme
}

/// The path, from the root, that a link in this document leads to; none if it leaves the repository.
fn resolve(document: &str, target: &str) -> Option<String> {
    let target = target.split(['#', '?']).next().unwrap_or_default().replace("%20", " ");
    let from_root = target.starts_with('/');
    let mut parts: Vec<&str> = if from_root { Vec::new() } else { document.split('/').collect() };
    // Without the document itself: a link starts from its folder.
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::super::finding::{NOWHERE, lines};
    use super::*;

    fn dead(text: &str) -> Vec<usize> {
        let tree = Tree::by_hand(&[
            ("README.md", ""),
            ("docs/src/guide.md", text),
            ("docs/src/other page.md", ""),
            ("docs/gate.png", ""),
        ]);
        lines(&point_to_files(&tree))
    }

    #[test]
    fn links_to_files_and_folders_are_fine() {
        let text = "[a](../../README.md) and ![b](../gate.png \"the gate\")\n[c](../src/#top) [d](guide.md#e)\n\
                    [f](other%20page.md) [g](<other page.md>) [h](/README.md)\n\n[i]: ../gate.png\n[`j`](..)\n";
        assert_eq!(dead(text), NOWHERE);
    }

    #[test]
    fn links_to_elsewhere_and_within_are_not_looked_at() {
        let text =
            "[a](https://example.org/x) [b](mailto:a@example.org) [c](#part)\n[d]: https://example.org\n";
        assert_eq!(dead(text), NOWHERE);
    }

    #[test]
    fn links_to_nowhere_are_found_with_their_lines() {
        let text = "[a](README.md)\n[b](guide.md) [c](gone.md#x)\n\n[d]: gone.md\n[e](../../../README.md)\n[f](/docs/srcs)\n";
        assert_eq!(dead(text), [1, 2, 4, 5, 6]);
    }

    #[test]
    fn code_is_not_prose() {
        let text =
            "`[a](gone.md)` and `b`\n```md\n[c](gone.md)\n~~~\n```\n~~~\n[d](gone.md)\n~~~\n[e](gone.md)\n";
        assert_eq!(dead(text), [9]);
    }
}
