//! A look at who is in a store, by somebody who changes nothing: no schema is brought up to date, no permission is
//! mended, no file is made, no log is written back.

use std::fs::{self, File};
use std::path::Path;
use std::time::Duration;

use portcullis_core::domain::client::Client;
use portcullis_core::domain::directory::{Page, Profile};
use portcullis_core::domain::role::Role;
use portcullis_core::domain::secret::PasswordHash;
use portcullis_core::domain::session::{Session, SessionId};
use portcullis_core::domain::time::Timestamp;
use portcullis_core::ports::store_error::StoreError;
use sqlx::ConnectOptions as _;

use super::connection::{self, Connection, failed};
use super::file::{self, beside};
use super::{foreign_log, schema};
use crate::open_error::OpenError;
use crate::sql::Sql;
use crate::{clients, sessions, users};

/// How long the lock of whoever works with the store is waited for.
const PATIENCE: Duration = Duration::from_secs(2);
/// How many are read at a time.
const PAGE: usize = 500;

/// There are few among many sessions, and nobody waits for them but whoever makes a survey.
const PERSONAL: &str = "SELECT id FROM sessions WHERE kind = 'personal' AND expires_at > $1 ORDER BY id";

/// Who is in a store.
#[derive(Debug)]
pub struct Survey {
    /// The users, in the order of their names, each with the hash of the password.
    pub users: Vec<(Profile, PasswordHash)>,
    /// The roles that the store keeps.
    pub roles: Vec<Role>,
    /// The clients that the store keeps.
    pub clients: Vec<Client>,
    /// The sessions of personal tokens that are open.
    pub personal: Vec<Session>,
}

impl Survey {
    /// Reads all of it, beside a server that works with the store or without one.
    ///
    /// # Errors
    /// There is no such file, it is no store of ours, or it can't be read just now.
    pub async fn of(path: &Path, now: Timestamp) -> Result<Self, OpenError> {
        let at_path = |source| OpenError::File { path: path.to_owned(), source };
        if !fs::exists(path).map_err(at_path)? {
            return Err(OpenError::Missing(path.to_owned()));
        }
        file::check(&File::open(path).map_err(at_path)?, path)?;
        foreign_log::refuse(path, PATIENCE).await?;
        // Without a log nobody works with it; then not even the files beside it are made that a reader shares.
        let has_log = fs::exists(beside(path, "-wal")).map_err(at_path)?;
        let options = connection::reader(path, PATIENCE).read_only(true).immutable(!has_log);
        let mut connected = options.connect().await.map_err(failed)?;
        schema::recognised(&mut connected, path, schema::STEPS).await?;
        let mut sql = Connection::new(Box::new(connected), path);
        let survey = Self {
            users: all_users(&mut sql).await?,
            roles: users::roles(&mut sql).await?,
            clients: all_clients(&mut sql).await?,
            personal: personal(&mut sql, now).await?,
        };
        sql.close().await?;
        Ok(survey)
    }
}

async fn all_users(sql: &mut dyn Sql) -> Result<Vec<(Profile, PasswordHash)>, StoreError> {
    let mut all = vec![];
    let mut after = None;
    loop {
        let page = users::page(sql, Page { after, limit: PAGE }).await?;
        let Some(last) = page.last() else { return Ok(all) };
        after = Some(last.user.name.key().to_owned());
        for profile in page {
            // Who was removed in between is not there any more.
            let known = users::find(sql, &profile.user.name).await?;
            all.extend(known.map(|known| (known.profile, known.hash)));
        }
    }
}

async fn all_clients(sql: &mut dyn Sql) -> Result<Vec<Client>, StoreError> {
    let mut all: Vec<Client> = vec![];
    loop {
        let after = all.last().map(|client| client.id.key().to_owned());
        let page = clients::page(sql, Page { after, limit: PAGE }).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page.into_iter().map(|entry| entry.client));
    }
}

async fn personal(sql: &mut dyn Sql, now: Timestamp) -> Result<Vec<Session>, StoreError> {
    let mut all = vec![];
    for mut row in sql.rows(PERSONAL, &[now.micros().into()]).await? {
        let id = SessionId::claimed(row.text("sessions.id")?);
        all.extend(sessions::find(sql, &id).await?);
    }
    Ok(all)
}
