//! A new session and what its token says: the same for whoever is let in, and however.

use std::net::IpAddr;
use std::time::Duration;

use super::policy::Policy;
use crate::domain::delegation::Delegation;
use crate::domain::session::{Session, SessionId, SessionKind};
use crate::domain::standing::Standing;
use crate::domain::time::Timestamp;
use crate::domain::token::{Bearer, Claims};
use crate::domain::user::User;
use crate::domain::visible::excerpt;
use crate::ports::entropy::{Entropy, EntropyError};

/// How much of a `User-Agent` a session keeps, in characters.
const RECORDED_AGENT: usize = 200;

/// Where a session is used from, as far as that is known.
#[derive(Debug, Clone, Copy, Default)]
pub struct Whereabouts<'a> {
    /// The address.
    pub address: Option<IpAddr>,
    /// The `User-Agent`.
    pub agent: Option<&'a str>,
}

/// A session of `user` that begins now, and the claims of its token.
pub fn new_session(
    policy: &Policy,
    user: &User,
    lifetime: Duration,
    whereabouts: Whereabouts<'_>,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<(Session, Claims), EntropyError> {
    let session = session_of(user, SessionKind::Jwt, lifetime, whereabouts, now, entropy)?;
    let standing = Standing::new(user.clone(), &policy.roles());
    let claims = claims_in(&session, policy, &standing, None, lifetime, now, entropy)?;
    Ok((session, claims))
}

/// What a token says that is made now in a session: a login token, or the access token of whoever the user lets act for
/// him. It lasts so long, and no longer than its session.
pub fn claims_in(
    session: &Session,
    policy: &Policy,
    standing: &Standing,
    delegation: Option<Delegation>,
    lifetime: Duration,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<Claims, EntropyError> {
    let name = session.user.clone();
    let (bearer, audience) = match delegation {
        None => {
            let roles = standing.roles_everywhere().cloned().collect();
            (Bearer::User { name, roles }, policy.tokens.audience.iter().cloned().collect())
        }
        Some(to) => (Bearer::Delegated { name, to }, vec![policy.tokens.audience_of_clients().to_owned()]),
    };
    Ok(Claims {
        issuer: policy.tokens.issuer.clone(),
        audience,
        bearer,
        issued_at: now,
        not_before: None,
        expires_at: now.plus(lifetime).min(session.expires_at),
        id: format!("{:032x}", u128::from_be_bytes(random(entropy)?)),
        session: session.id.clone(),
        stamp: standing.stamp().to_string(),
    })
}

/// A session of `user` that begins now, and lasts so long at the most.
pub fn session_of(
    user: &User,
    kind: SessionKind,
    lifetime: Duration,
    whereabouts: Whereabouts<'_>,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<Session, EntropyError> {
    Ok(Session {
        id: SessionId::from_bytes(random(entropy)?),
        user: user.name.clone(),
        kind,
        issued_at: now,
        last_seen_at: now,
        expires_at: now.plus(lifetime),
        address: whereabouts.address,
        agent: whereabouts.agent.map(|agent| excerpt(agent, RECORDED_AGENT)),
    })
}

/// So many random bytes.
pub(super) fn random<const LENGTH: usize>(entropy: &dyn Entropy) -> Result<[u8; LENGTH], EntropyError> {
    let mut bytes = [0; LENGTH];
    entropy.fill(&mut bytes)?;
    Ok(bytes)
}
