//! Where Envoy may be answered, and where not by accident.

use std::fs;
use std::path::Path;

use portcullis_tests::command::{Ended, Portcullis};
use portcullis_tests::setup::Setup;
use portcullis_tests::token::SECRET;

/// What `check` says of a configuration.
fn checked(setup: &Setup) -> Ended {
    check(&setup.text(Path::new("/nowhere")))
}

fn check(text: &str) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bng.yaml");
    fs::write(&file, text).unwrap();
    let arguments = ["check", "--config", &file.display().to_string()];
    Portcullis::with(&arguments).within(folder.path()).environment("ABNG_API_SECRET", SECRET).run()
}

fn at(address: &str) -> Setup {
    Setup::new().with("trusted_proxies", "[192.0.2.1]").with("ext_authz", address)
}

#[test]
fn envoy_is_answered_at_an_address_or_on_a_socket() {
    for address in ["127.0.0.1:9191", "'[::1]:0'", "unix:/run/envoy.sock"] {
        let ended = checked(&at(address));
        assert_eq!(ended.status, 0, "{address}: {}", ended.error);
    }
    for wrong in ["127.0.0.1", "localhost:9191", "unix:envoy.sock", "on"] {
        let ended = checked(&at(wrong));
        assert_eq!(ended.status, 2, "{wrong}");
        let said = format!("api.ext_authz: expected an address with its port or unix:/path, found `{wrong}`");
        assert!(ended.error.contains(&said), "{}", ended.error);
    }
}

#[test]
fn questions_are_not_shown_to_others_by_accident() {
    let ended = checked(&at("0.0.0.0:9191"));
    let said = "api.ext_authz: plain gRPC that others can reach needs `allow_plaintext: true`";
    assert!(ended.status == 2 && ended.error.contains(said), "{}", ended.error);
    let ended = checked(&at("0.0.0.0:9191").with("allow_plaintext", "true"));
    assert_eq!(ended.status, 0, "{}", ended.error);
}

#[test]
fn a_door_at_which_nobody_is_answered_is_worth_a_warning() {
    let said = "ext_authz answers only peers in `trusted_proxies`, and there are none";
    let alone = |address: &str| {
        let ended = checked(&Setup::new().with("ext_authz", address));
        assert_eq!(ended.status, 0, "{}", ended.error);
        [ended.output, ended.error].concat()
    };
    assert!(alone("127.0.0.1:9191").contains(said));
    assert!(!alone("unix:/run/envoy.sock").contains(said));
}

#[test]
fn the_configuration_of_the_page_about_envoy_is_one() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/src/how-to/envoy.md");
    let page = fs::read_to_string(page).unwrap();
    let block = page.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    assert!(block.contains("ext_authz: "), "{block}");
    let ended = check(block);
    assert_eq!(ended.status, 0, "{}", ended.error);
}
