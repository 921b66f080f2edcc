//! Whose requests are compared: anybody's, each user's and client's, and those of whoever might hold a role.

use std::fmt;

use super::requests::Told;
use super::{Rules, Words};
use crate::domain::client::{ClientId, SubjectId};
use crate::domain::grant::{Grant, Scope};
use crate::domain::realm::Realm;
use crate::domain::role::RoleName;
use crate::domain::standing::{Standing, Subject};
use crate::domain::user::{Stamp, User, Username};

/// Who gains or loses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// Whoever sends no token.
    Anybody,
    /// A user of either configuration.
    User(Username),
    /// A client of either configuration.
    Client(ClientId),
    /// Whoever would hold this role everywhere, and no other.
    Role(RoleName),
    /// Whoever would hold this role in this realm, and no other.
    RoleIn(RoleName, Realm),
}

impl Who {
    /// The role, if it is one.
    pub fn role(&self) -> Option<&RoleName> {
        match self {
            Self::Anybody | Self::User(_) | Self::Client(_) => None,
            Self::Role(role) | Self::RoleIn(role, _) => Some(role),
        }
    }
}

/// `anybody`, `kim`, `client:backup`, `role:viewer`, `role:viewer@pop-syd`.
impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anybody => f.write_str("anybody"),
            Self::User(name) => name.fmt(f),
            Self::Client(id) => SubjectId::Client(id.clone()).fmt(f),
            Self::Role(role) => write!(f, "role:{role}"),
            Self::RoleIn(role, realm) => write!(f, "role:{role}@{realm}"),
        }
    }
}

/// Somebody, and what he holds under the old and under the new configuration; none where there is nobody of that name.
#[derive(Debug)]
pub(super) struct Compared {
    pub(super) who: Who,
    pub(super) holders: [Option<Holder>; 2],
}

/// What somebody holds under one configuration.
#[derive(Debug)]
pub(super) struct Holder {
    pub(super) standing: Standing,
    /// Whether a token of his is accepted at all.
    pub(super) is_welcome: bool,
}

impl Holder {
    fn new(subject: impl Into<Subject>, rules: &Rules<'_>) -> Self {
        let subject = subject.into();
        Self { is_welcome: subject.is_welcome(), standing: Standing::new(subject, rules.roles) }
    }
}

impl Compared {
    /// A refusal in words.
    pub(super) fn why(&self, refusal: &Told<'_>) -> String {
        match (refusal, &self.who) {
            (Told::Request(refusal), _) => refusal.to_string(),
            (Told::Caller(refusal), _) => refusal.to_string(),
            (Told::Nobody, Who::Anybody) => "a token is needed".to_owned(),
            (Told::Nobody, Who::User(_)) => "there is no such user".to_owned(),
            (Told::Nobody, Who::Client(_)) => "there is no such client".to_owned(),
            (Told::Nobody, Who::Role(_) | Who::RoleIn(..)) => "there is no such role".to_owned(),
        }
    }
}

/// Anybody, the users and the clients of either configuration, and the roles of either.
pub(super) fn everybody(old: &Rules<'_>, new: &Rules<'_>, words: &Words) -> Vec<Compared> {
    let mut all = vec![Compared { who: Who::Anybody, holders: [None, None] }];
    all.extend(users(old, new));
    all.extend(clients(old, new));
    let unknown = Realm::parse(&words.unknown).ok();
    for role in each_once(old.roles.names().chain(new.roles.names()), RoleName::key) {
        let holding = |scope: &Scope| [old, new].map(|rules| holder(role, scope, rules));
        all.push(Compared { who: Who::Role(role.clone()), holders: holding(&Scope::Everywhere) });
        all.extend(words.realms.iter().chain(&unknown).map(|realm| Compared {
            who: Who::RoleIn(role.clone(), realm.clone()),
            holders: holding(&Scope::In(realm.clone())),
        }));
    }
    all
}

fn users(old: &Rules<'_>, new: &Rules<'_>) -> Vec<Compared> {
    let names = each_once(old.users.iter().chain(new.users).map(|user| &user.name), Username::key);
    let holder = |name: &Username, rules: &Rules<'_>| {
        let user = rules.users.iter().find(|user| user.name == *name)?;
        Some(Holder::new(user.clone(), rules))
    };
    let compared = |name: &Username| Compared {
        who: Who::User(name.clone()),
        holders: [old, new].map(|rules| holder(name, rules)),
    };
    names.into_iter().map(compared).collect()
}

fn clients(old: &Rules<'_>, new: &Rules<'_>) -> Vec<Compared> {
    let ids = each_once(old.clients.iter().chain(new.clients).map(|client| &client.id), ClientId::key);
    let holder = |id: &ClientId, rules: &Rules<'_>| {
        let client = rules.clients.iter().find(|client| client.id == *id)?;
        Some(Holder::new(client.clone(), rules))
    };
    let compared = |id: &ClientId| Compared {
        who: Who::Client(id.clone()),
        holders: [old, new].map(|rules| holder(id, rules)),
    };
    ids.into_iter().map(compared).collect()
}

/// Names in their order, each as it is spelled first.
fn each_once<'n, N: PartialEq>(names: impl Iterator<Item = &'n N>, key: fn(&N) -> &str) -> Vec<&'n N> {
    let mut names: Vec<_> = names.collect();
    names.sort_by_key(|name| key(name));
    names.dedup();
    names
}

/// Somebody who holds nothing but this role. He is called like it: nobody is asked about by that name.
fn holder(role: &RoleName, scope: &Scope, rules: &Rules<'_>) -> Option<Holder> {
    let role = &rules.roles.get(role)?.name;
    let user = User {
        name: Username::parse(role.as_str()).ok()?,
        stamp: Stamp::from_bytes([0; 8]),
        active: true,
        api_login: true,
        grants: [Grant { role: role.clone(), scope: scope.clone() }].into(),
    };
    Some(Holder::new(user, rules))
}
