//! The keys that verify at one moment, and the one of them that signs. A ring never changes: another one takes its place.

use std::sync::Arc;

use jsonwebtoken::jwk::JwkSet;

use super::token_key::TokenKey;
use crate::token_type::TokenType;

/// Keys for tokens.
#[derive(Debug)]
pub struct KeyRing {
    /// Those that verify.
    keys: Vec<Arc<TokenKey>>,
    signing: Option<Arc<TokenKey>>,
    jwks: String,
}

impl KeyRing {
    /// A ring of these keys. The one of the name `signing` signs; where there is none of this name, the shared secret
    /// does.
    pub fn new(keys: Vec<Arc<TokenKey>>, signing: Option<&str>) -> Self {
        let set = JwkSet { keys: keys.iter().map(|key| key.jwk().clone()).collect() };
        let signing = keys.iter().find(|key| Some(key.id()) == signing).cloned();
        Self { jwks: serde_json::to_string(&set).unwrap_or_default(), keys, signing }
    }

    /// The key that signs; none if the shared secret does.
    pub fn signing(&self) -> Option<&TokenKey> {
        self.signing.as_deref()
    }

    /// What others need to verify a token: the public halves as a JSON Web Key Set (RFC 7517 5).
    pub fn jwks(&self) -> &str {
        &self.jwks
    }

    /// The key of this name.
    pub(crate) fn named(&self, id: &str) -> Option<&TokenKey> {
        self.keys.iter().find(|key| key.id() == id).map(Arc::as_ref)
    }

    /// The key whose tokens of some type have exactly this header, encoded.
    pub(crate) fn of_header(&self, header: &str) -> Option<(&TokenKey, TokenType)> {
        let of =
            |key, of_type: TokenType| (TokenKey::header(key, of_type) == header).then_some((key, of_type));
        self.keys
            .iter()
            .find_map(|key| TokenType::ALL.into_iter().find_map(|of_type| of(key.as_ref(), of_type)))
    }
}

impl Default for KeyRing {
    fn default() -> Self {
        Self::new(vec![], None)
    }
}
