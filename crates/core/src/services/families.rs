//! How a family of refresh tokens begins: with the session of a login, and for as long as a session may be.

use super::issuing::{Whereabouts, random, session_of};
use super::policy::Policy;
use crate::domain::delegation::Delegation;
use crate::domain::refresh::{Family, RefreshToken};
use crate::domain::session::{Session, SessionKind};
use crate::domain::standing::Standing;
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::ports::entropy::{Entropy, EntropyError};
use crate::ports::ledger::Change;

/// A session with a family of refresh tokens, and the first of these.
#[derive(Debug)]
pub(super) struct NewFamily {
    pub(super) session: Session,
    pub(super) first: RefreshToken,
    family: Family,
}

impl NewFamily {
    /// One of `user`, who stands so, perhaps through a client.
    pub(super) fn of(
        user: &User,
        standing: &Standing,
        delegation: Option<Delegation>,
        policy: &Policy,
        whereabouts: Whereabouts<'_>,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<Self, EntropyError> {
        let longest = policy.logins.opaque.max_age;
        let session = session_of(user, SessionKind::Jwt, longest, whereabouts, now, entropy)?;
        let first = RefreshToken::first(random(entropy)?);
        let family = Family::of(&first, session.id.clone(), standing.stamp(), delegation);
        Ok(Self { session, first, family })
    }

    /// What opens it, and the first token for whoever logged in.
    pub(super) fn opening(self) -> (Change, RefreshToken) {
        (Change::OpenFamily { session: self.session, family: self.family }, self.first)
    }
}
