//! Keys in the place of the secret: made, published, changed while everybody works, and refused if they are no good.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis_tests::ask::Ask;
use portcullis_tests::cast::{ADMIN, OPERATOR};
use portcullis_tests::client::Protocol;
use portcullis_tests::command::{Ended, Portcullis};
use portcullis_tests::gate::Gate;
use portcullis_tests::not_run;
use portcullis_tests::patience::{until_told, within};
use portcullis_tests::setup::Setup;
use portcullis_tests::token::{encoded, signed};
use serde_json::{Value, json};

const ALGORITHMS: [&str; 3] = ["EdDSA", "ES256", "RS256"];
const ME: &str = "/api/v1/auth/me";
const JWKS: &str = "/.well-known/jwks.json";

fn signing_with(algorithm: &str) -> Setup {
    Setup::new().with("token", &format!("{{algorithm: {algorithm}}}"))
}

async fn status(gate: &Gate, token: &str) -> u16 {
    gate.send(Ask::get(ME).bearer(token)).await.status
}

fn header(token: &str) -> String {
    let header = token.split('.').next().unwrap();
    String::from_utf8(URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap()
}

/// The name of the key that a token names.
fn kid(token: &str) -> Option<String> {
    serde_json::from_str::<Value>(&header(token)).unwrap()["kid"].as_str().map(str::to_owned)
}

async fn published(gate: &Gate) -> Vec<Value> {
    let answer = gate.send(Ask::get(JWKS)).await;
    assert_eq!((answer.status, answer.field("content-type")), (200, Some("application/json")));
    assert_eq!(answer.field("cache-control"), Some("public, max-age=300"));
    answer.json()["keys"].as_array().unwrap().clone()
}

/// `portcullis keys`, beside the gate.
fn keys(gate: &Gate, arguments: &[&str]) -> Ended {
    let file = gate.file();
    let all = [&["keys"], &arguments[..1], &["--config", file.to_str().unwrap()], &arguments[1..]].concat();
    Portcullis::with(&all).run()
}

fn rotated(gate: &Gate, arguments: &[&str]) -> Value {
    let ended = keys(gate, &[&["rotate", "--json"], arguments].concat());
    assert_eq!((ended.status, ended.error.as_str()), (0, ""));
    ended.json()
}

fn listed(gate: &Gate) -> Vec<Value> {
    let ended = keys(gate, &["list", "--json"]);
    assert_eq!(ended.status, 0, "{ended:?}");
    let keys = ended.output.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    keys.filter(|key| key["purpose"] == "tokens").collect()
}

/// Waits until the gate publishes so many keys.
async fn until_published(gate: &Gate, number: usize) {
    until_told("the keys", async || published(gate).await.len() == number).await;
}

/// What `PyJWT` makes of a token, where it is installed: somebody else than we, who has the list of keys alone. Where it is
/// not, that is said even of a test that passes.
fn as_pyjwt_has_it(jwks: &[Value], token: &str) -> Option<Value> {
    const SCRIPT: &str = "import json, sys, jwt
said = json.load(sys.stdin)
kid = jwt.get_unverified_header(said['token'])['kid']
key = jwt.PyJWKSet.from_dict({'keys': said['keys']})[kid]
print(json.dumps(jwt.decode(said['token'], key, algorithms=[key.algorithm_name], issuer='portcullis')))";
    let has_it =
        Command::new("python3").args(["-c", "import jwt, cryptography"]).stderr(Stdio::null()).status();
    if !has_it.is_ok_and(|status| status.success()) {
        not_run::say("a look at our tokens by PyJWT", "it is not installed, or not with `cryptography`");
        return None;
    }
    let mut python = Command::new("python3");
    let mut python =
        python.args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let said = json!({ "keys": jwks, "token": token }).to_string();
    python.stdin.take().unwrap().write_all(said.as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success(), "PyJWT refuses {token}");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[tokio::test]
async fn a_token_of_each_algorithm_opens_and_names_a_key_that_is_published() {
    for algorithm in ALGORITHMS {
        let gate = signing_with(algorithm).start().await;
        let token = gate.login(&OPERATOR).await;
        assert_eq!(status(&gate, &token).await, 200);
        let [key] = &published(&gate).await[..] else { panic!("one key is published") };
        let id = key["kid"].as_str().unwrap();
        assert_eq!(header(&token), format!(r#"{{"alg":"{algorithm}","typ":"JWT","kid":"{id}"}}"#));
        assert_eq!((&key["alg"], &key["use"]), (&algorithm.into(), &"sig".into()));
        assert!(["d", "p", "q", "k", "dp", "dq", "qi"].iter().all(|private| key.get(private).is_none()));
        if let Some(claims) = as_pyjwt_has_it(std::slice::from_ref(key), &token) {
            assert_eq!((&claims["sub"], &claims["role"]), (&"operator".into(), &"operator".into()));
        }
        // It is in a file, and so it is there after a restart.
        let gate = gate.restart().await;
        assert_eq!(status(&gate, &token).await, 200, "{algorithm}");
    }
}

#[tokio::test]
async fn nothing_is_published_of_the_shared_secret() {
    let gate = Setup::new().start().await;
    assert_eq!(published(&gate).await, Vec::<Value>::new());
    assert_eq!((kid(&gate.login(&OPERATOR).await), listed(&gate).len()), (None, 0));
    assert!(!gate.state_dir().join("keys/ring.json").exists());
}

#[tokio::test]
async fn a_token_cannot_choose_what_it_is_verified_with() {
    let gate = signing_with("EdDSA").start().await;
    let token = gate.login(&ADMIN).await;
    let [key] = &published(&gate).await[..] else { panic!("one key is published") };
    let (id, claims) = (key["kid"].as_str().unwrap(), token.split('.').nth(1).unwrap());
    for secret in [portcullis_tests::token::SECRET, key["x"].as_str().unwrap()] {
        for header in [
            format!(r#"{{"alg":"HS256","typ":"JWT","kid":"{id}"}}"#),
            format!(r#"{{"alg":"EdDSA","typ":"JWT","kid":"{id}"}}"#),
            r#"{"alg":"EdDSA","typ":"JWT"}"#.to_owned(),
            r#"{"alg":"HS256","typ":"JWT","kid":"shared"}"#.to_owned(),
        ] {
            assert_eq!(status(&gate, &signed(secret, &encoded(&header), claims)).await, 401, "{header}");
        }
    }
    let rest = token.split_once('.').unwrap().1;
    for header in [
        r#"{"alg":"EdDSA","typ":"JWT"}"#.to_owned(),
        format!(r#"{{"alg":"none","typ":"JWT","kid":"{id}"}}"#),
        format!(r#"{{"alg":"EdDSA","typ":"JWT","kid":"{id}","jwk":{key}}}"#),
    ] {
        assert_eq!(status(&gate, &format!("{}.{rest}", encoded(&header))).await, 401, "{header}");
    }
    assert_eq!(status(&gate, &token).await, 200);
}

#[tokio::test]
async fn five_rotations_in_a_row_under_load_log_nobody_out() {
    let gate = signing_with("EdDSA").start().await;
    let first = gate.login(&OPERATOR).await;
    let load = async {
        let (mut client, mut tokens) = (gate.client(Protocol::Http1), vec![first.clone()]);
        let last = loop {
            let answer = client.send(Ask::login(OPERATOR.name, OPERATOR.password)).await;
            tokens.push(answer.json()["access_token"].as_str().unwrap().to_owned());
            // The newest, the oldest, and some in between.
            for token in tokens.iter().rev().take(3).chain(tokens.iter().step_by(7)) {
                let answer = client.send(Ask::get(ME).bearer(token)).await;
                assert_eq!(answer.status, 200, "{}: {}", header(token), answer.text());
            }
            let newest = listed(&gate).last().unwrap().clone();
            if newest["state"] == "signing" && newest["kid"] == kid(tokens.last().unwrap()).unwrap() {
                break tokens;
            }
        };
        let mut kids: Vec<_> = last.iter().filter_map(|token| kid(token)).collect();
        kids.dedup();
        kids
    };
    // They are made before the load begins to look for the last one, and begin to sign under it.
    let made: Vec<_> = (0..5).map(|_| rotated(&gate, &["--after", "5s"])).collect();
    assert!(made.iter().all(|key| key["state"] == "published"), "{made:?}");
    let kids = within("waiting for the last key", load).await;
    assert_eq!(kids.first(), kid(&first).as_ref(), "a key is published before it signs");
    assert_eq!(kids.last().map(String::as_str), made[4]["kid"].as_str());
    assert_eq!(published(&gate).await.len(), 6);
    assert_eq!(status(&gate, &first).await, 200);
}

#[tokio::test]
async fn the_token_of_a_retired_key_is_good_until_it_expires() {
    let gate = Setup::new().with("token", "{algorithm: ES256, ttl: 4s}").start().await;
    let made = rotated(&gate, &["--after", "5s"]);
    until_published(&gate, 2).await;
    let mut last = gate.login(&OPERATOR).await;
    let newer = within("waiting for the new key", async {
        loop {
            let token = gate.login(&OPERATOR).await;
            if kid(&token).as_deref() == made["kid"].as_str() {
                break token;
            }
            last = token;
        }
    });
    let newer = newer.await;
    assert_eq!((status(&gate, &last).await, status(&gate, &newer).await), (200, 200));
    until_told("the end of the token", async || status(&gate, &last).await != 200).await;
    // The key stays for a minute longer than the token.
    let states: Vec<_> = listed(&gate).iter().map(|key| key["state"].clone()).collect();
    assert_eq!(states, ["retired", "signing"]);
    assert_eq!(published(&gate).await.len(), 2);
}

#[tokio::test]
async fn another_algorithm_logs_nobody_out() {
    let gate = Setup::new().start().await;
    let of_secret = gate.login(&OPERATOR).await;
    gate.take_over(&signing_with("EdDSA")).await;
    let of_key = gate.login(&OPERATOR).await;
    assert!(header(&of_key).starts_with(r#"{"alg":"EdDSA","#), "{}", header(&of_key));
    gate.take_over(&signing_with("RS256")).await;
    // The next key is published, and until everybody knows it the one before signs.
    let meanwhile = gate.login(&OPERATOR).await;
    assert_eq!(kid(&meanwhile), kid(&of_key));
    assert_eq!(published(&gate).await.len(), 2);
    gate.take_over(&Setup::new()).await;
    let again = gate.login(&OPERATOR).await;
    assert_eq!(kid(&again), None);
    for token in [&of_secret, &of_key, &meanwhile, &again] {
        assert_eq!(status(&gate, token).await, 200, "{}", header(token));
    }
    let gate = gate.restart_with(signing_with("EdDSA")).await;
    assert_eq!(status(&gate, &of_key).await, 200);
}

#[tokio::test]
async fn after_a_leak_the_tokens_of_before_are_good_no_more() {
    let gate = signing_with("EdDSA").start().await;
    let before = gate.login(&OPERATOR).await;
    assert_eq!(status(&gate, &before).await, 200);
    let made = rotated(&gate, &["--leaked"]);
    until_told("the old key to go", async || status(&gate, &before).await != 200).await;
    let after = gate.login(&OPERATOR).await;
    assert_eq!((kid(&after).as_deref(), status(&gate, &after).await), (made["kid"].as_str(), 200));
    let files = fs::read_dir(gate.state_dir().join("keys")).unwrap();
    let private = files.filter(|file| pem(&file.as_ref().unwrap().path())).count();
    assert_eq!(private, 2, "that one and the audit's");
}

#[tokio::test]
async fn where_no_key_is_none_can_have_leaked() {
    let gate = signing_with("HS256").start().await;
    let ended = keys(&gate, &["rotate", "--leaked"]);
    assert_eq!(ended.status, 2, "{ended:?}");
    let folder = gate.state_dir().display().to_string();
    assert!(ended.error.contains(&format!("no key that signs tokens in {folder}")), "{}", ended.error);
    assert_eq!(listed(&gate).len(), 0);
    let first = keys(&gate, &["rotate"]);
    assert_eq!(first.status, 0, "{first:?}");
    assert!(first.error.contains("this is the first one"), "{}", first.error);
    assert!(!keys(&gate, &["rotate"]).error.contains("first"));
}

fn pem(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "pem")
}

#[tokio::test]
async fn private_keys_are_for_their_owner_and_nobody_prints_them() {
    let gate = signing_with("EdDSA").start().await;
    let ended = keys(&gate, &["rotate"]);
    assert_eq!(ended.status, 0, "{ended:?}");
    assert!(ended.output.starts_with("made the EdDSA key "), "{}", ended.output);
    let shown = keys(&gate, &["list"]).output;
    assert_eq!(shown.lines().count(), 4, "{shown}");
    assert!(shown.lines().last().unwrap().contains("  audit    EdDSA      signing"), "{shown}");
    for file in fs::read_dir(gate.state_dir().join("keys")).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{}", path.display());
        if pem(&path) {
            let text = fs::read_to_string(&path).unwrap();
            let private = text.lines().nth(1).unwrap();
            for said in [&ended.output, &shown, &gate.log().text()] {
                assert!(!said.contains(private) && !said.contains("PRIVATE"), "{said}");
            }
        }
    }
    let admin = gate.login(&ADMIN).await;
    let audit = gate.send(Ask::get("/api/v1/auth/audit?action=keys.rotate").bearer(&admin)).await.json();
    assert_eq!(audit["data"]["items"].as_array().map(Vec::len), Some(2), "{audit}");
}

#[tokio::test]
async fn a_key_that_is_no_good_stops_the_start_and_says_why() {
    let gate = signing_with("EdDSA").start().await;
    let kid = kid(&gate.login(&OPERATOR).await).unwrap();
    let path = gate.state_dir().join(format!("keys/{kid}.pem"));
    let serve = || Portcullis::with(&["serve", "--config", gate.file().to_str().unwrap()]).run();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let exposed = serve();
    assert_eq!(exposed.status, 2, "{exposed:?}");
    assert!(exposed.error.contains(&format!("run: chmod 600 {}", path.display())), "{}", exposed.error);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&path, "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n").unwrap();
    let of_old_form = serve();
    assert_eq!(of_old_form.status, 2, "{of_old_form:?}");
    assert!(of_old_form.error.contains("openssl pkcs8 -topk8 -nocrypt"), "{}", of_old_form.error);
}

#[tokio::test]
async fn keys_are_made_only_as_the_command_can_be_understood() {
    let gate = signing_with("EdDSA").start().await;
    for arguments in [&["rotate", "--after", "1s"][..], &["rotate", "--after", "6m", "--leaked"], &["remove"]]
    {
        assert_eq!(keys(&gate, arguments).status, 2, "{arguments:?}");
    }
    assert_eq!(listed(&gate).len(), 1);
}
