//! What is to be said of a server's certificate, whether it was read from a file or shown by a server.

use std::net::IpAddr;
use std::time::Duration;

use portcullis_core::domain::time::Timestamp;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer as _;
use x509_parser::public_key::PublicKey;

use super::codes;
use super::finding::{Finding, some_of};

/// How long before its end a certificate should have been renewed.
const SOON: Duration = Duration::from_hours(30 * 24);
/// The least bits of an RSA key (NIST SP 800-131A).
const LEAST_RSA: usize = 2048;
/// Signatures with SHA-1 and MD5: sha1WithRSAEncryption, md5WithRSAEncryption, ecdsa-with-SHA1.
const BROKEN_SIGNATURES: [&str; 3] = ["1.2.840.113549.1.1.5", "1.2.840.113549.1.1.4", "1.2.840.10045.4.1"];

/// A certificate, and what is expected of it.
pub(super) struct Shown<'c> {
    /// What it is, at the beginning of a sentence: `the certificate /etc/…/cert.pem`.
    pub(super) called: &'c str,
    /// The certificate itself.
    pub(super) der: &'c [u8],
    /// The name that clients connect by, if it is known.
    pub(super) host: Option<&'c str>,
    /// How to get a better one.
    pub(super) mend: &'c str,
}

/// Everything that is wrong with it.
pub(super) fn judged(shown: &Shown<'_>, now: Timestamp) -> Vec<Finding> {
    let Shown { called, der, mend, .. } = shown;
    let Ok((_, certificate)) = X509Certificate::from_der(der) else {
        return vec![codes::CERTIFICATE_UNUSABLE.found(format!("{called} can't be read"), *mend)];
    };
    let mut found = of_time(shown, &certificate, now);
    found.extend(of_name(shown, &certificate));
    found.extend(
        of_use(&certificate).map(|what| codes::CERTIFICATE_USAGE.found(format!("{called} {what}"), *mend)),
    );
    found.extend(
        weakness(&certificate).map(|what| codes::CERTIFICATE_WEAK.found(format!("{called} {what}"), *mend)),
    );
    if certificate.subject() == certificate.issuer() {
        let mend = "give clients its fingerprint, or get one of an authority that they trust";
        found.push(codes::CERTIFICATE_SELF_SIGNED.found(format!("{called} is signed by itself alone"), mend));
    }
    found
}

fn of_time(shown: &Shown<'_>, certificate: &X509Certificate<'_>, now: Timestamp) -> Vec<Finding> {
    let Shown { called, mend, .. } = shown;
    let validity = certificate.validity();
    let [from, until] =
        [validity.not_before, validity.not_after].map(|time| Timestamp::from_seconds(time.timestamp()));
    let day = super::super::output::time;
    let (code, title) = if until <= now {
        (codes::CERTIFICATE_EXPIRED, format!("{called} ended at {}", day(until)))
    } else if from > now {
        (codes::CERTIFICATE_NOT_YET_VALID, format!("{called} is not valid before {}", day(from)))
    } else if until <= now.plus(SOON) {
        (codes::CERTIFICATE_ENDS_SOON, format!("{called} ends at {}", day(until)))
    } else {
        return vec![];
    };
    vec![code.found(title, *mend)]
}

/// The subject is no name of a server any more (RFC 9525 2), the alternative names are.
fn of_name(shown: &Shown<'_>, certificate: &X509Certificate<'_>) -> Option<Finding> {
    let names = names(certificate);
    let title = match shown.host {
        Some(host) if names.iter().any(|name| name.is_for(host)) => return None,
        None if !names.is_empty() => return None,
        Some(host) if !names.is_empty() => {
            format!("{} is not for {host}, but for {}", shown.called, some_of(&names))
        }
        Some(_) | None => format!("{} has no name of a server (subjectAltName)", shown.called),
    };
    Some(codes::CERTIFICATE_NAME.found(title, shown.mend))
}

/// A name in a certificate.
enum Name {
    Dns(String),
    Address(IpAddr),
}

impl Name {
    /// Whether clients that connect to this host take it; a `*` stands for the first label (RFC 9525 6.3).
    fn is_for(&self, host: &str) -> bool {
        let host = host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
        match self {
            Self::Address(address) => host.parse().is_ok_and(|host: IpAddr| host == *address),
            Self::Dns(name) => match name.strip_prefix("*.") {
                None => name.eq_ignore_ascii_case(host),
                Some(rest) => host.split_once('.').is_some_and(|(_, of)| of.eq_ignore_ascii_case(rest)),
            },
        }
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Dns(name) => f.write_str(name),
            Self::Address(address) => address.fmt(f),
        }
    }
}

