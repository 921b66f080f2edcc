//! Where the binary is that the tests drive.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Names the binary, so that whoever built it already need not have it built again.
const VARIABLE: &str = "PORTCULLIS_E2E_BIN";

/// The binary: the one that the environment names, else the one beside the tests, which is built first.
pub(crate) fn portcullis() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let binary = variable(VARIABLE).map_or_else(build, PathBuf::from);
        assert!(binary.is_file(), "there is no binary at {}", binary.display());
        binary
    })
}

/// The example `protected`, built by the first that asks for it, since nobody else builds it.
pub(crate) fn protected() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| built(&["--example", "protected"]).join("examples/protected"))
}

/// Builds the binary into the folder of profiles that this test was built into, with what the tests were built for.
fn build() -> PathBuf {
    let features: &[&str] = if cfg!(feature = "ext-authz") { &["--features", "ext-authz"] } else { &[] };
    built(features).join("portcullis")
}

/// Builds something of the package, and gives the folder of profiles.
fn built(what: &[&str]) -> PathBuf {
    let test = env::current_exe().unwrap();
    let profile = test.ancestors().nth(2).unwrap();
    let mut cargo = Command::new(variable("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--package", "portcullis"]).args(what).arg("--manifest-path");
    cargo.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml"));
    cargo.arg("--target-dir").arg(profile.parent().unwrap());
    if profile.ends_with("release") {
        cargo.arg("--release");
    }
    let built = cargo.output().unwrap();
    assert!(built.status.success(), "{what:?} can't be built: {}", String::from_utf8_lossy(&built.stderr));
    profile.to_owned()
}

#[expect(
    clippy::disallowed_methods,
    reason = "which binary to drive is said by the environment of the tests"
)]
fn variable(name: &str) -> Option<OsString> {
    env::var_os(name)
}
