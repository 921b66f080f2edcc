//! What must hold of a request before anybody asks what it wants: its size, its transfer coding, and its host.

use http::header::{HOST, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderValue, Method, Version};

/// The longest target that is read, in bytes.
pub const MAX_TARGET: usize = 8 * 1024;
/// The most header fields that are read.
pub const MAX_FIELDS: usize = 100;
/// The most bytes of header fields that are read: names, values and four for `: ` and the line end.
pub const MAX_FIELD_BYTES: usize = 32 * 1024;

/// Why a request is refused before its path is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FramingFault {
    /// 400: no host, two, one that is no host, or one that differs from the target's authority.
    #[error("the request does not name one host")]
    Host,
    /// 400: a transfer coding other than `chunked`, or more than one.
    #[error("the request has a transfer coding that can't be passed on")]
    TransferCoding,
    /// 414.
    #[error("the request target is longer than {MAX_TARGET} bytes")]
    TargetTooLong,
    /// 431.
    #[error(
        "the request has more than {MAX_FIELDS} header fields, or more than {MAX_FIELD_BYTES} bytes of them"
    )]
    FieldsTooLarge,
}

/// Checks a request's size, transfer coding and host (RFC 9112 3.2 and 6.1, RFC 9113 8.3.1).
pub fn check(request: &Parts) -> Result<(), FramingFault> {
    let target = request.uri.path_and_query().map_or(0, |target| target.as_str().len());
    if target > MAX_TARGET {
        return Err(FramingFault::TargetTooLong);
    }
    let bytes: usize =
        request.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if request.headers.len() > MAX_FIELDS || bytes > MAX_FIELD_BYTES {
        return Err(FramingFault::FieldsTooLarge);
    }
    check_coding(request)?;
    check_host(request)
}

fn check_host(request: &Parts) -> Result<(), FramingFault> {
    // What is no path is taken for an authority if it could be one, which only CONNECT names so (RFC 9112 3.2.3).
    let is_said = request.uri.scheme().is_some() || request.method == Method::CONNECT;
    let authority = request.uri.authority().filter(|_| is_said).map(http::uri::Authority::as_str);
    let mut hosts = request.headers.get_all(HOST).iter();
    let host = hosts.next();
    let named = host.map(HeaderValue::as_bytes).into_iter().chain(authority.map(str::as_bytes));
    if hosts.next().is_some() || !named.into_iter().all(is_host) {
        return Err(FramingFault::Host);
    }
    let agree = match (authority, host) {
        (Some(authority), Some(host)) => authority.as_bytes().eq_ignore_ascii_case(host.as_bytes()),
        // HTTP/2 may name it in `:authority` alone; HTTP/1.1 always needs the field, HTTP/1.0 never.
        (Some(_), None) => request.version == Version::HTTP_2 || request.version < Version::HTTP_11,
        (None, Some(_)) => request.version < Version::HTTP_2,
        (None, None) => request.version < Version::HTTP_11,
    };
    if agree { Ok(()) } else { Err(FramingFault::Host) }
}

/// A host and perhaps a port, and nothing that one server might read as more.
pub fn is_host(value: &[u8]) -> bool {
    let allowed = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'.' | b'_' | b'~' | b':' | b'[' | b']' | b'%' | b'!' | b'$' | b'&')
            || matches!(byte, b'\'' | b'(' | b')' | b'*' | b'+' | b'=')
    };
    !value.is_empty() && value.iter().all(allowed)
}

/// The one coding that can be passed on for what it is (RFC 9112 6.1): what lies under another one would reach the
/// upstream without its name.
fn check_coding(request: &Parts) -> Result<(), FramingFault> {
    let mut codings = request.headers.get_all(TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, _) => Ok(()),
        (Some(only), None) if only.as_bytes().trim_ascii().eq_ignore_ascii_case(b"chunked") => Ok(()),
        (Some(_), _) => Err(FramingFault::TransferCoding),
    }
}

