//! `X-Request-Id`: kept if it is well formed, so that a client's id is found in our log and behind.

use http::{HeaderMap, HeaderName};

/// The name of the field.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is kept, in characters.
const LONGEST: usize = 128;

/// The id that the client gave, if there is one and it can do no harm in a log.
pub fn given(headers: &HeaderMap) -> Option<&str> {
    let mut fields = headers.get_all(X_REQUEST_ID).iter();
    let only = fields.next().filter(|_| fields.next().is_none())?.to_str().ok()?;
    let harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:+/=@".contains(&byte);
    ((1..=LONGEST).contains(&only.len()) && only.bytes().all(harmless)).then_some(only)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn kept(values: &[&'static str]) -> Option<String> {
        let headers: HeaderMap =
            values.iter().map(|value| (X_REQUEST_ID, HeaderValue::from_static(value))).collect();
        given(&headers).map(str::to_owned)
    }

    #[test]
    fn only_one_well_formed_id_is_kept() {
        assert_eq!(kept(&["abc-1.2_3:4"]).as_deref(), Some("abc-1.2_3:4"));
        assert_eq!(kept(&[]), None);
        assert_eq!(kept(&["a", "b"]), None);
        assert_eq!(kept(&[""]), None);
        assert_eq!(kept(&["a b"]), None);
        assert_eq!(kept(&["a\"}"]), None);
    }
}
