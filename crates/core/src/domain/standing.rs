//! The standing of a user or a client: the grants with their roles resolved, ready for the decision.

use std::sync::Arc;

use super::client::{Client, SubjectId};
use super::grant::{Grant, Scope};
use super::limits::Limits;
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

    /// The client, if it is one.
    pub fn client(&self) -> Option<&Client> {
        match self {
            Self::User(_) => None,
            Self::Client(client) => Some(client),
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
    /// Whether it is every right, everywhere. Whoever holds that could grant himself any role.
    pub fn is_everything(&self) -> bool {
        self.scope == Scope::Everywhere && self.role.rights.contains(&RightPattern::everything())
    }

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
    /// What his token is for, if that may be less than he holds.
    within: Option<Within>,
    /// The client in whose hands he put his token, if he did.
    through: Option<Arc<Standing>>,
}

/// What a token is for.
#[derive(Debug, Clone)]
enum Within {
    /// A client's: these rights, wherever it holds them.
    Rights(Arc<[RightPattern]>),
    /// A personal one: what was written down when it was made.
    Limits(Arc<Limits>),
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
        Self { subject, held, within: None, through: None }
    }

    /// The same, by what was granted to `subject` and by what the roles hold now: for no more than its token is for.
    #[must_use]
    pub fn renewed(&self, subject: impl Into<Subject>, roles: &RoleBook) -> Self {
        let whole = Self::new(subject, roles);
        let whole = match &self.through {
            None => whole,
            Some(client) => whole.through(Arc::new(client.renewed(client.subject.clone(), roles))),
        };
        match &self.within {
            None => whole,
            Some(Within::Rights(rights)) => whole.narrowed_to(rights).unwrap_or(whole),
            Some(Within::Limits(limits)) => whole.limited_to(limits),
        }
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
        let within = Some(Within::Rights(Arc::clone(rights)));
        Some(Self { subject: self.subject.clone(), held, within, through: self.through.clone() })
    }

    /// What is left of it in the hands of a client: what both hold, each where both do. A role is called by its name if both
    /// hold it, or one of them does and the other holds everything.
    #[must_use]
    pub fn through(&self, client: Arc<Self>) -> Self {
        let held = if client.held.iter().any(HeldRole::is_everything) {
            self.held.clone()
        } else {
            self.limited_to(&Arc::new(Limits::of(&client.held))).held
        };
        Self { subject: self.subject.clone(), held, within: None, through: Some(client) }
    }

    /// What the tokens must carry as `ver`: those that a client has are of the stamps of both.
    pub fn stamp(&self) -> Stamp {
        let own = self.subject.stamp();
        self.through.as_ref().map_or(own, |client| {
            Stamp::of(&[b"delegated-v1", &own.bytes(), &client.subject.stamp().bytes()])
        })
    }

    /// The client that shows the token, its own or a user's; none where the user does.
    pub fn client(&self) -> Option<&Client> {
        let shown_by = self.through.as_ref().map_or(&self.subject, |client| &client.subject);
        shown_by.client()
    }

    /// Whether a user's token is for less than he may himself.
    pub const fn is_limited(&self) -> bool {
        self.within.is_some() || self.through.is_some()
    }

    /// What is left of it for a personal token: what is held now and was written down when the token was made, each where
    /// both are. A role is called by its name where it is held now and was then, or everything is or was.
    #[must_use]
    pub fn limited_to(&self, limits: &Arc<Limits>) -> Self {
        let realms = limits.realms();
        let limited = |held: &HeldRole| -> Vec<HeldRole> {
            let narrower = realms.iter().filter(|_| held.scope == Scope::Everywhere);
            let scopes = std::iter::once(&held.scope).chain(narrower.copied());
            scopes.filter_map(|scope| held.limited_in(scope, limits)).collect()
        };
        let mut held: Vec<_> = self.held.iter().flat_map(limited).collect();
        if self.held.iter().any(HeldRole::is_everything) {
            limits.name(&mut held);
        }
        let within = Some(Within::Limits(Arc::clone(limits)));
        Self { subject: self.subject.clone(), held, within, through: self.through.clone() }
    }

    /// What was granted; of a user's token that is for less, those roles that are held whole.
    pub fn grants(&self) -> Vec<Grant> {
        match self.within {
            Some(Within::Rights(_)) | None if self.through.is_none() => self.subject.grants().to_vec(),
            _ => {
                let whole = self.held.iter().filter(|held| held.is_whole);
                whole.map(|held| Grant { role: held.role.name.clone(), scope: held.scope.clone() }).collect()
            }
        }
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

    /// What is left of these roles in the hands of a client with those: its rights, and the roles that it is called by.
    fn through(roles: &[&str], of_client: &[&str]) -> (Vec<String>, Vec<String>) {
        let held = |roles: &[&str]| -> Vec<Grant> {
            let grant = |text: &&str| {
                let (role, realm) = text.split_once('@').unwrap_or((text, ""));
                let scope = Realm::parse(realm).map_or(Scope::Everywhere, Scope::In);
                Grant { role: RoleName::parse(role).unwrap(), scope }
            };
            roles.iter().map(grant).collect()
        };
        let book = RoleBook::built_in();
        let of = |id, roles| Client::new(ClientId::parse(id).unwrap(), SecretHash::NOBODY, held(roles));
        let client = Arc::new(Standing::new(of("portal", of_client), &book));
        let left = Standing::new(of("user", roles), &book).through(client);
        let again = left.renewed(left.subject.clone(), &book);
        assert_eq!(again.rights(), left.rights());
        let rights = left.held.iter().flat_map(|held| {
            let place = held.scope.realm().map_or_else(String::new, |realm| format!("@{realm}"));
            held.role.rights.iter().map(move |right| format!("{}{place}", right.as_str()))
        });
        (rights.collect(), left.roles_everywhere().map(ToString::to_string).collect())
    }

    #[test]
    fn through_a_client_there_is_what_both_hold_where_both_do() {
        let (rights, roles) = through(&["admin"], &["planner@pop-syd"]);
        assert!(
            rights.contains(&"device:*@pop-syd".to_owned()) && !rights.contains(&"*:*".to_owned()),
            "{rights:?}"
        );
        assert!(rights.iter().all(|right| right.ends_with("@pop-syd")) && roles.is_empty());
        assert_eq!(through(&["planner@pop-mel"], &["planner@pop-syd"]).0, [""; 0]);
        assert_eq!(through(&["viewer"], &[]).0, [""; 0]);
        // Whoever holds everything in one realm holds no more than that there.
        let (rights, roles) = through(&["operator"], &["admin@pop-syd"]);
        assert!(rights.iter().all(|right| right.ends_with("@pop-syd")) && roles.is_empty(), "{rights:?}");
        assert_eq!(through(&["admin@pop-syd"], &["operator"]).1, [""; 0]);
        let (rights, roles) = through(&["planner@pop-syd"], &["viewer"]);
        assert!(rights.contains(&"device:view@pop-syd".to_owned()), "{rights:?}");
        assert!(!rights.contains(&"device:*@pop-syd".to_owned()) && roles.is_empty());
    }

    #[test]
    fn a_role_is_called_by_its_name_if_both_hold_it_or_one_of_them_everything() {
        for (roles, of_client, called) in [
            (&["operator", "viewer"][..], &["operator"][..], &["operator"][..]),
            (&["operator", "viewer"], &["admin"], &["operator", "viewer"]),
            (&["admin"], &["operator"], &["operator"]),
            (&["operator"], &["operator@pop-syd"], &[]),
        ] {
            assert_eq!(through(roles, of_client).1, called, "{roles:?} {of_client:?}");
        }
    }

    #[test]
    fn what_was_narrowed_stays_so_when_grants_and_roles_change() {
        let book = RoleBook::built_in();
        let part = narrowed(&["admin"], &["device:view"]).unwrap();
        let left = part.renewed(standing(&["planner"]).subject, &book);
        assert_eq!(left.rights().into_iter().map(RightPattern::as_str).collect::<Vec<_>>(), ["device:view"]);
        assert!(part.renewed(standing(&["operator"]).subject, &book).rights().is_empty());
        let all = standing(&["admin"]);
        assert_eq!(all.renewed(all.subject.clone(), &book).rights().len(), 1);
    }
}
