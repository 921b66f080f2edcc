//! How what a route matches is written in a request.

use std::fmt::Write as _;

/// A segment of a path from its key, in which an encoded delimiter is encoded already.
pub(super) fn segment_of_key(key: &str) -> String {
    encoded(key, |byte| byte == b'%' || is_plain_in_a_path(byte))
}

/// The key of a segment whose value is `text`: only its delimiters are encoded.
pub(super) fn key_of_value(text: &str) -> String {
    encoded(text, |byte| !matches!(byte, b'/' | b'?' | b'#' | b';' | b'%'))
}

/// The name or the value of a query parameter.
pub(super) fn query_part(text: &str) -> String {
    encoded(text, is_unreserved)
}

/// The same literal in another case, such as `spellings` don't hold; none if it has no letters, or no other spelling.
pub(super) fn in_another_case(literal: &str, spellings: &[&str]) -> Option<String> {
    let others = [literal.to_ascii_lowercase(), literal.to_ascii_uppercase(), with_capital(literal)];
    others.into_iter().find(|other| !spellings.contains(&other.as_str()))
}

fn with_capital(literal: &str) -> String {
    let (first, rest) = literal.split_at(literal.chars().next().map_or(0, char::len_utf8));
    first.to_ascii_uppercase() + &rest.to_ascii_lowercase()
}

fn encoded(text: &str, is_kept: impl Fn(u8) -> bool) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    for byte in text.bytes() {
        if is_kept(byte) {
            bytes.push(byte);
        } else {
            let mut triplet = String::with_capacity(3);
            let _ = write!(triplet, "%{byte:02X}");
            bytes.extend(triplet.into_bytes());
        }
    }
    // Whole characters were kept or taken apart into ASCII, so that nothing is lost here.
    String::from_utf8_lossy(&bytes).into_owned()
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

fn is_plain_in_a_path(byte: u8) -> bool {
    is_unreserved(byte) || b"!$&'()*+,=:@".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::path::Target;

    #[test]
    fn what_is_spelled_is_read_as_what_it_was() {
        for value in ["pop-syd", "Pop Syd ney", "é", "a=b,c:d", "Gi0/0", "50% off;#?", "a%2Fb"] {
            let target = Target::parse(&format!("/{}", segment_of_key(&key_of_value(value)))).unwrap();
            assert_eq!(target.segment(0).as_deref(), Some(value));
            let query = format!("k={}", query_part(value));
            let read = crate::domain::selector::query_value(Some(&query), "k").unwrap();
            assert_eq!(read.as_deref(), Some(value));
        }
        assert_eq!(segment_of_key("a%2Fb"), "a%2Fb");
    }

    #[test]
    fn another_case_is_one_that_no_route_has() {
        assert_eq!(in_another_case("ab", &["ab"]).as_deref(), Some("AB"));
        assert_eq!(in_another_case("AB", &["AB"]).as_deref(), Some("ab"));
        assert_eq!(in_another_case("ab", &["ab", "AB"]).as_deref(), Some("Ab"));
        assert_eq!(in_another_case("42", &["42"]), None);
        assert_eq!(in_another_case("a", &["a", "A"]), None);
    }
}
