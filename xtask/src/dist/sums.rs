//! `SHA256SUMS`, in the form that `sha256sum --check` reads.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use sha2::{Digest as _, Sha256};

/// The file with the checksums of all others.
pub(super) const FILE: &str = "SHA256SUMS";

/// The SHA-256 of some bytes in hexadecimal.
pub(super) fn of(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Writes the checksums of the files in a folder, in the order of their names.
pub(super) fn write(folder: &Path) -> anyhow::Result<()> {
    let mut lines = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        lines.push((entry.file_name().to_string_lossy().into_owned(), of(&fs::read(entry.path())?)));
    }
    lines.sort();
    let text = lines.iter().fold(String::new(), |text, (name, sum)| text + &format!("{sum}  {name}\n"));
    Ok(fs::write(folder.join(FILE), text)?)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn is_accepted(folder: &Path) -> bool {
        let mut check = Command::new("sha256sum");
        check.args(["--check", "--strict", "--status", FILE]).current_dir(folder);
        check.status().unwrap().success()
    }

    #[test]
    fn the_checksums_are_accepted_until_a_byte_changes() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("b"), "two").unwrap();
        fs::write(folder.path().join("a"), "one").unwrap();
        write(folder.path()).unwrap();
        let names: Vec<String> = fs::read_to_string(folder.path().join(FILE))
            .unwrap()
            .lines()
            .map(|line| line.split_once("  ").unwrap().1.to_owned())
            .collect();
        assert_eq!(names, ["a", "b"]);
        assert!(is_accepted(folder.path()));
        fs::write(folder.path().join("a"), "onf").unwrap();
        assert!(!is_accepted(folder.path()));
    }

    #[test]
    fn the_sum_of_nothing_is_the_known_one() {
        assert_eq!(of(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
