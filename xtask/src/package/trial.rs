//! The package in a fresh Debian: installed, configured and asked by nothing but what the pages say.
//!
//! There is no systemd in a folder. What the pages have it do is done in its place, from what stands in the unit.

use std::fs;
use std::path::Path;

use anyhow::ensure;

use super::page::{OWN_UNIT, PACKAGE, Step, steps, text};
use super::root::{Root, SUITE};
use super::service::start;
use crate::interop::process::Process;
use crate::repository::Repository;

/// Whether the gate answers after all that a page does.
const HEALTH: &str = "curl --silent --insecure --fail https://127.0.0.1:8443/api/v1/health";

/// What the package's own way out has to leave nothing of, and what makes room for a unit of one's own.
const PURGE: &str = "apt-get purge --yes portcullis
rm -r /etc/systemd/system/portcullis.service.d
userdel portcullis
test ! -e /etc/portcullis
test ! -e /var/lib/portcullis
test ! -e /usr/bin/portcullis";

/// What somebody has who writes a unit: a program in its place, and a configuration.
const CONFIGURATION: &str = "cat > bng.yaml <<END
api:
  enabled: true
  listen: 127.0.0.1
  users: [{username: admin, password_hash: \"$(/usr/local/bin/portcullis hash-password)\", role: admin}]
END";

/// Installs the package in a fresh Debian and does what the pages say; fails at the first command that does.
pub(super) fn make(repository: &Repository, package: &Path) -> anyhow::Result<()> {
    let target = repository.metadata().target_directory.as_std_path();
    let root = Root::fresh(&target.join("package-root"))?;
    root.receive(package, "tmp")?;
    carry_out(&root, PACKAGE, &text(repository, PACKAGE)?)?;

    root.shell(PURGE)?;
    root.receive(&target.join("release/portcullis"), "usr/local/bin")?;
    root.shell(CONFIGURATION)?;
    let page = text(repository, OWN_UNIT)?;
    let unit = root.folder().join("etc/systemd/system/portcullis.service");
    fs::write(unit, super::page::unit(&page).unwrap_or_default())?;
    carry_out(&root, OWN_UNIT, &page)?;
    root.remove()
}

/// Does what a page says, step by step.
fn carry_out(root: &Root, name: &str, page: &str) -> anyhow::Result<()> {
    let mut gate: Option<Process> = None;
    for step in steps(page)? {
        match step {
            Step::Shell(commands) => root.shell(&commands)?,
            Step::Start => gate = Some(start(root)?),
            Step::Stop => gate = None,
            Step::Nothing => {}
        }
    }
    root.shell(HEALTH)?;
    let is_secret_taken = gate.is_some_and(|gate| !gate.said().contains("ABNG_API_SECRET is not set"));
    ensure!(is_secret_taken, "{name}: the gate does not have the secret");
    println!("{name}: its commands work in a fresh {SUITE}");
    Ok(())
}
