//! `portcullis check`: everything that is wrong, at once, each with its place, and nothing changed.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use portcullis_tests::cast::{ADMIN, OPERATOR};
use portcullis_tests::command::{Ended, Portcullis};
use portcullis_tests::setup::Setup;
use portcullis_tests::token::SECRET;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Faults of every kind, one or two a line.
const BROKEN: &str = r#"
subscribers: {pool: 1}
api:
  enabled: yes please
  listn: 127.0.0.1
  port: 99999
  upstream: ftp://127.0.0.1
  token: {ttl: soon}
  users:
    - {username: admin, password_hash: "$2b$04$eBpnKDI2UHQ9cKnD7WdsO.hyFOnDsadVjoGITEYUnP87nJoIRLd7K", role: amdin}
    - {username: Admin, password_hash: "$2b$31$eBpnKDI2UHQ9cKnD7WdsO.hyFOnDsadVjoGITEYUnP87nJoIRLd7K", role: admin}
  routes:
    - {path: /a/../b, require: public}
    - {path: /c}
    - {path: /d, require: {role: nobody-knows}, metods: [GET]}
"#;

struct Checked {
    folder: TempDir,
}

impl Checked {
    fn file(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("bng.yaml"), text).unwrap();
        Self { folder }
    }

    fn path(&self) -> String {
        self.folder.path().join("bng.yaml").display().to_string()
    }

    fn run(&self, more: &[&str]) -> Ended {
        let path = self.path();
        let arguments = [&["check", "--config", path.as_str()], more].concat();
        Portcullis::with(&arguments).within(self.folder.path()).environment("ABNG_API_SECRET", SECRET).run()
    }
}

fn good() -> Checked {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("bng.yaml"), Setup::new().tls().text(folder.path())).unwrap();
    Checked { folder }
}

#[test]
fn a_good_configuration_has_no_fault_and_nothing_is_made_of_it() {
    let checked = good();
    let ended = checked.run(&[]);
    assert_eq!((ended.status, ended.error.as_str()), (0, ""), "{ended:?}");
    assert_eq!(ended.output, format!("{}: no fault\n", checked.path()));
    let json = checked.run(&["--json"]);
    assert_eq!(
        (json.status, json.json()),
        (0, json!({"ok": true, "faults": [], "warnings": [], "upstreams": []}))
    );
    assert_eq!(fs::read_dir(checked.folder.path()).unwrap().count(), 1);
}

#[test]
fn all_faults_are_told_at_once_each_with_its_place_and_the_nearest_key() {
    let checked = Checked::file(BROKEN);
    let ended = checked.run(&[]);
    assert_eq!((ended.status, ended.output.as_str()), (2, ""), "{ended:?}");
    let file = checked.path();
    for (place, parts) in [
        ("4:12", &["api.enabled", "expected true or false"][..]),
        ("5:3", &["listn", "did you mean `listen`?"]),
        ("6:9", &["api.port", "99999"]),
        ("7:13", &["api.upstream", "http://"]),
        ("8:16", &["api.token.ttl", "soon"]),
        ("10:", &["user `admin`", "did you mean `admin`?"]),
        ("11:", &["the name is taken by `admin`", "differs only in case"]),
        ("11:", &["user `Admin`", "cost"]),
        ("13:", &["no request can have this path"]),
        ("14:", &["require"]),
        ("15:", &["nobody-knows"]),
        ("15:", &["metods", "did you mean `methods`?"]),
    ] {
        let beginning = format!("{file}:{place}");
        let is_told =
            |line: &str| line.starts_with(&beginning) && parts.iter().all(|part| line.contains(part));
        assert!(ended.error.lines().any(is_told), "{place} {parts:?}:\n{}", ended.error);
    }
    assert!(!ended.error.contains("eBpnKDI2UHQ9cKnD7WdsO"), "a hash is shown:\n{}", ended.error);
}

#[test]
fn faults_are_told_to_programs_too() {
    let checked = Checked::file(BROKEN);
    let ended = checked.run(&["--json"]);
    assert_eq!((ended.status, ended.error.as_str()), (2, ""), "{ended:?}");
    let told = ended.json();
    assert_eq!(told["ok"], false);
    let faults = told["faults"].as_array().unwrap();
    assert!(faults.len() >= 12, "{faults:#?}");
    let file = checked.path();
    for fault in faults {
        assert_eq!(fault["file"], file.as_str(), "{fault}");
        let is_placed = fault["line"].is_u64() && fault["column"].is_u64();
        assert!(is_placed && fault["key"].is_string() && fault["message"].is_string(), "{fault}");
    }
    let of = |line: u64| faults.iter().find(|fault| fault["line"] == line).map(|fault| &fault["column"]);
    assert_eq!((of(5), of(6)), (Some(&json!(3)), Some(&json!(9))));
}

#[test]
fn what_is_no_yaml_is_told_where() {
    for (text, place) in
        [("api: [", "1:"), ("api:\n\tenabled: true\n", "2:"), ("api: {a: 1, a: 2}\n", "1:"), ("- api\n", "")]
    {
        let checked = Checked::file(text);
        let ended = checked.run(&[]);
        assert_eq!(ended.status, 2, "{text:?}: {ended:?}");
        assert!(ended.error.contains(&format!("{}:{place}", checked.path())), "{text:?}: {ended:?}");
    }
}

