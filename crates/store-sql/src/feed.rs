//! The feed: what other processes, and caches in this one, must forget or learn.

use portcullis_core::domain::client::{ClientId, SubjectId};
use portcullis_core::domain::opaque::TokenHash;
use portcullis_core::domain::session::{EndedSession, SessionId};
use portcullis_core::domain::time::Timestamp;
use portcullis_core::domain::user::Username;
use portcullis_core::ports::ledger::{Changed, FeedPlace};
use portcullis_core::ports::store_error::StoreError;

use crate::sql::{Row, Sql, at_most, malformed, stored};
use crate::statements::feed;
use crate::transaction::Transaction;

const USER: &str = "user";
const CLIENT: &str = "client";
const EVERY_USER: &str = "every-user";
const ROLES: &str = "roles";
const SESSION: &str = "session";
const TOKEN: &str = "token";

impl Transaction<'_> {
    /// Puts a change at the end of the feed.
    pub(crate) async fn tell(&mut self, changed: &Changed) -> Result<(), StoreError> {
        let (kind, name, ended) = match changed {
            Changed::User(user) => (USER, Some(user.to_string()), None),
            Changed::Client(id) => (CLIENT, Some(id.to_string()), None),
            Changed::EveryUser => (EVERY_USER, None, None),
            Changed::Roles => (ROLES, None, None),
            Changed::Session(ended) => (SESSION, Some(ended.subject.to_string()), Some(ended)),
            Changed::Token(_) => (TOKEN, None, None),
            Changed::TooMuch => return self.forget_feed(0).await,
        };
        let token = if let Changed::Token(token) = changed { Some(token.bytes()) } else { None };
        self.state.place += 1;
        let values = [
            stored(self.state.place).into(),
            kind.into(),
            name.as_deref().into(),
            ended.map(|ended| ended.id.as_str()).into(),
            ended.map(|ended| ended.expires_at.micros()).into(),
            token.as_ref().map(<[u8; 32]>::as_slice).into(),
        ];
        self.sql.execute(feed::TELL, &values).await.map(|_| ())
    }

    /// Makes everybody read everything again, those too who know places up to `known`.
    pub(crate) async fn forget_feed(&mut self, known: u64) -> Result<(), StoreError> {
        self.state.place = self.state.place.max(known) + 1;
        self.is_changed = true;
        self.sql.execute(feed::FORGET, &[stored(self.state.place).into()]).await.map(|_| ())
    }
}

/// What comes after a place. Where the feed has not yet come to that place, or no longer holds what follows it, that
/// is too much.
pub(crate) async fn changes(
    sql: &mut dyn Sql,
    after: FeedPlace,
    limit: usize,
) -> Result<Vec<(FeedPlace, Changed)>, StoreError> {
    let newest = newest(sql).await?;
    if newest == after || limit == 0 {
        return Ok(vec![]);
    }
    let rows = sql.rows(feed::AFTER, &[stored(after.0).into(), at_most(limit).into()]).await?;
    let changes: Vec<_> = rows.into_iter().map(change).collect::<Result<_, _>>()?;
    match changes.first() {
        Some((first, _)) if newest > after && first.0 == after.0 + 1 => Ok(changes),
        _ => Ok(vec![(newest, Changed::TooMuch)]),
    }
}

/// The place of the newest change.
pub(crate) async fn newest(sql: &mut dyn Sql) -> Result<FeedPlace, StoreError> {
    let row = sql.row(feed::PLACE, &[]).await?;
    Ok(FeedPlace(row.ok_or_else(|| malformed("store", "no row"))?.count("store.place")?))
}

fn change(mut row: Row) -> Result<(FeedPlace, Changed), StoreError> {
    let place = FeedPlace(row.count("feed.place")?);
    let kind = row.text("feed.kind")?;
    let changed = match kind.as_str() {
        USER => Changed::User(row.parsed("feed.user_name", Username::parse)?),
        CLIENT => Changed::Client(row.parsed("feed.user_name", ClientId::parse)?),
        EVERY_USER => Changed::EveryUser,
        ROLES => Changed::Roles,
        SESSION => Changed::Session(EndedSession {
            subject: row.parsed("feed.user_name", SubjectId::parse)?,
            id: SessionId::claimed(row.text("feed.session_id")?),
            expires_at: Timestamp::from_micros(row.integer("feed.expires_at")?),
        }),
        TOKEN => {
            // Name, session and end are of others.
            let (_, _, _) = (
                row.optional_text("feed.user_name")?,
                row.optional_text("feed.session_id")?,
                row.optional_integer("feed.expires_at")?,
            );
            Changed::Token(TokenHash::from_bytes(row.array("feed.token")?))
        }
        // What a later program tells, this one can't know: it has to read everything again.
        _ => Changed::TooMuch,
    };
    Ok((place, changed))
}
