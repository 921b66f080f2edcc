//! The throttle: who guesses passwords is slowed down, and nobody is locked out by a stranger.
//!
//! Failures are counted for a name, whether anybody has it or not, and for an address. When there are too many, the
//! next attempts are turned away without hashing, for a time that doubles with each further failure. An address from
//! which a user logged in well before is judged by its own failures alone, so that a stranger who fails in his name
//! elsewhere does not keep him out.
//!
//! An attempt is asked about twice: when it comes, and again when it is its turn to be hashed, since a hundred that
//! come at once have all come before the first has failed.

mod tally;
pub(crate) mod watch;

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hash};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tally::Tally;

use crate::domain::throttle::{Origin, ThrottlePolicy};
use crate::domain::time::Timestamp;

/// How many names, addresses and pairs of them are remembered, each. One is remembered once it is hashed, so that hardly
/// a flood brings more in the time for which they count; if it does, the rest share one count, which refuses too much
/// rather than too little.
const MOST: usize = 32 * 1024;

/// How long a good login vouches for its address.
const VOUCHED: Duration = Duration::from_hours(30 * 24);

/// A name as the throttle knows it: a keyed hash, so that long names cost no more than short ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct NameKey(u64);

/// Somebody who tries to log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suspect {
    name: NameKey,
    origin: Option<Origin>,
    /// Never held.
    exempt: bool,
    /// Whether an earlier good login vouched for where he is when he came. Not asked again: what began in one tally must not
    /// end in another, or it would seem to be hashed for ever.
    is_vouched: bool,
}

/// An attempt is turned away; it is worth coming back after so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held(pub Duration);

/// Counts failures, and says who has to wait.
#[derive(Debug, Default)]
pub struct Throttle {
    keyed: RandomState,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    /// By name, from addresses that nobody vouches for.
    names: Tallies<NameKey>,
    /// By name and address, from addresses that an earlier good login vouches for.
    pairs: Tallies<(NameKey, Origin)>,
    /// By address, whatever the name.
    origins: Tallies<Origin>,
    /// When a user last logged in well from an address.
    vouched: HashMap<(NameKey, Origin), Timestamp>,
}

impl Suspect {
    /// Where he is, if an earlier login vouches for it.
    fn vouched_origin(self) -> Option<Origin> {
        self.origin.filter(|_| self.is_vouched)
    }
}

impl Throttle {
    /// Whom an attempt is by that comes now.
    pub fn suspect(
        &self,
        name: &str,
        address: Option<IpAddr>,
        policy: &ThrottlePolicy,
        now: Timestamp,
    ) -> Suspect {
        let name = NameKey(self.keyed.hash_one(name.to_lowercase()));
        let origin = address.map(Origin::from);
        Suspect {
            name,
            origin,
            exempt: address.is_some_and(|address| policy.exempts(address)),
            is_vouched: origin.is_some_and(|origin| self.counts().is_vouched((name, origin), now)),
        }
    }

    /// Whether an attempt may queue.
    pub fn check(&self, suspect: Suspect, policy: &ThrottlePolicy, now: Timestamp) -> Result<(), Held> {
        self.counts().check(suspect, policy, now)
    }

    /// Whether an attempt may be hashed now. If so, [`Throttle::end`] must be told how it went.
    pub fn begin(&self, suspect: Suspect, policy: &ThrottlePolicy, now: Timestamp) -> Result<(), Held> {
        let mut counts = self.counts();
        counts.check(suspect, policy, now)?;
        counts.each(suspect, policy, now, |tally, _| tally.begin());
        Ok(())
    }

    /// How an attempt that began went.
    pub fn end(&self, suspect: Suspect, policy: &ThrottlePolicy, now: Timestamp, good: bool) {
        let mut counts = self.counts();
        counts.each(suspect, policy, now, |tally, limit| {
            tally.end(suspect.origin, limit, policy, now, good);
        });
        if let (true, Some(origin)) = (good, suspect.origin) {
            counts.vouch(suspect.name, origin, policy, now);
        }
    }

    /// Whether somebody at this address has shown too many tokens that nobody has.
    pub fn check_guesser(
        &self,
        address: Option<IpAddr>,
        policy: &ThrottlePolicy,
        now: Timestamp,
    ) -> Result<(), Held> {
        let Some(origin) = address.filter(|address| !policy.exempts(*address)).map(Origin::from) else {
            return Ok(());
        };
        let mut counts = self.counts();
        let known = counts.origins.known(&origin);
        known.map_or(Ok(()), |tally| tally.check(policy.per_address, policy, now))
    }

