//! Tokens whose signature was found good a moment ago, so that the next request with the same one need not find it good
//! again.
//!
//! What is kept is what a token says, and nothing about whether it is still believed: time, stamp and user are the gate's,
//! and are asked on every request. What was refused is never kept. A codec has its own for each ring of keys, so a token of
//! another secret, or of a key that is gone, is none that it knows.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use portcullis_core::domain::token::Claims;
use quick_cache::Equivalent;
use quick_cache::sync::Cache;

/// How many tokens are kept.
const KEPT: usize = 4096;
/// The longest token that is kept, in bytes; ours have about 400. So all of them together stay below 8 MiB.
const LONGEST: usize = 1024;

/// How much of a token tells it from the others well enough to find its place, in bytes from the end.
const HASHED: usize = 32;

/// Tokens that were verified lately, the whole text of each.
pub(super) struct KnownTokens(Cache<Known, Arc<Claims>>);

impl KnownTokens {
    /// None yet.
    pub(super) fn new() -> Self {
        Self(Cache::new(KEPT))
    }

    /// What a token says, if it is one of them.
    pub(super) fn claims(&self, token: &str) -> Option<Arc<Claims>> {
        if token.len() > LONGEST {
            return None;
        }
        self.0.get(&Asked(token))
    }

    /// Keeps a token that was found good.
    pub(super) fn keep(&self, token: &str, claims: &Arc<Claims>) {
        if token.len() <= LONGEST {
            self.0.insert(Known(token.into()), Arc::clone(claims));
        }
    }
}

struct Known(Box<str>);

/// A token that may be among them.
struct Asked<'t>(&'t str);

/// The place of a token is found by a keyed hash, whose key is another one in each process.
impl Hash for Known {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Asked(&self.0).hash(state);
    }
}

/// By its end alone: of two tokens that were found good, no two signatures are alike.
impl Hash for Asked<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let token = self.0.as_bytes();
        state.write(token.last_chunk::<HASHED>().map_or(token, |end| end));
    }
}

/// Compares in a time that doesn't tell how much of a guess was right: part of a token is a secret, as a signature is.
fn is_same(one: &str, other: &str) -> bool {
    verify_slices_are_equal(one.as_bytes(), other.as_bytes()).is_ok()
}

impl PartialEq for Known {
    fn eq(&self, other: &Self) -> bool {
        is_same(&self.0, &other.0)
    }
}

impl Eq for Known {}

impl Equivalent<Known> for Asked<'_> {
    fn equivalent(&self, known: &Known) -> bool {
        is_same(self.0, &known.0)
    }
}

#[cfg(test)]
mod tests {
    use portcullis_core::domain::session::SessionId;
    use portcullis_core::domain::time::Timestamp;
    use portcullis_core::domain::token::Bearer;
    use portcullis_core::domain::user::Username;

    use super::*;

    fn claims() -> Arc<Claims> {
        Arc::new(Claims {
            issuer: "portcullis".into(),
            audience: vec![],
            bearer: Bearer::User { name: Username::parse("admin").unwrap(), roles: vec![] },
            issued_at: Timestamp::from_seconds(0),
            not_before: None,
            expires_at: Timestamp::from_seconds(1),
            id: "j".into(),
            session: SessionId::claimed("s".into()),
            stamp: "v".into(),
        })
    }

    #[test]
    fn a_token_is_known_by_all_of_its_text() {
        let known = KnownTokens::new();
        known.keep("a.b.c", &claims());
        assert_eq!(known.claims("a.b.c"), Some(claims()));
        for other in ["a.b.C", "a.b.c.", "a.b.", "", "x.b.c"] {
            assert_eq!(known.claims(other), None, "{other}");
        }
    }

    #[test]
    fn a_long_token_is_not_kept() {
        let known = KnownTokens::new();
        let (longest, longer) = ("a".repeat(LONGEST), "a".repeat(LONGEST + 1));
        known.keep(&longest, &claims());
        known.keep(&longer, &claims());
        assert!(known.claims(&longest).is_some());
        assert!(known.claims(&longer).is_none());
    }

    #[test]
    fn no_more_tokens_are_kept_than_there_is_room_for() {
        let known = KnownTokens::new();
        (0..3 * KEPT).for_each(|number| known.keep(&number.to_string(), &claims()));
        assert!(known.0.len() <= KEPT, "{}", known.0.len());
    }
}
