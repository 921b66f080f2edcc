//! The body of a login: a JSON object with a name and a password, and nothing else.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;

use crate::validation::Fault;

/// The longest name, in characters.
const LONGEST_NAME: usize = 64;

/// A login as it was sent.
pub(super) struct LoginBody {
    pub(super) username: String,
    pub(super) password: String,
}

/// Reads a login, or tells everything that is wrong with it.
pub(super) fn read(content_type: Option<&str>, body: &[u8]) -> Result<LoginBody, Vec<Fault>> {
    if !content_type.is_none_or(is_json) {
        return Err(vec![Fault::json_invalid(0, "the content type is not application/json")]);
    }
    let members = serde_json::from_slice::<Members>(body).map_err(|error| vec![json_fault(body, &error)])?.0;
    let mut faults = vec![];
    let username = string(&members, "username", &mut faults);
    let password = string(&members, "password", &mut faults);
    if username.is_some_and(|name| name.chars().count() > LONGEST_NAME) {
        faults.push(Fault::string_too_long("body", "username", LONGEST_NAME));
    }
    let others = members.iter().filter(|(name, _)| name != "username" && name != "password");
    faults.extend(others.map(|(name, _)| Fault::extra_forbidden("body", name)));
    match (username, password) {
        (Some(username), Some(password)) if faults.is_empty() => {
            Ok(LoginBody { username: username.to_owned(), password: password.to_owned() })
        }
        _ => Err(faults),
    }
}

fn string<'m>(members: &'m [(String, Value)], name: &str, faults: &mut Vec<Fault>) -> Option<&'m str> {
    match members.iter().find(|(member, _)| member == name) {
        Some((_, Value::String(text))) => Some(text),
        Some(_) => {
            faults.push(Fault::string_type("body", name));
            None
        }
        None => {
            faults.push(Fault::missing("body", name));
            None
        }
    }
}

/// `application/json`, or a type that is built on it (RFC 6839 3.1), with whatever parameters.
fn is_json(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    media_type == "application/json"
        || (media_type.starts_with("application/") && media_type.ends_with("+json"))
}

fn json_fault(body: &[u8], error: &serde_json::Error) -> Fault {
    let lines = body.split(|byte| *byte == b'\n').take(error.line().saturating_sub(1));
    let place = lines.map(|line| line.len() + 1).sum::<usize>() + error.column().saturating_sub(1);
    let why = match error.classify() {
        serde_json::error::Category::Eof => "the text ends too early",
        serde_json::error::Category::Data => "an object is expected, with each member once",
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => "not JSON",
    };
    Fault::json_invalid(place, why)
}

/// The members of an object, each once.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members: Vec<(String, Value)> = vec![];
        while let Some((name, value)) = map.next_entry()? {
            if members.iter().any(|(earlier, _)| *earlier == name) {
                return Err(A::Error::custom("a member is given twice"));
            }
            members.push((name, value));
        }
        Ok(Members(members))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kinds(body: &str) -> Vec<String> {
        let Err(faults) = read(Some("application/json"), body.as_bytes()) else { return vec![] };
        faults.iter().map(|fault| serde_json::to_string(&(fault.kind, &fault.loc)).unwrap()).collect()
    }

    #[test]
    fn a_name_and_a_password_are_a_login() {
        let body = read(None, br#" {"password":"p\u00e4ss","username":"admin"} "#).ok().unwrap();
        assert_eq!((body.username.as_str(), body.password.as_str()), ("admin", "päss"));
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        assert_eq!(kinds("{}"), [r#"["missing",["body","username"]]"#, r#"["missing",["body","password"]]"#]);
        assert_eq!(
            kinds(r#"{"username":1,"password":null,"otp":"1"}"#),
            [
                r#"["string_type",["body","username"]]"#,
                r#"["string_type",["body","password"]]"#,
                r#"["extra_forbidden",["body","otp"]]"#
            ]
        );
        let long = format!(r#"{{"username":"{}"}}"#, "ä".repeat(65));
        assert_eq!(
            kinds(&long),
            [r#"["missing",["body","password"]]"#, r#"["string_too_long",["body","username"]]"#]
        );
    }

    #[test]
    fn what_is_no_json_object_is_told_where() {
        for body in [
            "",
            "username=admin&password=x",
            "[]",
            "null",
            "\"x\"",
            "{\"username\":",
            "{}{}",
            "{\"a\":\"\\ud800\"}",
        ] {
            assert!(kinds(body)[0].starts_with(r#"["json_invalid",["body","#), "{body}: {:?}", kinds(body));
        }
        assert_eq!(kinds("{\n x"), [r#"["json_invalid",["body",3]]"#]);
        assert_eq!(kinds(r#"{"username":"a","username":"b","password":"c"}"#).len(), 1);
    }

    #[test]
    fn a_form_is_no_json_whatever_is_in_it() {
        let body = br#"{"username":"a","password":"b"}"#;
        for wrong in [
            "application/x-www-form-urlencoded",
            "text/plain",
            "application/jsonp",
            "",
            "multipart/form-data",
        ] {
            assert!(read(Some(wrong), body).is_err(), "{wrong}");
        }
        for right in ["application/json", "Application/JSON; charset=utf-8", "application/vnd.x+json"] {
            assert!(read(Some(right), body).is_ok(), "{right}");
        }
    }

    proptest! {
        #[test]
        fn no_body_makes_the_reader_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(None, &body);
        }
    }
}
