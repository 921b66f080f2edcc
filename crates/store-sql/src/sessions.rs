//! Sessions: opened, ended one by one or all at once, listed, and forgotten when nothing depends on them any more.

use std::net::IpAddr;

use portcullis_core::domain::client::SubjectId;
use portcullis_core::domain::directory::Page;
use portcullis_core::domain::opaque::TokenHash;
use portcullis_core::domain::session::{EndedSession, Generation, Session, SessionId, Whose};
use portcullis_core::domain::time::Timestamp;
use portcullis_core::domain::user::Username;
use portcullis_core::ports::ledger::{Changed, CommitError, Ended, FeedPlace};
use portcullis_core::ports::store_error::StoreError;

use crate::session_kind::{self, PersonalColumns, stamp_of};
use crate::sql::{Row, Sql, at_most, malformed, micros, stored};
use crate::statements::{sessions, users};
use crate::transaction::Transaction;

/// Of more users than that the feed tells no longer one by one.
const TOLD_ONE_BY_ONE: usize = 1000;

impl Transaction<'_> {
    /// Opens a session, unless one of this name was ended; and notes the login of the user, if it is one and he is here.
    pub(crate) async fn open_session(&mut self, session: &Session) -> Result<(), StoreError> {
        let Session { id, user, kind, issued_at, last_seen_at, expires_at, address, agent } = session;
        if kind.personal().is_none() {
            self.sql.execute(users::LOGGED_IN, &[user.key().into(), issued_at.micros().into()]).await?;
        }
        if self.sql.row(sessions::IS_ENDED, &[id.as_str().into()]).await?.is_some() {
            return Ok(());
        }
        let address = address.map(|address| address.to_string());
        let (token, stamp) = (kind.token().map(TokenHash::bytes), stamp_of(kind));
        let personal = PersonalColumns::of(kind);
        let values = [
            id.as_str().into(),
            user.key().into(),
            user.as_str().into(),
            stored(self.state.generation).into(),
            kind.as_str().into(),
            issued_at.micros().into(),
            last_seen_at.micros().into(),
            expires_at.micros().into(),
            address.as_deref().into(),
            agent.as_deref().into(),
            token.as_ref().map(<[u8; 32]>::as_slice).into(),
            kind.idle_timeout().map(micros).into(),
            stamp.as_ref().map(<[u8; 8]>::as_slice).into(),
            session.ends_at().micros().into(),
            personal.name.into(),
            personal.limits.as_deref().into(),
            personal.allow_from.as_deref().into(),
        ];
        self.sql.execute(sessions::OPEN, &values).await.map(|_| ())
    }

    /// Opens the session of a personal token, unless its user has so many that are good. Counted here, where nobody opens
    /// another one in between.
    pub(crate) async fn open_personal(&mut self, session: &Session, most: usize) -> Result<(), CommitError> {
        let Session { user, kind, issued_at, .. } = session;
        let stamp = stamp_of(kind);
        let values = [
            user.key().into(),
            kind.as_str().into(),
            stored(self.state.generation).into(),
            stamp.as_ref().map(<[u8; 8]>::as_slice).into(),
            issued_at.micros().into(),
        ];
        let row = self.sql.row(sessions::COUNT_ALIKE, &values).await?;
        let good = row.ok_or_else(|| malformed("sessions", "no row"))?.integer("sessions")?;
        if good >= at_most(most) {
            return Err(CommitError::TooMany);
        }
        Ok(self.open_session(session).await?)
    }

    /// Notes that a session was used at this time.
    pub(crate) async fn see(&mut self, id: &SessionId, at: Timestamp) -> Result<(), StoreError> {
        let changed = self.sql.execute(sessions::SEEN, &[id.as_str().into(), at.micros().into()]).await?;
        self.is_changed |= changed > 0;
        Ok(())
    }

    /// Ends a session, which need not have been opened here. One that was may have tokens that last longer than the one
    /// by which it is ended.
    pub(crate) async fn end_session(&mut self, ended: &EndedSession) -> Result<(), StoreError> {
        let mut ended = ended.clone();
        if let Some(mut row) = self.sql.row(sessions::EXPIRES_AT, &[ended.id.as_str().into()]).await? {
            let opened_until = Timestamp::from_micros(row.integer("sessions.expires_at")?);
            ended.expires_at = ended.expires_at.max(opened_until);
        }
        let EndedSession { id, subject, expires_at } = &ended;
        let subject = subject.to_string();
        self.sql.execute(sessions::CLOSE, &[id.as_str().into()]).await?;
        let values = [id.as_str().into(), subject.as_str().into(), expires_at.micros().into()];
        if self.sql.execute(sessions::END, &values).await? > 0 {
            self.tell(&Changed::Session(ended.clone())).await?;
        }
        Ok(())
    }

    /// Ends the session of a token that says nothing. Told in any case: somebody may know it still who did not hear that
    /// it was forgotten.
    pub(crate) async fn end_token(&mut self, token: TokenHash) -> Result<(), StoreError> {
        self.sql.execute(sessions::CLOSE_BY_TOKEN, &[token.bytes().as_slice().into()]).await?;
        self.tell(&Changed::Token(token)).await
    }

    /// Ends all sessions of somebody. Everybody's end by their generation alone, however many there are.
    pub(crate) async fn end_sessions(&mut self, whose: &Whose) -> Result<(), StoreError> {
        let users = match whose {
            Whose::Everybody => {
                self.state.generation += 1;
                return self.tell(&Changed::EveryUser).await;
            }
            Whose::Client(id) => {
                let key = SubjectId::Client(id.clone()).key();
                self.sql.execute(sessions::RAISE_GENERATION, &[key.as_str().into()]).await?;
                return self.tell(&Changed::Client(id.clone())).await;
            }
            Whose::Users(users) => users,
        };
        self.raise_generations(users).await?;
        if users.len() > TOLD_ONE_BY_ONE {
            return self.tell(&Changed::EveryUser).await;
        }
        for user in users {
            self.tell(&Changed::User(user.clone())).await?;
        }
        Ok(())
    }

    /// Raises the generation of these users, and closes their sessions.
    async fn raise_generations(&mut self, users: &[Username]) -> Result<(), StoreError> {
        let mut keys: Vec<&str> = users.iter().map(Username::key).collect();
        keys.sort_unstable();
        keys.dedup();
        let (many, rest) = keys.as_chunks::<{ sessions::MANY }>();
        for keys in many {
            let values = keys.map(Into::into);
            self.sql.execute(sessions::RAISE_GENERATIONS, &values).await?;
            self.sql.execute(sessions::CLOSE_OF_USERS, &values).await?;
        }
        for key in rest {
            self.sql.execute(sessions::RAISE_GENERATION, &[(*key).into()]).await?;
            self.sql.execute(sessions::CLOSE_OF_USER, &[(*key).into()]).await?;
        }
        Ok(())
    }

    /// Closes the open sessions of a user; whoever calls it tells why in the feed.
    pub(crate) async fn close_sessions_of(&mut self, user: &Username) -> Result<(), StoreError> {
        self.sql.execute(sessions::CLOSE_OF_USER, &[user.key().into()]).await.map(|_| ())
    }

    /// Forgets at most `limit` each of the sessions that have expired, of those that are of an earlier generation, and
    /// of those that were ended and would have expired a day ago: clocks are set back. Says whether there may be more.
    pub(crate) async fn forget_sessions(&mut self, now: Timestamp, limit: usize) -> Result<bool, StoreError> {
        let limit = at_most(limit);
        let a_day_ago = now.micros().saturating_sub(86_400_000_000);
        let mut may_be_more = false;
        for (statement, until) in [
            // That a session was used may be written a minute late.
            (sessions::FORGET_EXPIRED, now.micros().saturating_sub(120_000_000)),
            (sessions::FORGET_EARLIER, stored(self.state.generation)),
            (sessions::FORGET_ENDED, a_day_ago),
        ] {
            let forgotten = stored(self.sql.execute(statement, &[until.into(), limit.into()]).await?);
            self.is_changed |= forgotten > 0;
            may_be_more |= forgotten == limit;
        }
        Ok(may_be_more)
    }
}

