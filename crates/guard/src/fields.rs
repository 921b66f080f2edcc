//! Header fields for the gate: one value, or none, or nothing that can be relied on.

use http::HeaderMap;
use portcullis_core::domain::request::{AmbiguousField, Fields};

use crate::names::folded;
use crate::outbound::connection_options;

/// The header fields of a request.
#[derive(Debug, Clone, Copy)]
pub struct HeaderFields<'r>(pub &'r HeaderMap);

impl Fields for HeaderFields<'_> {
    fn only(&self, name: &str) -> Result<Option<&str>, AmbiguousField> {
        let name = name.to_ascii_lowercase();
        let wanted = folded(&name);
        // A field that `Connection` lists ends here: the upstream would not see what was decided by.
        if connection_options(self.0).iter().any(|option| folded(&option.to_ascii_lowercase()) == wanted) {
            return Err(AmbiguousField);
        }
        let mut found = None;
        for (field, value) in self.0 {
            if folded(field.as_str()) != wanted {
                continue;
            }
            // A second field, or one in a spelling that some server takes for this one.
            if found.is_some() || field.as_str() != name {
                return Err(AmbiguousField);
            }
            found = Some(value.to_str().map_err(|_| AmbiguousField)?.trim());
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn only(fields: &[(&str, &str)], name: &str) -> Result<Option<String>, AmbiguousField> {
        let headers: HeaderMap = fields
            .iter()
            .map(|(name, value)| {
                (name.parse::<HeaderName>().unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap())
            })
            .collect();
        HeaderFields(&headers).only(name).map(|value| value.map(str::to_owned))
    }

    #[test]
    fn the_one_field_of_a_name_is_found_in_any_case() {
        assert_eq!(only(&[("x-realm", "a")], "X-Realm"), Ok(Some("a".into())));
        assert_eq!(only(&[("x-other", "a")], "X-Realm"), Ok(None));
    }

    #[test]
    fn a_field_that_can_be_read_in_two_ways_is_ambiguous() {
        assert_eq!(only(&[("x-realm", "a"), ("x-realm", "a")], "X-Realm"), Err(AmbiguousField));
        assert_eq!(only(&[("x-realm", "a"), ("x_realm", "b")], "X-Realm"), Err(AmbiguousField));
        assert_eq!(only(&[("x.realm", "a")], "X-Realm"), Err(AmbiguousField));
        assert_eq!(only(&[("x-realm", "\u{e9}")], "X-Realm"), Err(AmbiguousField));
    }

    #[test]
    fn a_field_that_the_upstream_would_not_see_is_ambiguous() {
        for connection in ["X-Realm", "close, x-realm", "keep-alive,X_Realm"] {
            let fields = [("x-realm", "a"), ("connection", connection)];
            assert_eq!(only(&fields, "X-Realm"), Err(AmbiguousField), "{connection}");
        }
        assert_eq!(only(&[("x-realm", "a"), ("connection", "close")], "X-Realm"), Ok(Some("a".into())));
    }
}
