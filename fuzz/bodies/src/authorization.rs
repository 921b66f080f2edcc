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
        (Credential::Malformed { .. }, []) => panic!("no field is there"),
        (Credential::Malformed { .. }, [only]) => assert!(!is_bearer(only), "one well-formed credential"),
        (Credential::Malformed { .. }, _) => {}
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
    let mut tokens = rest.split(|byte| *byte == b' ').filter(|token| !token.is_empty());
    let (Some(token), None) = (tokens.next(), tokens.next()) else { return false };
    let of_a_token = |byte: &u8| (0x21..=0x7E).contains(byte) && *byte != b',';
    scheme.eq_ignore_ascii_case(b"bearer ") && token.iter().all(of_a_token)
}

fn a_second_field_leaves_no_credential(mut headers: HeaderMap) {
    headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer second"));
    headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer third"));
    assert!(matches!(credential(&headers), Credential::Malformed { .. }), "one of several was picked");
}
