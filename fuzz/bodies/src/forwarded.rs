//! What another proxy says of a request: the peer's address in the first line, header fields in the others.

use std::net::{IpAddr, Ipv4Addr};

use http::{HeaderMap, HeaderName, HeaderValue};
use portcullis_guard::forward_auth::Original;
use portcullis_guard::origin::Origin;
use portcullis_guard::peer::TrustedProxies;

use crate::lines;

/// The fields that say which request is asked about, by family.
const TRAEFIK: [&str; 3] = ["x-forwarded-method", "x-forwarded-uri", "x-forwarded-host"];
const NGINX: [&str; 2] = ["x-original-method", "x-original-uri"];

/// Reads the first line as the peer's address and each of the others as a field, `name: value`.
pub fn forwarded(data: &[u8]) {
    let mut lines = lines(data);
    let peer = lines.next().and_then(address).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let headers: HeaderMap = lines.filter_map(field).collect();
    whoever_is_asked_about_was_named_once(&headers);
    a_client_is_known_by_its_last_trusted_witness(peer, &headers);
}

fn field(line: &[u8]) -> Option<(HeaderName, HeaderValue)> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, value) = (line.get(..colon)?, line.get(colon + 1..)?);
    Some((HeaderName::from_bytes(name).ok()?, HeaderValue::from_bytes(value.trim_ascii()).ok()?))
}

fn address(text: &[u8]) -> Option<IpAddr> {
    std::str::from_utf8(text).ok()?.trim().parse().ok()
}

/// A request is read only from one family, whole, each field once and in its proper spelling.
fn whoever_is_asked_about_was_named_once(headers: &HeaderMap) {
    let Ok(original) = Original::read(headers) else { return };
    let [method, uri] = match (times(headers, TRAEFIK[0]), times(headers, NGINX[0])) {
        (1, 0) => {
            assert_eq!((times(headers, TRAEFIK[2]), times(headers, NGINX[1])), (1, 0), "not one family");
            [TRAEFIK[0], TRAEFIK[1]]
        }
        (0, 1) => {
            assert_eq!(times(headers, TRAEFIK[1]), 0, "fields of both families");
            NGINX
        }
        times => panic!("the method was given {times:?} times"),
    };
    assert_eq!(times(headers, uri), 1, "the target was given more than once");
    for (name, read) in [(method, original.method), (uri, original.target)] {
        match headers.get(name).map(|value| std::str::from_utf8(value.as_bytes())) {
            Some(Ok(value)) => assert_eq!(value, read, "`{name}`"),
            _ => assert!(read.contains('\\'), "what is no text must be no method and no path"),
        }
    }
    for name in [TRAEFIK[0], TRAEFIK[1], NGINX[0], NGINX[1], "x_forwarded.uri", "x.original_method"] {
        let mut more = headers.clone();
        more.append(HeaderName::from_static(name), HeaderValue::from_static("/second"));
        assert!(Original::read(&more).is_err(), "a second `{name}` was passed over");
    }
}

/// How often a field is there, in any spelling that some server takes for it.
fn times(headers: &HeaderMap, name: &str) -> usize {
    let meant = |field: &HeaderName| field.as_str().replace(['_', '.'], "-") == name;
    headers.iter().filter(|(field, _)| meant(field)).count()
}

/// What a client wrote itself counts for nothing: the nearest proxy has the last word. Whoever stands behind a word that
/// can't be read may be anywhere, and so is not on this machine.
fn a_client_is_known_by_its_last_trusted_witness(peer: IpAddr, headers: &HeaderMap) {
    let trusted = trusted();
    let origin = Origin::new(Some(peer), &trusted, headers);
    let Some(client) = origin.client else { panic!("the client of a peer has no address") };
    let is_local = origin.is_local(headers);
    assert_eq!(client, client.to_canonical(), "one address has one form");
    assert!(client.is_loopback() || !is_local, "somebody elsewhere was taken for one on this machine");
    if !trusted.contain(peer) {
        assert_eq!(client, peer.to_canonical(), "a stranger's word counted");
        return;
    }
    let values = headers.get_all("x-forwarded-for").iter().map(HeaderValue::as_bytes);
    let named: Vec<_> = values.flat_map(|value| value.split(|byte| *byte == b',')).map(address).collect();
    let says_otherwise = ["x-real-ip", "forwarded"].iter().any(|name| headers.contains_key(*name));
    assert!(!named.is_empty() || !says_otherwise || !is_local, "whoever was named elsewhere was passed over");
    let (mut witnessed, mut is_legible) = (peer.to_canonical(), true);
    for named in named.into_iter().rev() {
        let Some(named) = named else {
            is_legible = false;
            break;
        };
        witnessed = named.to_canonical();
        if !trusted.contain(witnessed) {
            break;
        }
    }
    assert_eq!(client, witnessed, "what the client wrote counted more than what the proxies saw");
    assert!(is_legible || !is_local, "whoever can't be seen was taken for one on this machine");
}

fn trusted() -> TrustedProxies {
    let networks = ["10.0.0.0/8", "127.0.0.1/32", "fd00::/8"];
    TrustedProxies::new(networks.iter().filter_map(|network| network.parse().ok()).collect())
}
