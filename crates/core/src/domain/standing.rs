//! The standing of a user or a client: the grants with their roles resolved, ready for the decision.

use std::sync::Arc;

use super::client::{Client, SubjectId};
use super::grant::{Grant, Scope};
use super::realm::Realm;
use super::right::{Right, RightPattern};
use super::role::{Role, RoleBook, RoleName};
use super::user::{Stamp, User};

/// Whoever holds rights, as the decision sees him.
#[derive(Debug, Clone)]
pub enum Subject {
    /// A person.
    User(User),
    /// A machine.
    Client(Client),
}

impl Subject {
    /// Who it is.
    pub fn id(&self) -> SubjectId {
        match self {
            Self::User(user) => SubjectId::User(user.name.clone()),
            Self::Client(client) => SubjectId::Client(client.id.clone()),
        }
    }

    /// What the tokens must carry as `ver`.
    pub fn stamp(&self) -> Stamp {
        match self {
            Self::User(user) => user.stamp,
            Self::Client(client) => client.stamp,
        }
    }

    /// What was granted.
    pub fn grants(&self) -> &[Grant] {
        match self {
            Self::User(user) => &user.grants,
            Self::Client(client) => &client.grants,
        }
    }

    /// Whether a token is to be accepted at all.
    pub fn is_welcome(&self) -> bool {
        match self {
            Self::User(user) => user.is_welcome(),
            Self::Client(_) => true,
        }
    }

    /// The user, if it is one.
    pub fn user(&self) -> Option<&User> {
        match self {
            Self::User(user) => Some(user),
            Self::Client(_) => None,
        }
    }
}

impl From<User> for Subject {
    fn from(user: User) -> Self {
        Self::User(user)
    }
}

impl From<Client> for Subject {
    fn from(client: Client) -> Self {
        Self::Client(client)
    }
}

/// A grant whose role was looked up.
#[derive(Debug, Clone)]
pub struct HeldRole {
    /// The role, with its rights.
    pub role: Arc<Role>,
    /// Where it is held.
    pub scope: Scope,
    /// Whether all of it is held: not if its bearer shows a token for less. Part of a role is not called by its name.
    pub is_whole: bool,
}

impl HeldRole {
    /// Whether the role holds a right, wherever it is held.
    pub fn holds(&self, right: &Right) -> bool {
        self.role.holds(right)
    }
}

/// Somebody with the roles that he holds. Made once, looked at by every request of his.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Who he is.
    pub subject: Subject,
    /// What he holds. A grant of a role that doesn't exist gives nothing and isn't here.
    pub held: Vec<HeldRole>,
    /// What his token is for, if that is less than he holds.
    within: Option<Arc<[RightPattern]>>,
}

impl Standing {
    /// Resolves the grants of `subject`.
    pub fn new(subject: impl Into<Subject>, roles: &RoleBook) -> Self {
        let subject = subject.into();
        let resolve = |grant: &Grant| {
            let role = Arc::clone(roles.get(&grant.role)?);
            Some(HeldRole { role, scope: grant.scope.clone(), is_whole: true })
        };
        let held = subject.grants().iter().filter_map(resolve).collect();
        Self { subject, held, within: None }
    }

    /// The same, by what the roles hold now.
    #[must_use]
    pub fn resolved_by(&self, roles: &RoleBook) -> Self {
        let whole = Self::new(self.subject.clone(), roles);
        self.within.as_ref().and_then(|rights| whole.narrowed_to(rights)).unwrap_or(whole)
    }

    /// What is left of it for a token that is for these rights (RFC 6749 3.3); none if that is all of it.
    ///
    /// A role of which something is missing is none that a requirement by role would be met by. Neither is one without any
    /// right, since nobody can have asked for it.
    pub fn narrowed_to(&self, rights: &Arc<[RightPattern]>) -> Option<Self> {
        let is_for = |right: &RightPattern| rights.iter().any(|wanted| wanted.covers(right));
        if self.held.iter().flat_map(|held| &held.role.rights).all(is_for) {
            return None;
        }
        let narrowed = |held: &HeldRole| {
            let Role { name, rights: of_role } = &*held.role;
            let is_whole = held.is_whole && !of_role.is_empty() && of_role.iter().all(is_for);
            let common = |right: &RightPattern| -> Vec<_> {
                rights.iter().filter_map(|wanted| right.common_with(wanted)).collect()
            };
            let left = of_role.iter().flat_map(common).collect();
            let role = Arc::new(Role { name: name.clone(), rights: left });
            HeldRole { role, scope: held.scope.clone(), is_whole }
        };
        let held = self.held.iter().map(narrowed).collect();
        Some(Self { subject: self.subject.clone(), held, within: Some(Arc::clone(rights)) })
    }

