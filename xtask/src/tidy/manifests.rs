//! The manifests: lints and versions in one place, and a reason beside each crate.
//!
//! Read line by line rather than with a TOML parser: comments count here, and the entries are kept to one
//! form, `name.workspace = true` or one inline table.

mod entries;

use self::entries::{Entry, entries};
use super::finding::Finding;

/// The manifest that has the versions.
const ROOT: &str = "Cargo.toml";

/// Every crate is under the workspace's lints.
pub(super) fn inherit_the_lints(path: &str, text: &str) -> Vec<Finding> {
    let inherits = |entry: &Entry<'_>| match entry.section {
        "lints" => entry.is("workspace", "true"),
        "" => entry.is("lints.workspace", "true"),
        _ => false,
    };
    if !is_of_a_crate(path) || entries(text).iter().any(inherits) {
        return Vec::new();
    }
    vec![Finding::of_file(path, "does not take the workspace's lints: `[lints]`, `workspace = true`")]
}

/// A version stands once, in the root manifest.
pub(super) fn take_versions_from_the_workspace(path: &str, text: &str) -> Vec<Finding> {
    if !is_of_a_crate(path) {
        return Vec::new();
    }
    entries(text)
        .iter()
        // A workspace of its own has its own place for versions.
        .filter(|entry| entry.section != "workspace.dependencies")
        .filter(|entry| entry.is_a_dependency() && !entry.is_from_the_workspace())
        .map(|entry| {
            Finding::at(path, entry.line, "has its own version or place: write `name.workspace = true`")
        })
        .collect()
}

/// Every crate from outside says beside its version what it is for.
pub(super) fn give_a_reason_for_each_crate(path: &str, text: &str) -> Vec<Finding> {
    if path != ROOT {
        return Vec::new();
    }
    entries(text)
        .iter()
        .filter(|entry| entry.section == "workspace.dependencies" && !entry.has_key("path"))
        .filter(|entry| entry.comment.is_none_or(str::is_empty))
        .map(|entry| Finding::at(path, entry.line, "does not say after a `#` what the crate is for"))
        .collect()
}

fn is_of_a_crate(path: &str) -> bool {
    path.ends_with("/Cargo.toml")
}

#[cfg(test)]
mod tests {
    use super::super::finding::{NOWHERE, lines};
    use super::*;

    const CRATE: &str = "crates/core/Cargo.toml";

    #[test]
    fn a_crate_inherits_the_lints_in_either_spelling() {
        for text in [
            "[lints]\nworkspace = true\n",
            "lints.workspace=true\n",
            "[lints] # all\nworkspace  = true # yes\n",
        ] {
            assert_eq!(lines(&inherit_the_lints(CRATE, text)), NOWHERE, "{text}");
        }
        assert_eq!(lines(&inherit_the_lints(ROOT, "[workspace]\n")), NOWHERE);
    }

    #[test]
    fn a_crate_without_the_lints_is_found() {
        for text in [
            "",
            "[lints]\nworkspace = false\n",
            "[package]\nworkspace = true\n",
            "#[lints]\n#workspace = true\n",
        ] {
            assert_eq!(lines(&inherit_the_lints(CRATE, text)), [1], "{text}");
        }
    }

    #[test]
    fn versions_from_the_workspace_are_fine() {
        let text = "[package]\nversion = \"1.0.0\"\n\n[features]\nmock = [\"dep:mockall\"]\n\n\
                    [dependencies]\nsha2.workspace = true\n# a word\n\
                    mockall = { workspace = true, optional = true }\n\
                    tokio = { workspace = true, features = [\n    \"time\", # for the clock\n] }\n\n\
                    [target.'cfg(unix)'.dependencies]\nrustls = { features = [\"a\"], workspace=true }\n";
        assert_eq!(lines(&take_versions_from_the_workspace(CRATE, text)), NOWHERE);
        assert_eq!(lines(&take_versions_from_the_workspace(ROOT, "[dependencies]\na = \"1\"\n")), NOWHERE);
    }

    #[test]
    fn a_version_or_place_of_ones_own_is_found_in_every_kind_of_dependency() {
        for section in
            ["dependencies", "dev-dependencies", "build-dependencies", "target.'cfg(unix)'.dependencies"]
        {
            let text = format!(
                "[{section}]\na = \"1\"\nb = {{ version = \"1\" }}\nc = {{ path = \"../c\" }}\n\
                 d = {{ workspace = true, version = \"1\" }}\ne.version = \"1\"\nf.workspace = false\n"
            );
            assert_eq!(
                lines(&take_versions_from_the_workspace(CRATE, &text)),
                [2, 3, 4, 5, 6, 7],
                "{section}"
            );
        }
    }

    #[test]
    fn a_dependency_as_a_section_of_its_own_is_found() {
        let text = "[dependencies.a]\nversion = \"1\"\n";
        assert_eq!(lines(&take_versions_from_the_workspace(CRATE, text)), [2]);
    }

    #[test]
    fn a_crate_from_outside_gives_its_reason() {
        let text = "[workspace.dependencies]\n# --- ours\ncore = { path = \"crates/core\" }\n\
                    a = \"1\" # for a\nb = { version = \"1\" } # for b\nc = \"1\"\nd = \"1\" #\n\
                    e = \"#1\"\nf = { version = \"1\", features = [\n    \"x\",\n] } # for f\n\n[profile.dev]\ndebug = 1\n";
        assert_eq!(lines(&give_a_reason_for_each_crate(ROOT, text)), [6, 7, 8]);
        assert_eq!(lines(&give_a_reason_for_each_crate(CRATE, text)), NOWHERE);
    }
}
