//! What a token says, and the policy by which it is believed.

use std::sync::Arc;
use std::time::Duration;

use super::client::{ClientId, SubjectId};
use super::delegation::Delegation;
use super::right::RightPattern;
use super::role::RoleName;
use super::session::SessionId;
use super::time::Timestamp;
use super::user::Username;

/// How tokens are made and judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenPolicy {
    /// The claim `iss` (RFC 7519 4.1.1).
    pub issuer: String,
    /// The claim `aud` (RFC 7519 4.1.3), if tokens are to have one.
    pub audience: Option<String>,
    /// How long a login token lasts.
    pub ttl: Duration,
}

/// How far ahead of our clock `iat` may be, for the sake of another node's clock. `exp` has no such leeway.
const CLOCK_SKEW: Duration = Duration::from_mins(1);

/// Whose a token is, and what it says of him. Logins and access tokens are told apart by the header, users and clients by a
/// claim of their own, so that none is ever taken for another (RFC 8725 3.11), whatever their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bearer {
    /// A user who logged in: `typ` is `JWT`.
    User {
        /// `sub`.
        name: Username,
        /// `roles`, the first of which is `role`: those held everywhere. For clients to read; the gate asks the store.
        roles: Vec<RoleName>,
    },
    /// A client: `typ` is `at+jwt` (RFC 9068 2).
    Client {
        /// `client_id`, and `sub`.
        id: ClientId,
        /// `scope`: the rights that the token is for, of which it gives those that the client holds.
        scope: Arc<[RightPattern]>,
    },
    /// A user through a client: `typ` is `at+jwt` too, and `sub_kind` says `user` (RFC 9068 2.2 allows for more claims).
    Delegated {
        /// `sub`.
        name: Username,
        /// `client_id` and `scope`.
        to: Delegation,
    },
}

/// The claims of a token, each of its proper type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// `iss`.
    pub issuer: String,
    /// `aud`; empty where there is none.
    pub audience: Vec<String>,
    /// `sub`, and what is said of it.
    pub bearer: Bearer,
    /// `iat`.
    pub issued_at: Timestamp,
    /// `nbf`, if there.
    pub not_before: Option<Timestamp>,
    /// `exp`.
    pub expires_at: Timestamp,
    /// `jti`.
    pub id: String,
    /// `sid`; of a client's token, which has none, `jti`.
    pub session: SessionId,
    /// `ver`, as it was claimed.
    pub stamp: String,
}

/// Why claims are not believed, whatever their signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClaimsError {
    /// Another issuer's.
    #[error("the token is of another issuer")]
    Issuer,
    /// For somebody else.
    #[error("the token is for another audience")]
    Audience,
    /// `exp` has come.
    #[error("the token has expired")]
    Expired,
    /// `nbf` has not come.
    #[error("the token is not valid yet")]
    NotYet,
    /// `iat` lies ahead.
    #[error("the token was issued in the future")]
    IssuedAhead,
}

impl Claims {
    /// How long the token lasts from when it was issued.
    pub fn lifetime(&self) -> Duration {
        let micros = self.expires_at.micros().saturating_sub(self.issued_at.micros());
        Duration::from_micros(micros.try_into().unwrap_or_default())
    }

    /// Whose the token is.
    pub fn subject(&self) -> SubjectId {
        match &self.bearer {
            Bearer::User { name, .. } | Bearer::Delegated { name, .. } => SubjectId::User(name.clone()),
            Bearer::Client { id, .. } => SubjectId::Client(id.clone()),
        }
    }
}

impl TokenPolicy {
    /// The audience of a token that a client shows, which always has one (RFC 9068 2.2).
    pub fn audience_of_clients(&self) -> &str {
        self.audience.as_deref().unwrap_or(&self.issuer)
    }

