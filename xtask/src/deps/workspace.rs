//! The workspace's packages reduced to what the tables speak about: who names whom, and for what.

use std::collections::BTreeSet;

use cargo_metadata::{DependencyKind, Metadata};

/// A row of a table: a name and the names that go with it.
pub(super) type Row<'a> = (&'a str, &'a [&'a str]);

/// A workspace package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Package {
    pub(super) name: String,
    /// The path of its manifest, relative to the root.
    pub(super) manifest: String,
    pub(super) dependencies: Vec<Dependency>,
}

/// One name in a manifest. A crate that is renamed there counts with its real name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dependency {
    pub(super) name: String,
    pub(super) purpose: Purpose,
}

/// What a dependency is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A normal or a build dependency, optional or not: it can end up in what is delivered.
    Product,
    /// A dev-dependency: tests, examples and benchmarks only.
    Dev,
}

impl Package {
    /// The names that the manifest gives for this purpose, each once, whatever the platform.
    pub(super) fn names(&self, purpose: Purpose) -> BTreeSet<&str> {
        self.dependencies
            .iter()
            .filter(|dependency| dependency.purpose == purpose)
            .map(|dependency| dependency.name.as_str())
            .collect()
    }
}

/// The names of all these packages.
pub(super) fn names_of(packages: &[Package]) -> BTreeSet<&str> {
    packages.iter().map(|package| package.name.as_str()).collect()
}

/// What the row of this name holds; nothing if there is none.
pub(super) fn row<'a>(table: &[Row<'a>], name: &str) -> &'a [&'a str] {
    table.iter().find(|(first, _)| *first == name).map_or(&[], |(_, rest)| *rest)
}

/// The workspace's packages, as cargo reads their manifests.
pub(super) fn packages(metadata: &Metadata) -> Vec<Package> {
    metadata
        .workspace_packages()
        .into_iter()
        .map(|package| Package {
            name: package.name.to_string(),
            manifest: package
                .manifest_path
                .strip_prefix(&metadata.workspace_root)
                .unwrap_or(&package.manifest_path)
                .to_string(),
            dependencies: package
                .dependencies
                .iter()
                .map(|dependency| Dependency {
                    name: dependency.name.clone(),
                    purpose: purpose(dependency.kind),
                })
                .collect(),
        })
        .collect()
}

fn purpose(kind: DependencyKind) -> Purpose {
    match kind {
        DependencyKind::Development => Purpose::Dev,
        // A kind that this version of cargo_metadata does not know gets the strict rule.
        DependencyKind::Normal | DependencyKind::Build | DependencyKind::Unknown => Purpose::Product,
    }
}

#[cfg(test)]
pub(super) mod by_hand {
    //! Graphs written by hand, for the tests of the comparisons.

    use super::{Dependency, Package, Purpose};

    /// A package with these product and these dev-dependencies.
    pub(in crate::deps) fn package(name: &str, product: &[&str], dev: &[&str]) -> Package {
        let dependency = |purpose| move |name: &&str| Dependency { name: (*name).to_owned(), purpose };
        Package {
            name: name.to_owned(),
            manifest: format!("crates/{name}/Cargo.toml"),
            dependencies: product
                .iter()
                .map(dependency(Purpose::Product))
                .chain(dev.iter().map(dependency(Purpose::Dev)))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repository::Repository;

    #[test]
    fn a_manifest_is_read_with_names_purposes_and_a_relative_path() {
        let packages = packages(Repository::find().unwrap().metadata());
        let guard = packages.iter().find(|package| package.name == "portcullis-guard").unwrap();
        assert_eq!(guard.manifest, "crates/guard/Cargo.toml");
        assert!(guard.names(Purpose::Product).contains("portcullis-core"));
        assert!(!guard.names(Purpose::Dev).contains("portcullis-core"));
    }
}
