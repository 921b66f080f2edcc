//! Which key signs when, and until when it verifies: pure, and given the time.
//!
//! The keys stand in the order in which they were made. Each retires at the moment at which the next one begins to sign, so
//! that there is always one that signs, and never two.

use std::time::Duration;

use portcullis_core::domain::time::Timestamp;
use portcullis_crypto::keys::KeyAlgorithm;

/// How much longer than its last token a key verifies: for a process that has not yet heard that it retired.
const LEEWAY: Duration = Duration::from_mins(1);

/// A key, and its times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its name.
    pub(crate) id: String,
    /// What it is for.
    pub(crate) algorithm: KeyAlgorithm,
    /// When it was made, and told of.
    pub(crate) created: Timestamp,
    /// When it begins to sign.
    pub(crate) signs_from: Timestamp,
    /// When it ends to sign, as far as that is known.
    pub(crate) retired_at: Option<Timestamp>,
    /// The longest lifetime of its tokens; none if it never signed.
    pub(crate) longest_token: Option<Duration>,
}

/// What a key is good for at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It is told of, and does not sign yet.
    Published,
    /// It signs.
    Signing,
    /// It verifies what it signed.
    Retired,
}

/// The keys in the order in which they were made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Chain(pub(super) Vec<Entry>);

impl Entry {
    /// When the last of its tokens has surely expired; none as long as it may make more.
    pub(crate) fn verifies_until(&self) -> Option<Timestamp> {
        Some(self.retired_at?.plus(self.longest_token.unwrap_or_default()).plus(LEEWAY))
    }

    fn is_retired(&self, now: Timestamp) -> bool {
        self.retired_at.is_some_and(|at| at <= now)
    }
}

impl Phase {
    /// A stable word.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Signing => "signing",
            Self::Retired => "retired",
        }
    }
}

impl Chain {
    /// The key that signs; none if none can. If the clock was set back to before the first of them, that one does.
    pub(super) fn signing(&self, now: Timestamp) -> Option<&Entry> {
        let able = || self.0.iter().filter(|key| !key.is_retired(now));
        able().rfind(|key| key.signs_from <= now).or_else(|| able().next())
    }

    /// The key that signs in the end, if nothing else happens.
    pub(super) fn last(&self) -> Option<&Entry> {
        self.0.last().filter(|key| key.retired_at.is_none())
    }

    /// What a key is good for, if tokens are signed with keys.
    pub(super) fn phase(&self, id: &str, now: Timestamp) -> Phase {
        let key = self.0.iter().find(|key| key.id == id);
        match key {
            Some(key) if key.is_retired(now) => Phase::Retired,
            _ if self.signing(now).is_some_and(|key| key.id == id) => Phase::Signing,
            _ => Phase::Published,
        }
    }

    /// Adds a key that was made now. Those that are there retire when it begins to sign.
    pub(super) fn add(&mut self, id: String, algorithm: KeyAlgorithm, now: Timestamp, signs_from: Timestamp) {
        self.retire(signs_from);
        let (retired_at, longest_token) = (None, None);
        self.0.push(Entry { id, algorithm, created: now, signs_from, retired_at, longest_token });
    }

    /// Ends the signing of all keys at some moment, unless it ends earlier.
    fn retire(&mut self, at: Timestamp) {
        for key in &mut self.0 {
            key.retired_at = Some(key.retired_at.map_or(at, |earlier| earlier.min(at)));
        }
    }

    /// Ends the signing of all keys that have signed, since the shared secret signs now. One that has not is in store for
    /// a time when it does no longer.
    pub(super) fn retire_used(&mut self, now: Timestamp) {
        for key in self.0.iter_mut().filter(|key| key.longest_token.is_some()) {
            key.retired_at = Some(key.retired_at.map_or(now, |earlier| earlier.min(now)));
        }
    }

    /// Notes how long a token of the key that signs may last.
    pub(super) fn note_lifetime(&mut self, now: Timestamp, ttl: Duration) {
        let Some(id) = self.signing(now).map(|key| key.id.clone()) else { return };
        for key in self.0.iter_mut().filter(|key| key.id == id) {
            key.longest_token = key.longest_token.max(Some(ttl));
        }
    }

