//! Whose a token is, and whether it is still good: the same for the gate as for whoever asks about a token. Nothing is
//! changed by reading one.

use std::sync::Arc;

use super::known_sessions::KnownSessions;
use super::opaque_sessions::InUse;
use super::policy::Policy;
use crate::domain::client::ClientId;
use crate::domain::opaque::TokenHash;
use crate::domain::permit::Principal;
use crate::domain::refusal::{Refusal, Unauthenticated};
use crate::domain::right::RightPattern;
use crate::domain::session::{SessionId, SessionKind};
use crate::domain::standing::Standing;
use crate::domain::time::Timestamp;
use crate::domain::token::{Bearer, Claims};
use crate::domain::user::Username;
use crate::ports::ledger::Ledger;
use crate::ports::token_codec::TokenCodec;

/// Reads tokens of either kind.
#[derive(Clone)]
pub struct TokenReader {
    codec: Arc<dyn TokenCodec>,
    known: Arc<KnownSessions>,
    ledger: Arc<dyn Ledger>,
}

impl TokenReader {
    /// Reads what `codec` signs, and what `ledger` keeps.
    pub fn new(codec: Arc<dyn TokenCodec>, known: Arc<KnownSessions>, ledger: Arc<dyn Ledger>) -> Self {
        Self { codec, known, ledger }
    }

    /// What signs tokens, and reads them.
    pub(super) fn codec(&self) -> &dyn TokenCodec {
        &*self.codec
    }

    /// What keeps sessions.
    pub(super) fn ledger(&self) -> &dyn Ledger {
        &*self.ledger
    }

    /// What is known of sessions.
    pub fn known(&self) -> &KnownSessions {
        &self.known
    }

    /// Whose a signed token is. Where a client comes from is for the gate to look at.
    pub async fn signed(
        &self,
        policy: &Policy,
        token: &str,
        now: Timestamp,
    ) -> Result<(Principal, Arc<Claims>), Refusal> {
        let claims = self.codec.verify(token).map_err(Unauthenticated::BadToken)?;
        policy.tokens.check(&claims, now).map_err(Unauthenticated::BadClaims)?;
        let standing = match &claims.bearer {
            Bearer::User { name, .. } => welcome(policy, name).await?,
            Bearer::Client { id, scope } => narrowed(client(policy, id).await?, scope),
            Bearer::Delegated { name, to } => narrowed(delegated(policy, name, &to.client).await?, &to.scope),
        };
        if !standing.stamp().is(&claims.stamp) {
            return Err(Unauthenticated::Superseded.into());
        }
        self.check_open(&claims.session)?;
        let principal = Principal {
            standing,
            session: claims.session.clone(),
            kind: SessionKind::Jwt,
            issued_at: claims.issued_at,
            expires_at: claims.expires_at,
        };
        Ok((principal, claims))
    }

    /// The same for a token that says nothing, of either kind; none if nobody has it. Its idle timeout goes on.
    pub async fn opaque(
        &self,
        policy: &Policy,
        token: &str,
        now: Timestamp,
    ) -> Result<Option<(Principal, Arc<InUse>)>, Refusal> {
        let Some(token) = TokenHash::of_sent(token) else { return Ok(None) };
        let found = self.known.opaque.find(token, &*self.ledger, now).await;
        let Some(known) = found.map_err(Refusal::Unavailable)? else { return Ok(None) };
        let session = known.session();
        self.check_open(&session.id)?;
        let standing = welcome(policy, &session.user).await?;
        if !session.is_of(standing.subject.stamp()) {
            return Err(Unauthenticated::Superseded.into());
        }
        let principal = Principal {
            standing: known.limit(standing),
            session: session.id.clone(),
            kind: session.kind.clone(),
            issued_at: session.issued_at,
            expires_at: session.expires_at,
        };
        Ok(Some((principal, known)))
    }

    fn check_open(&self, session: &SessionId) -> Result<(), Unauthenticated> {
        if self.known.ended.contains(session) { Err(Unauthenticated::SessionEnded) } else { Ok(()) }
    }
}

impl std::fmt::Debug for TokenReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenReader")
    }
}

/// The user of this name, if he may come in at all.
pub(super) async fn welcome(policy: &Policy, name: &Username) -> Result<Arc<Standing>, Refusal> {
    let standing = policy.standing(name).await.map_err(Refusal::Unavailable)?;
    let standing = standing.ok_or(Unauthenticated::NoSuchUser)?;
    if standing.subject.is_welcome() { Ok(standing) } else { Err(Unauthenticated::Deactivated.into()) }
}

/// The client of this id.
async fn client(policy: &Policy, id: &ClientId) -> Result<Arc<Standing>, Refusal> {
    let standing = policy.standing_of_client(id).await.map_err(Refusal::Unavailable)?;
    Ok(standing.ok_or(Unauthenticated::NoSuchClient)?)
}

/// The user of this name in the hands of a client, if both may come in at all.
pub(super) async fn delegated(
    policy: &Policy,
    name: &Username,
    to: &ClientId,
) -> Result<Arc<Standing>, Refusal> {
    let user = welcome(policy, name).await?;
    Ok(Arc::new(user.through(client(policy, to).await?)))
}

/// What somebody holds of the rights that his token is for.
fn narrowed(standing: Arc<Standing>, scope: &Arc<[RightPattern]>) -> Arc<Standing> {
    standing.narrowed_to(scope).map_or(standing, Arc::new)
}
