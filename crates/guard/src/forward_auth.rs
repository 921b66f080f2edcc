//! The request that another proxy asks about, as its header fields describe it.
//!
//! Two families are known, and a request uses one of them, whole: a field that is missing or there twice is an error,
//! never a default, since what would be filled in is what would be let through.

use http::{HeaderMap, HeaderValue};

use crate::framing::{MAX_TARGET, is_host};
use crate::names::folded;

/// The fields of Traefik and Caddy, then those that nginx is configured to send.
const FIELDS: [&str; 5] =
    ["x-forwarded-method", "x-forwarded-uri", "x-forwarded-host", "x-original-method", "x-original-uri"];

/// The request that is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Original<'r> {
    /// Its method.
    pub method: &'r str,
    /// Its target. What is no UTF-8 is replaced by a character that no path may hold.
    pub target: &'r str,
}

/// Why it isn't clear which request is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ForwardedFault {
    /// There is no field of either family.
    #[error("neither X-Forwarded-Method, -Uri and -Host nor X-Original-Method and -URI are there")]
    Absent,
    /// There are fields of both.
    #[error(
        "fields of both families are there: X-Forwarded-Method, -Uri or -Host, and X-Original-Method or -URI"
    )]
    Both,
    /// A field of the family is missing.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A field is there twice, in two spellings, or is empty.
    #[error("{0} is there twice, in another spelling, or empty")]
    Ambiguous(&'static str),
    /// The target is longer than the gate would take, or holds what no request line may hold.
    #[error("{0} is no target that the gate itself would take")]
    Target(&'static str),
}

/// A path that is refused, for a field that is no text at all.
const NO_TEXT: &str = "/\\";

impl<'r> Original<'r> {
    /// Reads the request that is asked about from the fields of the request that asks.
    pub fn read(headers: &'r HeaderMap) -> Result<Self, ForwardedFault> {
        let [by_traefik @ .., original_method, original_uri] = described(headers);
        let is_by_traefik = by_traefik.iter().any(Field::is_there);
        let is_by_nginx = original_method.is_there() || original_uri.is_there();
        let [method, uri, host] = by_traefik;
        match (is_by_traefik, is_by_nginx) {
            (false, false) => Err(ForwardedFault::Absent),
            (true, true) => Err(ForwardedFault::Both),
            (true, false) => {
                if !is_host(host.only()?.as_bytes()) {
                    return Err(ForwardedFault::Ambiguous(host.name));
                }
                Ok(Self { method: method.text()?, target: uri.target()? })
            }
            (false, true) => Ok(Self { method: original_method.text()?, target: original_uri.target()? }),
        }
    }
}

/// The fields that describe the request, in one look at all that there are.
fn described(headers: &HeaderMap) -> [Field<'_>; FIELDS.len()] {
    let mut described = FIELDS.map(|name| Field { name, found: Found::Nowhere });
    let may_describe = |name: &str| name.starts_with('x');
    for (name, value) in headers.iter().filter(|(name, _)| may_describe(name.as_str())) {
        let of_the_name = |field: &&mut Field<'_>| {
            field.name.len() == name.as_str().len() && folded(name.as_str()) == field.name
        };
        if let Some(field) = described.iter_mut().find(of_the_name) {
            field.note(name.as_str(), value);
        }
    }
    described
}

/// A field, and what was found of it.
struct Field<'r> {
    name: &'static str,
    found: Found<'r>,
}

enum Found<'r> {
    Nowhere,
    Once(&'r HeaderValue),
    /// Twice, in another spelling, or empty.
    Ambiguous,
}

impl<'r> Field<'r> {
    fn note(&mut self, spelling: &str, value: &'r HeaderValue) {
        let is_first = matches!(self.found, Found::Nowhere);
        let is_clear = is_first && spelling == self.name && !value.is_empty();
        self.found = if is_clear { Found::Once(value) } else { Found::Ambiguous };
    }

    fn is_there(&self) -> bool {
        !matches!(self.found, Found::Nowhere)
    }

    fn only(&self) -> Result<&'r HeaderValue, ForwardedFault> {
        match self.found {
            Found::Nowhere => Err(ForwardedFault::Missing(self.name)),
            Found::Once(value) => Ok(value),
            Found::Ambiguous => Err(ForwardedFault::Ambiguous(self.name)),
        }
    }

    fn text(&self) -> Result<&'r str, ForwardedFault> {
        Ok(std::str::from_utf8(self.only()?.as_bytes()).unwrap_or(NO_TEXT))
    }

    fn target(&self) -> Result<&'r str, ForwardedFault> {
        let target = self.text()?;
        if is_sendable(target) { Ok(target) } else { Err(ForwardedFault::Target(self.name)) }
    }
}

