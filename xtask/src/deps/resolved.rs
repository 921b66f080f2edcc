//! Crates that must not be in the resolved graph, whoever brings them.

/// Banned crates in a listing of `cargo tree --prefix none --format {p}`: a name, a blank, a version a line.
pub(super) fn banned(listing: &str, banned: &[&str]) -> Vec<String> {
    banned
        .iter()
        .filter(|name| listing.lines().any(|line| line.split_whitespace().next() == Some(name)))
        .map(|name| {
            format!(
                "{name} is in the resolved graph; who brings it: \
                 cargo tree --workspace -i {name} -e normal,build --target all"
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTING: &str =
        "portcullis v0.1.0 (crates/app)\nrustls v0.23.46\nopenssl-probe v0.1.6\nring-buffer v1.0.0\n";

    #[test]
    fn a_name_that_only_begins_like_a_banned_one_is_no_fault() {
        assert_eq!(banned(LISTING, &["ring", "openssl"]), Vec::<String>::new());
    }

    #[test]
    fn a_banned_crate_is_named_with_the_way_to_its_bringer() {
        let faults = banned(&format!("{LISTING}ring v0.17.14 (*)\n"), &["ring", "openssl"]);
        assert_eq!(faults.len(), 1);
        assert!(faults[0].contains("cargo tree --workspace -i ring"), "{faults:?}");
    }
}
