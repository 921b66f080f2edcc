//! Adding many users at once: all of them or nobody, in one change and with one record.

use super::entry::{Secret, granted};
use super::{NewUser, UserAdmin};
use crate::domain::directory::{Edit, UserEntry};
use crate::services::registry::{AdminError, Editor, USERS_EDIT, words};

/// What is done, on the record.
const ACTION: &str = "user.import";

impl UserAdmin {
    /// Adds users who are not there yet, all of them or none. Their number is the caller's to bound: a ledger makes the
    /// change in one piece, and others wait for it.
    pub async fn add_all(&self, editor: &Editor, new: Vec<NewUser>) -> Result<(), AdminError> {
        self.registrar.check_writable()?;
        let mut entries = Vec::with_capacity(new.len());
        for user in new {
            let Secret { hash, stamp } = self.secret(&user.name, &user.credential).await?;
            entries.push(user.into_entry(Secret { hash, stamp }, self.registrar.now()));
        }
        if entries.is_empty() {
            return Ok(());
        }
        self.registrar.settle(editor, ACTION, || self.try_add_all(editor, &entries)).await
    }

    async fn try_add_all(&self, editor: &Editor, entries: &[UserEntry]) -> Result<(), AdminError> {
        let reading = self.registrar.read(editor, Some(USERS_EDIT)).await?;
        let mut added: Vec<UserEntry> = Vec::with_capacity(entries.len());
        for entry in entries {
            let known = reading.users().user(&entry.name).await?.map(|user| user.name);
            let twice =
                || added.iter().find(|other| other.name == entry.name).map(|other| other.name.clone());
            if let Some(known) = known.or_else(twice) {
                return Err(AdminError::Taken(format!("User '{known}'")));
            }
            let grants = granted(entry.grants.clone(), &reading.book)?;
            reading.check_grants(&grants)?;
            added.push(UserEntry { grants, ..entry.clone() });
        }
        let amendment = words::of_users(&added);
        let edits = added.into_iter().map(Edit::PutUser).collect();
        self.registrar.commit_all(&reading, edits, editor, ACTION, amendment).await
    }
}
