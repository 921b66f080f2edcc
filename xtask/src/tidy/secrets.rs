//! Where a secret may be turned back into plain text.

use super::finding::{Finding, in_each_line};
use super::rust::is_rust;

/// The call. Written in pieces, so that this file does not find itself.
const EXPOSE: &str = concat!("expose_", "secret");

/// Where it may stand: as beginnings of paths.
const HOMES: &[&str] = &[
    "crates/crypto/",
    "crates/app/src/secret",
    "crates/core/src/domain/secret.rs",
    "crates/core/src/domain/client.rs",
];

/// Every exposure is in a place that is read with that in mind.
pub(super) fn are_exposed_at_home_only(path: &str, text: &str) -> Vec<Finding> {
    if !is_rust(path) || HOMES.iter().any(|home| path.starts_with(home)) {
        return Vec::new();
    }
    let message = format!("`{EXPOSE}` belongs to {} only", HOMES.join(", "));
    in_each_line(path, text, &message, |line| line.contains(EXPOSE))
}

#[cfg(test)]
mod tests {
    use super::super::finding::{NOWHERE, lines};
    use super::*;

    #[test]
    fn a_secret_is_exposed_at_home_only() {
        let text = format!("//! A.\nkey.{EXPOSE}()\n");
        for home in ["crates/crypto/src/keys.rs", "crates/app/src/secret.rs", "crates/app/src/secret/file.rs"]
        {
            assert_eq!(lines(&are_exposed_at_home_only(home, &text)), NOWHERE, "{home}");
        }
        for abroad in ["crates/app/src/wire.rs", "crates/core/src/domain/token.rs", "tests/src/login.rs"] {
            assert_eq!(lines(&are_exposed_at_home_only(abroad, &text)), [2], "{abroad}");
        }
        assert_eq!(lines(&are_exposed_at_home_only("docs/src/secrets.md", &text)), NOWHERE);
    }
}
