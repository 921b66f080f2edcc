//! Managing users: who there is, what they hold, and whether they may come in.
//!
//! Nobody gives away more than he holds, nor touches somebody who holds more than he does; and somebody who can manage
//! users is always left.

mod entry;
mod import;
mod own_password;

use std::sync::Arc;

pub(super) use entry::granted;
pub use entry::{Changes, Credential, NewUser, Regrant};
use entry::{Known, Secret};

use super::registry::{AdminError, Editor, Loss, Registrar, USERS_EDIT, words};
use super::throttle::Throttle;
use crate::domain::directory::{Edit, Page, Profile, UserEntry};
use crate::domain::secret::{Cost, Password, PasswordHash};
use crate::domain::user::{Stamp, Username};
use crate::ports::entropy::Entropy;
use crate::ports::password_hasher::PasswordHasher;
use crate::ports::store_error::StoreError;

/// Lists users and changes them.
pub struct UserAdmin {
    registrar: Arc<Registrar>,
    hasher: Arc<dyn PasswordHasher>,
    entropy: Arc<dyn Entropy>,
    throttle: Arc<Throttle>,
}

impl UserAdmin {
    /// The users of a register. `throttle` is the login's: whoever guesses a present password is counted there.
    pub fn new(
        registrar: Arc<Registrar>,
        hasher: Arc<dyn PasswordHasher>,
        entropy: Arc<dyn Entropy>,
        throttle: Arc<Throttle>,
    ) -> Self {
        Self { registrar, hasher, entropy, throttle }
    }

    /// The users in the order of their names.
    pub async fn list(&self, page: Page) -> Result<Vec<Profile>, StoreError> {
        self.registrar.policy().users.profiles(page).await
    }

    /// One user.
    pub async fn show(&self, name: &Username) -> Result<Profile, AdminError> {
        self.registrar.policy().users.profile(name).await?.ok_or(AdminError::NotFound)
    }

    /// Adds a user who is not there yet.
    pub async fn add(&self, editor: &Editor, new: NewUser) -> Result<Profile, AdminError> {
        self.registrar.check_writable()?;
        let secret = self.secret(&new.name, &new.credential).await?;
        let entry = new.into_entry(secret, self.registrar.now());
        self.registrar.settle(editor, "user.add", || self.try_add(editor, &entry)).await
    }

    /// Changes a user.
    pub async fn change(
        &self,
        editor: &Editor,
        name: &Username,
        changes: &Changes,
    ) -> Result<Profile, AdminError> {
        self.registrar.check_writable()?;
        let hash = match &changes.credential {
            Some(credential) => Some(self.hash(name, credential).await?),
            None => None,
        };
        let unused = self.unused_stamp()?;
        let attempt = || self.try_change(editor, name, changes, hash.as_ref(), unused);
        self.registrar.settle(editor, "user.change", attempt).await
    }

    /// Removes a user. His tokens are dead at once.
    pub async fn remove(&self, editor: &Editor, name: &Username) -> Result<(), AdminError> {
        self.registrar.check_writable()?;
        self.registrar.settle(editor, "user.remove", || self.try_remove(editor, name)).await
    }

    async fn try_add(&self, editor: &Editor, entry: &UserEntry) -> Result<Profile, AdminError> {
        let reading = self.registrar.read(editor, Some(USERS_EDIT)).await?;
        if let Some(known) = reading.users().user(&entry.name).await? {
            return Err(AdminError::Taken(format!("User '{}'", known.name)));
        }
        let grants = granted(entry.grants.clone(), &reading.book)?;
        reading.check_grants(&grants)?;
        let entry = UserEntry { grants, ..entry.clone() };
        let amendment = words::of_user(&entry.name, None, Some(&entry));
        let added = Profile::from(&entry);
        self.registrar.commit(&reading, Edit::PutUser(entry), editor, "user.add", amendment).await?;
        Ok(added)
    }

    async fn try_change(
        &self,
        editor: &Editor,
        name: &Username,
        changes: &Changes,
        hash: Option<&PasswordHash>,
        unused: Stamp,
    ) -> Result<Profile, AdminError> {
        let reading = self.registrar.read(editor, Some(USERS_EDIT)).await?;
        let known = Known::read(reading.users(), name).await?;
        reading.check_grants(&known.entry.grants)?;
        let entry = known.changed(changes, hash, unused, &reading.book)?;
        reading.check_grants(&entry.grants)?;
        let after = Profile { last_login_at: known.last_login_at, ..Profile::from(&entry) };
        let loses_power = reading.rules(&Profile::from(&known.entry).user) && !reading.rules(&after.user);
        if loses_power && !reading.anybody_rules(&reading.book, Some(name)).await? {
            let is_shut_out = !after.user.is_welcome();
            let loss = if is_shut_out { Loss::Deactivation } else { Loss::Stripping };
            return Err(AdminError::LastAdmin(loss));
        }
        if entry != known.entry {
            let amendment = words::of_user(&entry.name, Some(&known.entry), Some(&entry));
            self.registrar.commit(&reading, Edit::PutUser(entry), editor, "user.change", amendment).await?;
        }
        Ok(after)
    }

    async fn try_remove(&self, editor: &Editor, name: &Username) -> Result<(), AdminError> {
        let reading = self.registrar.read(editor, Some(USERS_EDIT)).await?;
        let Known { entry, .. } = Known::read(reading.users(), name).await?;
        reading.check_grants(&entry.grants)?;
        let has_power = reading.rules(&Profile::from(&entry).user);
        if has_power && !reading.anybody_rules(&reading.book, Some(name)).await? {
            return Err(AdminError::LastAdmin(Loss::Removal));
        }
        let amendment = words::of_user(&entry.name, Some(&entry), None);
        self.registrar.commit(&reading, Edit::RemoveUser(entry.name), editor, "user.remove", amendment).await
    }

    /// What a user is known by from now on. Made once, however often the change must be tried.
    async fn secret(&self, name: &Username, credential: &Credential) -> Result<Secret, AdminError> {
        Ok(Secret { hash: self.hash(name, credential).await?, stamp: self.unused_stamp()? })
    }

    async fn hash(&self, name: &Username, credential: &Credential) -> Result<PasswordHash, AdminError> {
        match credential {
            Credential::Hash(hash) => Ok(hash.clone()),
            Credential::Password(password) => {
                self.check_acceptable(password, name)?;
                Ok(self.hasher.hash(password.clone(), Cost::USUAL).await?)
            }
        }
    }

    /// A stamp that no token carries yet.
    fn unused_stamp(&self) -> Result<Stamp, AdminError> {
        let mut stamp = [0; 8];
        self.entropy.fill(&mut stamp)?;
        Ok(Stamp::from_bytes(stamp))
    }

    fn check_acceptable(&self, password: &Password, name: &Username) -> Result<(), AdminError> {
        let broken = self.registrar.policy().logins.passwords.broken_by(password, name);
        if broken.is_empty() { Ok(()) } else { Err(AdminError::Password(broken)) }
    }
}

impl std::fmt::Debug for UserAdmin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UserAdmin")
    }
}

#[cfg(test)]
mod tests;