    /// Judges claims whose signature was found good. Time is the caller's.
    pub fn check(&self, claims: &Claims, now: Timestamp) -> Result<(), ClaimsError> {
        if claims.issuer != self.issuer {
            return Err(ClaimsError::Issuer);
        }
        // A token with an audience is for that audience alone (RFC 7519 4.1.3): if we have no name in it, not for us.
        let for_us = match (&self.audience, &claims.bearer) {
            (Some(ours), _) => claims.audience.contains(ours),
            (None, Bearer::User { .. }) => claims.audience.is_empty(),
            (None, Bearer::Client { .. } | Bearer::Delegated { .. }) => {
                claims.audience.contains(&self.issuer)
            }
        };
        if !for_us {
            return Err(ClaimsError::Audience);
        }
        if now >= claims.expires_at {
            return Err(ClaimsError::Expired);
        }
        if claims.not_before.is_some_and(|not_before| now < not_before) {
            return Err(ClaimsError::NotYet);
        }
        if claims.issued_at > now.plus(CLOCK_SKEW) {
            return Err(ClaimsError::IssuedAhead);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn claims() -> Claims {
        Claims {
            issuer: "portcullis".into(),
            audience: vec![],
            bearer: Bearer::User { name: Username::parse("admin").unwrap(), roles: vec![] },
            issued_at: at(NOW),
            not_before: None,
            expires_at: at(NOW + 10),
            id: "j".into(),
            session: SessionId::claimed("s".into()),
            stamp: "v".into(),
        }
    }

    fn policy(audience: Option<&str>) -> TokenPolicy {
        TokenPolicy {
            issuer: "portcullis".into(),
            audience: audience.map(Into::into),
            ttl: Duration::from_hours(1),
        }
    }

    fn judged(change: impl Fn(&mut Claims)) -> Result<(), ClaimsError> {
        let mut claims = claims();
        change(&mut claims);
        policy(None).check(&claims, at(NOW))
    }

    #[test]
    fn a_token_ends_at_its_second_and_not_later() {
        assert_eq!(judged(|claims| claims.expires_at = at(NOW + 1)), Ok(()));
        assert_eq!(judged(|claims| claims.expires_at = at(NOW)), Err(ClaimsError::Expired));
        assert_eq!(judged(|claims| claims.expires_at = at(i64::MIN)), Err(ClaimsError::Expired));
    }

    #[test]
    fn a_token_is_not_valid_before_its_time() {
        assert_eq!(judged(|claims| claims.not_before = Some(at(NOW))), Ok(()));
        assert_eq!(judged(|claims| claims.not_before = Some(at(NOW + 1))), Err(ClaimsError::NotYet));
    }

    #[test]
    fn a_clock_that_is_a_minute_ahead_is_forgiven_and_not_more() {
        assert_eq!(judged(|claims| claims.issued_at = at(NOW + 60)), Ok(()));
        assert_eq!(judged(|claims| claims.issued_at = at(NOW + 61)), Err(ClaimsError::IssuedAhead));
    }

    #[test]
    fn a_client_s_token_is_for_our_audience_or_for_the_issuer() {
        let judged = |ours: Option<&str>, audience: &[&str]| {
            let bearer = Bearer::Client { id: ClientId::parse("admin").unwrap(), scope: [].into() };
            let audience = audience.iter().map(|&name| name.to_owned()).collect();
            policy(ours).check(&Claims { audience, bearer, ..claims() }, at(NOW))
        };
        assert_eq!(judged(None, &["portcullis"]), Ok(()));
        assert_eq!(judged(None, &["x", "portcullis"]), Ok(()));
        assert_eq!(judged(Some("bng"), &["bng"]), Ok(()));
        for (ours, audience) in
            [(None, &[][..]), (None, &["bng"]), (Some("bng"), &["portcullis"]), (Some("bng"), &[])]
        {
            assert_eq!(judged(ours, audience), Err(ClaimsError::Audience), "{ours:?} {audience:?}");
        }
    }

    #[test]
    fn issuer_and_audience_must_be_ours() {
        assert_eq!(judged(|claims| claims.issuer = "Portcullis".into()), Err(ClaimsError::Issuer));
        assert_eq!(judged(|claims| claims.audience = vec!["x".into()]), Err(ClaimsError::Audience));
        let mut claims = claims();
        assert_eq!(policy(Some("x")).check(&claims, at(NOW)), Err(ClaimsError::Audience));
        claims.audience = vec!["y".into(), "x".into()];
        assert_eq!(policy(Some("x")).check(&claims, at(NOW)), Ok(()));
    }
}
