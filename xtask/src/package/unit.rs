//! The unit: what systemd finds wrong with it, and how much it leaves open.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};

use super::page;
use super::system::output;
use crate::repository::Repository;

/// The unit, from the root of the repository.
const UNIT: &str = "packaging/portcullis.service";

/// The program that looks at units comes with it.
const HOW_TO_GET: &str = "apt-get install systemd";

/// How much it may leave open, in tenths of systemd's scale from 0 to 10.
const MOST_EXPOSURE: &str = "20";

/// A unit, with what stands beside it.
pub(super) struct Unit(String);

impl Unit {
    /// The unit as it stands in the repository.
    fn of_the_package(repository: &Repository) -> anyhow::Result<Self> {
        let path = repository.root().join(UNIT);
        Ok(Self(fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?))
    }

    /// The unit that a page has people write.
    fn of_the_page(repository: &Repository) -> anyhow::Result<Self> {
        let text = page::text(repository, page::OWN_UNIT)?;
        Ok(Self(page::unit(&text).with_context(|| format!("{} has no unit", page::OWN_UNIT))?.to_owned()))
    }

    /// The unit as systemd would find it in a system: the administrator's before the package's, then what is added to it.
    pub(super) fn installed(root: &Path) -> anyhow::Result<Self> {
        let own = root.join("etc/systemd/system/portcullis.service");
        let packaged = root.join("usr/lib/systemd/system/portcullis.service");
        let main = if own.is_file() { own } else { packaged };
        let mut text = fs::read_to_string(&main).with_context(|| format!("no unit at {}", main.display()))?;
        for added in fs::read_dir(root.join("etc/systemd/system/portcullis.service.d")).into_iter().flatten()
        {
            text.push('\n');
            text += &fs::read_to_string(added?.path())?;
        }
        Ok(Self(text))
    }

    /// All values of a setting, in their order.
    pub(super) fn values(&self, key: &str) -> Vec<&str> {
        let settings = self.0.lines().filter_map(|line| line.split_once('='));
        settings.filter(|(known, _)| *known == key).map(|(_, value)| value).collect()
    }

    /// The value of a setting that must be there.
    pub(super) fn value(&self, key: &str) -> anyhow::Result<&str> {
        self.values(key).last().copied().with_context(|| format!("the unit has no {key}="))
    }
}

/// Has systemd look at the units. It needs no running systemd.
pub(super) fn check(repository: &Repository) -> anyhow::Result<()> {
    verify(repository, UNIT, &Unit::of_the_package(repository)?)?;
    verify(repository, page::OWN_UNIT, &Unit::of_the_page(repository)?)?;

    let mut security = Command::new("systemd-analyze");
    security.args(["security", "--offline=true", "--no-pager", "--threshold", MOST_EXPOSURE]);
    let security = output(security.arg(repository.root().join(UNIT)), HOW_TO_GET)?;
    let said = String::from_utf8_lossy(&security.stdout);
    let score = said.lines().find(|line| line.contains("exposure")).unwrap_or("no score");
    println!("{UNIT}: {}", score.trim_start_matches(|letter: char| !letter.is_ascii_alphabetic()));
    ensure!(security.status.success(), "{UNIT} leaves more open than {MOST_EXPOSURE} tenths:\n{said}");
    Ok(())
}

/// Whether systemd understands all of it.
fn verify(repository: &Repository, name: &str, unit: &Unit) -> anyhow::Result<()> {
    let target = repository.metadata().target_directory.as_std_path();
    // It also looks whether the program is there, so it is shown the one that was built.
    let built = target.join("release/portcullis").display().to_string();
    let text = unit.0.replace("/usr/bin/portcullis", &built).replace("/usr/local/bin/portcullis", &built);
    let looked_at = target.join("release/package/portcullis.service");
    fs::write(&looked_at, text)?;
    let verify =
        output(Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&looked_at), HOW_TO_GET)?;
    let said = String::from_utf8_lossy(&verify.stderr);
    // An unknown setting is ignored with a word and no failure.
    ensure!(verify.status.success() && said.trim().is_empty(), "systemd is not content with {name}:\n{said}");
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
        assert_eq!(unit.values("User"), ["a", "c"]);
    }

    #[test]
    fn the_administrators_unit_and_additions_count_for_more_than_the_packages() {
        let root = tempfile::tempdir().unwrap();
        let write = |place: &str, text: &str| {
            let path = root.path().join(place);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        assert!(Unit::installed(root.path()).is_err());
        write("usr/lib/systemd/system/portcullis.service", "User=a\n");
        assert_eq!(Unit::installed(root.path()).unwrap().value("User").unwrap(), "a");
        write("etc/systemd/system/portcullis.service", "User=b\nGroup=g");
        assert_eq!(Unit::installed(root.path()).unwrap().value("User").unwrap(), "b");
        write("etc/systemd/system/portcullis.service.d/x.conf", "User=c\n");
        let unit = Unit::installed(root.path()).unwrap();
        assert_eq!((unit.value("User").unwrap(), unit.value("Group").unwrap()), ("c", "g"));
    }
}