/// The open session of this name.
pub(crate) async fn find(sql: &mut dyn Sql, id: &SessionId) -> Result<Option<Session>, StoreError> {
    sql.row(sessions::FIND, &[id.as_str().into()]).await?.map(session).transpose()
}

/// The open session of this token.
pub(crate) async fn find_by_token(
    sql: &mut dyn Sql,
    token: &TokenHash,
) -> Result<Option<Session>, StoreError> {
    sql.row(sessions::FIND_BY_TOKEN, &[token.bytes().as_slice().into()]).await?.map(session).transpose()
}

/// A page of the open sessions that have not expired.
pub(crate) async fn page(
    sql: &mut dyn Sql,
    of: Option<&Username>,
    now: Timestamp,
    page: Page,
) -> Result<Vec<Session>, StoreError> {
    let after = page.after.unwrap_or_default();
    let (now, limit) = (now.micros(), at_most(page.limit));
    let rows = match of {
        None => sql.rows(sessions::PAGE, &[after.as_str().into(), now.into(), limit.into()]).await?,
        Some(user) => {
            let values = [after.as_str().into(), now.into(), limit.into(), user.key().into()];
            sql.rows(sessions::PAGE_OF_USER, &values).await?
        }
    };
    rows.into_iter().map(session).collect()
}

/// The generation of somebody's sessions.
pub(crate) async fn generation(sql: &mut dyn Sql, of: &SubjectId) -> Result<Generation, StoreError> {
    let row = sql.row(sessions::GENERATION, &[of.key().as_str().into()]).await?;
    let mut row = row.ok_or_else(|| malformed("store", "no row"))?;
    Ok(Generation { user: row.count("generations.generation")?, everybody: row.count("store.generation")? })
}

/// The ended sessions that have not expired, and the place in the feed at which they are those.
pub(crate) async fn ended(sql: &mut dyn Sql, now: Timestamp) -> Result<Ended, StoreError> {
    let mut all = Ended::default();
    for mut row in sql.rows(sessions::ENDED, &[now.micros().into()]).await? {
        all.place = FeedPlace(row.count("store.place")?);
        let Some(id) = row.optional_text("ended_sessions.id")? else { continue };
        all.sessions.push(EndedSession {
            id: SessionId::claimed(id),
            subject: row.parsed("ended_sessions.user_name", SubjectId::parse)?,
            expires_at: Timestamp::from_micros(row.integer("ended_sessions.expires_at")?),
        });
    }
    Ok(all)
}

fn session(mut row: Row) -> Result<Session, StoreError> {
    let id = SessionId::claimed(row.text("sessions.id")?);
    let user = row.parsed("sessions.user_name", Username::parse)?;
    let kind = row.text("sessions.kind")?;
    Ok(Session {
        id,
        user,
        issued_at: Timestamp::from_micros(row.integer("sessions.issued_at")?),
        last_seen_at: Timestamp::from_micros(row.integer("sessions.last_seen_at")?),
        expires_at: Timestamp::from_micros(row.integer("sessions.expires_at")?),
        address: row.optionally_parsed("sessions.address", str::parse::<IpAddr>)?,
        agent: row.optional_text("sessions.agent")?,
        kind: session_kind::read(&kind, &mut row)?,
    })
}
