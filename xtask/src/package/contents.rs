//! What is in the package: each file at its place, with its permissions, owned by root.

use std::path::Path;
use std::process::Command;

use anyhow::ensure;

use super::system::printed;

/// Files that must be there, with their permissions.
const FILES: &[(&str, &str)] = &[
    ("-rwxr-xr-x", "./usr/bin/portcullis"),
    // Password hashes: root's, and after the installation the group's.
    ("-rw-r-----", "./etc/portcullis/portcullis.yaml"),
    ("-rw-r--r--", "./usr/lib/systemd/system/portcullis.service"),
    ("-rw-r--r--", "./usr/lib/systemd/system/portcullis.socket"),
    ("-rw-r--r--", "./usr/share/man/man1/portcullis.1.gz"),
    ("-rw-r--r--", "./usr/share/man/man1/portcullis-serve.1.gz"),
    ("-rw-r--r--", "./usr/share/bash-completion/completions/portcullis"),
    ("-rw-r--r--", "./usr/share/zsh/vendor-completions/_portcullis"),
    ("-rw-r--r--", "./usr/share/fish/vendor_completions.d/portcullis.fish"),
    ("-rw-r--r--", "./usr/share/doc/portcullis/copyright"),
    ("-rw-r--r--", "./usr/share/doc/portcullis/THIRD-PARTY-LICENCES.gz"),
    ("-rw-r--r--", "./usr/share/doc/portcullis/examples/secret-credential.conf"),
    ("-rw-r--r--", "./usr/share/doc/portcullis/examples/low-port.conf"),
];

/// Looks at the package with Debian's own program.
pub(super) fn check(package: &Path) -> anyhow::Result<()> {
    let deb = |question: &[&str]| {
        let mut command = Command::new("dpkg-deb");
        command.arg(question.first().unwrap_or(&"--info")).arg(package).args(question.iter().skip(1));
        printed(&mut command, "apt-get install dpkg").map(|text| String::from_utf8_lossy(&text).into_owned())
    };
    let faults = faults(&deb(&["--contents"])?);
    ensure!(faults.is_empty(), "the package is not as it should be:\n{}", faults.join("\n"));
    let kept = deb(&["--info", "conffiles"])?;
    ensure!(
        kept.trim() == "/etc/portcullis/portcullis.yaml",
        "dpkg would not keep the configuration: {kept:?}"
    );
    let control = deb(&["--field"])?;
    print!("{control}");
    Ok(())
}

/// What is wrong with a listing by `dpkg-deb --contents`.
fn faults(listing: &str) -> Vec<String> {
    let entries: Vec<Vec<&str>> = listing.lines().map(|line| line.split_whitespace().collect()).collect();
    let of = |place: &str| entries.iter().find(|entry| entry.last() == Some(&place));
    let missing = FILES.iter().filter(|(_, place)| of(place).is_none());
    let missing = missing.map(|(_, place)| format!("{place} is missing"));
    let exposed = FILES.iter().filter_map(|(mode, place)| {
        let entry = of(place)?;
        (entry.first() != Some(mode))
            .then(|| format!("{place} is {}, not {mode}", entry.first().unwrap_or(&"")))
    });
    let owned = entries
        .iter()
        .filter(|entry| entry.get(1).is_some_and(|owner| *owner != "root/root" && *owner != "0/0"));
    let owned = owned.map(|entry| format!("{} is not root's", entry.last().unwrap_or(&"")));
    missing.chain(exposed).chain(owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing() -> String {
        let line = |(mode, place): &(&str, &str)| format!("{mode} 0/0  17 2026-11-22 00:00 {place}\n");
        FILES.iter().map(line).collect::<Vec<_>>().concat()
    }

    #[test]
    fn the_package_as_it_should_be_has_no_fault() {
        assert_eq!(faults(&listing()), Vec::<String>::new());
    }

    #[test]
    fn what_is_missing_exposed_or_not_roots_is_found() {
        let listing = listing()
            .replace("./usr/bin/portcullis\n", "./usr/bin/gate\n")
            .replace("-rw-r----- 0/0", "-rw-r--r-- 1000/0");
        assert_eq!(
            faults(&listing),
            [
                "./usr/bin/portcullis is missing",
                "./etc/portcullis/portcullis.yaml is -rw-r--r--, not -rw-r-----",
                "./etc/portcullis/portcullis.yaml is not root's",
            ]
        );
    }
}
