//! The body of a login: a JSON object with a name and a password, and nothing else.

use crate::json_object::JsonObject;
use crate::validation::Fault;

/// The longest name, in characters.
const LONGEST_NAME: usize = 64;

/// A login as it was sent.
pub(super) struct LoginBody {
    pub(super) username: String,
    pub(super) password: String,
}

/// Reads a login, or tells everything that is wrong with it.
pub(super) fn read(mut object: JsonObject) -> Result<LoginBody, Vec<Fault>> {
    let (username, password) = (object.text("username"), object.text("password"));
    if username.as_ref().is_some_and(|name| name.chars().count() > LONGEST_NAME) {
        object.reject::<()>(Fault::string_too_long("body", "username", LONGEST_NAME));
    }
    object.finish()?;
    match (username, password) {
        (Some(username), Some(password)) => Ok(LoginBody { username, password }),
        _ => Err(vec![]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(body: &str) -> Result<LoginBody, Vec<Fault>> {
        read(JsonObject::read(None, body.as_bytes())?)
    }

    fn kinds(body: &str) -> Vec<String> {
        let Err(faults) = read_text(body) else { return vec![] };
        faults.iter().map(|fault| serde_json::to_string(&(fault.kind, &fault.loc)).unwrap()).collect()
    }

    #[test]
    fn a_name_and_a_password_are_a_login() {
        let body = read_text(r#" {"password":"p\u00e4ss","username":"admin"} "#).ok().unwrap();
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
    fn what_is_no_login_at_all_is_refused() {
        assert_eq!(kinds("username=a&password=b").len(), 1);
        assert_eq!(kinds(r#"{"username":"a","username":"b","password":"c"}"#).len(), 1);
    }
}
