use std::time::Duration;

use portcullis_core::domain::client::ClientSecret;
use portcullis_core::domain::grant::Scope;

use super::*;

/// `printf secret | sha256sum`
const HASH: &str = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

fn one(rest: &str) -> String {
    api(&format!("clients: [{{client_id: backup, secret_sha256: {HASH}, {rest}}}]"))
}

#[test]
fn a_client_has_a_secret_and_grants_and_perhaps_a_lifetime_and_networks() {
    let read = config(&one(
        "grants: [{role: operator}, {role: planner, realm: pop-syd}], token_ttl: 5m, allow_from: [10.0.0.0/8, 'fd00::1']",
    ));
    let [client] = &*read.clients else { unreachable!("{:?}", read.clients) };
    assert_eq!(client.id.as_str(), "backup");
    assert!(client.secret.is_of(&ClientSecret::new("secret".to_owned())));
    assert_eq!(client.token_ttl, Some(Duration::from_mins(5)));
    assert!(client.may_come_from("10.1.2.3".parse().ok()) && !client.may_come_from("11.0.0.1".parse().ok()));
    let scopes: Vec<_> = client.grants.iter().map(|grant| grant.scope != Scope::Everywhere).collect();
    assert_eq!(scopes, [false, true]);

    let plain = config(&one("grants: []")).clients;
    assert!(plain[0].token_ttl.is_none() && plain[0].allow_from.is_empty() && plain[0].grants.is_empty());
    assert!(config("api: {}").clients.is_empty());
}

#[test]
fn a_client_may_be_called_like_a_user() {
    let user = "users: [{username: backup, password_hash: $2b$12$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ./012, role: admin}]";
    let read = config(&format!("{}\n  {user}\n", one("grants: []").trim_end()));
    assert_eq!((read.clients.len(), number_of_users(&read)), (1, 1));
}

#[test]
fn what_is_wrong_with_a_client_is_told_at_its_place_and_shows_no_hash() {
    let of = |client: &str| faults(&api(&format!("clients: [{client}]")));
    for (client, expected) in [
        ("x", "api.clients[0]: expected a map, found text"),
        (&format!("{{secret_sha256: {HASH}, grants: []}}"), "api.clients[0].client_id: is missing"),
        ("{client_id: a, grants: []}", "api.clients[0].secret_sha256: is missing"),
        (&format!("{{client_id: a, secret_sha256: {HASH}}}"), "api.clients[0].grants: is missing"),
        (
            "{client_id: a, secret_sha256: deadbeef, grants: []}",
            "api.clients[0].secret_sha256: expected the SHA-256 of the secret, 64 hexadecimal digits",
        ),
        (
            &format!("{{client_id: 'a:b', secret_sha256: {HASH}, grants: []}}"),
            "api.clients[0].client_id: a client id must be 1 to 64 characters of A-Z a-z 0-9 . _ - @ +, found `a:b`",
        ),
        (
            &format!("{{client_id: a, secret_sha256: {HASH}, grants: [], secret: x}}"),
            "api.clients[0].secret: unknown key",
        ),
    ] {
        let said = of(client);
        assert!(said.ends_with(expected) && said.lines().count() == 1, "{said}");
        assert!(!said.contains("deadbeef") && !said.contains(&HASH[..8]), "{said}");
    }
    for (rest, expected) in [
        ("grants: [{role: oprator}]", "unknown role `oprator`; did you mean `operator`?"),
        ("grants: [{role: admin}, {role: admin}]", "api.clients[0].grants[1]: is there twice"),
        ("grants: admin", "api.clients[0].grants: expected a list, found text"),
        ("grants: [], allow_from: []", "names no network; leave it out to let the client come from anywhere"),
        ("grants: [], token_ttl: 0s", "from 1s to 30d, found `0s`"),
    ] {
        let said = faults(&one(rest));
        assert!(said.ends_with(expected) && said.lines().count() == 1, "{said}");
    }
    let said = faults(&one("grants: [], allow_from: [10.0.0.1/8]"));
    assert!(said.contains("api.clients[0].allow_from[0]: expected an IP address"), "{said}");
}

#[test]
fn two_clients_of_one_id_in_any_case_are_a_fault() {
    let client = |id: &str| format!("{{client_id: {id}, secret_sha256: {HASH}, grants: []}}");
    let said =
        |one: &str, other: &str| faults(&api(&format!("clients: [{}, {}]", client(one), client(other))));
    assert!(said("backup", "backup").contains("the id is taken by `backup` in line 2 column "));
    assert!(said("backup", "Backup").ends_with(", which differs only in case"));
}

#[test]
fn keys_are_kept_for_as_long_as_the_longest_token_of_any_client_of_the_store_too() {
    let longest = |text: &str| config(text).longest_token();
    assert_eq!(longest("api: {}"), Duration::from_hours(1));
    assert_eq!(longest(&one("grants: [], token_ttl: 2h")), Duration::from_hours(2));
    assert_eq!(longest("api: {user_store: sqlite:users.db}"), Duration::from_hours(24));
    assert_eq!(longest("api: {user_store: sqlite:users.db, token: {ttl: 2d}}"), Duration::from_hours(48));
}