/// The host that was asked, as it goes on to the upstream.
pub fn host(request: &Parts) -> Option<HeaderValue> {
    let authority = || HeaderValue::from_str(request.uri.authority()?.as_str()).ok();
    request.headers.get(HOST).cloned().or_else(authority)
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn checked(version: Version, target: &str, hosts: &[&str]) -> Result<(), FramingFault> {
        let mut request = Request::builder().version(version).uri(target);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        check(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn http_1_1_needs_one_host_that_agrees_with_an_absolute_target() {
        let v11 = Version::HTTP_11;
        assert_eq!(checked(v11, "/a", &["bng:8443"]), Ok(()));
        assert_eq!(checked(v11, "http://bng:8443/a", &["BNG:8443"]), Ok(()));
        assert_eq!(checked(v11, "/a", &["[::1]:8443"]), Ok(()));
        for hosts in [&[][..], &["a", "a"], &["a", "b"], &["a b"], &["a/b"], &["u@a"], &["a,b"], &[""]] {
            assert_eq!(checked(v11, "/a", hosts), Err(FramingFault::Host), "{hosts:?}");
        }
        assert_eq!(checked(v11, "http://other/a", &["bng"]), Err(FramingFault::Host));
        assert_eq!(checked(v11, "http://bng/a", &[]), Err(FramingFault::Host));
    }

    #[test]
    fn what_is_no_path_names_no_host_but_for_connect() {
        // The path says what is wrong with it, as it does to a proxy that asks.
        for target in ["abc", "*~", "a:b@c"] {
            assert_eq!(checked(Version::HTTP_11, target, &["bng"]), Ok(()), "{target}");
            assert_eq!(checked(Version::HTTP_11, target, &[]), Err(FramingFault::Host), "{target}");
        }
        let connect = Request::builder().method(Method::CONNECT).uri("other:443").header(HOST, "bng");
        assert_eq!(check(&connect.body(()).unwrap().into_parts().0), Err(FramingFault::Host));
    }

    #[test]
    fn http_2_needs_an_authority_and_no_other_host() {
        let v2 = Version::HTTP_2;
        assert_eq!(checked(v2, "https://bng/a", &[]), Ok(()));
        assert_eq!(checked(v2, "https://bng/a", &["bng"]), Ok(()));
        assert_eq!(checked(v2, "https://bng/a", &["other"]), Err(FramingFault::Host));
        assert_eq!(checked(v2, "https://admin@bng/a", &[]), Err(FramingFault::Host));
        assert_eq!(checked(Version::HTTP_10, "http://u:p@bng/a", &[]), Err(FramingFault::Host));
        assert_eq!(checked(v2, "/a", &["bng"]), Err(FramingFault::Host));
        assert_eq!(checked(v2, "/a", &[]), Err(FramingFault::Host));
    }

    #[test]
    fn http_1_0_may_have_no_host_but_never_two() {
        assert_eq!(checked(Version::HTTP_10, "/a", &[]), Ok(()));
        assert_eq!(checked(Version::HTTP_10, "/a", &["a", "b"]), Err(FramingFault::Host));
    }

    #[test]
    fn chunked_is_the_only_transfer_coding() {
        let coded = |codings: &[&str]| {
            let mut request = Request::builder().uri("/").header(HOST, "a");
            for coding in codings {
                request = request.header(TRANSFER_ENCODING, *coding);
            }
            check(&request.body(()).unwrap().into_parts().0)
        };
        assert_eq!(coded(&["chunked"]), Ok(()));
        assert_eq!(coded(&["Chunked"]), Ok(()));
        for codings in
            [&["gzip, chunked"][..], &["chunked, chunked"], &["chunked", "chunked"], &["gzip"], &["identity"]]
        {
            assert_eq!(coded(codings), Err(FramingFault::TransferCoding), "{codings:?}");
        }
    }

    #[test]
    fn heads_beyond_the_limits_are_refused() {
        let long = format!("/{}", "a".repeat(MAX_TARGET));
        assert_eq!(checked(Version::HTTP_11, &long, &["a"]), Err(FramingFault::TargetTooLong));
        assert_eq!(checked(Version::HTTP_11, &long[..MAX_TARGET], &["a"]), Ok(()));
        let with = |fields: usize, size: usize| {
            let mut request = Request::builder().uri("/").header(HOST, "a");
            for _ in 1..fields {
                request = request.header("x", "v".repeat(size));
            }
            check(&request.body(()).unwrap().into_parts().0)
        };
        assert_eq!(with(100, 1), Ok(()));
        assert_eq!(with(101, 1), Err(FramingFault::FieldsTooLarge));
        assert_eq!(with(2, 33_000), Err(FramingFault::FieldsTooLarge));
    }
}
