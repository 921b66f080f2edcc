//! Users as the BNG's own configuration has them: the list `api.users`.

use std::fmt::Write as _;

use portcullis_core::domain::grant::{Grant, Scope};
use portcullis_core::domain::role::RoleBook;
use portcullis_store_yaml::document::{Document, Fault, Faults, Kind};
use portcullis_store_yaml::users::read_users;
use serde_json::{Value, json};

use super::candidate::{Candidate, Reading};
use crate::cli::grants;

/// What a list begins with.
pub(super) const HEAD: &str = "api:\n  users:";

/// Reads `api.users`; of the rest of the file only what it shares with that matters.
pub(super) fn read(text: &str, roles: &RoleBook) -> Reading {
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(fault) => return Reading { candidates: vec![], refused: vec![fault.to_string()] },
    };
    let mut faults = Faults::new();
    let api = document.section("api", &mut faults).filter(|api| api.kind() != Kind::Null);
    let users = api.and_then(|api| api.map(&mut faults)).and_then(|api| api.field("users"));
    let Some(users) = users else {
        let mut refused: Vec<_> = faults.iter().map(Fault::to_string).collect();
        if refused.is_empty() {
            refused.push("there are no `api.users`, and it is no htpasswd file".to_owned());
        }
        return Reading { candidates: vec![], refused };
    };
    let users = read_users(&users, roles, &mut faults);
    let is_faultless = |candidate: &Candidate| !faults.iter().any(|fault| is_of(fault, candidate));
    let candidates = users.into_iter().map(Candidate::from).filter(is_faultless).collect();
    Reading { candidates, refused: faults.iter().map(Fault::to_string).collect() }
}

/// Whether a fault is of this user: every one that is, names him first.
fn is_of(fault: &Fault, candidate: &Candidate) -> bool {
    fault.message.starts_with(&format!("user `{}`: ", candidate.name))
}

/// An item of the list. Every text is quoted as JSON does, which YAML reads alike.
pub(super) fn item(candidate: &Candidate) -> String {
    let mut item = format!("    - username: {}", json!(candidate.name.as_str()));
    let _ = write!(item, "\n      password_hash: {}", json!(candidate.hash.expose()));
    let _ = write!(item, "\n      {}", held(&candidate.grants));
    for (key, value) in [("active", candidate.active), ("api_login", candidate.api_login)] {
        if !value {
            let _ = write!(item, "\n      {key}: false"); // to a string: never fails
        }
    }
    item
}

/// What is held, in the shortest of the three ways; the BNG itself reads the first.
fn held(held: &[Grant]) -> String {
    let everywhere = |grant: &Grant| (grant.scope == Scope::Everywhere).then(|| json!(grant.role.as_str()));
    let roles: Option<Vec<_>> = held.iter().map(everywhere).collect();
    match roles.as_deref() {
        Some([role]) => format!("role: {role}"),
        Some(roles) => format!("roles: {}", Value::from(roles.to_vec())),
        None => format!("grants: {}", held.iter().map(grants::as_json).map(without_null).collect::<Value>()),
    }
}

/// The configuration has no realm where there is none.
fn without_null(mut grant: Value) -> Value {
    if let Some(members) = grant.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    grant
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::candidate::testing::{HASH, anybody, candidate};
    use super::*;

    fn written(candidates: &[Candidate]) -> String {
        let items: Vec<_> = candidates.iter().map(item).collect();
        format!("{HEAD}\n{}\n", items.join("\n"))
    }

    fn read(text: &str) -> Reading {
        super::read(text, &RoleBook::built_in())
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(candidates in prop::collection::vec(anybody(), 1..5)) {
            let mut names = std::collections::HashSet::new();
            let candidates: Vec<_> =
                candidates.into_iter().filter(|candidate| names.insert(candidate.name.clone())).collect();
            let text = written(&candidates);
            prop_assert_eq!(read(&text), Reading { candidates, refused: vec![] }, "{}", text);
        }
    }

    #[test]
    fn one_role_is_written_as_the_bng_reads_it() {
        assert_eq!(
            written(&[candidate("admin", &["admin"])]),
            format!(
                "api:\n  users:\n    - username: \"admin\"\n      password_hash: \"{HASH}\"\n      role: \"admin\"\n"
            )
        );
        assert_eq!(held(&candidate("a", &[]).grants), "roles: []");
        assert_eq!(held(&candidate("a", &["admin", "viewer"]).grants), r#"roles: ["admin","viewer"]"#);
        assert_eq!(
            held(&candidate("a", &["admin", "viewer@x"]).grants),
            r#"grants: [{"role":"admin"},{"realm":"x","role":"viewer"}]"#
        );
    }

    #[test]
    fn whoever_has_a_fault_is_refused_and_the_others_are_read() {
        let text = format!(
            "bgp: [65000]\napi:\n  port: x\n  users:\n  - {{username: a, password_hash: \"{HASH}\", role: admin}}\n  \
             - {{username: b, password_hash: \"{HASH}\", role: amdin}}\n  - {{username: c, password_hash: plain, role: admin}}\n"
        );
        let reading = read(&text);
        assert_eq!(reading.candidates, [candidate("a", &["admin"])]);
        assert_eq!(
            reading.refused,
            [
                "line 6 column 104: api.users[1].role: user `b`: unknown role `amdin`; did you mean `admin`?",
                "line 7 column 34: api.users[2].password_hash: user `c`: expected a bcrypt hash that begins with $2a$, $2b$ or $2y$",
            ]
        );
    }

    #[test]
    fn a_file_without_users_is_told_so() {
        for text in ["", "bgp: 1", "api: {}", "api:\n  users:"] {
            let reading = read(text);
            assert!(reading.candidates.is_empty() && reading.refused.len() == 1, "{text}: {reading:?}");
        }
        for text in ["api: [", "[]", "api: 1"] {
            assert!(!read(text).refused.is_empty(), "{text}");
        }
    }
}
