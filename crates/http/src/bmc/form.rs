//! The body of a token request: a form (RFC 6749 4.3.2), each parameter at most once (RFC 6749 3.2).

use portcullis_core::domain::selector::query_value;

/// A form in which every parameter that is looked at is there once.
pub(super) struct Form<'f>(&'f str);

/// A parameter is missing, or there twice; or the body is no form at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

impl<'f> Form<'f> {
    /// Takes a body of this type.
    pub(super) fn read(content_type: Option<&str>, body: &'f [u8]) -> Result<Self, Malformed> {
        let media_type = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(Malformed);
        }
        std::str::from_utf8(body).map(Self).map_err(|_| Malformed)
    }

    /// The value of a parameter, decoded; empty is as good as not there (RFC 6749 3.2).
    pub(super) fn only(&self, name: &str) -> Result<String, Malformed> {
        query_value(Some(self.0), name).ok().flatten().filter(|value| !value.is_empty()).ok_or(Malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: Option<&str> = Some("application/x-www-form-urlencoded; charset=utf-8");

    #[test]
    fn a_form_has_each_parameter_once() {
        let form = Form::read(FORM, b"grant_type=password&username=a%40b&password=p+q%26").unwrap();
        assert_eq!(form.only("username").as_deref(), Ok("a@b"));
        assert_eq!(form.only("password").as_deref(), Ok("p q&"));
        assert_eq!(form.only("scope"), Err(Malformed));
        let twice = Form::read(FORM, b"a=1&a=1&b=&%63=1&c=2").unwrap();
        for name in ["a", "b", "c"] {
            assert_eq!(twice.only(name), Err(Malformed), "{name}");
        }
    }

    #[test]
    fn another_content_type_is_no_form() {
        for wrong in
            [None, Some(""), Some("application/json"), Some("multipart/form-data"), Some("text/plain")]
        {
            assert!(Form::read(wrong, b"grant_type=password").is_err(), "{wrong:?}");
        }
        assert!(Form::read(FORM, b"a=\xff").is_err());
    }
}
