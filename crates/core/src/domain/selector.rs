//! Which realm a request names: read from its path, its query or its header, decoded once.

use super::path::{Target, decode_once};
use super::realm::{Realm, RealmAsked};
use super::request::Fields;
use super::requirement::{RealmRule, Requirement, Selector};

/// The request names its realm twice, or in a way that two servers would read differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the request names its realm in more than one way")]
pub struct AmbiguousRealm;

/// The realm that a requirement is about, for this request.
pub fn realm_asked(
    requirement: &Requirement,
    target: &Target,
    fields: &dyn Fields,
) -> Result<RealmAsked, AmbiguousRealm> {
    let Requirement::Right { realm, .. } = requirement else { return Ok(RealmAsked::Everywhere) };
    let named = match realm {
        RealmRule::Everywhere => return Ok(RealmAsked::Everywhere),
        RealmRule::In(realm) => return Ok(RealmAsked::Named(realm.clone())),
        RealmRule::From { selector: Selector::Path(index), .. } => target.segment(*index),
        RealmRule::From { selector: Selector::Query(key), .. } => query_value(target.query(), key)?,
        RealmRule::From { selector: Selector::Header(name), .. } => {
            fields.only(name).map_err(|_| AmbiguousRealm)?.map(str::to_owned)
        }
    };
    match named.filter(|name| !name.is_empty()) {
        None => Ok(RealmAsked::Unnamed),
        Some(name) => Realm::parse(&name).map(RealmAsked::Named).map_err(|_| AmbiguousRealm),
    }
}

/// The value of a query parameter, form-decoded (`+` is a space).
///
/// A parameter given twice is ambiguous; so is one in another case, since some servers ignore case; and so is one beside
/// a raw `;`, which some servers take for `&`.
pub fn query_value(query: Option<&str>, key: &str) -> Result<Option<String>, AmbiguousRealm> {
    let Some(query) = query else { return Ok(None) };
    let mut value = None;
    let mut times = 0;
    for pair in query.split(['&', ';']) {
        let (name, content) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decode_once(&name.replace('+', " "));
        if name.eq_ignore_ascii_case(key) {
            if name != key {
                return Err(AmbiguousRealm);
            }
            times += 1;
            value = Some(decode_once(&content.replace('+', " ")));
        }
    }
    if times > 1 || (times == 1 && query.contains(';')) {
        return Err(AmbiguousRealm);
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(query: &str) -> Result<Option<String>, AmbiguousRealm> {
        query_value(Some(query), "filter.realm")
    }

    #[test]
    fn a_query_parameter_is_decoded_once() {
        assert_eq!(value("a=b&filter.realm=Pop+Syd%2Fney%252F").unwrap().as_deref(), Some("Pop Syd/ney%2F"));
        assert_eq!(value("filter%2Erealm=x").unwrap().as_deref(), Some("x"));
        assert_eq!(value("a=filter.realm=x").unwrap(), None);
        assert_eq!(value("filter.realm").unwrap().as_deref(), Some(""));
        assert_eq!(query_value(None, "x"), Ok(None));
    }

    #[test]
    fn a_parameter_that_is_given_twice_in_any_spelling_is_ambiguous() {
        for query in [
            "filter.realm=a&filter.realm=a",
            "filter.realm=a&filter%2Erealm=b",
            "filter.realm=a&Filter.Realm=b",
            "filter.realm=a&x=1;filter.realm=b",
            "filter.realm=a;b",
            "Filter.Realm=a",
        ] {
            assert_eq!(value(query), Err(AmbiguousRealm), "{query}");
        }
    }
}