fn names(certificate: &X509Certificate<'_>) -> Vec<Name> {
    let extension = certificate.subject_alternative_name().ok().flatten();
    let names = extension.map(|extension| extension.value.general_names.as_slice()).unwrap_or_default();
    let read = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some(Name::Dns((*name).to_owned())),
        GeneralName::IPAddress(bytes) => {
            let v4 = <[u8; 4]>::try_from(*bytes).map(IpAddr::from);
            v4.or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from)).ok().map(Name::Address)
        }
        _ => None,
    };
    names.iter().filter_map(read).collect()
}

/// What it is for, if that is not a server.
fn of_use(certificate: &X509Certificate<'_>) -> Option<&'static str> {
    if certificate.is_ca() {
        return Some("is one of an authority, and not of a server");
    }
    let extended = certificate.extended_key_usage().ok().flatten()?;
    let is_for_servers = extended.value.server_auth || extended.value.any;
    (!is_for_servers).then_some("is not for servers (extended key usage)")
}

/// What makes it easy to forge.
fn weakness(certificate: &X509Certificate<'_>) -> Option<String> {
    let signature = certificate.signature_algorithm.algorithm.to_id_string();
    // Nobody asks who vouches for itself how it did.
    let is_own = certificate.subject() == certificate.issuer();
    if !is_own && BROKEN_SIGNATURES.contains(&signature.as_str()) {
        return Some("is signed with SHA-1 or MD5".to_owned());
    }
    match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(key)) if key.key_size() < LEAST_RSA => {
            Some(format!("has an RSA key of {} bits", key.key_size()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rustls_pki_types::CertificateDer;
    use rustls_pki_types::pem::PemObject as _;

    use super::*;

    /// Of an RSA key of 1024 bits, which an authority signed with SHA-256, for `gate.example`, from 2026-11-22 to 2126. No
    /// library that we have makes such a key any more.
    const WEAK: &str = "\
-----BEGIN CERTIFICATE-----
MIIB1zCCAX2gAwIBAgIUBpiPtJLW/i1FdN+m7UdgDNwzxg8wCgYIKoZIzj0EAwIw
FzEVMBMGA1UEAwwMYW4gYXV0aG9yaXR5MCAXDTI2MTEyMjE3Mjg0MloYDzIxMjYx
MDI5MTcyODQyWjAPMQ0wCwYDVQQDDARnYXRlMIGfMA0GCSqGSIb3DQEBAQUAA4GN
ADCBiQKBgQDJ21xdXzD0KAeiGnULzZZNsTbCDZv9NyQZdZxGH4JJJj9/uUmiwP5P
pxXNYRQs0pmfxLFTx7JEZloXwVNiKwlxZ2RuMj3h3S1FncgL7QZ0wJM29LRlX2Ki
UQXqsChv64JzSob1aXqZwhezWxwb4IHKwfanB7w4eFiwmqdv6k56rwIDAQABo2Yw
ZDAdBgNVHQ4EFgQU1mR1RS2Iwz3TNXyE7SoTsJxgLFkwHwYDVR0jBBgwFoAUWf0x
dgsmSztLRCs6r2knWOFAwHcwFwYDVR0RBBAwDoIMZ2F0ZS5leGFtcGxlMAkGA1Ud
EwQCMAAwCgYIKoZIzj0EAwIDSAAwRQIgPArIPC1FEk9DD2lS5agUp89snvjgbEY9
Ea+RUgpi2mcCIQCo1U87KGpM4TL7s8Sf+C3xewGA/WizXlzPawNWKvehGg==
-----END CERTIFICATE-----
";

    #[test]
    fn a_short_rsa_key_is_weak() {
        let der = CertificateDer::from_pem_slice(WEAK.as_bytes()).unwrap();
        let shown = Shown { called: "it", der: &der, host: Some("gate.example"), mend: "another" };
        let found = judged(&shown, Timestamp::from_seconds(1_800_000_000));
        assert_eq!(found, [codes::CERTIFICATE_WEAK.found("it has an RSA key of 1024 bits", "another")]);
    }

    #[test]
    fn a_name_is_for_its_host_in_any_case_and_a_star_for_one_label() {
        let dns = |name: &str, host: &str| Name::Dns(name.to_owned()).is_for(host);
        assert!(dns("gate.example", "GATE.example") && dns("gate.example", "gate.example."));
        assert!(dns("*.example", "gate.example") && !dns("*.example", "a.gate.example"));
        assert!(!dns("*.example", "example") && !dns("gate.example", "gate.example.net"));
        let address = |text: &str, host: &str| Name::Address(text.parse().unwrap()).is_for(host);
        assert!(address("127.0.0.1", "127.0.0.1") && address("::1", "[::1]") && !address("::1", "localhost"));
    }
}
