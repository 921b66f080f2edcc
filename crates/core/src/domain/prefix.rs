//! Prefixes of paths, and which of them is the longest that a request's path has.
//!
//! They say where a request goes on to once it is permitted, and have no say in the decision. A prefix is compared with
//! what the decision was made on, segment by segment, and with no other reading of the path.

use super::path::{PathFault, Target};

/// A path with all that is below it: `/api/v2` is `/api/v2`, `/api/v2/` and `/api/v2/x`, and not `/api/v20`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefix {
    text: Box<str>,
    /// The decoded path, as [`Target::key`] has it; empty for `/`.
    key: Box<str>,
}

/// Why a text is no prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PrefixError {
    /// No request could have this path, since the gate refuses it.
    #[error("no request can have this path: {0}")]
    Unreachable(PathFault),
    /// A query is no part of a path.
    #[error("a prefix has no query and no fragment")]
    Query,
    /// What routes have, and prefixes don't.
    #[error("a prefix has no {{parameter}} and no `*`: all that is below it belongs to it")]
    Pattern,
    /// `/x/` would leave `/x` to somebody else.
    #[error("a prefix has no slash at its end: `/x` is `/x`, `/x/` and all that is below")]
    Slash,
}

impl Prefix {
    /// Reads a prefix such as `/api/v2`, or `/` for every path.
    pub fn parse(text: &str) -> Result<Self, PrefixError> {
        if text.contains(['?', '#']) {
            return Err(PrefixError::Query);
        }
        if text.contains(['{', '}', '*']) {
            return Err(PrefixError::Pattern);
        }
        let target = Target::parse(text).map_err(PrefixError::Unreachable)?;
        let key = if text == "/" { "" } else { target.key() };
        if key.ends_with('/') {
            return Err(PrefixError::Slash);
        }
        Ok(Self { text: text.into(), key: key.into() })
    }

    /// Every path.
    pub fn root() -> Self {
        Self { text: "/".into(), key: "".into() }
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether both are about the same paths, however they are written.
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.key == other.key
    }

    /// Whether the path is the prefix or below it.
    pub fn covers(&self, target: &Target) -> bool {
        let rest = target.key().strip_prefix(&*self.key);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// Something for each of some prefixes.
#[derive(Debug, Clone)]
pub struct Prefixes<T> {
    /// The longest first.
    entries: Vec<(Prefix, T)>,
}

impl<T> Prefixes<T> {
    /// In whatever order. Of two that are the same, the first counts.
    pub fn new(entries: impl IntoIterator<Item = (Prefix, T)>) -> Self {
        let mut entries: Vec<_> = entries.into_iter().collect();
        entries.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.key.len()));
        Self { entries }
    }

    /// What the longest prefix of this path has. There are few prefixes, so that each is looked at.
    pub fn find(&self, target: &Target) -> Option<&T> {
        self.entries.iter().find(|(prefix, _)| prefix.covers(target)).map(|(_, value)| value)
    }

    /// What this prefix has.
    pub fn get(&self, prefix: &Prefix) -> Option<&T> {
        self.entries.iter().find(|(known, _)| known.is_same_as(prefix)).map(|(_, value)| value)
    }

    /// All of them, the longest first.
    pub fn iter(&self) -> impl Iterator<Item = (&Prefix, &T)> {
        self.entries.iter().map(|(prefix, value)| (prefix, value))
    }
}

