//! What the files of a release are called.

use anyhow::Context as _;

use crate::inventory::Component;
use crate::repository::Repository;

/// The version and the system that are in the names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Names {
    version: String,
    target: String,
}

impl Names {
    pub(super) fn of(repository: &Repository, components: &[Component]) -> anyhow::Result<Self> {
        let binary = components.iter().find(|component| component.name == "portcullis");
        let version = binary.context("the binary does not contain itself")?.version.clone();
        Ok(Self { version, target: repository.host()? })
    }

    /// The only folder at the top of the archive.
    pub(super) fn folder(&self) -> String {
        format!("portcullis-{}-{}", self.version, self.target)
    }

    pub(super) fn archive(&self) -> String {
        format!("{}.tar.gz", self.folder())
    }

    pub(super) fn sbom(&self) -> String {
        format!("portcullis-{}.cdx.json", self.version)
    }

    #[cfg(test)]
    pub(super) fn by_hand() -> Self {
        Self { version: "1.2.3".to_owned(), target: "x86_64-unknown-linux-gnu".to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_which_version_it_is_and_for_which_system() {
        let names = Names::by_hand();
        assert_eq!(names.archive(), "portcullis-1.2.3-x86_64-unknown-linux-gnu.tar.gz");
        assert_eq!(names.sbom(), "portcullis-1.2.3.cdx.json");
    }
}
