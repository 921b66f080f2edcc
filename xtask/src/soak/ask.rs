//! A request, as it is written.

/// A request.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    method: &'static str,
    target: String,
    fields: Vec<String>,
    body: Option<String>,
}

impl Ask {
    pub(super) fn new(method: &'static str, target: impl Into<String>) -> Self {
        Self { method, target: target.into(), fields: Vec::new(), body: None }
    }

    pub(super) fn get(target: impl Into<String>) -> Self {
        Self::new("GET", target)
    }

    pub(super) fn bearer(self, token: &str) -> Self {
        self.field("Authorization", &format!("Bearer {token}"))
    }

    /// As if a proxy in front had brought it from there.
    pub(super) fn from(self, address: &str) -> Self {
        self.field("X-Forwarded-For", address)
    }

    pub(super) fn json(self, body: &serde_json::Value) -> Self {
        self.field("Content-Type", "application/json").body(body.to_string())
    }

    pub(super) fn form(self, fields: &[(&str, &str)]) -> Self {
        let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        self.field("Content-Type", "application/x-www-form-urlencoded").body(fields.join("&"))
    }

    pub(super) fn body(self, body: String) -> Self {
        Self { body: Some(body), ..self }
    }

    fn field(mut self, name: &str, value: &str) -> Self {
        self.fields.push(format!("{name}: {value}"));
        self
    }

    /// As it goes over the wire.
    pub(super) fn text(&self) -> String {
        let Self { method, target, fields, body } = self;
        let mut lines = vec![format!("{method} {target} HTTP/1.1"), "Host: soak.example.net".to_owned()];
        lines.extend(fields.iter().cloned());
        lines.extend(body.as_ref().map(|body| format!("Content-Length: {}", body.len())));
        format!("{}\r\n\r\n{}", lines.join("\r\n"), body.as_deref().unwrap_or_default())
    }

    /// What it is called where something went wrong; no token is in it.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.method, self.target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_written_with_the_length_of_its_body() {
        let ask = Ask::new("POST", "/token").from("192.0.2.1").form(&[("a", "1"), ("b", "2")]);
        let expected = "POST /token HTTP/1.1\r\nHost: soak.example.net\r\nX-Forwarded-For: 192.0.2.1\r\n\
                        Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n\r\na=1&b=2";
        assert_eq!(ask.text(), expected);
        assert_eq!(Ask::get("/").text(), "GET / HTTP/1.1\r\nHost: soak.example.net\r\n\r\n");
    }
}
