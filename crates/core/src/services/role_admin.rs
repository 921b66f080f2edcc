//! Managing roles: those that the store keeps. The built-in ones and those of the configuration are seen here too, but
//! can't be changed here.
//!
//! A role reaches everybody who holds it, wherever; so whoever changes one must hold everywhere what it gives, before
//! and after, and must be such as could change each of them. One that gives nothing yet may be made and granted by whoever
//! may make and grant roles: what it is to give one day is for somebody to say who holds that.

use std::sync::Arc;

use super::registry::{AdminError, Editor, Loss, Reading, Registrar, words};
use crate::domain::directory::{Edit, Page, Selection};
use crate::domain::role::{Role, RoleName};

/// The right to manage roles.
const ROLES_EDIT: &str = "roles:edit";

/// Lists roles and changes them.
#[derive(Debug)]
pub struct RoleAdmin {
    registrar: Arc<Registrar>,
}

impl RoleAdmin {
    /// The roles of a register.
    pub fn new(registrar: Arc<Registrar>) -> Self {
        Self { registrar }
    }

    /// All roles in force, in the order of their names.
    pub fn list(&self, page: Page) -> Vec<Role> {
        let book = self.registrar.policy().roles();
        let mut names: Vec<_> = book.names().collect();
        names.sort_unstable_by(|one, other| one.key().cmp(other.key()));
        let names = page.of(names.into_iter(), |name| name.key());
        names.into_iter().filter_map(|name| book.get(name)).map(|role| Role::clone(role)).collect()
    }

    /// Adds a role that is not there yet.
    pub async fn add(&self, editor: &Editor, role: &Role) -> Result<(), AdminError> {
        self.registrar.check_writable()?;
        self.registrar.settle(editor, "role.add", || self.try_add(editor, role)).await
    }

    /// Replaces a role by one of the same name.
    pub async fn replace(&self, editor: &Editor, role: &Role) -> Result<(), AdminError> {
        self.registrar.check_writable()?;
        self.registrar.settle(editor, "role.replace", || self.try_replace(editor, role)).await
    }

    /// Removes a role that nobody holds.
    pub async fn remove(&self, editor: &Editor, name: &RoleName) -> Result<(), AdminError> {
        self.registrar.check_writable()?;
        self.registrar.settle(editor, "role.remove", || self.try_remove(editor, name)).await
    }

    async fn try_add(&self, editor: &Editor, role: &Role) -> Result<(), AdminError> {
        let reading = self.registrar.read(editor, Some(ROLES_EDIT)).await?;
        reading.check_not_fixed(&role.name)?;
        if let Some(known) = reading.book.get(&role.name) {
            return Err(AdminError::Taken(format!("Role '{}'", known.name)));
        }
        reading.check_role(role)?;
        let amendment = words::of_role(&role.name, None, Some(role));
        self.registrar.commit(&reading, Edit::PutRole(role.clone()), editor, "role.add", amendment).await
    }

    async fn try_replace(&self, editor: &Editor, role: &Role) -> Result<(), AdminError> {
        let reading = self.registrar.read(editor, Some(ROLES_EDIT)).await?;
        let before = kept(&reading, &role.name)?;
        reading.check_role(&before)?;
        reading.check_role(role)?;
        if *before == *role && before.name.as_str() == role.name.as_str() {
            return Ok(());
        }
        reading.check_holders(&role.name).await?;
        let after = reading.book_with(role);
        if reading.anybody_rules(&reading.book, None).await? && !reading.anybody_rules(&after, None).await? {
            return Err(AdminError::LastAdmin(Loss::Stripping));
        }
        let amendment = words::of_role(&role.name, Some(&before), Some(role));
        self.registrar.commit(&reading, Edit::PutRole(role.clone()), editor, "role.replace", amendment).await
    }

    async fn try_remove(&self, editor: &Editor, name: &RoleName) -> Result<(), AdminError> {
        let reading = self.registrar.read(editor, Some(ROLES_EDIT)).await?;
        let before = kept(&reading, name)?;
        reading.check_role(&before)?;
        let holding = Selection::Holding(vec![name.clone()]);
        let is_held = !reading.users().selected(&holding, Page::first(1)).await?.is_empty();
        if is_held || reading.a_client_holds(name).await? {
            return Err(AdminError::InUse(before.name.clone()));
        }
        let amendment = words::of_role(&before.name, Some(&before), None);
        let edit = Edit::RemoveRole(before.name.clone());
        self.registrar.commit(&reading, edit, editor, "role.remove", amendment).await
    }
}

/// A role that the store keeps.
fn kept(reading: &Reading, name: &RoleName) -> Result<Arc<Role>, AdminError> {
    reading.check_not_fixed(name)?;
    reading.book.get(name).cloned().ok_or(AdminError::NotFound)
}

#[cfg(test)]
#[path = "role_admin_tests.rs"]
mod tests;
