//! Keys as text (RFC 7468).

use std::fmt;
use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretString};

/// The label of a private key that is not encrypted (RFC 7468 10).
pub(crate) const PRIVATE_KEY: &str = "PRIVATE KEY";
/// How many characters a line has (RFC 7468 2).
const LINE: usize = 64;

/// A private key as a PKCS#8 file in PEM; never printed, wiped when dropped.
#[derive(Clone)]
pub struct PrivatePem(SecretString);

impl PrivatePem {
    pub(super) fn of(der: &[u8]) -> Self {
        Self(pem(PRIVATE_KEY, der).into())
    }

    /// Writes it down, which is all that is to be done with it.
    pub fn write_to(&self, output: &mut dyn Write) -> io::Result<()> {
        output.write_all(self.0.expose_secret().as_bytes())
    }

    pub(super) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl From<String> for PrivatePem {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for PrivatePem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivatePem")
    }
}

/// Bytes as text under a label.
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let content = STANDARD.encode(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    for (place, character) in content.chars().enumerate() {
        if place > 0 && place % LINE == 0 {
            text.push('\n');
        }
        text.push(character);
    }
    text + &format!("\n-----END {label}-----\n")
}

/// The bytes of the first text under this label.
pub(crate) fn der(label: &str, text: &str) -> Option<Vec<u8>> {
    let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
    let content = text.split_once(&begin).and_then(|(_, rest)| rest.split_once(&end));
    let content = content.map(|(content, _)| content.split_ascii_whitespace().collect::<String>());
    STANDARD.decode(content?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_back_from_lines_that_are_not_too_long() {
        let bytes: Vec<u8> = (0..=255).collect();
        let text = pem(PRIVATE_KEY, &bytes);
        assert!(text.lines().all(|line| line.len() <= LINE), "{text}");
        assert_eq!(der(PRIVATE_KEY, &format!("a comment\n{text}\n")), Some(bytes));
        assert_eq!(der("PUBLIC KEY", &text), None);
        assert_eq!(der(PRIVATE_KEY, &text.replace("-----END", "")), None);
    }

    #[test]
    fn a_private_key_is_not_printed() {
        assert_eq!(format!("{:?}", PrivatePem::of(b"secret")), "PrivatePem");
    }
}
