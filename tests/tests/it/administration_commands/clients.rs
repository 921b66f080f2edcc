//! Clients of the store on the command line, and those of the configuration beside them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis_tests::ask::{Answer, Ask};
use portcullis_tests::setup::Setup;
use serde_json::{Value, json};

use super::{Office, wrong_use};

const CONFIGURED: &str = "\n- {client_id: Configured, grants: [{role: viewer}], token_ttl: 5m, \
    secret_sha256: 14fc48d621387642d90cc814ba895edba3900ab268a738e29663b3b84540c89c}";

fn authenticated(id: &str, secret: &str) -> Ask {
    let pair = STANDARD.encode(format!("{id}:{secret}"));
    let ask = Ask::post("/oauth2/token").field("authorization", format!("Basic {pair}"));
    ask.body("application/x-www-form-urlencoded", "grant_type=client_credentials".to_owned())
}

fn token(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

impl Office {
    /// Adds a client; its secret is all that is printed.
    fn add_client(&self, arguments: &[&str]) -> String {
        let added = self.run(&[&["client", "add"], arguments].concat());
        assert_eq!(added.status, 0, "{added:?}");
        let secret = added.output.trim_end().to_owned();
        assert!(secret.starts_with("pcs_") && secret.len() == 47, "{added:?}");
        assert!(!added.error.contains(&secret), "{added:?}");
        secret
    }
}

#[tokio::test]
async fn a_client_gets_tokens_as_soon_as_it_is_added_and_none_as_soon_as_it_is_removed() {
    let office = Office::open().await;
    let secret =
        office.add_client(&["robot", "--role", "viewer", "--role", "operator@pop-syd", "--token-ttl", "15m"]);
    let granted = office.gate.send(authenticated("robot", &secret)).await;
    let robot = token(&granted);
    assert_eq!(granted.json()["expires_in"], 900);
    assert!(office.is_alive(&robot).await);
    office.refused(&["client", "add", "ROBOT", "--role", "viewer"], "Client 'robot' exists already");
    assert_eq!(office.done(&["client", "remove", "Robot"]), "removed Robot\n");
    office.soon_dead(&robot).await;
    office.soon(authenticated("robot", &secret), 401).await;
    office.refused(&["client", "remove", "robot"], "there is no client `robot`");
    let records = office.done(&["audit", "list", "--json"]);
    let records: Vec<Value> = records.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |action: &str| records.iter().find(|record| record["action"] == action).unwrap().to_string();
    for action in ["client.add", "client.remove"] {
        assert!(of(action).contains("viewer, operator in 'pop-syd'; tokens for 15m"), "{}", of(action));
        assert!(of(action).contains("uid ") && !of(action).contains(&secret), "{}", of(action));
    }
}

#[tokio::test]
async fn the_line_that_is_told_gets_a_token() {
    let office = Office::open().await;
    let added = office.run(&["client", "add", "a+b@x.org", "--role", "viewer"]);
    let line = added.error.lines().last().unwrap();
    let expected = "/oauth2/token -u \"a%2Bb%40x.org:$SECRET\" -d grant_type=client_credentials";
    assert!(line.trim().starts_with("curl ") && line.ends_with(expected), "{added:?}");
    let answer = office.gate.send(authenticated("a%2Bb%40x.org", added.output.trim_end())).await;
    assert!(office.is_alive(&token(&answer)).await);
    let json =
        office.done(&["client", "add", "json", "--role", "viewer", "--allow-from", "127.0.0.1", "--json"]);
    let mut json: Value = serde_json::from_str(&json).unwrap();
    let secret = json["client_secret"].take();
    let answer = office.gate.send(authenticated("json", secret.as_str().unwrap())).await;
    assert!(office.is_alive(&token(&answer)).await);
    json["created_at"].take();
    let expected = json!({
        "client_id": "json", "client_secret": null, "grants": [{ "role": "viewer", "realm": null }], "token_ttl": null,
        "allow_from": ["127.0.0.1/32"], "source": "store", "created_at": null
    });
    assert_eq!(json, expected);
}

#[tokio::test]
async fn clients_are_listed_and_shown_with_where_they_are_from() {
    let office = Office::open_with(Setup::new().with("clients", CONFIGURED)).await;
    office.add_client(&[
        "robot",
        "--role",
        "viewer@pop-syd",
        "--allow-from",
        "192.0.2.0/24",
        "--allow-from",
        "::1",
    ]);
    assert_eq!(
        office.done(&["client", "list"]),
        "CLIENT      FROM           ROLES\nConfigured  configuration  viewer\nrobot       store          viewer@pop-syd\n"
    );
    let shown = office.done(&["client", "show", "ROBOT"]);
    let expected = "client         robot\nfrom           store\nroles          viewer@pop-syd\ntokens last    -\n\
        may come from  192.0.2.0/24, ::1/128\ncreated        ";
    assert!(shown.starts_with(expected), "{shown}");
    let list = office.done(&["client", "list", "--json"]);
    let shown = office.done(&["client", "show", "--json", "configured"]);
    assert_eq!(list.lines().next(), Some(shown.trim_end()));
    let expected = json!({
        "client_id": "Configured", "grants": [{ "role": "viewer", "realm": null }], "token_ttl": "5m", "allow_from": null,
        "source": "configuration", "created_at": null
    });
    assert_eq!(serde_json::from_str::<Value>(&shown).unwrap(), expected);
    let words = "Client 'Configured' is defined in the configuration; edit it there";
    office.refused(&["client", "remove", "configured"], words);
    office
        .refused(&["client", "add", "configured", "--role", "viewer"], "Client 'Configured' exists already");
    office.refused(&["client", "show", "nobody"], "there is no client `nobody`");
}

#[tokio::test]
async fn all_tokens_of_a_client_end_by_a_command() {
    let office = Office::open_with(Setup::new().with("clients", CONFIGURED)).await;
    let ours = office.add_client(&["robot", "--role", "viewer"]);
    for (id, secret) in [("robot", ours.as_str()), ("configured", "the+secret%3A+of+clients")] {
        let first = token(&office.gate.send(authenticated(id, secret)).await);
        let ended = office.done(&["session", "end", "--client", id]);
        assert_eq!(ended, format!("ended all sessions of client:{id}\n"));
        office.soon_dead(&first).await;
        let later = token(&office.gate.send(authenticated(id, secret)).await);
        assert!(office.is_alive(&later).await);
    }
    office.refused(&["session", "end", "--client", "nobody"], "there is no such client");
    wrong_use(&office.run(&["session", "end", "--client", "robot", "--user", "robot"]), "--user");
}

#[tokio::test]
async fn what_a_client_may_is_explained_without_a_server() {
    let routes = "[{path: /devices, require: {right: 'device:view', realm: {query: realm}}}]";
    let office = Office::open_with(Setup::new().with("routes", routes).with("clients", CONFIGURED)).await;
    office.add_client(&["robot", "--role", "viewer@pop-syd"]);
    for (client, realm, status) in
        [("client:Robot", "pop-syd", 0), ("client:robot", "pop-mel", 1), ("client:configured", "pop-mel", 0)]
    {
        let target = format!("/devices?realm={realm}");
        let told = office.run(&["explain", "--as", client, "GET", &target]);
        assert_eq!(told.status, status, "{told:?}");
        assert!(told.output.contains(&format!("GET {target} as {client}\n")), "{told:?}");
    }
    let nobody = office.run(&["explain", "--as", "client:nobody", "GET", "/devices"]);
    wrong_use(&nobody, "there is no client `nobody`");
    wrong_use(&office.run(&["explain", "--as", "robot", "GET", "/devices"]), "there is no user `robot`");
}

#[tokio::test]
async fn a_client_is_not_made_by_what_makes_no_sense() {
    let office = Office::open().await;
    for (arguments, part) in [
        (&["c"][..], "--role"),
        (&["c.", "--role", "viewer"], "must not end in a dot"),
        (&["c d", "--role", "viewer"], "a client id"),
        (&["c", "--role", "viewer@"], "realm"),
        (&["c", "--role", "viewer", "--token-ttl", "25h"], "from 1s to 1d"),
        (&["c", "--role", "viewer", "--allow-from", "10.0.0.1/8"], "an IP address, or a network"),
    ] {
        wrong_use(&office.run(&[&["client", "add"], arguments].concat()), part);
    }
    office.refused(&["client", "add", "c", "--role", "ghost"], "There is no role 'ghost'");
    office.done(&["role", "add", "tech", "--right", "device:*"]);
    office.add_client(&["c", "--role", "tech@pop-syd"]);
    office.refused(&["role", "remove", "tech"], "Role 'tech' is in use");
    assert_eq!(office.done(&["client", "list", "--json"]).lines().count(), 1);
}
