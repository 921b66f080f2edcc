//! Changes of the directory: all steps or none, and only as of the revision they were decided on.

use portcullis_core::domain::directory::{Edit, Revision, UserEntry};
use portcullis_core::domain::realm::Realm;
use portcullis_core::domain::role::{Role, RoleName};
use portcullis_core::domain::secret::PasswordHash;
use portcullis_core::domain::user::{Stamp, Username};
use portcullis_core::ports::ledger::{Changed, CommitError};
use portcullis_core::ports::store_error::StoreError;

use crate::sql::{Sql, malformed};
use crate::statements::{state, users};
use crate::transaction::Transaction;

impl Transaction<'_> {
    /// Takes the steps, if the directory is still what they were decided by.
    pub(crate) async fn edit(&mut self, as_of: Revision, edits: &[Edit]) -> Result<(), CommitError> {
        if self.state.revision != as_of.0 {
            return Err(CommitError::Stale);
        }
        self.state.revision += 1;
        for edit in edits {
            match edit {
                Edit::PutUser(entry) => self.put_user(entry).await?,
                Edit::RemoveUser(name) => self.remove_user(name).await?,
                Edit::PutRole(role) => self.put_role(role).await?,
                Edit::RemoveRole(name) => self.remove_role(name).await?,
                Edit::PutClient(entry) => self.put_client(entry).await?,
                Edit::RemoveClient(id) => self.remove_client(id).await?,
            }
        }
        Ok(())
    }

    /// Replaces a hash by one of another cost, if it is still that one.
    pub(crate) async fn renew_hash(
        &mut self,
        user: &Username,
        from: &PasswordHash,
        to: &PasswordHash,
    ) -> Result<(), CommitError> {
        let cost = i64::from(to.cost().get());
        let values = [user.key().into(), from.expose().into(), to.expose().into(), cost.into()];
        if self.sql.execute(users::RENEW_HASH, &values).await? == 0 {
            return Err(CommitError::Stale);
        }
        self.state.revision += 1;
        Ok(())
    }

    async fn put_user(&mut self, entry: &UserEntry) -> Result<(), StoreError> {
        let UserEntry { name, hash, stamp, active, api_login, grants, created_at } = entry;
        if self.stamp_of(name).await?.is_some_and(|before| before != *stamp) {
            self.close_sessions_of(name).await?;
        }
        let stamp = stamp.bytes();
        let values = [
            name.key().into(),
            name.as_str().into(),
            hash.expose().into(),
            i64::from(hash.cost().get()).into(),
            stamp.as_slice().into(),
            (*active).into(),
            (*api_login).into(),
            created_at.micros().into(),
        ];
        self.sql.execute(users::PUT, &values).await?;
        self.sql.execute(users::REVOKE_ALL, &[name.key().into()]).await?;
        for (grant, position) in grants.iter().zip(0_i64..) {
            let realm = grant.scope.realm();
            let values = [
                name.key().into(),
                position.into(),
                grant.role.as_str().into(),
                grant.role.key().into(),
                realm.map(Realm::as_str).into(),
                realm.map(Realm::key).into(),
            ];
            self.sql.execute(users::GRANT, &values).await?;
        }
        self.tell(&Changed::User(name.clone())).await
    }

    async fn stamp_of(&mut self, name: &Username) -> Result<Option<Stamp>, StoreError> {
        let row = self.sql.row(users::STAMP, &[name.key().into()]).await?;
        row.map(|mut row| Ok(Stamp::from_bytes(row.array("users.stamp")?))).transpose()
    }

    async fn remove_user(&mut self, name: &Username) -> Result<(), StoreError> {
        self.close_sessions_of(name).await?;
        self.sql.execute(users::REVOKE_ALL, &[name.key().into()]).await?;
        self.sql.execute(users::REMOVE, &[name.key().into()]).await?;
        self.tell(&Changed::User(name.clone())).await
    }

    async fn put_role(&mut self, role: &Role) -> Result<(), StoreError> {
        let key = role.name.key();
        self.sql.execute(users::PUT_ROLE, &[key.into(), role.name.as_str().into()]).await?;
        self.sql.execute(users::REMOVE_RIGHTS, &[key.into()]).await?;
        for (right, position) in role.rights.iter().zip(0_i64..) {
            let values = [key.into(), position.into(), right.as_str().into()];
            self.sql.execute(users::ADD_RIGHT, &values).await?;
        }
        self.tell(&Changed::Roles).await
    }

    async fn remove_role(&mut self, name: &RoleName) -> Result<(), StoreError> {
        self.sql.execute(users::REMOVE_RIGHTS, &[name.key().into()]).await?;
        self.sql.execute(users::REMOVE_ROLE, &[name.key().into()]).await?;
        self.tell(&Changed::Roles).await
    }
}

/// How often the directory was changed.
pub(crate) async fn revision(sql: &mut dyn Sql) -> Result<Revision, StoreError> {
    let row = sql.row(state::REVISION, &[]).await?;
    let mut row = row.ok_or_else(|| malformed("store", "no row"))?;
    Ok(Revision(row.count("store.revision")?))
}
