//! The arrows between the workspace's own packages, compared with the table both ways.

use std::collections::BTreeSet;

use super::workspace::{Package, Purpose, Row, names_of, row};

/// Packages without a row, rows without a package, rows that stand twice.
pub(super) fn rows(packages: &[Package], allowed: &[Row<'_>]) -> Vec<String> {
    let known = names_of(packages);
    let mut seen = BTreeSet::new();
    let mut faults = Vec::new();
    for (name, _) in allowed {
        if !seen.insert(*name) {
            faults.push(format!("ALLOWED has two rows for {name}"));
        } else if !known.contains(name) {
            faults.push(format!("ALLOWED has a row for {name}, which is not a package of the workspace"));
        }
    }
    for package in packages.iter().filter(|package| !seen.contains(package.name.as_str())) {
        faults.push(format!("{}: {} has no row in ALLOWED", package.manifest, package.name));
    }
    faults
}

/// Arrows of normal and build dependencies that the table does not allow, and those it allows in vain.
pub(super) fn product(packages: &[Package], allowed: &[Row<'_>]) -> Vec<String> {
    let known = names_of(packages);
    let mut faults = Vec::new();
    for package in packages {
        let Package { name, manifest, .. } = package;
        let may: BTreeSet<&str> = row(allowed, name).iter().copied().collect();
        let does: BTreeSet<&str> = package.names(Purpose::Product).intersection(&known).copied().collect();
        for target in does.difference(&may) {
            faults.push(format!("{manifest}: {name} -> {target} is not an arrow of ALLOWED"));
        }
        for target in may.difference(&does) {
            faults.push(format!("{manifest}: {name} -> {target} is an arrow of ALLOWED that nobody uses"));
        }
    }
    faults
}

/// Dev-dependencies on packages of the workspace that are neither for everybody, nor the package itself, nor
/// allowed to it anyway.
pub(super) fn dev(
    packages: &[Package],
    allowed: &[Row<'_>],
    for_everybody: &[&str],
    all_tests: &str,
) -> Vec<String> {
    let known = names_of(packages);
    let mut faults = Vec::new();
    for package in packages.iter().filter(|package| package.name != all_tests) {
        let Package { name, manifest, .. } = package;
        let may = |target: &str| {
            for_everybody.contains(&target) || row(allowed, name).contains(&target) || target == name
        };
        for target in package.names(Purpose::Dev).intersection(&known).filter(|target| !may(target)) {
            faults.push(format!("{manifest}: {name} -> {target} (dev) is not an arrow of ALLOWED_DEV"));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::super::workspace::by_hand::package;
    use super::*;

    const ALLOWED: &[Row<'_>] = &[("core", &[]), ("http", &["core"]), ("kit", &["core"]), ("e2e", &[])];

    /// Follows [`ALLOWED`]: the ground that each test changes one thing of.
    fn workspace() -> Vec<Package> {
        vec![
            package("core", &["serde"], &["kit", "core"]),
            package("http", &["core", "axum"], &["kit", "core"]),
            package("kit", &["core"], &[]),
            package("e2e", &[], &["http", "core"]),
        ]
    }

    fn all(packages: &[Package], allowed: &[Row<'_>]) -> Vec<String> {
        [rows(packages, allowed), product(packages, allowed), dev(packages, allowed, &["kit"], "e2e")]
            .concat()
    }

    #[test]
    fn a_workspace_that_follows_the_table_has_no_fault() {
        assert_eq!(all(&workspace(), ALLOWED), Vec::<String>::new());
    }

    #[test]
    fn a_package_without_a_row_is_named() {
        let faults = all(&workspace(), &ALLOWED[..3]);
        assert_eq!(faults, ["crates/e2e/Cargo.toml: e2e has no row in ALLOWED"]);
    }

    #[test]
    fn a_row_without_a_package_is_named() {
        let table = [ALLOWED, &[("sql", &["core"])]].concat();
        let faults = all(&workspace(), &table);
        assert_eq!(faults, ["ALLOWED has a row for sql, which is not a package of the workspace"]);
    }

    #[test]
    fn a_second_row_is_named_since_it_would_be_passed_over() {
        let table = [ALLOWED, &[("core", &["http"])]].concat();
        assert_eq!(all(&workspace(), &table), ["ALLOWED has two rows for core"]);
    }

    #[test]
    fn an_arrow_that_is_not_allowed_is_named() {
        let mut packages = workspace();
        packages[0] = package("core", &["http"], &[]);
        let faults = all(&packages, ALLOWED);
        assert_eq!(faults, ["crates/core/Cargo.toml: core -> http is not an arrow of ALLOWED"]);
    }

    #[test]
    fn an_allowed_arrow_that_nobody_uses_is_named() {
        let mut packages = workspace();
        packages[1] = package("http", &["axum"], &["core"]);
        let faults = all(&packages, ALLOWED);
        assert_eq!(faults, ["crates/http/Cargo.toml: http -> core is an arrow of ALLOWED that nobody uses"]);
    }

    #[test]
    fn what_is_for_the_tests_of_everybody_is_not_for_the_product() {
        let mut packages = workspace();
        packages[1] = package("http", &["core", "kit"], &[]);
        let faults = all(&packages, ALLOWED);
        assert_eq!(faults, ["crates/http/Cargo.toml: http -> kit is not an arrow of ALLOWED"]);
    }

    #[test]
    fn a_dev_arrow_beyond_the_list_is_named() {
        let mut packages = workspace();
        packages[2] = package("kit", &["core"], &["http"]);
        let faults = all(&packages, ALLOWED);
        assert_eq!(faults, ["crates/kit/Cargo.toml: kit -> http (dev) is not an arrow of ALLOWED_DEV"]);
    }
}
