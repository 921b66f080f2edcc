//! `upstream…`: whom the gate stands before.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;
use std::time::Duration;

use portcullis_store_yaml::document::Faults;

use super::durations::Bounds;
use super::layers::{Settings, digits};
use super::network::unix_socket;
use super::setting::Setting;
use super::upstreams::Service;

/// Whom requests are handed on to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Upstream {
    /// In plain HTTP over TCP.
    Http {
        /// `host:port`, an IPv6 address in brackets.
        authority: String,
    },
    /// Over TLS.
    Https {
        /// Its name, which its certificate must have; an IPv6 address without brackets.
        host: String,
        /// Its port.
        port: u16,
    },
    /// In plain HTTP over a Unix socket.
    Unix(PathBuf),
}

/// How long the upstream may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UpstreamTimeouts {
    /// To accept a connection.
    pub(crate) connect: Duration,
    /// To begin its answer; a route may say otherwise.
    pub(crate) response_head: Duration,
    /// Between two requests, after which a connection is closed.
    pub(crate) pool_idle: Duration,
}

/// What becomes of the caller's own `Authorization`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UpstreamAuthorization {
    /// It ends here.
    Drop,
    /// It goes on, for an upstream that still checks the token itself.
    Keep,
}

/// How long a route, or any, may wait for the upstream.
pub(super) const WAIT: Bounds = Bounds::new(Duration::from_millis(1), Duration::from_hours(24));

/// The upstream, if there is one.
pub(super) fn upstream(settings: &Settings<'_>, faults: &mut Faults) -> Option<Upstream> {
    read(&settings.optional("upstream")?, faults)
}

/// One address.
pub(super) fn read(url: &Setting<'_>, faults: &mut Faults) -> Option<Upstream> {
    let text = url.text("http://, https:// or unix:/path", faults)?;
    // What is wrong is said without the text, which may hold a password.
    parse(&text).map_err(|wrong| faults.push(url.fault(wrong))).ok()
}

/// The authorities of `https://` upstreams; beside others alone they are a promise that nobody keeps, which is said.
pub(super) fn authorities(
    settings: &Settings<'_>,
    services: &[Service],
    faults: &mut Faults,
    warnings: &mut Vec<String>,
) -> Option<PathBuf> {
    let path = settings.path("upstream_ca", faults)?;
    let mut addresses = services.iter().flat_map(|service| &service.to);
    if !addresses.any(|address| matches!(address, Upstream::Https { .. })) {
        warnings.push("`upstream_ca` is for an https:// upstream and has no effect here".to_owned());
    }
    Some(path)
}

/// How long it may take for what.
pub(super) fn timeouts(settings: &Settings<'_>, faults: &mut Faults) -> UpstreamTimeouts {
    let mut wait = |key, seconds| settings.duration(key, Duration::from_secs(seconds), WAIT, faults);
    UpstreamTimeouts {
        connect: wait("upstream_timeouts.connect", 2),
        response_head: wait("upstream_timeouts.response_head", 30),
        pool_idle: wait("upstream_timeouts.pool_idle", 60),
    }
}

/// Whether the caller's token goes on.
pub(super) fn authorization(settings: &Settings<'_>, faults: &mut Faults) -> UpstreamAuthorization {
    let keep = ("keep", UpstreamAuthorization::Keep);
    settings.choice("upstream_authorization", ("drop", UpstreamAuthorization::Drop), &[keep], faults)
}

fn parse(text: &str) -> Result<Upstream, &'static str> {
    if text.starts_with("unix:") {
        return unix_socket(text)
            .map(Upstream::Unix)
            .ok_or("expected an absolute path of at most 107 bytes after unix:");
    }
    let (scheme, rest) = text.split_once("://").ok_or(FORM)?;
    let usual_port = match scheme {
        "http" => 80,
        "https" => 443,
        _ => return Err(FORM),
    };
    // A slash alone is no path (RFC 3986 6.2.3).
    let authority = rest.strip_suffix('/').unwrap_or(rest);
    if authority.contains('@') {
        return Err("a user name or password has no place in this URL");
    }
    if authority.contains(['/', '?', '#']) {
        return Err("a path or query has no place in this URL: every request goes on with its own");
    }
    let (host, port) = split_port(authority, usual_port).ok_or("expected a host, or host:port, after ://")?;
    Ok(match scheme {
        "https" => Upstream::Https { host: host.to_owned(), port },
        _ if host.contains(':') => Upstream::Http { authority: format!("[{host}]:{port}") },
        _ => Upstream::Http { authority: format!("{host}:{port}") },
    })
}

pub(super) const FORM: &str = "expected http://host:port, https://host:port or unix:/path";

/// Host, an IPv6 one without its brackets, and port.
fn split_port(authority: &str, usual: u16) -> Option<(&str, u16)> {
    let (host, rest) = if let Some(rest) = authority.strip_prefix('[') {
        rest.split_once(']').filter(|(host, _)| host.parse::<Ipv6Addr>().is_ok())?
    } else {
        let host = authority.split(':').next().filter(|host| is_host(host))?;
        (host, authority.strip_prefix(host)?)
    };
    let port = match rest.strip_prefix(':') {
        Some(port) => digits(port).filter(|port| *port != 0)?,
        None => rest.is_empty().then_some(usual)?,
    };
    Some((host, port))
}

/// An IPv4 address, or a name; what looks like an address must be one.
fn is_host(host: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    let name = host.strip_suffix('.').unwrap_or(host);
    let last = name.rsplit('.').next().unwrap_or_default();
    let looks_like_address = last.bytes().all(|byte| byte.is_ascii_digit());
    host.len() <= 253
        && name.split('.').all(is_label)
        && (!looks_like_address || host.parse::<Ipv4Addr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn http(authority: &str) -> Upstream {
        Upstream::Http { authority: authority.to_owned() }
    }

    #[test]
    fn an_upstream_is_a_host_and_a_port_or_a_socket() {
        assert_eq!(parse("http://127.0.0.1:8000"), Ok(http("127.0.0.1:8000")));
        assert_eq!(parse("http://bng-1.example/"), Ok(http("bng-1.example:80")));
        assert_eq!(parse("http://[::1]:8000"), Ok(http("[::1]:8000")));
        assert_eq!(parse("https://bng"), Ok(Upstream::Https { host: "bng".into(), port: 443 }));
        assert_eq!(
            parse("https://[fd00::1]:8443"),
            Ok(Upstream::Https { host: "fd00::1".into(), port: 8443 })
        );
        assert_eq!(parse("unix:/run/bng.sock"), Ok(Upstream::Unix("/run/bng.sock".into())));
    }

    #[test]
    fn what_is_more_or_less_than_that_is_refused() {
        for wrong in [
            "",
            "127.0.0.1:8000",
            "ftp://x",
            "HTTP://x",
            "http:",
            "http://",
            "http:///",
            "http://:80",
            "http://x:",
            "http://x:0",
            "http://x:+80",
            "http://x:65536",
            "http://x:80:80",
            "http://::1",
            "http://[::1",
            "http://[x]",
            "http://[::1]80",
            "http://a b",
            "http://é",
            "http://a..b",
            "http://256.0.0.1",
            "http://1.2.3",
            "http://x/y",
            "http://x//",
            "http://x?y",
            "http://x#y",
            "http://x/?y",
            "unix:",
            "unix:bng.sock",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_password_in_the_url_is_not_repeated() {
        for wrong in ["http://admin:hunter2@bng", "https://hunter2@bng/path", "https://bng/hunter2?hunter2"] {
            assert!(!parse(wrong).unwrap_err().contains("hunter2"), "{wrong}");
        }
    }
}
