//! What can be wrong with a certificate or its key. Each message is one line, complete by itself and made for the
//! operator's eyes: it names the file, and where it helps the way out. That is why no error here has a source.

use std::io;
use std::path::PathBuf;

/// Why there is no usable certificate.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TlsError {
    /// A file, or the directory of our own certificate, can't be read.
    #[error("cannot read {}: {reason}", path.display())]
    Unreadable { path: PathBuf, reason: String },
    /// Our own certificate can't be kept.
    #[error("cannot write {}: {reason}", path.display())]
    Unwritable { path: PathBuf, reason: String },
    /// The file has no content at all.
    #[error("{} is empty", path.display())]
    Empty { path: PathBuf },
    /// The file is no PEM file.
    #[error("{} is not valid PEM", path.display())]
    NotPem { path: PathBuf },
    /// PEM, but of something else.
    #[error("{} holds no certificate", path.display())]
    NoCertificate { path: PathBuf },
    /// PEM, but of something else.
    #[error("{} holds no private key (PKCS#8, PKCS#1 or SEC1)", path.display())]
    NoKey { path: PathBuf },
    /// A key that only a passphrase opens.
    #[error("the private key {} is encrypted; store it without a passphrase", path.display())]
    EncryptedKey { path: PathBuf },
    /// Everybody on the machine could read the key.
    #[error("the private key {0} is accessible to everybody (mode {mode:04o}); run: chmod o-rwx {0}", path.display())]
    ExposedKey { path: PathBuf, mode: u32 },
    /// The key is damaged, or of a kind that TLS doesn't use.
    #[error("the private key {} is damaged or of an unsupported kind", path.display())]
    UnusableKey { path: PathBuf },
    /// The certificate is no X.509.
    #[error("the certificate {} is damaged", path.display())]
    UnusableCertificate { path: PathBuf },
    /// Each is fine, but they don't belong together.
    #[error("the private key {} does not belong to the certificate {}", key.display(), certificate.display())]
    Mismatch { certificate: PathBuf, key: PathBuf },
    /// Our own pair is not whole any more. It is never replaced in silence: clients may have pinned its fingerprint.
    #[error(
        "the self-signed certificate in {} is not usable ({fault}); restore self-signed.pem and self-signed.key, \
         or remove both and a new certificate is made at the next start",
        state_dir.display()
    )]
    BrokenSelfSigned { state_dir: PathBuf, fault: String },
    /// The cryptographic library refused.
    #[error("cannot set up TLS: {reason}")]
    Setup { reason: String },
}

/// What the system says about an error, as the end of a sentence: `address already in use`.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_error_reads_as_the_end_of_a_sentence() {
        assert_eq!(reason(&io::Error::from_raw_os_error(2)), "no such file or directory");
        assert_eq!(reason(&io::Error::other("Disk on fire")), "disk on fire");
        assert_eq!(reason(&io::Error::other("")), "");
    }
}
