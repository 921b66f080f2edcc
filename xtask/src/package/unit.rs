//! The unit: what systemd finds wrong with it, and how much it leaves open.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, ensure};

use super::system::output;
use crate::repository::Repository;

/// The unit, from the root of the repository.
const UNIT: &str = "packaging/portcullis.service";

/// How much it may leave open, in tenths of systemd's scale from 0 to 10.
const MOST_EXPOSURE: &str = "20";

/// What of the unit a run without systemd needs.
pub(super) struct Unit(String);

impl Unit {
    /// The unit as it stands in the repository.
    pub(super) fn read(repository: &Repository) -> anyhow::Result<Self> {
        let path = repository.root().join(UNIT);
        Ok(Self(fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?))
    }

    /// The value of a setting that must be there.
    pub(super) fn value(&self, key: &str) -> anyhow::Result<&str> {
        let settings = self.0.lines().rev().filter_map(|line| line.split_once('='));
        let value = settings.filter(|(known, _)| *known == key).map(|(_, value)| value).next();
        value.with_context(|| format!("{UNIT} has no {key}="))
    }
}

/// Has systemd look at the unit. It needs no running systemd.
pub(super) fn check(repository: &Repository) -> anyhow::Result<()> {
    let how_to_get = "apt-get install systemd";
    let target = repository.metadata().target_directory.as_std_path();
    // It also looks whether the program is there, so it is shown the one that was built.
    let unit = Unit::read(repository)?;
    let built = target.join("release/portcullis").display().to_string();
    let looked_at = target.join("release/package/portcullis.service");
    fs::write(&looked_at, unit.0.replace("/usr/bin/portcullis", &built))?;
    let verify =
        output(Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&looked_at), how_to_get)?;
    let said = String::from_utf8_lossy(&verify.stderr);
    // An unknown setting is ignored with a word and no failure.
    ensure!(verify.status.success() && said.trim().is_empty(), "systemd is not content with {UNIT}:\n{said}");

    let mut security = Command::new("systemd-analyze");
    security.args(["security", "--offline=true", "--no-pager", "--threshold", MOST_EXPOSURE]);
    let security = output(security.arg(repository.root().join(UNIT)), how_to_get)?;
    let said = String::from_utf8_lossy(&security.stdout);
    let score = said.lines().find(|line| line.contains("exposure")).unwrap_or("no score");
    println!("{UNIT}: {}", score.trim_start_matches(|letter: char| !letter.is_ascii_alphabetic()));
    ensure!(security.status.success(), "{UNIT} leaves more open than {MOST_EXPOSURE} tenths:\n{said}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_value_of_a_setting_counts() {
        let unit = Unit("[Service]\nUser=a\n# User=b\nUser=c\nExecStart=/x --y=z\n".to_owned());
        assert_eq!(unit.value("User").unwrap(), "c");
        assert_eq!(unit.value("ExecStart").unwrap(), "/x --y=z");
        assert!(unit.value("Group").is_err());
    }
}