impl<T> Default for Prefixes<T> {
    fn default() -> Self {
        Self { entries: vec![] }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn prefixes(texts: &[&str]) -> Prefixes<String> {
        Prefixes::new(texts.iter().map(|text| (Prefix::parse(text).unwrap(), (*text).to_owned())))
    }

    fn found<'p>(prefixes: &'p Prefixes<String>, raw: &str) -> Option<&'p str> {
        prefixes.find(&Target::parse(raw).unwrap()).map(String::as_str)
    }

    #[test]
    fn a_prefix_is_a_path_and_all_that_is_below_it() {
        let prefixes = prefixes(&["/api", "/api/v2", "/caf%C3%A9", "/a%20b"]);
        for (raw, expected) in [
            ("/api", Some("/api")),
            ("/api/", Some("/api")),
            ("/api?x=/api/v2", Some("/api")),
            ("/api/v1/x", Some("/api")),
            ("/api/v2", Some("/api/v2")),
            ("/api/v2/", Some("/api/v2")),
            ("/api/v2/x/y", Some("/api/v2")),
            ("/api/v20", Some("/api")),
            ("/apis", None),
            ("/", None),
            ("/x/api/v2", None),
            ("/caf%c3%a9/x", Some("/caf%C3%A9")),
            ("/a%20b", Some("/a%20b")),
        ] {
            assert_eq!(found(&prefixes, raw), expected, "{raw}");
        }
        assert_eq!(found(&Prefixes::default(), "/api"), None);
    }

    #[test]
    fn a_path_belongs_where_the_decision_saw_it_and_not_where_others_might() {
        let prefixes = prefixes(&["/", "/api/v2"]);
        for (raw, expected) in [
            ("/%61pi/v%32/x", "/api/v2"),
            ("/api/v2/%2E%2E%2Fv1", "/api/v2"),
            ("/API/v2/x", "/"),
            ("/api%2Fv2/x", "/"),
            ("/api%2fv2/x", "/"),
            ("/api/v2%2Fx", "/"),
            ("/api/v2%3Bx", "/"),
            ("/api/v2%3Fx", "/"),
            ("/api/v%2532", "/"),
        ] {
            assert_eq!(found(&prefixes, raw), Some(expected), "{raw}");
        }
    }

    #[test]
    fn what_no_path_begins_with_is_no_prefix() {
        for (wrong, expected) in [
            ("", PrefixError::Unreachable(PathFault::NotAbsolute)),
            ("api", PrefixError::Unreachable(PathFault::NotAbsolute)),
            ("/api//v2", PrefixError::Unreachable(PathFault::EmptySegment)),
            ("/api/../v2", PrefixError::Unreachable(PathFault::DotSegment)),
            ("/a b", PrefixError::Unreachable(PathFault::RawCharacter)),
            ("//", PrefixError::Unreachable(PathFault::EmptySegment)),
            ("/api/", PrefixError::Slash),
            ("/api/**", PrefixError::Pattern),
            ("/api/{version}", PrefixError::Pattern),
            ("/api?x", PrefixError::Query),
            ("/api#x", PrefixError::Query),
        ] {
            assert_eq!(Prefix::parse(wrong), Err(expected), "{wrong}");
        }
    }

    #[test]
    fn two_spellings_of_one_path_are_the_same_prefix() {
        let prefix = |text| Prefix::parse(text).unwrap();
        assert!(prefix("/a%62").is_same_as(&prefix("/ab")));
        assert!(prefix("/").is_same_as(&Prefix::root()));
        assert!(!prefix("/A").is_same_as(&prefix("/a")));
        let known = prefixes(&["/ab", "/"]);
        assert_eq!(known.get(&prefix("/%61b")).map(String::as_str), Some("/ab"));
        assert_eq!(known.get(&prefix("/a")), None);
    }

    /// As the reference says it: segment by segment, and of those that match, the one with the most.
    fn by_hand<'t>(texts: &'t [String], target: &Target) -> Option<&'t str> {
        let segments = |path: &str| -> Vec<String> { path.split('/').skip(1).map(str::to_owned).collect() };
        let of_target = segments(target.key());
        let of_prefix = |text: &str| match text {
            "/" => vec![],
            text => segments(Target::parse(text).unwrap().key()),
        };
        let matching = texts.iter().filter(|text| of_target.starts_with(&of_prefix(text)));
        matching.max_by_key(|text| of_prefix(text).len()).map(String::as_str)
    }

    /// Segments that are alike: beginnings of one another, spellings of one another, and what looks like a slash.
    const SEGMENTS: &[&str] =
        &["a", "ab", "A", "%61", "b", "%C3%A9", "%c3%a9", "a%2Fb", "a%2fb", "a%3Bb", "%25"];

    fn path() -> impl Strategy<Value = String> {
        let segments = prop::collection::vec(prop::sample::select(SEGMENTS), 0..4);
        segments.prop_map(|segments| format!("/{}", segments.join("/")))
    }

    proptest! {
        #[test]
        fn the_longest_prefix_wins_whatever_the_order(
            mut texts in prop::collection::vec(path(), 0..6),
            raw in path(),
            end in prop::sample::select(&["", "/", "?/a/b", "/?"][..]),
        ) {
            let same = |one: &String, other: &String| {
                Prefix::parse(one).unwrap().is_same_as(&Prefix::parse(other).unwrap())
            };
            texts.dedup_by(|one, other| same(one, other));
            let raw = if raw == "/" { format!("/{}", end.trim_start_matches('/')) } else { raw + end };
            let target = Target::parse(&raw).unwrap();
            let borrowed: Vec<_> = texts.iter().map(String::as_str).collect();
            let forwards = prefixes(&borrowed);
            let found = found(&forwards, &raw).map(|text| Prefix::parse(text).unwrap());
            let expected = by_hand(&texts, &target).map(|text| Prefix::parse(text).unwrap());
            prop_assert_eq!(found.is_some(), expected.is_some());
            if let (Some(found), Some(expected)) = (found, expected) {
                prop_assert!(found.is_same_as(&expected), "{:?} {:?}", found, expected);
                prop_assert!(found.covers(&target));
            }
        }
    }
}
