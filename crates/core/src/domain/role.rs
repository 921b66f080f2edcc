//! Roles: named sets of rights, the built-in ones and those of the configuration.

use std::collections::HashMap;
use std::sync::Arc;

use super::name::caseless_name;
use super::right::{Right, RightPattern};

caseless_name!(
    /// The name of a role; compared without case.
    RoleName,
    "a role name",
    "1 to 64 characters of A-Z a-z 0-9 . _ -",
    |text| (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
);

/// A named set of rights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its name.
    pub name: RoleName,
    /// What it holds.
    pub rights: Vec<RightPattern>,
}

impl Role {
    /// Whether it holds a right.
    pub fn holds(&self, right: &Right) -> bool {
        self.rights.iter().any(|pattern| pattern.holds(right))
    }
}

/// The roles that always exist, with their rights. `admin` and `operator` are the BNG's, the others BMC's.
const BUILT_IN: [(&str, &[&str]); 6] = [
    ("admin", &["*:*"]),
    ("operator", &["subscribers:view", "interfaces:view", "routing:view", "qos:view", "system:view"]),
    ("viewer", VIEWER),
    ("manager", &["device:view", "group:view", "policy:view", "job:*", "report:view", "event:view"]),
    ("planner", &["device:*", "group:*", "policy:*", "job:*", "report:view", "event:view"]),
    ("administrator", &["*:*"]),
];
const VIEWER: &[&str] =
    &["device:view", "group:view", "policy:view", "job:view", "report:view", "event:view"];

/// Why a role can't be added.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RoleError {
    /// `admin` and its like mean the same everywhere.
    #[error("the built-in role `{0}` can't be redefined")]
    BuiltIn(RoleName),
    /// Two roles differ at most in case.
    #[error("there is another role `{0}`; role names compare without case")]
    Duplicate(RoleName),
}

/// All roles that are in force: name to rights.
#[derive(Debug, Clone)]
pub struct RoleBook {
    roles: HashMap<RoleName, Arc<Role>>,
}

impl RoleBook {
    /// The built-in roles alone.
    pub fn built_in() -> Self {
        let roles = BUILT_IN.iter().filter_map(|(name, rights)| {
            let name = RoleName::parse(name).ok()?;
            let rights = rights.iter().filter_map(|right| RightPattern::parse(right).ok()).collect();
            Some((name.clone(), Arc::new(Role { name, rights })))
        });
        Self { roles: roles.collect() }
    }

    /// Adds a role of the configuration.
    pub fn add(&mut self, role: Role) -> Result<(), RoleError> {
        if is_built_in(&role.name) {
            return Err(RoleError::BuiltIn(role.name));
        }
        if self.roles.contains_key(&role.name) {
            return Err(RoleError::Duplicate(role.name));
        }
        self.roles.insert(role.name.clone(), Arc::new(role));
        Ok(())
    }

    /// Puts a role in the place of the one of its name.
    pub fn replace(&mut self, role: Role) -> Result<(), RoleError> {
        if is_built_in(&role.name) {
            return Err(RoleError::BuiltIn(role.name));
        }
        self.roles.insert(role.name.clone(), Arc::new(role));
        Ok(())
    }

    /// Looks a role up.
    pub fn get(&self, name: &RoleName) -> Option<&Arc<Role>> {
        self.roles.get(name)
    }

    /// The roles that hold a right, in no order.
    pub fn holding(&self, right: &Right) -> Vec<RoleName> {
        self.roles.values().filter(|role| role.holds(right)).map(|role| role.name.clone()).collect()
    }

    /// All names, built-in ones included, in no order.
    pub fn names(&self) -> impl Iterator<Item = &RoleName> {
        self.roles.keys()
    }
}

/// Whether a role always exists and means the same everywhere.
pub fn is_built_in(name: &RoleName) -> bool {
    BUILT_IN.iter().any(|(built_in, _)| *built_in == name.key())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> RoleName {
        RoleName::parse(text).unwrap()
    }

    #[test]
    fn every_built_in_role_and_right_is_well_formed() {
        let book = RoleBook::built_in();
        for (role, rights) in BUILT_IN {
            assert_eq!(book.get(&name(role)).unwrap().rights.len(), rights.len(), "{role}");
        }
    }

    #[test]
    fn a_planner_is_a_manager_and_a_manager_a_viewer() {
        let book = RoleBook::built_in();
        let holds = |role: &str, right: &str| {
            let right = Right::parse(right).unwrap();
            book.get(&name(role)).unwrap().holds(&right)
        };
        for right in VIEWER {
            assert!(holds("viewer", right) && holds("manager", right) && holds("planner", right), "{right}");
        }
        assert!(holds("manager", "job:run") && holds("planner", "job:run") && !holds("viewer", "job:run"));
        assert!(holds("planner", "device:add") && !holds("manager", "device:add"));
        assert!(holds("administrator", "config:edit") && !holds("planner", "config:edit"));
    }

    #[test]
    fn built_in_roles_and_taken_names_are_refused_in_any_case() {
        let mut book = RoleBook::built_in();
        let role = |text: &str| Role { name: name(text), rights: vec![] };
        assert!(matches!(book.add(role("Admin")), Err(RoleError::BuiltIn(_))));
        book.add(role("field-tech")).unwrap();
        assert!(matches!(book.add(role("Field-Tech")), Err(RoleError::Duplicate(_))));
    }
}
