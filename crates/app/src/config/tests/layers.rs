use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;

use super::defaults::WHOLE;
use super::*;
use crate::config::environment::variable;
use crate::config::keys::SETTINGS;
use crate::config::*;

#[test]
fn the_environment_wins_over_the_file() {
    let text = "api: {port: 1, token: {ttl: 1m, issuer: file}, docs: off}";
    let config = config_with(text, &[("PORTCULLIS_PORT", "2"), ("PORTCULLIS_TOKEN__TTL", "2m")]);
    assert_eq!(config.port, 2);
    assert_eq!(config.tokens.ttl.as_secs(), 120);
    assert_eq!(config.tokens.issuer, "file");
    assert!(!has_docs(&config));
}

#[test]
fn a_section_may_come_from_the_environment_alone() {
    let variables =
        [("PORTCULLIS_UPSTREAM_TIMEOUTS__CONNECT", "250ms"), ("PORTCULLIS_THROTTLE__PER_USER", "9")];
    let config = config_with("", &variables);
    assert_eq!(config.upstream_timeouts.connect.as_millis(), 250);
    assert_eq!(config.logins.throttle.per_user, 9);
}

#[test]
fn a_list_is_separated_by_commas() {
    let text = "api: {trusted_proxies: [192.0.2.1], listen: ['::1', '::2']}";
    let variables = [
        ("PORTCULLIS_TRUSTED_PROXIES", "10.0.0.1, 10.0.0.0/8"),
        ("PORTCULLIS_LISTEN", "127.0.0.1,unix:/run/p"),
    ];
    let config = config_with(text, &variables);
    let networks: Vec<_> = config.trusted_proxies.iter().map(ToString::to_string).collect();
    assert_eq!(networks, ["10.0.0.1/32", "10.0.0.0/8"]);
    let listen: Vec<_> = config.listen.iter().map(ToString::to_string).collect();
    assert_eq!(listen, ["127.0.0.1", "unix:/run/p"]);
}

#[test]
fn what_is_overridden_need_not_be_right() {
    for wrong in ["x", "[1]", "{a: 1}", "~", "!env PORT"] {
        assert_eq!(
            config_with(&api(&format!("port: {wrong}")), &[("PORTCULLIS_PORT", "2")]).port,
            2,
            "{wrong}"
        );
    }
}

#[test]
fn every_setting_can_be_given_and_a_wrong_one_names_its_variable() {
    let nonsense = "\u{1}".repeat(300);
    for key in SETTINGS {
        let name = variable(key);
        // Paths and the place of a description may be anything but empty.
        let takes_any = ["tls_cert", "tls_key", "upstream_ca", "state_dir", "upstream_openapi"].contains(key);
        let value = if takes_any { "" } else { &nonsense };
        let said = faults_with(WHOLE, &[(&name, value)]);
        assert!(said.lines().all(|line| line.starts_with(&format!("{name}: "))), "{said}");
    }
}

#[test]
fn an_empty_value_is_set_and_wrong() {
    for key in SETTINGS {
        let name = variable(key);
        assert!(faults_with(WHOLE, &[(&name, "")]).starts_with(&format!("{name}: ")), "{key}");
    }
}

#[test]
fn one_wrong_item_of_a_list_names_the_variable() {
    assert_eq!(
        faults_with("", &[("PORTCULLIS_TRUSTED_PROXIES", "10.0.0.1,,x")]),
        "PORTCULLIS_TRUSTED_PROXIES: expected an IP address, or a network such as 10.0.0.0/8 with no bit set beyond \
         its prefix, found ``\n\
         PORTCULLIS_TRUSTED_PROXIES: expected an IP address, or a network such as 10.0.0.0/8 with no bit set beyond \
         its prefix, found `x`"
    );
}

#[test]
fn a_value_that_is_no_utf_8_names_the_variable() {
    let variables = [("PORTCULLIS_PORT".into(), OsString::from_vec(vec![0xff]))];
    let said =
        Config::from_text("", Path::new("f"), &Surroundings::new(variables, 1)).unwrap_err().to_string();
    assert_eq!(said, "PORTCULLIS_PORT: is not UTF-8\n1 fault");
}

#[test]
fn an_unknown_variable_is_a_warning_with_the_nearest_one() {
    let variables = [
        ("PORTCULLIS_TOKEN_TTL", "x"),
        ("PORTCULLIS_PROT", "x"),
        ("portcullis_docs", "x"),
        ("PORTCULLIS_SERVICE_HOST", "10.0.0.1"),
        ("PORTCULLIS_USERS", "x"),
        ("PORTCULLIS_", "x"),
        ("PORTCULLISX", "x"),
        ("PATH", "x"),
        ("ÄPORTCULLIS", "x"),
    ];
    assert_eq!(
        config_with("", &variables).warnings,
        [
            "PORTCULLIS_ is not known and is ignored",
            "PORTCULLIS_PROT is not known and is ignored; did you mean PORTCULLIS_PORT?",
            "PORTCULLIS_SERVICE_HOST is not known and is ignored",
            "PORTCULLIS_TOKEN_TTL is not known and is ignored; did you mean PORTCULLIS_TOKEN__TTL?",
            "PORTCULLIS_USERS is ignored: `users` is given in the file only",
            "portcullis_docs is not known and is ignored; did you mean PORTCULLIS_DOCS?",
        ]
    );
}

#[test]
fn aliases_and_merged_maps_are_settings_like_others() {
    let text = "x: &t {ttl: 2m}\napi:\n  token: {<<: *t, issuer: i}\n  port: &p 99\n  workers: *p\n";
    let config = config(text);
    assert_eq!((config.tokens.ttl.as_secs(), config.port, config.workers), (120, 99, 99));
}
