//! The header of a token (RFC 7515 4): exactly what we write, and of what others write only what we understand.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis_core::ports::token_codec::TokenError;
use serde::{Deserialize, Deserializer};

use crate::keys::{KeyRing, TokenKey};
use crate::token_type::TokenType;

/// `{"alg":"HS256","typ":"JWT"}`, in this order and encoded: the header of every token made with the shared secret.
const HS256: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

/// `{"alg":"HS256","typ":"at+jwt"}`, the same of every access token made with it.
const HS256_ACCESS: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9";

/// The header of a token of this type made with the shared secret, encoded.
pub(super) const fn of_secret(of_type: TokenType) -> &'static str {
    match of_type {
        TokenType::Login => HS256,
        TokenType::Access => HS256_ACCESS,
    }
}

/// The members that we understand; any other is refused (RFC 8725 3.1, 3.10), and so is one that is there twice.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    typ: String,
    #[serde(default, deserialize_with = "a_string")]
    kid: Option<String>,
}

/// Not `null`: a member that is there must be a string.
fn a_string<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    String::deserialize(deserializer).map(Some)
}

/// Whose token it is, by its header.
#[derive(Debug)]
pub(super) enum Signer<'r> {
    /// The shared secret's.
    Secret,
    /// A key's.
    Key(&'r TokenKey),
}

/// Who has to have signed a token with this header, still encoded, and of which type it is. A key is named, and has one
/// algorithm, which the header has to name too; the shared secret is not named. So no header can choose what it is verified
/// with (RFC 8725 3.1).
pub(super) fn signer<'r>(encoded: &str, ring: &'r KeyRing) -> Result<(Signer<'r>, TokenType), TokenError> {
    if let Some(of_type) = TokenType::ALL.into_iter().find(|of_type| of_secret(*of_type) == encoded) {
        return Ok((Signer::Secret, of_type));
    }
    if let Some((key, of_type)) = ring.of_header(encoded) {
        return Ok((Signer::Key(key), of_type));
    }
    let Header { alg, typ, kid } = read(encoded)?;
    let of_type =
        TokenType::ALL.into_iter().find(|of_type| of_type.name() == typ).ok_or(TokenError::Header)?;
    let signer = match kid {
        None => (alg == "HS256").then_some(Signer::Secret),
        Some(kid) => ring.named(&kid).filter(|key| key.algorithm().name() == alg).map(Signer::Key),
    };
    Ok((signer.ok_or(TokenError::Header)?, of_type))
}

