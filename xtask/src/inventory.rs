//! What the release binary is made of: every crate in it, with its licence, its checksum and what it needs itself.
//!
//! `deps` asks whether the licences allow what we do, `package` collects their texts, and `dist` writes all of it down for
//! whoever runs the binary.

mod expression;
mod graph;
mod lock;
mod notices;

use std::fs;

use anyhow::{Context as _, ensure};

use crate::repository::Repository;

pub(crate) use self::notices::notices;

/// Licences that let the crate be part of a program that is given away under MIT or Apache 2.0, as long as their texts come
/// with it. None of them asks anything of the rest of the program.
const ACCEPTED: &[&str] = &["MIT", "Apache-2.0", "BSD-3-Clause", "ISC", "Unicode-3.0", "Zlib"];

/// A crate in the binary.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Component {
    pub(crate) name: String,
    pub(crate) version: String,
    /// An SPDX expression; empty if the crate names none.
    pub(crate) licence: String,
    /// The SHA-256 of the crate's archive in its registry. Our own crates come from no registry.
    pub(crate) checksum: Option<String>,
    /// The package URLs of the crates that it needs, in order.
    pub(crate) needs: Vec<String>,
}

impl Component {
    /// Its package URL, which names it wherever crates are talked of.
    pub(crate) fn purl(&self) -> String {
        purl(&self.name, &self.version)
    }
}

fn purl(name: &str, version: &str) -> String {
    // The only character of a version that a package URL writes in another way.
    format!("pkg:cargo/{name}@{}", version.replace('+', "%2B"))
}

/// The crates of the release binary, in the order of their names. The binary's own is among them.
pub(crate) fn components(repository: &Repository) -> anyhow::Result<Vec<Component>> {
    // Not `cargo metadata`: its graph contains crates behind features nobody has switched on. Macros have done their
    // work when the binary is there, and so have build scripts.
    let output = repository
        .cargo()
        .args(["tree", "--locked", "--package", "portcullis", "--edges", "normal,no-proc-macro"])
        .args(["--prefix", "depth", "--format", " {p}|{l}"])
        .output()?;
    ensure!(output.status.success(), "cargo tree failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    let mut components = graph::read(&String::from_utf8(output.stdout)?)?;
    let lock = fs::read_to_string(repository.root().join("Cargo.lock")).context("cannot read Cargo.lock")?;
    let checksums = lock::checksums(&lock);
    for component in &mut components {
        component.checksum = checksums.get(&(&component.name, &component.version)).map(ToString::to_string);
    }
    Ok(components)
}

/// The crates that may not be in the binary because of their licence, one sentence each.
pub(crate) fn licence_faults(components: &[Component]) -> Vec<String> {
    let refused = components.iter().filter(|component| !expression::allows(&component.licence, ACCEPTED));
    refused
        .map(|Component { name, version, licence, .. }| {
            let licence = if licence.is_empty() { "no licence" } else { licence };
            format!("{name} {version} has {licence}, which ACCEPTED in xtask/src/inventory.rs does not allow")
        })
        .collect()
}

#[cfg(test)]
pub(crate) fn by_hand(name: &str, licence: &str) -> Component {
    Component {
        name: name.to_owned(),
        version: "1.2.3".to_owned(),
        licence: licence.to_owned(),
        checksum: None,
        needs: vec![],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_licence_that_is_not_on_the_list_is_named_with_its_crate() {
        let components = [by_hand("good", "MIT OR GPL-3.0"), by_hand("bad", "GPL-3.0"), by_hand("bare", "")];
        assert_eq!(
            licence_faults(&components),
            [
                "bad 1.2.3 has GPL-3.0, which ACCEPTED in xtask/src/inventory.rs does not allow",
                "bare 1.2.3 has no licence, which ACCEPTED in xtask/src/inventory.rs does not allow",
            ]
        );
    }

    #[test]
    fn the_binary_has_our_crates_and_others_but_no_macros_and_nothing_of_the_tests() {
        let components = components(&Repository::find().unwrap()).unwrap();
        let of = |name: &str| components.iter().find(|component| component.name == name);
        assert!(of("portcullis").unwrap().checksum.is_none());
        assert_eq!(of("hyper").unwrap().checksum.as_ref().unwrap().len(), 64);
        for absent in ["serde_derive", "proptest", "tempfile", "portcullis-testkit", "cc"] {
            assert!(of(absent).is_none(), "{absent}");
        }
        assert!(components.is_sorted());
        let without = components.iter().filter(|component| component.checksum.is_none());
        assert!(without.clone().all(|component| component.name.starts_with("portcullis")));
    }

    #[test]
    fn a_package_url_escapes_what_a_version_may_have() {
        assert_eq!(purl("a", "1.0.0+2"), "pkg:cargo/a@1.0.0%2B2");
    }
}
