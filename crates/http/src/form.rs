//! Bodies that are forms, as OAuth 2.0 has them (RFC 6749 B): each parameter at most once (RFC 6749 3.2).

use portcullis_core::domain::selector::query_value;

/// A form in which every parameter that is looked at is there once at the most.
#[derive(Debug)]
pub(crate) struct Form(String);

/// A parameter is missing, or there twice; or the body is no form at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

impl Form {
    /// Takes a body of this type.
    pub(crate) fn read(content_type: Option<&str>, body: &[u8]) -> Result<Self, Malformed> {
        let media_type = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(Malformed);
        }
        std::str::from_utf8(body).map(|text| Self(text.to_owned())).map_err(|_| Malformed)
    }

    /// The value of a parameter, decoded, if it is there; empty is as good as not there (RFC 6749 3.2).
    pub(crate) fn optional(&self, name: &str) -> Result<Option<String>, Malformed> {
        let value = query_value(Some(&self.0), name).map_err(|_| Malformed)?;
        Ok(value.filter(|value| !value.is_empty()))
    }

    /// The value of a parameter that must be there.
    pub(crate) fn only(&self, name: &str) -> Result<String, Malformed> {
        self.optional(name)?.ok_or(Malformed)
    }
}

/// The text of which this is the encoding: `+` is a space, `%` and two digits a byte. None if it is broken.
pub(crate) fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => 16 * digit(rest.next()?)? + digit(rest.next()?)?,
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
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
        assert_eq!((twice.optional("a"), twice.optional("b")), (Err(Malformed), Ok(None)));
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

    #[test]
    fn what_was_encoded_is_decoded_once_or_not_at_all() {
        for (text, expected) in [
            ("", Some("")),
            ("a-b_c.d~1", Some("a-b_c.d~1")),
            ("a%3Ab+c%2B%25", Some("a:b c+%")),
            ("%C3%A4", Some("ä")),
            ("%", None),
            ("%4", None),
            ("%zz", None),
            ("%+1", None),
            ("%ff", None),
        ] {
            assert_eq!(decoded(text).as_deref(), expected, "{text}");
        }
    }
}
