//! The fingerprint of a certificate, so that whoever connects for the first time can compare what he sees with what the
//! server printed.

use rustls_pki_types::CertificateDer;
use sha2::{Digest, Sha256};

/// The SHA-256 of the certificate as `openssl x509 -fingerprint -sha256` prints it: `AB:CD:…`.
pub(super) fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    let pairs: Vec<_> = Sha256::digest(certificate).iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_the_sha_256_in_capital_pairs() {
        // FIPS 180-2 B.1, the digest of "abc".
        let expected = "BA:78:16:BF:8F:01:CF:EA:41:41:40:DE:5D:AE:22:23:\
                        B0:03:61:A3:96:17:7A:9C:B4:10:FF:61:F2:00:15:AD";
        assert_eq!(fingerprint(&CertificateDer::from(&b"abc"[..])), expected);
    }
}
