//! `cargo xtask package`: the Debian package, and what has to hold of it before anybody installs it.

pub(crate) mod build;
mod contents;
mod page;
mod root;
mod service;
pub(crate) mod system;
mod trial;
mod unit;

use std::path::PathBuf;

use crate::repository::Repository;

/// Whether the package is tried out in a Debian of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trial {
    /// It is built and looked at.
    Left,
    /// It is also installed in a fresh Debian, by what the pages say, and has to answer there.
    Made,
}

/// Builds the package, looks at what is in it, and tries it out if asked to.
pub(crate) fn run(repository: &Repository, trial: Trial) -> anyhow::Result<()> {
    let package = build(repository)?;
    if trial == Trial::Made {
        trial::make(repository, &package)?;
    }
    println!("{}", package.display());
    Ok(())
}

/// Builds the package, looks at what is in it, and says where it is.
pub(crate) fn build(repository: &Repository) -> anyhow::Result<PathBuf> {
    let package = build::package(repository)?;
    contents::check(&package)?;
    unit::check(repository)?;
    Ok(package)
}