    /// Removes the keys whose last token has expired.
    pub(super) fn remove_done(&mut self, now: Timestamp) {
        self.0.retain(|key| key.verifies_until().is_none_or(|until| now < until));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: Duration = Duration::from_hours(1);
    const GRACE: Duration = Duration::from_mins(6);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    /// A chain whose keys were made at these seconds, the first to sign at once.
    fn made_at(times: &[i64]) -> Chain {
        let mut chain = Chain::default();
        for time in times {
            let grace = if chain.0.is_empty() { Duration::ZERO } else { GRACE };
            chain.add(time.to_string(), KeyAlgorithm::EdDsa, at(*time), at(*time).plus(grace));
        }
        chain
    }

    fn signing(chain: &Chain, now: i64) -> &str {
        chain.signing(at(now)).map_or("nobody", |key| &key.id)
    }

    #[test]
    fn a_key_is_published_before_it_signs_and_the_one_before_signs_until_then() {
        let chain = made_at(&[0, 1000]);
        assert_eq!((signing(&chain, 1000), signing(&chain, 1359), signing(&chain, 1360)), ("0", "0", "1000"));
        assert_eq!(chain.phase("1000", at(1359)), Phase::Published);
        assert_eq!(chain.phase("1000", at(1360)), Phase::Signing);
        assert_eq!(chain.phase("0", at(1360)), Phase::Retired);
    }

    #[test]
    fn of_several_in_a_row_the_last_one_stays() {
        let chain = made_at(&[0, 1000, 1001, 1002]);
        assert_eq!(signing(&chain, 1359), "0");
        assert_eq!(signing(&chain, 5000), "1002");
        let mut later_first = made_at(&[0]);
        later_first.add("far".into(), KeyAlgorithm::EdDsa, at(10), at(9000));
        later_first.add("near".into(), KeyAlgorithm::EdDsa, at(11), at(100));
        assert_eq!((signing(&later_first, 99), signing(&later_first, 100)), ("0", "near"));
        assert_eq!(signing(&later_first, 9001), "near");
    }

    #[test]
    fn a_key_verifies_until_its_last_token_has_expired_and_a_minute_more() {
        let mut chain = made_at(&[0]);
        chain.note_lifetime(at(5), 24 * HOUR);
        chain.note_lifetime(at(6), HOUR);
        chain.add("next".into(), KeyAlgorithm::EdDsa, at(10), at(10).plus(GRACE));
        let until = 10 + 360 + 24 * 3600 + 60;
        assert_eq!(chain.0[0].verifies_until(), Some(at(until)));
        chain.remove_done(at(until - 1));
        assert_eq!(chain.0.len(), 2);
        chain.remove_done(at(until));
        assert_eq!(chain.0.iter().map(|key| key.id.as_str()).collect::<Vec<_>>(), ["next"]);
        chain.remove_done(at(i64::MAX / 2_000_000));
        assert_eq!(chain.0.len(), 1, "the one that signs is never done");
    }

    #[test]
    fn where_the_secret_signs_used_keys_retire_and_one_in_store_stays() {
        let mut chain = made_at(&[0]);
        chain.retire_used(at(10));
        assert_eq!(chain.0[0].retired_at, None);
        chain.note_lifetime(at(11), HOUR);
        chain.add("next".into(), KeyAlgorithm::EdDsa, at(12), at(5000));
        chain.retire_used(at(20));
        assert_eq!(chain.0.iter().map(|key| key.retired_at).collect::<Vec<_>>(), [Some(at(20)), None]);
        assert_eq!(signing(&chain, 21), "next", "of those that are left it is the only one");
    }

    #[test]
    fn a_clock_that_was_set_back_leaves_nobody_without_a_key() {
        assert_eq!(signing(&made_at(&[1000, 2000]), 0), "1000");
        assert_eq!(Chain::default().signing(at(0)), None);
    }

    proptest! {
        /// Time goes on, keys are made, and somebody signs all the while: whatever was signed verifies as long as it lasts.
        #[test]
        fn no_token_outlives_its_key(
            steps in prop::collection::vec((1..900_i64, prop::option::of(0..1000_u64), 1..100_u64), 1..60),
        ) {
            let (mut chain, mut now, mut signed) = (made_at(&[0]), 0, vec![]);
            for (number, (pause, grace, ttl)) in steps.into_iter().enumerate() {
                now += pause;
                let ttl = Duration::from_secs(ttl * 10);
                if let Some(grace) = grace {
                    let signs_from = at(now).plus(Duration::from_secs(grace));
                    chain.add(number.to_string(), KeyAlgorithm::EdDsa, at(now), signs_from);
                }
                chain.note_lifetime(at(now), ttl);
                chain.remove_done(at(now));
                let able = chain.0.iter().filter(|key| key.signs_from <= at(now) && !key.is_retired(at(now)));
                prop_assert!(able.count() <= 1);
                let key = chain.signing(at(now)).unwrap();
                signed.push((key.id.clone(), at(now).plus(ttl)));
                for (id, expires_at) in signed.iter().filter(|(_, expires_at)| at(now) < *expires_at) {
                    prop_assert!(chain.0.iter().any(|key| key.id == *id), "{id} until {expires_at:?} at {now}");
                }
            }
        }
    }
}
