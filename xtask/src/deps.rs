//! `cargo xtask deps`: the dependency arrows as a table, and the comparison with what the manifests say.
//!
//! A new arrow is a line here, and so a reviewed diff. The table holds both ways: what it does not allow must
//! not be there, and what it allows must be used.

mod arrows;
mod externals;
mod resolved;
mod workspace;

use anyhow::{bail, ensure};

use self::workspace::Package;
use crate::inventory;
use crate::repository::Repository;

/// The workspace packages that each workspace package may name in its normal and build dependencies.
const ALLOWED: &[(&str, &[&str])] = &[
    ("portcullis-core", &[]),
    ("portcullis-guard", &["portcullis-core"]),
    ("portcullis-http", &["portcullis-core", "portcullis-guard"]),
    ("portcullis-ext-authz", &["portcullis-core", "portcullis-guard"]),
    ("portcullis-gateway", &["portcullis-core", "portcullis-guard"]),
    ("portcullis-crypto", &["portcullis-core"]),
    ("portcullis-store-yaml", &["portcullis-core"]),
    ("portcullis-store-sql", &["portcullis-core"]),
    ("portcullis-bng-sim", &[]),
    (
        "portcullis",
        &[
            "portcullis-core",
            "portcullis-guard",
            "portcullis-http",
            "portcullis-ext-authz",
            "portcullis-gateway",
            "portcullis-crypto",
            "portcullis-store-yaml",
            "portcullis-store-sql",
            "portcullis-bng-sim",
        ],
    ),
    ("portcullis-testkit", &["portcullis-core"]),
    ("portcullis-tests", &["portcullis-core", "portcullis-bng-sim"]),
    (
        "portcullis-fuzz-bodies",
        &[
            "portcullis-core",
            "portcullis-crypto",
            "portcullis-gateway",
            "portcullis-guard",
            "portcullis-store-yaml",
        ],
    ),
    ("xtask", &[]),
];

/// The workspace packages that any package may name in its dev-dependencies, besides itself and those it may
/// name anyway.
const ALLOWED_DEV: &[&str] = &["portcullis-testkit"];

/// The package that consists of tests: its dev-dependencies are its own affair.
const ALL_TESTS: &str = "portcullis-tests";

/// External crates that belong to certain packages, in dependencies of any kind. A crate without a row may be
/// used by all that are not in [`CLOSED`].
const ALLOWED_EXTERNAL: &[(&str, &[&str])] = &[
    // A store is the only place that speaks SQL, but for the tests of what a database survives.
    ("sqlx", &["portcullis-store-sql", "portcullis-tests"]),
    ("granit-parser", &["portcullis-store-yaml"]),
    ("bcrypt", &["portcullis-crypto"]),
    ("jsonwebtoken", &["portcullis-crypto"]),
    ("aws-lc-rs", &["portcullis-crypto", "portcullis", "portcullis-fuzz-bodies"]),
    ("axum", &["portcullis-http", "portcullis-bng-sim", "portcullis"]),
    ("httparse", &["portcullis-gateway"]),
    ("hyper", &["portcullis-gateway", "portcullis", "portcullis-tests"]),
    ("hyper-util", &["portcullis-gateway", "portcullis", "portcullis-tests"]),
    ("rustls", &["portcullis", "portcullis-gateway", "portcullis-tests"]),
    ("tokio-rustls", &["portcullis", "portcullis-gateway", "portcullis-tests"]),
    ("rcgen", &["portcullis", "portcullis-gateway"]),
    // gRPC is for Envoy alone, and for those who play Envoy.
    ("tonic", &["portcullis-ext-authz", "portcullis-tests"]),
    ("envoy-types", &["portcullis-ext-authz", "portcullis-tests"]),
    ("figment", &["portcullis"]),
    ("clap", &["portcullis"]),
    ("anyhow", &["portcullis", "xtask"]),
    ("cargo_metadata", &["xtask"]),
];

/// Packages whose external crates are listed in full (normal and build dependencies): nothing else gets in.
const CLOSED: &[(&str, &[&str])] = &[(
    "portcullis-core",
    &["async-trait", "thiserror", "sha2", "arc-swap", "quick_cache", "ipnet", "secrecy", "base64"],
)];

/// Crates that must not be in the resolved graph, however indirectly: one crypto library, and none that is not
/// built from source with it.
const BANNED: &[&str] = &["ring", "openssl", "openssl-sys"];

/// Prints every arrow that is out of place; fails if there is one.
pub(crate) fn run(repository: &Repository) -> anyhow::Result<()> {
    let packages = workspace::packages(repository.metadata());
    let mut faults = table_faults(&packages);
    faults.extend(resolved::banned(&resolved_graph(repository)?, BANNED));
    faults.extend(inventory::licence_faults(&inventory::components(repository)?));
    for fault in &faults {
        println!("{fault}");
    }
    if !faults.is_empty() {
        bail!("deps: {} out of place; the tables are in xtask/src/deps.rs", faults.len());
    }
    println!("deps: the arrows of {} packages are as the tables say", packages.len());
    Ok(())
}

fn table_faults(packages: &[Package]) -> Vec<String> {
    [
        arrows::rows(packages, ALLOWED),
        arrows::product(packages, ALLOWED),
        arrows::dev(packages, ALLOWED, ALLOWED_DEV, ALL_TESTS),
        externals::homes(packages, ALLOWED_EXTERNAL),
        externals::empty_homes(packages, ALLOWED_EXTERNAL),
        externals::closed(packages, CLOSED),
    ]
    .concat()
}

/// What `cargo tree` says is built with the default features, on any platform, one crate a line.
///
/// Not the resolve graph of `cargo metadata`: that one contains crates behind features nobody has switched on.
fn resolved_graph(repository: &Repository) -> anyhow::Result<String> {
    let output = repository
        .cargo()
        .args(["tree", "--workspace", "--edges", "normal,build", "--target", "all"])
        .args(["--prefix", "none", "--format", "{p}"])
        .output()?;
    ensure!(output.status.success(), "cargo tree failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(String::from_utf8(output.stdout)?)
}