    /// Counts a token that nobody has.
    pub fn count_guess(&self, address: Option<IpAddr>, policy: &ThrottlePolicy, now: Timestamp) {
        let Some(address) = address.filter(|address| !policy.exempts(*address)) else { return };
        let origin = Origin::from(address);
        let mut counts = self.counts();
        let tally = counts.origins.of(origin, policy, now);
        tally.begin();
        tally.end(Some(origin), policy.per_address, policy, now, false);
    }

    /// How long this suspect would have to wait.
    pub fn wait(&self, suspect: Suspect, policy: &ThrottlePolicy, now: Timestamp) -> Duration {
        self.check(suspect, policy, now).err().map_or(Duration::from_secs(1), |Held(wait)| wait)
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    /// Whether whatever is remembered of a suspect lets him try. Nothing is remembered for the asking.
    fn check(&mut self, suspect: Suspect, policy: &ThrottlePolicy, now: Timestamp) -> Result<(), Held> {
        if suspect.exempt {
            return Ok(());
        }
        if let Some(tally) = suspect.origin.and_then(|origin| self.origins.known(&origin)) {
            tally.check(policy.per_address, policy, now)?;
        }
        let by_name = match suspect.vouched_origin() {
            Some(origin) => self.pairs.known(&(suspect.name, origin)),
            None => self.names.known(&suspect.name),
        };
        by_name.map_or(Ok(()), |tally| tally.check(policy.per_user, policy, now))
    }

    /// Goes through the tallies that an attempt counts in, each with its limit.
    fn each(
        &mut self,
        suspect: Suspect,
        policy: &ThrottlePolicy,
        now: Timestamp,
        mut count: impl FnMut(&mut Tally, usize),
    ) {
        if suspect.exempt {
            return;
        }
        let by_name = match suspect.vouched_origin() {
            Some(origin) => self.pairs.of((suspect.name, origin), policy, now),
            None => self.names.of(suspect.name, policy, now),
        };
        count(by_name, policy.per_user);
        if let Some(origin) = suspect.origin {
            count(self.origins.of(origin, policy, now), policy.per_address);
        }
    }

    fn is_vouched(&self, pair: (NameKey, Origin), now: Timestamp) -> bool {
        self.vouched.get(&pair).is_some_and(|since| now < since.plus(VOUCHED))
    }

    /// A good login clears what its name failed from that address, and vouches for it.
    fn vouch(&mut self, name: NameKey, origin: Origin, policy: &ThrottlePolicy, now: Timestamp) {
        if let Some(tally) = self.names.by_key.get_mut(&name) {
            tally.forgive(origin, policy.per_user);
        }
        self.pairs.by_key.remove(&(name, origin));
        if self.vouched.len() >= MOST && !self.vouched.contains_key(&(name, origin)) {
            self.vouched.retain(|_, since| now < since.plus(VOUCHED));
        }
        if self.vouched.len() < MOST {
            self.vouched.insert((name, origin), now);
        }
    }
}

/// Tallies of one kind, bounded.
#[derive(Debug)]
struct Tallies<K> {
    by_key: HashMap<K, Tally>,
    /// Shared by those for whom there is no room.
    overflow: Tally,
    swept: Timestamp,
}

impl<K> Default for Tallies<K> {
    fn default() -> Self {
        Self { by_key: HashMap::new(), overflow: Tally::default(), swept: Timestamp::from_micros(i64::MIN) }
    }
}

impl<K: Hash + Eq> Tallies<K> {
    /// What is remembered of somebody; where there is no room, of all who found none.
    fn known(&mut self, key: &K) -> Option<&mut Tally> {
        if self.by_key.len() >= MOST && !self.by_key.contains_key(key) {
            return Some(&mut self.overflow);
        }
        self.by_key.get_mut(key)
    }

    fn of(&mut self, key: K, policy: &ThrottlePolicy, now: Timestamp) -> &mut Tally {
        if self.by_key.len() >= MOST && !self.by_key.contains_key(&key) {
            self.sweep(policy, now);
            if self.by_key.len() >= MOST {
                return &mut self.overflow;
            }
        }
        self.by_key.entry(key).or_default()
    }

    /// Forgets whoever has nothing to answer for any more; at most once a second, since it looks at all of them.
    fn sweep(&mut self, policy: &ThrottlePolicy, now: Timestamp) {
        if now >= self.swept.plus(Duration::from_secs(1)) {
            self.by_key.retain(|_, tally| tally.matters(policy, now));
            self.swept = now;
            if self.by_key.len() < MOST {
                // Whoever began in it while there was no room ends in a tally of his own now.
                self.overflow.forget_begun();
            }
        }
    }
}

#[cfg(test)]
mod tests;
