//! The checksums in `Cargo.lock`. Cargo writes the file in one fixed form, so that no parser of TOML is needed.

use std::collections::HashMap;

/// The SHA-256 of each crate from a registry, by name and version.
pub(super) fn checksums(lock: &str) -> HashMap<(&str, &str), &str> {
    let packages = lock.split("[[package]]").skip(1);
    let row =
        |package| Some(((value(package, "name")?, value(package, "version")?), value(package, "checksum")?));
    packages.filter_map(row).collect()
}

/// The value of `key = "value"`.
fn value<'a>(package: &'a str, key: &str) -> Option<&'a str> {
    let mut lines = package.lines().filter_map(|line| line.split_once(" = "));
    lines.find(|(known, _)| *known == key).map(|(_, value)| value.trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_of_a_registry_have_a_checksum_and_ours_have_none() {
        let lock = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"r\"\nchecksum = \"ff\"\n\
                    dependencies = [\n \"b\",\n]\n\n[[package]]\nname = \"b\"\nversion = \"0.1.0\"\n";
        assert_eq!(checksums(lock), HashMap::from([(("a", "1.0.0"), "ff")]));
    }
}
