//! A gate as somebody sees it who has no token: the way to it, its certificate, and what it answers.
//!
//! No password and no token is ever sent.

mod answers;
mod connect;
mod old_tls;
mod verifier;

use std::fmt;

use http::Uri;
use http::uri::Authority;
use portcullis_core::domain::time::Timestamp;

pub(in super::super) use verifier::Trust;

use super::codes;
use super::exposure::is_loopback;
use super::finding::Finding;
use super::x509::{Shown, judged};
use connect::{Encrypted, Link};
use verifier::Doubt;

/// Where a gate is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Place {
    /// Name or address, an IPv6 one without its brackets.
    host: String,
    port: u16,
    is_encrypted: bool,
}

impl Place {
    /// Reads `https://host:port`.
    pub(in super::super) fn parse(text: &str) -> Result<Self, String> {
        let form = || "expected https://host or https://host:port, without a path".to_owned();
        let uri: Uri = text.parse().map_err(|_| form())?;
        let is_encrypted = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(form()),
        };
        let is_bare = matches!(uri.path(), "" | "/") && uri.query().is_none();
        let authority = uri.authority().filter(|authority| is_bare && !authority.as_str().contains('@'));
        let authority: &Authority = authority.ok_or_else(form)?;
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = match (authority.port_u16(), is_encrypted) {
            (Some(0), _) => return Err(form()),
            (Some(port), _) => port,
            (None, _) if authority.as_str().ends_with(':') => return Err(form()),
            (None, true) => 443,
            (None, false) => 80,
        };
        if host.is_empty() { Err(form()) } else { Ok(Self { host, port, is_encrypted }) }
    }

    /// `host:port`, as a request names it.
    fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", if self.is_encrypted { "https" } else { "http" }, self.authority())
    }
}

/// Everything that is seen from here.
pub(super) async fn examined(place: &Place, trust: &Trust, now: Timestamp) -> Vec<Finding> {
    let mut found = vec![];
    let link = match Link::to(place).await {
        Ok(link) => link,
        Err(error) => {
            let mend =
                "look whether the server runs, and whether anything on the way stops connections to it";
            return vec![codes::UNREACHABLE.found(format!("{place}: {error}"), mend)];
        }
    };
    match link.encrypted() {
        Some(encrypted) => found.extend(of_tls(place, encrypted, trust, now).await),
        None if !is_loopback(&place.authority()) => {
            let mend = "remove `tls: off` there, and connect with https://";
            found.push(codes::PLAIN_HTTP.found(format!("{place} is plain HTTP"), mend));
        }
        None => {}
    }
    found.extend(answers::judged(place).await);
    found
}

async fn of_tls(place: &Place, encrypted: &Encrypted, trust: &Trust, now: Timestamp) -> Vec<Finding> {
    let mut found = vec![];
    let called = format!("the certificate of {place}");
    let mend = "get a new certificate for that server; Portcullis takes changed files over by itself";
    if let Some(first) = encrypted.chain.first() {
        found.extend(judged(&Shown { called: &called, der: first, host: Some(&place.host), mend }, now));
    }
    if let Err(doubt) = trust.believes(&encrypted.chain, now) {
        found.extend(of_doubt(doubt, &called, &found));
    }
    if encrypted.is_tls_12 {
        let mend = "switch TLS 1.3 on in whatever answers there; Portcullis has it by itself";
        found.push(codes::TLS_13_MISSING.found(format!("{place} chose TLS 1.2 where 1.3 was offered"), mend));
    }
    match old_tls::is_accepted(place).await {
        Ok(true) => {
            let mend = "switch TLS 1.0 and 1.1 off in whatever answers there; Portcullis has neither";
            found.push(codes::OLD_TLS.found(format!("{place} accepts TLS 1.1"), mend));
        }
        Ok(false) => {}
        Err(error) => {
            found.push(codes::NOT_CHECKED.found(format!("TLS 1.1 at {place}: {error}"), "try again"));
        }
    }
    found.extend(answers::of_plaintext(place).await);
    found
}

/// Why a certificate is not believed, unless that was said of the first of its chain already, and in better words.
fn of_doubt(doubt: Doubt, called: &str, said: &[Finding]) -> Option<Finding> {
    let of_time = [codes::CERTIFICATE_EXPIRED, codes::CERTIFICATE_NOT_YET_VALID];
    match doubt {
        Doubt::Time if said.iter().any(|finding| of_time.contains(&finding.code)) => None,
        Doubt::Time => {
            let title = format!("one between {called} and its authority has ended, or has not begun yet");
            let mend = "have that server show the authority's present ones, which it publishes";
            Some(codes::CERTIFICATE_EXPIRED.found(title, mend))
        }
        Doubt::Other(reason) => {
            let mend = "get one of an authority that the clients trust, or name that authority with --ca";
            Some(codes::CERTIFICATE_UNTRUSTED.found(format!("{called} is not trusted: {reason}"), mend))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn that_something_has_ended_is_said_once() {
        let of = |doubt, said: &[Finding]| of_doubt(doubt, "it", said).map(|finding| finding.code);
        let ended = [codes::CERTIFICATE_EXPIRED.found("it ended", "another")];
        assert_eq!(of(Doubt::Time, &ended), None);
        assert_eq!(of(Doubt::Time, &[]), Some(codes::CERTIFICATE_EXPIRED));
        assert_eq!(of(Doubt::Other("x".to_owned()), &ended), Some(codes::CERTIFICATE_UNTRUSTED));
    }

    #[test]
    fn a_place_is_a_scheme_a_host_and_a_port() {
        let shown = |text: &str| Place::parse(text).unwrap().to_string();
        assert_eq!(shown("https://gate.example"), "https://gate.example:443");
        assert_eq!(shown("http://127.0.0.1:8080/"), "http://127.0.0.1:8080");
        assert_eq!(shown("https://[::1]:8443"), "https://[::1]:8443");
        for wrong in [
            "",
            "gate",
            "gate:8443",
            "ftp://gate",
            "https://",
            "https://gate/api",
            "https://gate?x",
            "https://a:b@gate",
            "https://gate:0",
            "https://gate:",
        ] {
            assert!(Place::parse(wrong).is_err(), "{wrong}");
        }
    }
}
