//! The `Authorization` fields of a request, one a line: exactly one token, or none.

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use portcullis_core::domain::request::Credential;
use portcullis_guard::credential::credential;

use crate::lines;

/// Takes each line as the value of an `Authorization` field; what no field can hold is left out, as hyper would.
pub fn authorization(data: &[u8]) {
    let values: Vec<_> = lines(data).filter_map(|line| HeaderValue::from_bytes(line).ok()).collect();
    let headers: HeaderMap = values.iter().map(|value| (AUTHORIZATION, value.clone())).collect();
    match (credential(&headers), values.as_slice()) {
        (Credential::Absent, fields) => assert!(fields.is_empty(), "a field is there"),
        (Credential::Malformed { .. }, fields) => {
            assert!(!fields.is_empty(), "no field is there");
            assert!(fields.len() > 1 || !is_bearer(&fields[0]), "one well-formed credential");
        }
        (Credential::Bearer(token), [only]) => {
            assert!(is_bearer(only), "malformed, but taken");
            assert!(only.as_bytes().trim_ascii().ends_with(token.as_bytes()), "another token");
            assert!(!token.contains([' ', ',', '\t']), "more than one token");
        }
        (Credential::Bearer(_), _) => panic!("one of several credentials was picked"),
    }
    a_second_field_leaves_no_credential(headers);
}

/// The scheme in any case, spaces, one token without a comma, spaces (RFC 6750 2.1, RFC 9110 11.6.2).
fn is_bearer(value: &HeaderValue) -> bool {
    let Some((scheme, rest)) = value.as_bytes().split_at_checked(b"bearer ".len()) else { return false };
    let is_space = |byte: &u8| *byte == b' ';
    let end = rest.iter().rposition(|byte| !is_space(byte)).map_or(0, |last| last + 1);
    let token: Vec<u8> = rest[..end].iter().copied().skip_while(is_space).collect();
    let of_a_token = |byte: &u8| (0x21..=0x7E).contains(byte) && *byte != b',';
    scheme.eq_ignore_ascii_case(b"bearer ") && !token.is_empty() && token.iter().all(of_a_token)
}

fn a_second_field_leaves_no_credential(mut headers: HeaderMap) {
    headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer second"));
    headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer third"));
    assert!(matches!(credential(&headers), Credential::Malformed { .. }), "one of several was picked");
}
