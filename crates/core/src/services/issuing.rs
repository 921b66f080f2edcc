//! A new session and what its token says: the same for whoever is let in, and however.

use std::net::IpAddr;
use std::time::Duration;

use super::policy::Policy;
use crate::domain::session::{Session, SessionId, SessionKind};
use crate::domain::standing::Standing;
use crate::domain::time::Timestamp;
use crate::domain::token::{Bearer, Claims};
use crate::domain::user::User;
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
    let roles = Standing::new(user.clone(), &policy.roles()).roles_everywhere().cloned().collect();
    let claims = Claims {
        issuer: policy.tokens.issuer.clone(),
        audience: policy.tokens.audience.iter().cloned().collect(),
        bearer: Bearer::User { name: user.name.clone(), roles },
        issued_at: now,
        not_before: None,
        expires_at: session.expires_at,
        id: format!("{:032x}", u128::from_be_bytes(random(entropy)?)),
        session: session.id.clone(),
        stamp: user.stamp.to_string(),
    };
    Ok((session, claims))
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
        agent: whereabouts.agent.map(|agent| agent.chars().take(RECORDED_AGENT).collect()),
    })
}

fn random(entropy: &dyn Entropy) -> Result<[u8; 16], EntropyError> {
    let mut bytes = [0; 16];
    entropy.fill(&mut bytes)?;
    Ok(bytes)
}
