//! Tokens that anybody can read: for tests that are not about tokens.

use portcullis_core::domain::session::SessionId;
use portcullis_core::domain::time::Timestamp;
use portcullis_core::domain::token::Claims;
use portcullis_core::domain::user::Username;
use portcullis_core::ports::token_codec::{SignError, TokenCodec, TokenError};

/// Writes a token as `name/stamp/session/expiry` and believes whatever has this form. Its issuer is `portcullis`.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainTokens;

impl TokenCodec for PlainTokens {
    fn sign(&self, claims: &Claims) -> Result<String, SignError> {
        let Claims { subject, stamp, session, expires_at, .. } = claims;
        Ok(format!("{subject}/{stamp}/{}/{}", session.as_str(), expires_at.seconds()))
    }

    fn verify(&self, token: &str) -> Result<Claims, TokenError> {
        let parts: Vec<_> = token.split('/').collect();
        let [name, stamp, session, expiry] = parts[..] else { return Err(TokenError::Malformed) };
        Ok(Claims {
            issuer: "portcullis".to_owned(),
            audience: vec![],
            subject: Username::parse(name).map_err(|_| TokenError::Claims)?,
            roles: vec![],
            issued_at: Timestamp::from_seconds(0),
            not_before: None,
            expires_at: Timestamp::from_seconds(expiry.parse().map_err(|_| TokenError::Claims)?),
            id: "token".to_owned(),
            session: SessionId::claimed(session.to_owned()),
            stamp: stamp.to_owned(),
        })
    }
}
