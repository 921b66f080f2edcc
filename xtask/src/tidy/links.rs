//! Links between the repository's own documents.

use super::finding::{Finding, numbered};
use super::tree::{File, Tree, has_extension};

/// Every link in Markdown that is no URL leads to a file or a folder of the repository, and to a heading of a document if
/// it names one.
pub(super) fn point_to_files(tree: &Tree) -> Vec<Finding> {
    let documents = tree.files().iter().filter(|file| has_extension(&file.path, "md"));
    documents.flat_map(|document| dead_links(tree, document)).collect()
}

fn dead_links(tree: &Tree, document: &File) -> Vec<Finding> {
    let File { path, text } = document;
    let mut findings = Vec::new();
    for (line, prose) in prose(text) {
        for target in targets(&prose).filter(|target| !has_scheme(target)) {
            if !leads_somewhere(tree, document, target) {
                findings.push(Finding::at(path, line, format!("the link to `{target}` leads nowhere")));
            }
        }
    }
    findings
}

fn leads_somewhere(tree: &Tree, document: &File, target: &str) -> bool {
    let (file, heading) = target.split_once('#').unwrap_or((target, ""));
    let led_to = if file.is_empty() { Some(document.path.clone()) } else { resolve(&document.path, file) };
    let Some(led_to) = led_to.filter(|path| tree.has(path)) else { return false };
    let is_document = heading.is_empty() || !has_extension(&led_to, "md");
    is_document || tree.files().iter().any(|file| file.path == led_to && has_heading(&file.text, heading))
}

/// Whether a heading is known by this name: its letters, digits, `-` and `_` in lower case, with a dash for each space.
fn has_heading(text: &str, name: &str) -> bool {
    let is_known_by = |heading: &str| {
        let letters = heading.trim().chars().filter_map(|letter| match letter {
            ' ' => Some('-'),
            _ if letter.is_alphanumeric() || "-_".contains(letter) => Some(letter.to_ascii_lowercase()),
            _ => None,
        });
        letters.eq(name.chars())
    };
    let headings = unfenced(text).filter(|(_, line)| line.starts_with('#'));
    headings.map(|(_, line)| line.trim_start_matches('#')).any(is_known_by)
}

/// The lines outside of code blocks, without what stands in backticks.
fn prose(text: &str) -> impl Iterator<Item = (usize, String)> {
    unfenced(text).map(|(number, line)| (number, line.split('`').step_by(2).collect()))
}

/// The lines outside of code blocks.
fn unfenced(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fence: Option<&str> = None;
    numbered(text).filter(move |(_, line)| {
        let mark = ["```", "~~~"].into_iter().find(|mark| line.trim_start().starts_with(mark));
        match (fence, mark) {
            (None, Some(_)) => fence = mark,
            (Some(open), Some(mark)) if open == mark => fence = None,
            (Some(_), _) => {}
            (None, None) => return true,
        }
        false
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

/// Whether the target is a URL with a scheme (RFC 3986 3.1).
fn has_scheme(target: &str) -> bool {
    target.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && scheme.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter))
    })
}

/// The path, from the root, that a link in this document leads to; none if it leaves the repository.
fn resolve(document: &str, target: &str) -> Option<String> {
    let target = target.split('?').next().unwrap_or_default().replace("%20", " ");
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
            ("docs/src/other page.md", "# The gate, `api.tls` & you\n```sh\n# a remark\n```\n"),
            ("docs/gate.png", ""),
        ]);
        lines(&point_to_files(&tree))
    }

    #[test]
    fn links_to_files_and_folders_are_fine() {
        let text = "[a](../../README.md) and ![b](../gate.png \"the gate\")\n[c](../src/#top) [d](guide.md)\n\
                    [f](other%20page.md) [g](<other page.md>) [h](/README.md)\n\n[i]: ../gate.png\n[`j`](..)\n";
        assert_eq!(dead(text), NOWHERE);
    }

    #[test]
    fn links_to_elsewhere_are_not_looked_at() {
        let text = "[a](https://example.org/x) [b](mailto:a@example.org)\n[d]: https://example.org\n";
        assert_eq!(dead(text), NOWHERE);
    }

    #[test]
    fn links_to_headings_lead_to_some() {
        let text = "## A part\n[a](#a-part) [b](other%20page.md#the-gate-apitls--you) [c](../gate.png#x)\n\
                    [d](#part)\n[e](other%20page.md#a-remark)\n[f](guide.md#A-part)\n";
        assert_eq!(dead(text), [3, 4, 5]);
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
