//! Tokens that anybody can read: for tests that are not about tokens.

use std::sync::Arc;

use portcullis_core::domain::client::SubjectId;
use portcullis_core::domain::right::RightPattern;
use portcullis_core::domain::session::SessionId;
use portcullis_core::domain::time::Timestamp;
use portcullis_core::domain::token::{Bearer, Claims};
use portcullis_core::ports::token_codec::{SignError, TokenCodec, TokenError};

/// Writes a token as `name/stamp/session/expiry` and believes whatever has this form. Its issuer is `portcullis`.
pub(crate) struct PlainTokens;

impl TokenCodec for PlainTokens {
    fn sign(&self, claims: &Claims) -> Result<String, SignError> {
        let Claims { stamp, session, expires_at, .. } = claims;
        Ok(format!("{}/{stamp}/{}/{}", claims.subject(), session.as_str(), expires_at.seconds()))
    }

    fn verify(&self, token: &str) -> Result<Arc<Claims>, TokenError> {
        let parts: Vec<_> = token.split('/').collect();
        let [name, stamp, session, expiry] = parts[..] else { return Err(TokenError::Malformed) };
        Ok(Arc::new(Claims {
            issuer: "portcullis".to_owned(),
            audience: vec![],
            bearer: bearer(name)?,
            issued_at: Timestamp::from_seconds(0),
            not_before: None,
            expires_at: Timestamp::from_seconds(expiry.parse().map_err(|_| TokenError::Claims)?),
            id: "token".to_owned(),
            session: SessionId::claimed(session.to_owned()),
            stamp: stamp.to_owned(),
        }))
    }
}

fn bearer(subject: &str) -> Result<Bearer, TokenError> {
    match SubjectId::parse(subject).map_err(|_| TokenError::Claims)? {
        SubjectId::User(name) => Ok(Bearer::User { name, roles: vec![] }),
        SubjectId::Client(id) => Ok(Bearer::Client { id, scope: [RightPattern::everything()].into() }),
    }
}