    /// The roles held everywhere, in the order of the grants: what `role`, `roles` and `X-Auth-Roles` say.
    pub fn roles_everywhere(&self) -> impl Iterator<Item = &RoleName> {
        self.held
            .iter()
            .filter(|held| held.is_whole && held.scope == Scope::Everywhere)
            .map(|held| &held.role.name)
    }

    /// Where he holds a right: everywhere, or in these realms.
    pub fn realms_with(&self, holds: impl Fn(&HeldRole) -> bool) -> Reach<'_> {
        let mut realms = vec![];
        for held in self.held.iter().filter(|held| holds(held)) {
            match &held.scope {
                Scope::Everywhere => return Reach::Everywhere,
                Scope::In(realm) if realms.contains(&realm) => {}
                Scope::In(realm) => realms.push(realm),
            }
        }
        Reach::Realms(realms)
    }

    /// Every pattern of rights that he holds somewhere, sorted, each once.
    pub fn rights(&self) -> Vec<&RightPattern> {
        let mut rights: Vec<_> = self.held.iter().flat_map(|held| &held.role.rights).collect();
        rights.sort_unstable();
        rights.dedup();
        rights
    }
}

/// How far something reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach<'s> {
    /// Into every realm.
    Everywhere,
    /// Into these; none at all if the list is empty.
    Realms(Vec<&'s Realm>),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::client::{ClientId, SecretHash};
    use crate::domain::right::Right;

    fn standing(roles: &[&str]) -> Standing {
        let mut book = RoleBook::built_in();
        book.add(Role { name: RoleName::parse("caller").unwrap(), rights: vec![] }).unwrap();
        let grant = |role: &&str| Grant { role: RoleName::parse(role).unwrap(), scope: Scope::Everywhere };
        let grants: Vec<_> = roles.iter().map(grant).collect();
        Standing::new(Client::new(ClientId::parse("c").unwrap(), SecretHash::NOBODY, grants), &book)
    }

    fn narrowed(roles: &[&str], rights: &[&str]) -> Option<Standing> {
        let rights: Vec<_> = rights.iter().map(|right| RightPattern::parse(right).unwrap()).collect();
        standing(roles).narrowed_to(&rights.into())
    }

    #[test]
    fn a_token_for_all_that_is_held_takes_nothing_away() {
        for (roles, rights) in
            [(&["admin"][..], &["*:*"][..]), (&[], &[]), (&["caller"], &[]), (&["viewer"], &["*:view"])]
        {
            assert!(narrowed(roles, rights).is_none(), "{roles:?} {rights:?}");
        }
    }

    #[test]
    fn a_token_for_less_gives_what_is_both_held_and_asked_for() {
        for (roles, rights, held, lacking) in [
            (&["admin"][..], &["device:view"][..], "device:view", "device:add"),
            (&["planner"], &["*:view"], "device:view", "device:add"),
            (&["planner"], &["device:*"], "device:add", "job:run"),
            (&["viewer"], &["device:view", "config:edit"], "device:view", "config:edit"),
        ] {
            let left = narrowed(roles, rights).unwrap();
            let holds = |right: &str| left.held.iter().any(|held| held.holds(&Right::parse(right).unwrap()));
            assert!(holds(held) && !holds(lacking), "{roles:?} {rights:?}");
        }
    }

    #[test]
    fn part_of_a_role_is_not_called_by_its_name_and_neither_is_one_that_nobody_can_ask_for() {
        let names = |standing: &Standing| -> Vec<String> {
            standing.roles_everywhere().map(ToString::to_string).collect()
        };
        assert_eq!(names(&standing(&["admin", "viewer", "caller"])), ["admin", "viewer", "caller"]);
        let left = narrowed(&["admin", "viewer", "caller"], &["*:view"]).unwrap();
        assert_eq!(names(&left), ["viewer"]);
    }

    #[test]
    fn what_was_narrowed_stays_so_when_the_roles_change() {
        let left = narrowed(&["admin"], &["device:view"]).unwrap().resolved_by(&RoleBook::built_in());
        assert_eq!(left.rights().into_iter().map(RightPattern::as_str).collect::<Vec<_>>(), ["device:view"]);
        assert_eq!(standing(&["admin"]).resolved_by(&RoleBook::built_in()).rights().len(), 1);
    }
}
