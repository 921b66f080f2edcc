//! The files of the repository with their texts.

use std::collections::BTreeSet;
use std::fs;

use anyhow::Context;

use crate::repository::Repository;

/// A text file.
pub(super) struct File {
    /// Relative to the root, with `/`.
    pub(super) path: String,
    pub(super) text: String,
}

/// All files that are tracked or could be.
pub(super) struct Tree {
    files: Vec<File>,
    /// Also of what is not text, such as pictures.
    paths: BTreeSet<String>,
}

impl Tree {
    /// Reads the checkout.
    pub(super) fn read(repository: &Repository) -> anyhow::Result<Self> {
        let mut files = Vec::new();
        let mut paths = BTreeSet::new();
        for path in repository.files()? {
            let bytes = fs::read(repository.root().join(&path)).with_context(|| format!("reading {path}"))?;
            if let Ok(text) = String::from_utf8(bytes) {
                files.push(File { path: path.clone(), text });
            }
            paths.insert(path);
        }
        Ok(Self { files, paths })
    }

    /// The text files, in the order of their paths.
    pub(super) fn files(&self) -> &[File] {
        &self.files
    }

    /// The text of this file, if it is there.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.files.iter().find(|file| file.path == path).map(|file| file.text.as_str())
    }

    /// The text files directly in this folder.
    pub(super) fn folder(&self, folder: &str) -> impl Iterator<Item = (&str, &File)> {
        self.files.iter().filter_map(move |file| {
            let name = file.path.strip_prefix(folder)?.strip_prefix('/')?;
            (!name.contains('/')).then_some((name, file))
        })
    }

    /// Whether there is such a file, or a folder with a file in it.
    pub(super) fn has(&self, path: &str) -> bool {
        path.is_empty()
            || self.paths.contains(path)
            || self.paths.iter().any(|file| file.strip_prefix(path).is_some_and(|rest| rest.starts_with('/')))
    }

    /// A tree of these paths and texts.
    #[cfg(test)]
    pub(super) fn by_hand(files: &[(&str, &str)]) -> Self {
        Self {
            files: files
                .iter()
                .map(|(path, text)| File { path: (*path).to_owned(), text: (*text).to_owned() })
                .collect(),
            paths: files.iter().map(|(path, _)| (*path).to_owned()).collect(),
        }
    }
}

/// Whether the file's name ends so, in this very spelling.
pub(super) fn has_extension(path: &str, extension: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, last)| last == extension)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_folders_and_the_root_are_there_and_half_names_are_not() {
        let tree = Tree::by_hand(&[("docs/adr/0001-a.md", "")]);
        for path in ["", "docs", "docs/adr", "docs/adr/0001-a.md"] {
            assert!(tree.has(path), "{path}");
        }
        for path in ["doc", "docs/ad", "docs/adr/0002-b.md"] {
            assert!(!tree.has(path), "{path}");
        }
    }

    #[test]
    fn a_folder_lists_what_is_directly_in_it() {
        let tree = Tree::by_hand(&[("d/a.md", ""), ("d/e/b.md", ""), ("dd/c.md", "")]);
        assert_eq!(tree.folder("d").map(|(name, _)| name).collect::<Vec<_>>(), ["a.md"]);
    }
}
