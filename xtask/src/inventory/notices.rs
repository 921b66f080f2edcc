//! The licence texts of the crates in the binary, which have to come with it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use cargo_metadata::MetadataCommand;

use super::Component;
use crate::repository::Repository;

/// How the files begin, in capitals, that say under which terms a crate is given away.
const BEGINNINGS: &[&str] = &["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE"];

/// A line between two texts.
const RULE: &str = "\n--------------------------------------------------------------------------------\n";

/// The crates of others with their licences, then each text once with the crates that it is from.
pub(crate) fn notices(repository: &Repository, components: &[Component]) -> anyhow::Result<String> {
    let mut command = MetadataCommand::new();
    // Crates for other systems need not be on this machine.
    let options = ["--locked".to_owned(), "--filter-platform".to_owned(), repository.host()?];
    command.current_dir(repository.root()).other_options(options);
    let metadata = command.exec().context("cargo metadata failed")?;
    let mut found = Vec::new();
    // Our own are under the two licences that come as files of their own.
    for component in components.iter().filter(|component| component.checksum.is_some()) {
        let Component { name, version, .. } = component;
        let package = metadata
            .packages
            .iter()
            .find(|package| package.name.as_str() == name && package.version.to_string() == *version);
        let package = package.with_context(|| format!("cargo metadata does not know {name} {version}"))?;
        let folder = package.manifest_path.parent().context("a manifest has a folder")?;
        found.push((component, texts(folder.as_std_path())?));
    }
    written(&found)
}

/// The texts in a crate's folder, or in a folder of their own in it (`LICENSES`, as the REUSE specification has it).
fn texts(folder: &Path) -> anyhow::Result<BTreeSet<String>> {
    let mut texts = BTreeSet::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_uppercase();
        if !BEGINNINGS.iter().any(|beginning| name.starts_with(beginning)) {
            continue;
        }
        for file in if path.is_dir() { files(&path)? } else { vec![path] } {
            let text = String::from_utf8_lossy(&fs::read(file)?).replace('\r', "");
            texts.insert(text.trim_matches('\n').to_owned());
        }
    }
    Ok(texts)
}

fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let paths: std::io::Result<Vec<PathBuf>> = entries.collect();
    Ok(paths?.into_iter().filter(|path| path.is_file()).collect())
}

/// The document. A crate without any text is a fault: it has to be seen what is due to its authors.
fn written(found: &[(&Component, BTreeSet<String>)]) -> anyhow::Result<String> {
    let mut crates_of: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut document = String::from(
        "Portcullis contains these crates of others. Where there is a choice of licences, we make use of any of them.\n\n",
    );
    for (component, texts) in found {
        let title = format!("{} {}", component.name, component.version);
        ensure!(!texts.is_empty(), "{title} comes without the text of its licence");
        let _ = writeln!(document, "{title}: {}", component.licence);
        for text in texts {
            crates_of.entry(text).or_default().push(title.clone());
        }
    }
    // In the order of the crates, so that related texts are near to one another.
    let mut texts: Vec<_> = crates_of.into_iter().collect();
    texts.sort_by(|(_, one), (_, other)| one.cmp(other));
    for (text, crates) in texts {
        let _ = write!(document, "{RULE}{}\n\n{text}\n", crates.join(", "));
    }
    Ok(document)
}

#[cfg(test)]
mod tests {
    use super::super::by_hand;
    use super::*;

    #[test]
    fn a_text_that_several_crates_share_stands_there_once() {
        let (a, b, c) = (by_hand("a", "MIT"), by_hand("b", "MIT OR ISC"), by_hand("c", "ISC"));
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let document =
            written(&[(&a, texts(&["m"])), (&b, texts(&["i", "m"])), (&c, texts(&["i"]))]).unwrap();
        let (list, rest) = document.split_once(RULE).unwrap();
        assert!(list.ends_with("\n\na 1.2.3: MIT\nb 1.2.3: MIT OR ISC\nc 1.2.3: ISC\n"), "{list}");
        assert_eq!(rest, format!("a 1.2.3, b 1.2.3\n\nm\n{RULE}b 1.2.3, c 1.2.3\n\ni\n"));
    }

    #[test]
    fn a_crate_without_the_text_of_its_licence_is_a_fault() {
        let error = written(&[(&by_hand("a", "MIT"), BTreeSet::new())]).unwrap_err();
        assert_eq!(error.to_string(), "a 1.2.3 comes without the text of its licence");
    }

    #[test]
    fn texts_are_found_by_the_beginnings_of_their_names() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("LICENSES")).unwrap();
        for (name, text) in [
            ("LICENSE-MIT", "m\r\n"),
            ("license.md", "l"),
            ("COPYING", "m\n"),
            ("LICENSES/ISC.txt", "i"),
            ("README.md", "r"),
        ] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        assert_eq!(texts(folder.path()).unwrap().into_iter().collect::<Vec<_>>(), ["i", "l", "m"]);
    }
}
