//! The external crates that belong to certain packages only, and the packages that take no others.

use std::collections::BTreeSet;

use super::workspace::{Package, Purpose, Row, names_of, row};

/// Crates outside their homes. Dev-dependencies count: a test that needs the database driver is in the wrong
/// package as well.
pub(super) fn homes(packages: &[Package], allowed: &[Row<'_>]) -> Vec<String> {
    let mut faults = Vec::new();
    for Package { name, manifest, dependencies } in packages {
        let names: BTreeSet<&str> = dependencies.iter().map(|dependency| dependency.name.as_str()).collect();
        for (external, homes) in allowed {
            if names.contains(external) && !homes.contains(&name.as_str()) {
                let homes = homes.join(", ");
                faults.push(format!(
                    "{manifest}: {name} -> {external} is not in ALLOWED_EXTERNAL (only {homes})"
                ));
            }
        }
    }
    faults
}

/// Homes of a crate that do not name it. One that is no package is not built yet.
pub(super) fn empty_homes(packages: &[Package], allowed: &[Row<'_>]) -> Vec<String> {
    let mut faults = Vec::new();
    for Package { name, manifest, dependencies } in packages {
        for (external, _) in allowed.iter().filter(|(_, homes)| homes.contains(&name.as_str())) {
            if dependencies.iter().all(|dependency| dependency.name != *external) {
                faults.push(format!(
                    "{manifest}: {name} -> {external} is in ALLOWED_EXTERNAL, and nobody uses it"
                ));
            }
        }
    }
    faults
}

/// Crates in the product of a closed package that are not on its list, and those of the list that are not in it.
pub(super) fn closed(packages: &[Package], closed: &[Row<'_>]) -> Vec<String> {
    let own = names_of(packages);
    let is_closed = |package: &&Package| closed.iter().any(|(name, _)| *name == package.name);
    let mut faults = Vec::new();
    for package in packages.iter().filter(is_closed) {
        let Package { name, manifest, .. } = package;
        let list: BTreeSet<&str> = row(closed, name).iter().copied().collect();
        let names = package.names(Purpose::Product);
        for external in names.difference(&own).filter(|external| !list.contains(*external)) {
            faults.push(format!("{manifest}: {name} -> {external} is not in the list of CLOSED"));
        }
        for external in list.difference(&names) {
            faults.push(format!(
                "{manifest}: {name} -> {external} is in the list of CLOSED, and nobody uses it"
            ));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::super::workspace::by_hand::package;
    use super::*;

    #[test]
    fn a_crate_at_home_is_no_fault_and_one_without_a_row_is_free() {
        let packages = [package("http", &["axum", "serde"], &[]), package("core", &["serde"], &[])];
        assert_eq!(homes(&packages, &[("axum", &["http"])]), Vec::<String>::new());
    }

    #[test]
    fn a_crate_away_from_home_is_named_in_dev_dependencies_too() {
        let table: &[Row<'_>] = &[("axum", &["http", "app"])];
        for stray in [package("core", &["axum"], &[]), package("core", &[], &["axum"])] {
            assert_eq!(
                homes(&[stray], table),
                ["crates/core/Cargo.toml: core -> axum is not in ALLOWED_EXTERNAL (only http, app)"]
            );
        }
    }

    #[test]
    fn a_home_that_nobody_lives_in_is_named() {
        let packages = [package("http", &["serde"], &["axum"]), package("app", &["serde"], &[])];
        let table: &[Row<'_>] = &[("axum", &["http", "app", "later"])];
        assert_eq!(
            empty_homes(&packages, table),
            ["crates/app/Cargo.toml: app -> axum is in ALLOWED_EXTERNAL, and nobody uses it"]
        );
    }

    #[test]
    fn a_home_that_is_not_built_yet_keeps_others_out() {
        let table: &[Row<'_>] = &[("sqlx", &["store-sql"])];
        assert_eq!(homes(&[package("app", &["sqlx"], &[])], table).len(), 1);
    }

    #[test]
    fn a_closed_package_takes_its_list_and_what_it_likes_for_tests() {
        let packages = [package("core", &["sha2"], &["tokio"]), package("http", &["tokio"], &[])];
        assert_eq!(closed(&packages, &[("core", &["sha2"])]), Vec::<String>::new());
    }

    #[test]
    fn a_closed_package_takes_nothing_else() {
        let packages = [package("core", &["sha2", "tokio"], &[])];
        assert_eq!(
            closed(&packages, &[("core", &["sha2"])]),
            ["crates/core/Cargo.toml: core -> tokio is not in the list of CLOSED"]
        );
    }

    #[test]
    fn what_a_closed_package_no_longer_takes_is_named() {
        let packages = [package("core", &["sha2"], &["tokio"])];
        assert_eq!(
            closed(&packages, &[("core", &["sha2", "tokio"])]),
            ["crates/core/Cargo.toml: core -> tokio is in the list of CLOSED, and nobody uses it"]
        );
    }

    #[test]
    fn the_workspaces_own_packages_are_the_business_of_the_arrows() {
        let packages = [package("core", &["guard"], &[]), package("guard", &[], &[])];
        assert_eq!(closed(&packages, &[("core", &[])]), Vec::<String>::new());
    }
}