#[test]
fn a_file_that_is_not_there_or_no_text_is_a_fault() {
    let checked = good();
    let nowhere = Portcullis::with(&["check", "--config", "/nowhere/bng.yaml"])
        .environment("ABNG_API_SECRET", SECRET)
        .run();
    assert!(nowhere.status == 2 && nowhere.error.contains("/nowhere/bng.yaml"), "{nowhere:?}");
    fs::write(checked.path(), b"api: \xff").unwrap();
    let no_text = checked.run(&[]);
    assert!(no_text.status == 2 && no_text.error.contains("not UTF-8"), "{no_text:?}");
}

#[test]
fn what_the_file_names_is_looked_at_too() {
    let text = Setup::new().tls().with("tls_cert", "/nowhere/cert.pem").with("tls_key", "/nowhere/key.pem");
    let text = text.with("upstream", "https://bng:8000").with("upstream_ca", "/nowhere/ca.pem");
    let checked = Checked::file(&text.text("/tmp".as_ref()));
    let ended = checked.run(&[]);
    assert_eq!(ended.status, 2, "{ended:?}");
    for part in ["/nowhere/cert.pem", "/nowhere/ca.pem"] {
        assert!(ended.error.contains(part), "{part}: {ended:?}");
    }
}

#[test]
fn the_secret_and_the_file_are_told_together() {
    let checked = Checked::file(BROKEN);
    let path = checked.path();
    let ended = Portcullis::with(&["check", "--config", &path]).environment("ABNG_API_SECRET", "short").run();
    assert_eq!(ended.status, 2);
    assert!(ended.error.contains("openssl rand") && ended.error.contains("`listen`"), "{ended:?}");
}

#[test]
fn routes_of_which_nobody_can_say_which_counts_are_a_fault() {
    for (routes, part) in [
        (
            "[{path: '/a/{x}', require: public}, {path: '/a/{y}', require: authenticated}]",
            "neither is more specific",
        ),
        ("[{path: /api/v1/health, require: authenticated}]", "is answered by Portcullis itself"),
        ("[{path: /a, require: public}, {path: /a, require: public}]", "is there twice"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let ended = Checked::file(&Setup::new().with("routes", routes).text(folder.path())).run(&[]);
        assert!(ended.status == 2 && ended.error.contains(part), "{routes}: {ended:?}");
    }
    // The order of routes and the names of parameters mean nothing where both say the same.
    let routes = "[{path: '/a/{x}', methods: [GET], require: public}, {path: '/a/{y}', methods: [POST], require: public}]";
    let folder = tempfile::tempdir().unwrap();
    let ended = Checked::file(&Setup::new().with("routes", routes).text(folder.path())).run(&[]);
    assert_eq!(ended.status, 0, "{ended:?}");
}

#[test]
fn what_is_probably_not_meant_is_a_warning_and_no_fault() {
    let folder = tempfile::tempdir().unwrap();
    let checked =
        Checked::file(&Setup::new().users(&[]).with("trusted_proxies", "[0.0.0.0/0]").text(folder.path()));
    let ended = checked.run(&["--json"]);
    let warnings = ended.json()["warnings"].clone();
    assert_eq!(ended.status, 0, "{ended:?}");
    let told = |part: &str| {
        warnings.as_array().unwrap().iter().filter_map(Value::as_str).any(|text| text.contains(part))
    };
    assert!(told("nobody can log in") && told("0.0.0.0/0"), "{warnings}");
    let text = checked.run(&[]);
    assert!(text.status == 0 && text.output.contains("warning: "), "{text:?}");
}

#[test]
fn the_bng_s_own_file_is_good_as_it_is() {
    let users = format!("{}\n    - {}", ADMIN.yaml(), OPERATOR.yaml());
    let text = format!(
        "hostname: bng1\ninterfaces:\n  eth0: {{mtu: 9000, api: {{x: 1}}}}\napi:\n  enabled: true\n  users:\n    - {users}\n"
    );
    let checked = Checked::file(&text);
    assert_eq!(checked.run(&[]).status, 0, "{:?}", checked.run(&[]));
}

#[test]
fn a_key_of_the_ring_that_can_not_be_used_is_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    let checked = Checked::file(&Setup::new().with("token", "{algorithm: ES256}").text(folder.path()));
    let path = checked.path();
    let rotate = ["keys", "rotate", "--json", "--config", &path];
    let made = Portcullis::with(&rotate).within(checked.folder.path()).run();
    assert_eq!(checked.run(&[]).status, 0, "{:?}", checked.run(&[]));
    let key = folder.path().join(format!("state/keys/{}.pem", made.json()["kid"].as_str().unwrap()));
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let ended = checked.run(&["--json"]);
    let message = ended.json()["faults"][0]["message"].as_str().unwrap_or_default().to_owned();
    assert!(ended.status == 2 && message.contains(key.to_str().unwrap()), "{ended:?}");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let text = Setup::new().with("token", "{algorithm: EdDSA}").text(folder.path());
    fs::write(&path, text).unwrap();
    let ended = checked.run(&[]);
    assert!(ended.status == 0 && ended.output.contains("the key that signs is for ES256"), "{ended:?}");
}

#[test]
fn half_of_the_pair_that_was_made_at_the_first_start_is_a_fault_and_none_of_it_is_none() {
    let checked = good();
    let state = checked.folder.path().join("state");
    for (name, missing) in
        [("self-signed.pem", "self-signed.key is missing"), ("self-signed.key", "self-signed.pem is missing")]
    {
        fs::create_dir(&state).unwrap();
        fs::write(state.join(name), "").unwrap();
        let ended = checked.run(&[]);
        assert!(ended.status == 2 && ended.error.contains(missing), "{ended:?}");
        assert_eq!(fs::read_dir(&state).unwrap().count(), 1, "nothing is made");
        fs::remove_dir_all(&state).unwrap();
    }
    assert_eq!(checked.run(&[]).status, 0);
}