/// Whether a target could have come in a request line to the gate itself. The path is judged by the gate; this is about the
/// length, and about the query.
pub fn is_sendable(target: &str) -> bool {
    let query = target.split_once('?').map_or("", |(_, query)| query);
    target.len() <= MAX_TARGET && query.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use http::HeaderName;

    use super::*;

    fn headers(fields: &[(&str, &str)]) -> HeaderMap {
        let parsed = |(name, value): &(&str, &str)| {
            (name.parse::<HeaderName>().unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap())
        };
        fields.iter().map(parsed).collect()
    }

    fn fault(fields: &[(&str, &str)]) -> ForwardedFault {
        Original::read(&headers(fields)).unwrap_err()
    }

    #[test]
    fn either_family_names_a_request() {
        let traefik = headers(&[
            ("x-forwarded-method", "GET"),
            ("x-forwarded-uri", "/a?b"),
            ("x-forwarded-host", "bng"),
        ]);
        assert_eq!(Original::read(&traefik), Ok(Original { method: "GET", target: "/a?b" }));
        let nginx = headers(&[("x-original-method", "PUT"), ("x-original-uri", "/a")]);
        assert_eq!(Original::read(&nginx), Ok(Original { method: "PUT", target: "/a" }));
    }

    #[test]
    fn a_family_is_whole_and_alone() {
        let (method, uri, host) =
            (("x-forwarded-method", "GET"), ("x-forwarded-uri", "/a"), ("x-forwarded-host", "bng"));
        let (original_method, original_uri) = (("x-original-method", "GET"), ("x-original-uri", "/a"));
        assert_eq!(fault(&[]), ForwardedFault::Absent);
        assert_eq!(fault(&[host]), ForwardedFault::Missing("x-forwarded-method"));
        assert_eq!(fault(&[original_method, original_uri, host]), ForwardedFault::Both);
        assert_eq!(fault(&[method, uri]), ForwardedFault::Missing("x-forwarded-host"));
        assert_eq!(fault(&[method, host]), ForwardedFault::Missing("x-forwarded-uri"));
        assert_eq!(fault(&[uri, host]), ForwardedFault::Missing("x-forwarded-method"));
        assert_eq!(fault(&[original_uri]), ForwardedFault::Missing("x-original-method"));
        assert_eq!(fault(&[original_method]), ForwardedFault::Missing("x-original-uri"));
        assert_eq!(fault(&[method, uri, host, original_uri]), ForwardedFault::Both);
        assert_eq!(fault(&[original_method, original_uri, uri]), ForwardedFault::Both);
    }

    #[test]
    fn a_target_that_no_request_line_may_hold_is_refused() {
        let asked = |target: &str| {
            Original::read(&headers(&[("x-original-method", "GET"), ("x-original-uri", target)])).err()
        };
        let wrong = Some(ForwardedFault::Target("x-original-uri"));
        assert_eq!(asked("/a?b=%20&c=d#e"), None);
        assert_eq!(asked("/a?b c"), wrong);
        assert_eq!(asked("/a?b\tc"), wrong);
        assert_eq!(asked("/a?é"), wrong);
        assert_eq!(asked(&format!("/{}", "a".repeat(MAX_TARGET - 1))), None);
        assert_eq!(asked(&format!("/{}", "a".repeat(MAX_TARGET))), wrong);
    }

    #[test]
    fn a_field_that_can_be_read_in_two_ways_is_refused() {
        let (method, uri, host) =
            (("x-forwarded-method", "GET"), ("x-forwarded-uri", "/a"), ("x-forwarded-host", "bng"));
        assert_eq!(fault(&[method, uri, uri, host]), ForwardedFault::Ambiguous("x-forwarded-uri"));
        assert_eq!(
            fault(&[method, uri, ("x_forwarded_uri", "/b"), host]),
            ForwardedFault::Ambiguous("x-forwarded-uri")
        );
        assert_eq!(
            fault(&[method, ("x_forwarded_uri", "/b"), host]),
            ForwardedFault::Ambiguous("x-forwarded-uri")
        );
        assert_eq!(
            fault(&[method, ("x-forwarded-uri", ""), host]),
            ForwardedFault::Ambiguous("x-forwarded-uri")
        );
        assert_eq!(
            fault(&[method, uri, ("x-forwarded-host", "a b,c/@")]),
            ForwardedFault::Ambiguous("x-forwarded-host")
        );
        assert_eq!(fault(&[method, uri, host, host]), ForwardedFault::Ambiguous("x-forwarded-host"));
    }
}
