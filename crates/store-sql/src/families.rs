//! Families of refresh tokens: opened with a session, and gone with it.

use portcullis_core::domain::client::ClientId;
use portcullis_core::domain::delegation::Delegation;
use portcullis_core::domain::refresh::{Family, RefreshHash, Rotation};
use portcullis_core::domain::session::{Session, SessionId};
use portcullis_core::domain::user::Stamp;
use portcullis_core::ports::ledger::CommitError;
use portcullis_core::ports::store_error::StoreError;

use crate::sessions;
use crate::sql::{Row, Sql, malformed, stored};
use crate::statements::families;
use crate::transaction::Transaction;

impl Transaction<'_> {
    /// Opens a session and the family of its refresh tokens.
    pub(crate) async fn open_family(&mut self, session: &Session, family: &Family) -> Result<(), StoreError> {
        self.open_session(session).await?;
        let (name, present, stamp) = (family.name.bytes(), family.present.bytes(), family.stamp.bytes());
        let scope = family.delegation.as_ref().map(Delegation::scope_text);
        let client = family.delegation.as_ref().map(|delegation| delegation.client.as_str());
        let values = [
            name.as_slice().into(),
            family.session.as_str().into(),
            present.as_slice().into(),
            stamp.as_slice().into(),
            client.into(),
            scope.as_deref().into(),
        ];
        self.sql.execute(families::OPEN, &values).await.map(|_| ())
    }

    /// Puts the next token in the place of the present one, if that is it.
    pub(crate) async fn rotate(&mut self, rotation: &Rotation) -> Result<(), CommitError> {
        let Rotation { family, from, to, at } = rotation;
        let (name, from, to) = (family.bytes(), from.bytes(), to.bytes());
        let values = [
            name.as_slice().into(),
            from.as_slice().into(),
            to.as_slice().into(),
            stored(self.state.generation).into(),
            at.micros().into(),
        ];
        if self.sql.execute(families::ROTATE, &values).await? == 0 {
            return Err(CommitError::Stale);
        }
        self.sql.execute(families::SEEN, &[name.as_slice().into(), at.micros().into()]).await?;
        Ok(())
    }
}

/// The family of this name and its session, as long as that is open.
pub(crate) async fn find(
    sql: &mut dyn Sql,
    name: &RefreshHash,
) -> Result<Option<(Session, Family)>, StoreError> {
    let row = sql.row(families::FIND, &[name.bytes().as_slice().into()]).await?;
    let Some(family) = row.map(|row| family(*name, row)).transpose()? else { return Ok(None) };
    Ok(sessions::find(sql, &family.session).await?.map(|session| (session, family)))
}

fn family(name: RefreshHash, mut row: Row) -> Result<Family, StoreError> {
    let session = SessionId::claimed(row.text("refresh_families.session_id")?);
    let present = RefreshHash::from_bytes(row.array("refresh_families.present")?);
    let stamp = Stamp::from_bytes(row.array("refresh_families.stamp")?);
    let client = row.optionally_parsed("refresh_families.client", ClientId::parse)?;
    let scope = row.optional_text("refresh_families.scope")?;
    let delegation = match (client, scope) {
        (None, None) => None,
        (Some(client), Some(scope)) => {
            let delegation = Delegation::read(client, &scope);
            Some(delegation.map_err(|error| malformed("refresh_families.scope", error))?)
        }
        _ => {
            return Err(malformed(
                "refresh_families.scope",
                "a client without a scope, or the other way round",
            ));
        }
    };
    Ok(Family { name, present, session, stamp, delegation })
}
