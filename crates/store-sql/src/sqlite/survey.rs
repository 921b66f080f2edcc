//! A look at who is in a store, by somebody who changes nothing: no schema is brought up to date, no permission is
//! mended, no file is made, no log is written back.

use std::fs::{self, File};
use std::path::Path;
use std::time::Duration;

use portcullis_core::domain::directory::{Page, Profile};
use portcullis_core::domain::role::Role;
use portcullis_core::domain::secret::PasswordHash;
use sqlx::ConnectOptions as _;

use super::connection::{self, Connection, failed};
use super::file::{self, beside};
use super::foreign_log;
use crate::open_error::OpenError;
use crate::users;

/// How long the lock of whoever works with the store is waited for.
const PATIENCE: Duration = Duration::from_secs(2);
/// How many users are read at a time.
const PAGE: usize = 500;

/// Who is in a store.
#[derive(Debug)]
pub struct Survey {
    /// The users, in the order of their names, each with the hash of the password.
    pub users: Vec<(Profile, PasswordHash)>,
    /// The roles that the store keeps.
    pub roles: Vec<Role>,
}

impl Survey {
    /// Reads all of it, beside a server that works with the store or without one.
    ///
    /// # Errors
    /// There is no such file, it is no store of ours, or it can't be read just now.
    pub async fn of(path: &Path) -> Result<Self, OpenError> {
        let at_path = |source| OpenError::File { path: path.to_owned(), source };
        if !fs::exists(path).map_err(at_path)? {
            return Err(OpenError::Missing(path.to_owned()));
        }
        file::check(&File::open(path).map_err(at_path)?, path)?;
        foreign_log::refuse(path, PATIENCE).await?;
        // Without a log nobody works with it; then not even the files beside it are made that a reader shares.
        let has_log = fs::exists(beside(path, "-wal")).map_err(at_path)?;
        let options = connection::reader(path, PATIENCE).read_only(true).immutable(!has_log);
        let mut sql = Connection::new(Box::new(options.connect().await.map_err(failed)?), path);

        let mut survey = Self { users: vec![], roles: users::roles(&mut sql).await? };
        let mut after = None;
        loop {
            let page = users::page(&mut sql, Page { after: after.take(), limit: PAGE }).await?;
            let is_last = page.len() < PAGE;
            for profile in page {
                after = Some(profile.user.name.key().to_owned());
                // Who was removed in between is not there any more.
                if let Some(known) = users::find(&mut sql, &profile.user.name).await? {
                    survey.users.push((known.profile, known.hash));
                }
            }
            if is_last {
                break;
            }
        }
        sql.close().await?;
        Ok(survey)
    }
}
