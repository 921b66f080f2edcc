//! The header of a token (RFC 7515 4): exactly what we write, and of what others write only what we understand.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis_core::ports::token_codec::TokenError;
use serde::{Deserialize, Deserializer};

/// `{"alg":"HS256","typ":"JWT"}`, in this order and encoded: the header of every token made with the shared secret.
pub(super) const HS256: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

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

/// Whether a header, still encoded, is one of a login token that the shared secret signed.
pub(super) fn check(encoded: &str) -> Result<(), TokenError> {
    if encoded == HS256 {
        return Ok(());
    }
    let json = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| TokenError::Malformed)?;
    // A JSON array of three strings would do for serde.
    if !json.trim_ascii_start().starts_with(b"{") {
        return Err(TokenError::Header);
    }
    let header: Header = serde_json::from_slice(&json).map_err(|_| TokenError::Header)?;
    let is_ours = header.alg == "HS256" && header.typ == "JWT" && header.kid.is_none();
    if is_ours { Ok(()) } else { Err(TokenError::Header) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(json: &str) -> Result<(), TokenError> {
        check(&URL_SAFE_NO_PAD.encode(json))
    }

    #[test]
    fn the_constant_is_what_it_says() {
        assert_eq!(HS256, URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#));
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
            r#"{"alg":"HS256","typ":"at+jwt"}"#,
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
