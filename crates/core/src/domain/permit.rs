//! The permit: proof that the gate let a request through, and the only thing that can be sent on.

use std::sync::Arc;

use super::decision::Missing;
use super::path::Target;
use super::requirement::Requirement;
use super::right::Right;
use super::route::{Destination, Route};
use super::session::{SessionId, SessionKind};
use super::standing::{Reach, Standing};
use super::time::Timestamp;

/// Who made a request: a user or a client, by way of a session or a token.
#[derive(Debug, Clone)]
pub struct Principal {
    /// Who it is, and what he holds now.
    pub standing: Arc<Standing>,
    /// The session that his token belongs to; a client's token is one by itself.
    pub session: SessionId,
    /// What he showed.
    pub kind: SessionKind,
    /// When the token was issued.
    pub issued_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A request that passed. Only the gate makes one, so whoever holds one need not ask again.
#[derive(Debug, Clone)]
pub struct Permit {
    principal: Option<Principal>,
    route: Arc<Route>,
    target: Target,
    shadowed: Option<Missing>,
}

impl Permit {
    /// For the gate alone: whoever asks on a public route.
    pub(crate) fn public(route: Arc<Route>, target: Target) -> Self {
        Self { principal: None, route, target, shadowed: None }
    }

    /// For the gate alone: `principal`, who meets what the route needs, or is let through by a shadow route although
    /// something is missing.
    pub(crate) fn of(
        principal: Principal,
        route: Arc<Route>,
        target: Target,
        shadowed: Option<Missing>,
    ) -> Self {
        Self { principal: Some(principal), route, target, shadowed }
    }

    /// What was missing, on a shadow route that lets through all the same.
    pub fn shadowed(&self) -> Option<&Missing> {
        self.shadowed.as_ref()
    }

    /// Who made the request; none on a public route, whatever token was sent along.
    pub fn principal(&self) -> Option<&Principal> {
        self.principal.as_ref()
    }

    /// The route that counted.
    pub fn route(&self) -> &Route {
        &self.route
    }

    /// Who answers.
    pub fn destination(&self) -> Destination {
        self.route.destination
    }

    /// What was decided on, which is what is to be sent.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// How far the caller reaches on this route, for upstreams that filter their lists: where he holds the right that
    /// the route needs; on a route that needs none, where he holds any role.
    pub fn realms(&self) -> Reach<'_> {
        let Some(principal) = &self.principal else { return Reach::Realms(vec![]) };
        match self.right() {
            Some(right) => principal.standing.realms_with(|held| held.holds(right)),
            None => principal.standing.realms_with(|_| true),
        }
    }

    fn right(&self) -> Option<&Right> {
        match &self.route.requirement {
            Requirement::Right { right, .. } | Requirement::RightUnlessSelf { right, .. } => Some(right),
            Requirement::Public | Requirement::Authenticated | Requirement::Role(_) => None,
        }
    }
}
