//! The key of a node, counted from the root, and whether what stands there may be shown.

use super::fault::{Fault, Position};
use super::nearest::folded;
use super::shown::shown;

/// A dotted key such as `api.users[1].password_hash`; empty at the root.
#[derive(Debug, Clone, Default)]
pub(super) struct Path {
    text: String,
    secret: bool,
}

impl Path {
    /// The path of a member of the map that stands here. Below a secret everything is secret.
    pub(super) fn member(&self, key: &str) -> Self {
        let dot = if self.text.is_empty() { "" } else { "." };
        let text = format!("{}{dot}{}", self.text, segment(key));
        Self { text, secret: self.secret || names_a_secret(key) }
    }

    /// The path of an item of the list that stands here, counted from 0.
    pub(super) fn item(&self, index: usize) -> Self {
        Self { text: format!("{}[{index}]", self.text), secret: self.secret }
    }

    /// The same path, of a value that must not be shown.
    pub(super) fn hidden(self) -> Self {
        Self { secret: true, ..self }
    }

    /// A fault of what stands here.
    pub(super) fn fault(&self, at: Position, message: impl Into<String>) -> Fault {
        Fault { at: Some(at), key: self.text.clone(), message: message.into() }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) fn is_secret(&self) -> bool {
        self.secret
    }
}

/// A key as it appears in a path: quoted if it could be taken for something else.
///
/// `{password:hunter2}` has no value, but a key that holds the password, for want of a space behind the colon.
fn segment(key: &str) -> String {
    let is_word = |character: char| character.is_alphanumeric() || matches!(character, '-' | '_');
    match key.split(|character| !is_word(character)).next() {
        Some(word) if word == key && !key.is_empty() => shown(key),
        Some(word) if names_a_secret(word) => format!("\"{}…\"", shown(word)),
        _ => format!("\"{}\"", shown(key)),
    }
}

/// Whether a value of this name must not appear in a message. By its name, so that no reader can forget it.
fn names_a_secret(key: &str) -> bool {
    let key = folded(key);
    key.starts_with("secret") || ["secret", "password", "passwordhash"].iter().any(|end| key.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_written_with_dots_and_indexes() {
        let path = Path::default().member("api").member("users").item(1).member("password_hash");
        assert_eq!(path.as_str(), "api.users[1].password_hash");
        assert_eq!(Path::default().item(0).item(2).as_str(), "[0][2]");
    }

    #[test]
    fn a_key_that_could_be_misread_is_quoted_and_cut() {
        let path = Path::default().member("a.b").member("").member("x\n[0]").member("größe");
        assert_eq!(path.as_str(), r#""a.b".""."x\n[0]".größe"#);
        assert!(Path::default().member(&"k".repeat(1000)).as_str().ends_with('…'));
    }

    #[test]
    fn a_key_that_swallowed_a_secret_does_not_show_it() {
        for key in ["password_hash:$2b$12$x", "secret=x", "password:x"] {
            let path = Path::default().member(key);
            assert!(path.as_str().ends_with("…\"") && !path.as_str().contains('x'), "{}", path.as_str());
        }
    }

    #[test]
    fn secrets_are_known_by_their_names() {
        for name in [
            "password",
            "password_hash",
            "Password-Hash",
            "passwordHash",
            "secret",
            "secret_sha256",
            "client_secret",
        ] {
            assert!(Path::default().member(name).is_secret(), "{name}");
        }
        for name in ["port", "username", "password_grant", "allow_default_passwords", "token"] {
            assert!(!Path::default().member(name).is_secret(), "{name}");
        }
    }

    #[test]
    fn what_stands_below_a_secret_is_secret() {
        assert!(Path::default().member("secrets").item(0).member("value").is_secret());
        assert!(Path::default().member("user_store").hidden().member("url").is_secret());
    }
}
