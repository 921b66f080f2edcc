//! The credential of a request: one `Authorization` field with one bearer token (RFC 6750 2.1).

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use portcullis_core::domain::request::Credential;

/// The scheme, and what separates it from the token.
const BEARER: &[u8] = b"bearer ";

/// What a request offers as a credential. Tokens in the query or the body are no credential.
pub fn credential(headers: &HeaderMap) -> Credential<'_> {
    let mut fields = headers.get_all(AUTHORIZATION).iter();
    match (fields.next(), fields.next()) {
        (None, _) => Credential::Absent,
        (Some(only), None) => one(only),
        (Some(_), Some(_)) => {
            let is_bearer =
                |field: &HeaderValue| !matches!(one(field), Credential::Malformed { bearer: false });
            Credential::Malformed { bearer: headers.get_all(AUTHORIZATION).iter().any(is_bearer) }
        }
    }
}

fn one(field: &HeaderValue) -> Credential<'_> {
    let bytes = field.as_bytes();
    let Some((scheme, rest)) = bytes.split_at_checked(BEARER.len()) else {
        return Credential::Malformed { bearer: false };
    };
    if !scheme.eq_ignore_ascii_case(BEARER) {
        return Credential::Malformed { bearer: false };
    }
    let token = without_spaces(rest);
    match std::str::from_utf8(token) {
        Ok(text) if !text.is_empty() && is_one_word(token) => Credential::Bearer(text),
        _ => Credential::Malformed { bearer: !token.is_empty() && bytes.is_ascii() },
    }
}

/// Without the spaces around it, and only those.
fn without_spaces(mut text: &[u8]) -> &[u8] {
    while let [b' ', rest @ ..] | [rest @ .., b' '] = text {
        text = rest;
    }
    text
}

/// Whether nothing in it separates one credential from the next. It does not stop at the first byte that does, since a
/// processor that need not stop looks at many at a time.
fn is_one_word(token: &[u8]) -> bool {
    let separates = |byte: &u8| !byte.is_ascii_graphic() || *byte == b',';
    token.iter().fold(0, |found, byte| found | u8::from(separates(byte))) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[&str]) -> HeaderMap {
        values
            .iter()
            .map(|value| (AUTHORIZATION, HeaderValue::from_bytes(value.as_bytes()).unwrap()))
            .collect()
    }

    #[test]
    fn one_bearer_token_is_a_credential_whatever_the_case_of_its_scheme() {
        for value in ["Bearer abc", "bearer abc", "BEARER abc", "Bearer   abc", "Bearer abc "] {
            assert_eq!(credential(&of(&[value])), Credential::Bearer("abc"), "{value:?}");
        }
    }

    #[test]
    fn no_field_is_no_credential() {
        assert_eq!(credential(&of(&[])), Credential::Absent);
    }

    #[test]
    fn what_is_not_exactly_one_credential_is_malformed() {
        for value in [
            "",
            "Bearer",
            "Bearer ",
            "Basic YTpi",
            "abc",
            "Bearer\tabc",
            "Token abc",
            "Bearerabc",
            "Bearer:abc",
        ] {
            assert_eq!(credential(&of(&[value])), Credential::Malformed { bearer: false }, "{value:?}");
        }
        for value in ["Bearer a b", "Bearer a,b", "Bearer a, Bearer b"] {
            assert_eq!(credential(&of(&[value])), Credential::Malformed { bearer: true }, "{value:?}");
        }
        assert_eq!(credential(&of(&["Bearer abc", "Bearer abc"])), Credential::Malformed { bearer: true });
        assert_eq!(credential(&of(&["Basic YTpi", "Bearer abc"])), Credential::Malformed { bearer: true });
        assert_eq!(credential(&of(&["Bearer \u{e9}"])), Credential::Malformed { bearer: false });
    }
}
