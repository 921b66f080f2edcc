//! A request as a test writes it, and the answer as it reads it.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Version};
use serde_json::{Value, json};

/// A request.
#[derive(Debug, Clone)]
pub struct Ask {
    pub(crate) method: Method,
    pub(crate) target: String,
    pub(crate) fields: HeaderMap,
    pub(crate) body: Bytes,
}

impl Ask {
    /// A request with any method.
    pub fn new(method: &str, target: &str) -> Self {
        let method = method.parse().unwrap();
        Self { method, target: target.to_owned(), fields: HeaderMap::new(), body: Bytes::new() }
    }

    /// GET.
    pub fn get(target: &str) -> Self {
        Self::new("GET", target)
    }

    /// POST.
    pub fn post(target: &str) -> Self {
        Self::new("POST", target)
    }

    /// A login.
    pub fn login(name: &str, password: &str) -> Self {
        Self::post("/api/v1/auth/login").json(&json!({ "username": name, "password": password }))
    }

    /// The same request to another target.
    #[must_use]
    pub fn to(self, target: &str) -> Self {
        Self { target: target.to_owned(), ..self }
    }

    /// With a bearer token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.field("authorization", format!("Bearer {token}"))
    }

    /// With one more field.
    #[must_use]
    pub fn field(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let name: HeaderName = name.parse().unwrap();
        self.fields.append(name, HeaderValue::from_bytes(value.as_ref()).unwrap());
        self
    }

    /// With a body of some type.
    #[must_use]
    pub fn body(mut self, content_type: &str, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self.field("content-type", content_type)
    }

    /// With a body of JSON.
    #[must_use]
    pub fn json(self, value: &Value) -> Self {
        self.body("application/json", value.to_string())
    }
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The version of HTTP that it came with.
    pub version: Version,
    /// The fields.
    pub fields: HeaderMap,
    /// The whole body.
    pub body: Bytes,
    /// The fields after the body.
    pub trailers: HeaderMap,
}

impl Answer {
    /// The value of a field that is there exactly once, or none.
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut values = self.fields.get_all(name).iter();
        let value = values.next().map(|value| value.to_str().unwrap());
        assert!(values.next().is_none(), "{name} is there twice");
        value
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The member `detail` of an error.
    pub fn detail(&self) -> String {
        let body = self.json();
        // The BNG's clients read the one, those of BMC the other.
        let detail = body["detail"].as_str().or_else(|| body["error_description"].as_str());
        detail.unwrap_or_else(|| panic!("no detail: {self:?}")).to_owned()
    }

    /// Whether the gate refused it, rather than somebody answered it: a refusal has a decision that can be asked for.
    pub fn is_refusal(&self) -> bool {
        self.field("portcullis-decision").is_some()
    }
}
