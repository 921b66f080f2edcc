//! Personal tokens: made by a user for his own scripts, listed and ended by him.

mod error;

use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;

pub use error::{PersonalTokenError, Unfit};

use super::follow::Follower;
use super::issuing::{Whereabouts, session_of};
use super::known_sessions::KnownSessions;
use super::registry::{AdminError, Authority, Editor, Registrar, words};
use crate::domain::directory::Page;
use crate::domain::grant::Grant;
use crate::domain::permit::Principal;
use crate::domain::personal::{Personal, PersonalToken, TokenName};
use crate::domain::session::{Session, SessionId, SessionKind};
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::ports::entropy::Entropy;
use crate::ports::ledger::{Change, Ledger};

/// How long a personal token may last: whoever wants one for longer makes another one in time.
pub const LONGEST: Duration = Duration::from_hours(365 * 24);

/// How many personal tokens one user may have: each is kept for as long as it lasts, with all that it is for.
pub const MOST: usize = 100;

/// How many sessions are read at a time to find the personal tokens among them.
const BATCH: usize = 500;

/// A personal token as its owner wants it.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// What he calls it.
    pub name: TokenName,
    /// What it is for; none: for all that he holds when it is made.
    pub grants: Option<Vec<Grant>>,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Where it may come from; empty: from anywhere.
    pub allow_from: Vec<IpNet>,
}

/// A personal token that was made. Its text is nowhere else.
#[derive(Debug)]
pub struct Made {
    /// The token.
    pub token: PersonalToken,
    /// What is kept of it.
    pub session: Session,
}

/// Makes, lists and ends personal tokens.
pub struct PersonalTokens {
    registrar: Arc<Registrar>,
    ledger: Arc<dyn Ledger>,
    follower: Arc<Follower>,
    known: Arc<KnownSessions>,
    entropy: Arc<dyn Entropy>,
}

impl PersonalTokens {
    /// The personal tokens of the users of a register, kept by a ledger.
    pub fn new(
        registrar: Arc<Registrar>,
        ledger: Arc<dyn Ledger>,
        follower: Arc<Follower>,
        known: Arc<KnownSessions>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { registrar, ledger, follower, known, entropy }
    }

    /// Makes one for the user who asks, for no more than he holds now.
    pub async fn add(
        &self,
        principal: &Principal,
        editor: &Editor,
        new: NewToken,
    ) -> Result<Made, PersonalTokenError> {
        let owner = owner(principal)?;
        if principal.kind.personal().is_some() {
            return Err(Unfit::Personal.into());
        }
        let made = self.try_add(principal, owner, editor, new).await;
        made.map_err(|error| match error {
            PersonalTokenError::Admin(error) => self.registrar.noted(error, editor, "token.add").into(),
            other => other,
        })
    }

    async fn try_add(
        &self,
        principal: &Principal,
        owner: &User,
        editor: &Editor,
        new: NewToken,
    ) -> Result<Made, PersonalTokenError> {
        let now = self.registrar.now();
        if new.expires_at <= now || new.expires_at > now.plus(LONGEST) {
            return Err(PersonalTokenError::Lifetime);
        }
        let editor = Editor { authority: Authority::User(owner.name.clone()), ..editor.clone() };
        let limits = self.registrar.read(&editor, None).await?.limits(new.grants)?;
        let mut bytes = [0; 32];
        self.entropy.fill(&mut bytes).map_err(AdminError::from)?;
        let token = PersonalToken::from_bytes(bytes);
        let personal = Personal {
            token: token.hash(),
            // That of the token that was shown: if all his sessions were ended since, this one is ended too.
            stamp: principal.standing.subject.stamp(),
            name: new.name,
            limits: Arc::new(limits),
            allow_from: new.allow_from.into(),
        };
        let kind = SessionKind::Personal(Arc::new(personal));
        let whereabouts = Whereabouts { address: editor.actor.address, agent: None };
        let session = session_of(owner, kind, LONGEST, whereabouts, now, &*self.entropy);
        let session = Session { expires_at: new.expires_at, ..session.map_err(AdminError::from)? };
        let amendment = words::of_token(&session, None, Some(&session));
        let record = editor.actor.record("token.add", now, amendment);
        let change = Change::OpenPersonal { session: session.clone(), at_most: MOST };
        self.ledger.commit(change, record).await?;
        // Once it is in memory, its use is no guess, whoever else is at its address.
        let _ = self.known.opaque.find(token.hash(), &*self.ledger, now).await;
        Ok(Made { token, session })
    }

    /// Those of the user who asks, in the order of their ids (the key of the page). A personal token sees itself alone.
    pub async fn list(&self, principal: &Principal, page: Page) -> Result<Vec<Session>, PersonalTokenError> {
        let owner = owner(principal)?;
        let now = self.registrar.now();
        let (mut found, mut after) = (vec![], page.after);
        loop {
            let batch = Page { after, limit: BATCH };
            let part = self.ledger.sessions(Some(owner.name.clone()), now, batch).await;
            let part = part.map_err(AdminError::from)?;
            let is_last = part.len() < BATCH;
            after = part.last().map(|session| session.id.as_str().to_owned());
            found.extend(part.into_iter().filter(|session| is_shown_to(session, principal, owner)));
            if is_last || found.len() >= page.limit {
                found.truncate(page.limit);
                return Ok(found);
            }
        }
    }

    /// One of them.
    pub async fn show(&self, principal: &Principal, id: &SessionId) -> Result<Session, PersonalTokenError> {
        let owner = owner(principal)?;
        let session = self.ledger.session(id).await.map_err(AdminError::from)?;
        let now = self.registrar.now();
        let is_there = |session: &Session| session.ends_at() > now && is_shown_to(session, principal, owner);
        Ok(session.filter(is_there).ok_or(AdminError::NotFound)?)
    }

    /// Ends one of them.
    pub async fn remove(
        &self,
        principal: &Principal,
        editor: &Editor,
        id: &SessionId,
    ) -> Result<(), PersonalTokenError> {
        let session = self.show(principal, id).await?;
        let token = session.kind.token().ok_or(AdminError::NotFound)?;
        let amendment = words::of_token(&session, Some(&session), None);
        let record = editor.actor.record("token.remove", self.registrar.now(), amendment);
        self.ledger.commit(Change::EndToken(token), record).await?;
        Ok(self.follower.catch_up().await.map_err(AdminError::NotFollowed)?)
    }
}

impl std::fmt::Debug for PersonalTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PersonalTokens")
    }
}

/// Whose tokens these are. A client has none, and sees none of the user's who let it in.
fn owner(principal: &Principal) -> Result<&User, Unfit> {
    match principal.standing.subject.user() {
        Some(user) if principal.standing.client().is_none() => Ok(user),
        _ => Err(Unfit::Client),
    }
}

/// Whether a session is of a personal token that is still good and that this principal may know of.
fn is_shown_to(session: &Session, principal: &Principal, owner: &User) -> bool {
    session.kind.personal().is_some()
        && session.user == owner.name
        && session.is_of(owner.stamp)
        && (principal.kind.personal().is_none() || session.id == principal.session)
}

#[cfg(test)]
mod tests;