fn read(encoded: &str) -> Result<Header, TokenError> {
    let json = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| TokenError::Malformed)?;
    // A JSON array of three strings would do for serde.
    if !json.trim_ascii_start().starts_with(b"{") {
        return Err(TokenError::Header);
    }
    serde_json::from_slice(&json).map_err(|_| TokenError::Header)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::keys::KeyAlgorithm;

    fn checked(json: &str) -> Result<(), TokenError> {
        signer(&URL_SAFE_NO_PAD.encode(json), &KeyRing::default()).map(|_| ())
    }

    fn a_key(algorithm: KeyAlgorithm) -> Arc<TokenKey> {
        Arc::new(TokenKey::read(algorithm, &TokenKey::generate(algorithm).unwrap()).unwrap())
    }

    /// The name of the key that a token with this header is to be verified with.
    fn named(json: &str, ring: &KeyRing) -> Result<Option<String>, TokenError> {
        signer(&URL_SAFE_NO_PAD.encode(json), ring).map(|(signer, _)| match signer {
            Signer::Secret => None,
            Signer::Key(key) => Some(key.id().to_owned()),
        })
    }

    #[test]
    fn a_key_is_found_by_its_name_and_its_algorithm_and_by_nothing_else() {
        let (one, other) = (a_key(KeyAlgorithm::EdDsa), a_key(KeyAlgorithm::Es256));
        let ring = KeyRing::new(vec![one.clone(), other.clone()], None);
        let id = one.id();
        let exactly = format!(r#"{{"alg":"EdDSA","typ":"JWT","kid":"{id}"}}"#);
        assert_eq!(one.header(TokenType::Login), URL_SAFE_NO_PAD.encode(&exactly));
        let access = exactly.replace("JWT", "at+jwt");
        assert_eq!(one.header(TokenType::Access), URL_SAFE_NO_PAD.encode(&access));
        for json in [exactly, access, format!(r#"{{ "kid":"{id}", "typ":"JWT", "alg":"EdDSA" }}"#)] {
            assert_eq!(named(&json, &ring), Ok(Some(id.to_owned())), "{json}");
            assert_eq!(named(&json, &KeyRing::default()), Err(TokenError::Header), "{json}");
        }
        for json in [
            format!(r#"{{"alg":"HS256","typ":"JWT","kid":"{id}"}}"#),
            format!(r#"{{"alg":"ES256","typ":"JWT","kid":"{id}"}}"#),
            format!(r#"{{"alg":"Ed25519","typ":"JWT","kid":"{id}"}}"#),
            format!(r#"{{"alg":"none","typ":"JWT","kid":"{id}"}}"#),
            format!(r#"{{"alg":"EdDSA","typ":"JWT","kid":"{}"}}"#, other.id()),
            format!(r#"{{"alg":"EdDSA","typ":"JWT","kid":"{id}x"}}"#),
            format!(r#"{{"alg":"EdDSA","typ":"JWT","kid":["{id}"]}}"#),
            format!(r#"{{"alg":"EdDSA","typ":"AT+JWT","kid":"{id}"}}"#),
            format!(r#"{{"alg":"EdDSA","kid":"{id}"}}"#),
            format!(r#"{{"alg":"EdDSA","typ":"JWT","kid":"{id}","kid":"{id}"}}"#),
            format!(r#"{{"alg":"EdDSA","typ":"JWT","kid":"{id}","jwk":{{}}}}"#),
            r#"{"alg":"EdDSA","typ":"JWT","kid":""}"#.to_owned(),
            r#"{"alg":"EdDSA","typ":"JWT","kid":null}"#.to_owned(),
            r#"{"alg":"EdDSA","typ":"JWT"}"#.to_owned(),
        ] {
            assert_eq!(named(&json, &ring), Err(TokenError::Header), "{json}");
        }
        assert_eq!(named(r#"{"alg":"HS256","typ":"JWT"}"#, &ring), Ok(None));
    }

    #[test]
    fn the_constant_is_what_it_says() {
        assert_eq!(HS256, URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#));
        assert_eq!(HS256_ACCESS, URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"at+jwt"}"#));
    }

    #[test]
    fn the_header_alone_says_of_which_type_a_token_is() {
        let of_type = |json: &str| {
            signer(&URL_SAFE_NO_PAD.encode(json), &KeyRing::default()).map(|(_, of_type)| of_type)
        };
        for (json, expected) in [
            (r#"{"alg":"HS256","typ":"JWT"}"#, TokenType::Login),
            (r#"{"alg":"HS256","typ":"at+jwt"}"#, TokenType::Access),
            (r#"{"typ":"JWT","alg":"HS256"}"#, TokenType::Login),
            (r#"{"typ":"at+jwt","alg":"HS256"}"#, TokenType::Access),
        ] {
            assert_eq!(of_type(json), Ok(expected), "{json}");
        }
    }

    #[test]
    fn a_header_of_the_same_meaning_is_accepted() {
        assert_eq!(checked(r#"{"typ":"JWT","alg":"HS256"}"#), Ok(()));
        assert_eq!(checked(" { \"alg\" : \"HS256\" , \"typ\" : \"JWT\" } "), Ok(()));
    }

    #[test]
    fn any_other_header_is_refused() {
        for json in [
            "",
            "null",
            "[]",
            r#"["HS256","JWT"]"#,
            r#"["HS256","JWT","x"]"#,
            "{}",
            r#"{"alg":"HS256"}"#,
            r#"{"typ":"JWT"}"#,
            r#"{"alg":"none","typ":"JWT"}"#,
            r#"{"alg":"None","typ":"JWT"}"#,
            r#"{"alg":"hs256","typ":"JWT"}"#,
            r#"{"alg":"HS512","typ":"JWT"}"#,
            r#"{"alg":"RS256","typ":"JWT"}"#,
            r#"{"alg":["HS256"],"typ":"JWT"}"#,
            r#"{"alg":"HS256","typ":"jwt"}"#,
            r#"{"alg":"HS256","typ":"application/at+jwt"}"#,
            r#"{"alg":"HS256","typ":"AT+JWT"}"#,
            r#"{"alg":"HS256","typ":null}"#,
            r#"{"alg":"HS256","typ":"JWT","kid":"k"}"#,
            r#"{"alg":"HS256","typ":"JWT","kid":null}"#,
            r#"{"alg":"HS256","typ":"JWT","crit":["exp"]}"#,
            r#"{"alg":"HS256","typ":"JWT","jwk":{}}"#,
            r#"{"alg":"HS256","typ":"JWT","jku":"https://x"}"#,
            r#"{"alg":"HS256","typ":"JWT","x5u":"https://x"}"#,
            r#"{"alg":"HS256","typ":"JWT","b64":false}"#,
            r#"{"alg":"HS256","typ":"JWT","zip":"DEF"}"#,
            r#"{"alg":"HS256","typ":"JWT","cty":"JWT"}"#,
            r#"{"alg":"HS256","alg":"HS256","typ":"JWT"}"#,
            r#"{"alg":"none","alg":"HS256","typ":"JWT"}"#,
            r#"{"alg":"HS256","typ":"JWT"}x"#,
            "{\"alg\":\"HS256\\u0000\",\"typ\":\"JWT\"}",
        ] {
            assert!(checked(json).is_err(), "{json}");
        }
    }
}
