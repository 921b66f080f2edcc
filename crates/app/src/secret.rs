//! The signing secret: from `ABNG_API_SECRET`, or from a file that it names.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read as _;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

use portcullis_core::ports::entropy::Entropy;
use portcullis_crypto::random::SystemEntropy;
use portcullis_crypto::secret::{LEAST_SECRET, SharedSecret};

use crate::tls::reason;

const SECRET: &str = "ABNG_API_SECRET";
const PREVIOUS: &str = "ABNG_API_SECRET_PREVIOUS";

/// The longest file that is taken for a secret, in bytes.
const LONGEST_FILE: u64 = 64 * 1024;

/// What tokens are signed with, and what those from before are verified with.
#[derive(Debug, Clone)]
pub(crate) struct Secrets {
    /// Signs and verifies.
    pub(crate) current: SharedSecret,
    /// Verifies only.
    pub(crate) previous: Option<SharedSecret>,
    /// Whether `current` ends with the process.
    pub(crate) random: bool,
}

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SecretError {
    /// Too short, empty included.
    #[error(
        "{name} has {length} bytes and needs at least {LEAST_SECRET}; make a good one with: openssl rand -base64 48"
    )]
    TooShort { name: String, length: usize },
    /// Given in both ways.
    #[error("{name} and {name}_FILE are both set; use one of them")]
    Both { name: &'static str },
    /// The file can't be read.
    #[error("{name}_FILE names {path}, which can't be read: {reason}")]
    File { name: &'static str, path: PathBuf, reason: String },
    /// A verifying secret without a signing one.
    #[error("{PREVIOUS} is set, but {SECRET} is not; the previous secret verifies beside the new one")]
    PreviousAlone,
    /// No randomness.
    #[error("no random secret could be made")]
    Entropy,
}

impl Secrets {
    /// The variables that name files of secrets.
    pub(crate) const FILES: [&str; 2] = ["ABNG_API_SECRET_FILE", "ABNG_API_SECRET_PREVIOUS_FILE"];

    /// Reads the secrets from environment variables. Not set: a random one.
    pub(crate) fn read(variable: &dyn Fn(&str) -> Option<OsString>) -> Result<Self, SecretError> {
        let current = secret(variable, SECRET)?;
        let previous = secret(variable, PREVIOUS)?;
        match (current, previous) {
            (Some(current), previous) => Ok(Self { current, previous, random: false }),
            (None, Some(_)) => Err(SecretError::PreviousAlone),
            (None, None) => Ok(Self { current: random()?, previous: None, random: true }),
        }
    }
}

fn secret(
    variable: &dyn Fn(&str) -> Option<OsString>,
    name: &'static str,
) -> Result<Option<SharedSecret>, SecretError> {
    let file = format!("{name}_FILE");
    let (bytes, name) = match (variable(name), variable(&file)) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => return Err(SecretError::Both { name }),
        (Some(text), None) => (text.into_vec(), name.to_owned()),
        (None, Some(path)) => {
            let path = PathBuf::from(path);
            match limited(&path) {
                Ok(content) => (without_line_feed(content), file),
                Err(reason) => return Err(SecretError::File { name, path, reason }),
            }
        }
    };
    SharedSecret::new(bytes).map(Some).map_err(|short| SecretError::TooShort { name, length: short.length })
}

/// The content of a file, unless it is far too long to be a secret: a device that never ends, say.
fn limited(path: &Path) -> Result<Vec<u8>, String> {
    let mut content = vec![];
    let file = File::open(path).map_err(|error| reason(&error))?;
    file.take(LONGEST_FILE + 1).read_to_end(&mut content).map_err(|error| reason(&error))?;
    if content.len() as u64 > LONGEST_FILE {
        return Err(format!("it is longer than {LONGEST_FILE} bytes"));
    }
    Ok(content)
}

/// An editor ends a file with a line feed; the secret doesn't.
fn without_line_feed(mut content: Vec<u8>) -> Vec<u8> {
    content.pop_if(|last| *last == b'\n');
    content
}

fn random() -> Result<SharedSecret, SecretError> {
    let mut bytes = vec![0; LEAST_SECRET];
    SystemEntropy.fill(&mut bytes).map_err(|_| SecretError::Entropy)?;
    SharedSecret::new(bytes).map_err(|_| SecretError::Entropy)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "a secret that is long enough to be one";

    fn read(set: &[(&str, &str)]) -> Result<Secrets, String> {
        let variable =
            |name: &str| set.iter().find(|(set, _)| *set == name).map(|(_, value)| OsString::from(value));
        Secrets::read(&variable).map_err(|error| error.to_string())
    }

    #[test]
    fn without_a_secret_a_random_one_is_made() {
        assert!(read(&[]).unwrap().random);
        assert!(!read(&[("ABNG_API_SECRET", GOOD)]).unwrap().random);
    }

    #[test]
    fn a_short_or_empty_secret_is_refused_with_the_way_to_a_good_one() {
        for short in ["", "short", "31 bytes are one byte too few.."] {
            let error = read(&[("ABNG_API_SECRET", short)]).unwrap_err();
            assert!(error.contains("openssl rand") && !error.contains("31 bytes are"), "{error}");
        }
        assert!(read(&[("ABNG_API_SECRET", GOOD), ("ABNG_API_SECRET_PREVIOUS", "")]).is_err());
    }

    #[test]
    fn a_file_s_last_line_feed_is_not_part_of_the_secret() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let name = file.path().to_str().unwrap();
        let exactly = "x".repeat(32);
        std::fs::write(&file, format!("{exactly}\n")).unwrap();
        assert!(read(&[("ABNG_API_SECRET_FILE", name)]).is_ok());
        std::fs::write(&file, format!("{}\n", &exactly[1..])).unwrap();
        assert!(read(&[("ABNG_API_SECRET_FILE", name)]).unwrap_err().contains("31 bytes"));
        assert!(read(&[("ABNG_API_SECRET_FILE", "/dev/zero")]).unwrap_err().contains("longer than"));
        assert!(read(&[("ABNG_API_SECRET_FILE", "/nowhere/secret")]).unwrap_err().contains("no such file"));
    }

    #[test]
    fn two_ways_at_once_and_a_previous_secret_alone_are_refused() {
        assert!(read(&[("ABNG_API_SECRET", GOOD), ("ABNG_API_SECRET_FILE", "/x")]).is_err());
        assert!(read(&[("ABNG_API_SECRET_PREVIOUS", GOOD)]).is_err());
        let both = read(&[("ABNG_API_SECRET", GOOD), ("ABNG_API_SECRET_PREVIOUS", GOOD)]).unwrap();
        assert!(both.previous.is_some());
    }
}
