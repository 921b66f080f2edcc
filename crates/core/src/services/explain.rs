//! What the gate would say to somebody, and why: the same steps, told instead of taken.

use super::gate::judge;
use super::policy::Policy;
use crate::domain::decision::Missing;
use crate::domain::grant::Scope;
use crate::domain::method::Method;
use crate::domain::realm::{Realm, RealmAsked};
use crate::domain::refusal::{Refusal, Unauthenticated};
use crate::domain::request::{AmbiguousField, Fields};
use crate::domain::requirement::{RealmRule, Requirement};
use crate::domain::role::RoleName;
use crate::domain::route::RouteId;
use crate::domain::selector::realm_asked;
use crate::domain::standing::Standing;

/// A question: what if this user sent this request?
#[derive(Debug, Clone)]
pub struct Question<'q> {
    /// The method.
    pub method: &'q str,
    /// Path and query.
    pub target: &'q str,
    /// The realm, if it is not to be read from the request.
    pub realm: Option<Realm>,
}

/// One grant that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// The role.
    pub role: RoleName,
    /// Where it is held; none: everywhere.
    pub realm: Option<Realm>,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Whether the request would be let through.
    pub allowed: bool,
    /// The route that counts, if the path leads to one.
    pub route: Option<RouteId>,
    /// What the route needs, in words.
    pub requires: Option<String>,
    /// Why, in words.
    pub reason: String,
    /// What is lacking.
    pub missing: Option<Missing>,
    /// The grants that were looked at.
    pub grants: Vec<Looked>,
}

/// Explains what the gate would say to a user with this standing.
pub fn explain(policy: &Policy, standing: &Standing, question: &Question<'_>) -> Explanation {
    let mut explanation = Explanation {
        allowed: false,
        route: None,
        requires: None,
        reason: String::new(),
        missing: None,
        grants: vec![],
    };
    match told(policy, standing, question, &mut explanation) {
        Ok(reason) => {
            explanation.allowed = true;
            explanation.reason = reason;
        }
        Err(refusal) => {
            explanation.reason = refusal.to_string();
            if let Refusal::Forbidden(missing) = refusal {
                explanation.missing = Some(missing);
            }
        }
    }
    explanation
}

fn told(
    policy: &Policy,
    standing: &Standing,
    question: &Question<'_>,
    explanation: &mut Explanation,
) -> Result<String, Refusal> {
    let (target, route) = policy.routes.lead(&Method::new(question.method), question.target)?;
    explanation.route = Some(route.id.clone());
    explanation.requires = Some(route.requirement.to_string());
    if route.requirement.is_public() {
        return Ok("the route is public".to_owned());
    }
    if !standing.subject.is_welcome() {
        return Err(Unauthenticated::Deactivated.into());
    }
    let asked = match (&route.requirement, &question.realm) {
        (Requirement::Right { realm: RealmRule::From { .. }, .. }, Some(realm)) => {
            RealmAsked::Named(realm.clone())
        }
        _ => realm_asked(&route.requirement, &target, &NoFields)?,
    };
    explanation.grants = standing.held.iter().map(|held| looked(&held.role.name, &held.scope)).collect();
    match judge(route, standing, &target, &asked).map_err(Refusal::Forbidden)? {
        None => Ok("the requirement is met".to_owned()),
        Some(missing) => {
            let reason = format!("the route is not enforced; it would refuse: {missing}");
            explanation.missing = Some(missing);
            Ok(reason)
        }
    }
}

fn looked(role: &RoleName, scope: &Scope) -> Looked {
    Looked { role: role.clone(), realm: scope.realm().cloned() }
}

/// A question has no header fields; a realm that is named in one is asked about with [`Question::realm`].
struct NoFields;

impl Fields for NoFields {
    fn only(&self, _name: &str) -> Result<Option<&str>, AmbiguousField> {
        Ok(None)
    }
}

#[cfg(test)]
#[path = "explain_tests.rs"]
mod tests;
