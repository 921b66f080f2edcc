//! The users of a file pass the suite of user stores, once they are written into one and read again.
#![expect(clippy::unwrap_used, reason = "a test whose file can't be read can't go on")]

use portcullis_core::domain::role::RoleBook;
use portcullis_core::ports::user_store::UserStore;
use portcullis_store_yaml::document::{Document, Faults};
use portcullis_store_yaml::snapshot::YamlUsers;
use portcullis_store_yaml::users::read_users;
use portcullis_testkit::seed::SeedUser;

/// A user as a file says him, with whatever a file may leave out left out.
fn item(seed: &SeedUser) -> String {
    let switch = |key: &str, on: bool| if on { String::new() } else { format!("\n  {key}: false") };
    let grants: String = seed
        .grants
        .iter()
        .map(|grant| match grant.scope.realm() {
            Some(realm) => format!("{{role: {}, realm: \"{realm}\"}}, ", grant.role),
            None => format!("{{role: {}}}, ", grant.role),
        })
        .collect();
    format!(
        "- username: {}\n  password_hash: \"{}\"\n  grants: [{grants}]{}{}\n",
        seed.name,
        seed.hash.expose(),
        switch("active", seed.active),
        switch("api_login", seed.api_login)
    )
}

async fn fresh(users: Vec<SeedUser>) -> Box<dyn UserStore> {
    let list: String = users.iter().map(item).collect();
    let text = if list.is_empty() { "[]".to_owned() } else { list };
    let document = Document::parse(&text).unwrap();
    let mut faults = Faults::new();
    let users = read_users(&document.root(), &RoleBook::built_in(), &mut faults);
    assert!(faults.is_empty(), "{faults}\n{text}");
    Box::new(YamlUsers::new(users))
}

portcullis_testkit::readable_user_store_conformance!(fresh);
