//! What `cargo tree --prefix depth` says, read: each crate once, with what it needs.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;

use super::{Component, purl};

/// A crate without what it needs.
struct Line {
    depth: usize,
    name: String,
    version: String,
    licence: String,
}

/// The crates of a listing with the format ` {p}|{l}`, in the order of their names.
pub(super) fn read(listing: &str) -> anyhow::Result<Vec<Component>> {
    let mut crates: BTreeMap<String, (Line, BTreeSet<String>)> = BTreeMap::new();
    // The crates from the root to the one before, each by its package URL.
    let mut path: Vec<String> = Vec::new();
    for text in listing.lines() {
        let line = line(text).with_context(|| format!("cargo tree says {text:?}"))?;
        let url = purl(&line.name, &line.version);
        path.truncate(line.depth);
        if let Some((_, needs)) = path.last().and_then(|above| crates.get_mut(above)) {
            needs.insert(url.clone());
        }
        path.push(url.clone());
        crates.entry(url).or_insert_with(|| (line, BTreeSet::new()));
    }
    let component = |(Line { name, version, licence, .. }, needs): (Line, BTreeSet<String>)| Component {
        name,
        version,
        licence,
        checksum: None,
        needs: needs.into_iter().collect(),
    };
    let mut components: Vec<Component> = crates.into_values().map(component).collect();
    components.sort();
    Ok(components)
}

/// `2 zeroize v1.9.1|MIT`; our own crates have a folder after the version, and what was told above has `(*)` at its end.
fn line(text: &str) -> Option<Line> {
    let (package, licence) = text.split_once('|')?;
    let mut words = package.split_whitespace();
    Some(Line {
        depth: words.next()?.parse().ok()?,
        name: words.next()?.to_owned(),
        version: words.next()?.strip_prefix('v')?.to_owned(),
        // Before there were SPDX expressions, a slash stood for a choice.
        licence: licence.trim_end_matches("(*)").trim().replace('/', " OR ").replace("  ", " "),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTING: &str = "0 app v0.1.0 (crates/app)|MIT\n1 a v1.0.0|MIT/Apache-2.0\n2 c v2.0.0|ISC\n1 b v1.0.0|Apache-2.0 / MIT\n\
                           2 a v1.0.0|MIT/Apache-2.0 (*)\n2 c v3.0.0|\n";

    #[test]
    fn each_crate_is_there_once_with_what_it_needs() {
        let components = read(LISTING).unwrap();
        let told: Vec<_> = components
            .iter()
            .map(|component| (component.purl(), component.licence.as_str(), component.needs.join(" ")))
            .collect();
        let row = |url: &str, licence, needs: &str| (format!("pkg:cargo/{url}"), licence, needs.to_owned());
        assert_eq!(
            told,
            [
                row("a@1.0.0", "MIT OR Apache-2.0", "pkg:cargo/c@2.0.0"),
                row("app@0.1.0", "MIT", "pkg:cargo/a@1.0.0 pkg:cargo/b@1.0.0"),
                row("b@1.0.0", "Apache-2.0 OR MIT", "pkg:cargo/a@1.0.0 pkg:cargo/c@3.0.0"),
                row("c@2.0.0", "ISC", ""),
                row("c@3.0.0", "", ""),
            ]
        );
    }

    #[test]
    fn a_line_of_another_form_is_a_fault_and_not_a_crate_less() {
        assert!(read("0 app v0.1.0|MIT\nsomething else\n").is_err());
    }
}
