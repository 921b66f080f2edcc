//! `X-Request-Id`: kept if it is well formed, so that a client's id is found in our log and behind.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};

/// The name of the field.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is kept, in characters.
const LONGEST: usize = 128;

/// The id of a request, ready to be written into the fields of the request to the upstream and of the answer. Clones
/// share its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// The id that the client gave, if there is one and it can do no harm in a log.
    pub fn given(headers: &HeaderMap) -> Option<Self> {
        let mut fields = headers.get_all(X_REQUEST_ID).iter();
        let only = fields.next().filter(|_| fields.next().is_none())?;
        let harmless = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:+/=@".contains(byte);
        let is_harmless = (1..=LONGEST).contains(&only.len()) && only.as_bytes().iter().all(harmless);
        is_harmless.then(|| Self(only.clone()))
    }

    /// An id that we made. What is no text for a field would be an empty one.
    pub fn new(made: String) -> Self {
        let value = HeaderValue::from_maybe_shared(Bytes::from(made));
        Self(value.unwrap_or_else(|_| HeaderValue::from_static("")))
    }

    /// As it is logged.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.0.as_bytes()).unwrap_or_default()
    }

    /// As it stands in a field.
    pub fn value(&self) -> HeaderValue {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(values: &[&'static str]) -> Option<String> {
        let headers: HeaderMap =
            values.iter().map(|value| (X_REQUEST_ID, HeaderValue::from_static(value))).collect();
        RequestId::given(&headers).map(|id| id.as_str().to_owned())
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

    #[test]
    fn an_id_that_we_made_is_written_as_it_is() {
        let id = RequestId::new("0123abcd".to_owned());
        assert_eq!((id.as_str(), id.value()), ("0123abcd", HeaderValue::from_static("0123abcd")));
        assert_eq!(RequestId::new("a\r\nb".to_owned()).as_str(), "");
    }
}
