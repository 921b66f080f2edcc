//! Limits: what a personal token is for at the most. They are written down when it is made, with the rights that the roles
//! hold then, so that neither a role that is widened nor a further grant ever widens the token.

use std::fmt;
use std::sync::Arc;

use super::grant::{Grant, Scope};
use super::realm::Realm;
use super::right::RightPattern;
use super::role::{Role, RoleName};
use super::standing::HeldRole;

/// Rights, and where they count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopedRight {
    /// The rights.
    pub right: RightPattern,
    /// Where.
    pub scope: Scope,
}

/// What a token is for at the most.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Limits {
    /// What its owner said that it is for.
    pub meant: Vec<Grant>,
    /// The roles by which it may be called, and where: those of them that he held himself, or all if he held everything.
    pub grants: Vec<Grant>,
    /// The rights that it may give, and where.
    pub rights: Vec<ScopedRight>,
}

/// A line that is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a line of limits is `for NAME [REALM]`, `role NAME [REALM]` or `right AREA:ACTION [REALM]`")]
pub struct LimitsError;

impl Limits {
    /// All that these roles give, each thing once. Part of a role is not called by its name.
    pub fn of<'h>(held: impl IntoIterator<Item = &'h HeldRole>) -> Self {
        let mut limits = Self::default();
        for HeldRole { role, scope, is_whole } in held {
            let grant = Grant { role: role.name.clone(), scope: scope.clone() };
            if *is_whole && !limits.grants.contains(&grant) {
                limits.meant.push(grant.clone());
                limits.grants.push(grant);
            }
            for right in &role.rights {
                let right = ScopedRight { right: right.clone(), scope: scope.clone() };
                if !limits.rights.contains(&right) {
                    limits.rights.push(right);
                }
            }
        }
        limits
    }

    /// Reads what [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Result<Self, LimitsError> {
        let mut limits = Self::default();
        for line in text.lines() {
            let (word, rest) = line.split_once(' ').ok_or(LimitsError)?;
            let (what, realm) =
                rest.split_once(' ').map_or((rest, None), |(what, realm)| (what, Some(realm)));
            let scope = match realm {
                None => Scope::Everywhere,
                Some(realm) => Scope::In(Realm::parse(realm).map_err(|_| LimitsError)?),
            };
            match word {
                "for" | "role" => {
                    let role = RoleName::parse(what).map_err(|_| LimitsError)?;
                    let grants = if word == "for" { &mut limits.meant } else { &mut limits.grants };
                    grants.push(Grant { role, scope });
                }
                "right" => {
                    let right = RightPattern::parse(what).map_err(|_| LimitsError)?;
                    limits.rights.push(ScopedRight { right, scope });
                }
                _ => return Err(LimitsError),
            }
        }
        Ok(limits)
    }

    /// Adds the roles that the token may be called by to what is left for it, for an owner who could grant them all. What
    /// they give is there already: he holds everything.
    pub(super) fn name(&self, held: &mut Vec<HeldRole>) {
        for Grant { role, scope } in &self.grants {
            let is_it = |held: &HeldRole| held.is_whole && held.role.name == *role && held.scope == *scope;
            if !held.iter().any(is_it) {
                let role = Arc::new(Role { name: role.clone(), rights: vec![] });
                held.push(HeldRole { role, scope: scope.clone(), is_whole: true });
            }
        }
    }

    /// The realms that are named, each once.
    pub(super) fn realms(&self) -> Vec<&Scope> {
        let scopes = self.grants.iter().map(|grant| &grant.scope);
        let mut realms = vec![];
        for scope in scopes.chain(self.rights.iter().map(|right| &right.scope)) {
            if *scope != Scope::Everywhere && !realms.contains(&scope) {
                realms.push(scope);
            }
        }
        realms
    }
}

impl HeldRole {
    /// What `limits` leave of it in one place, which is its own or lies within; none if nothing is.
    pub(super) fn limited_in(&self, scope: &Scope, limits: &Limits) -> Option<Self> {
        // Where a role that is held everywhere is looked at in one realm, what is left of it everywhere is not repeated.
        let counts = |of: &Scope| of == scope || (*of == Scope::Everywhere && *scope == self.scope);
        let is_named = |grant: &Grant| grant.role == self.role.name && counts(&grant.scope);
        let is_whole = self.is_whole && limits.grants.iter().any(is_named);
        let mut rights = vec![];
        for limit in limits.rights.iter().filter(|limit| counts(&limit.scope)) {
            for common in self.role.rights.iter().filter_map(|right| right.common_with(&limit.right)) {
                if !rights.contains(&common) {
                    rights.push(common);
                }
            }
        }
        let is_any = is_whole || !rights.is_empty();
        let role = Arc::new(Role { name: self.role.name.clone(), rights });
        is_any.then(|| Self { role, scope: scope.clone(), is_whole })
    }
}

/// One line for each, as it is kept: `for viewer`, `role viewer`, `right device:view pop syd`. Only a realm can have spaces
/// in it.
impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = |word: &str, what: &str, scope: &Scope| match scope.realm() {
            None => writeln!(f, "{word} {what}"),
            Some(realm) => writeln!(f, "{word} {what} {realm}"),
        };
        self.meant.iter().try_for_each(|grant| line("for", grant.role.as_str(), &grant.scope))?;
        self.grants.iter().try_for_each(|grant| line("role", grant.role.as_str(), &grant.scope))?;
        self.rights.iter().try_for_each(|right| line("right", right.right.as_str(), &right.scope))
    }
}

#[cfg(test)]
#[path = "limits_tests.rs"]
mod tests;
