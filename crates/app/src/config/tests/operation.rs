use std::path::PathBuf;
use std::time::Duration;

use super::*;
use crate::config::Audit;

#[test]
fn the_state_directory_is_configured_or_systemd_s_or_beside() {
    let folder = |text: &str, variables: &[(&str, &str)]| config_with(text, variables).state_dir;
    let systemd = ("STATE_DIRECTORY", "/var/lib/portcullis:/var/lib/other");
    assert_eq!(folder("api: {state_dir: /srv}", &[systemd]), PathBuf::from("/srv"));
    assert_eq!(folder("", &[systemd, ("PORTCULLIS_STATE_DIR", "/tmp/x")]), PathBuf::from("/tmp/x"));
    assert_eq!(folder("", &[systemd]), PathBuf::from("/var/lib/portcullis"));
    assert_eq!(folder("api: {state_dir: ~}", &[systemd]), PathBuf::from("/var/lib/portcullis"));
    assert_eq!(folder("", &[("STATE_DIRECTORY", "")]), PathBuf::from("./portcullis-state"));
    assert_eq!(folder("", &[]), PathBuf::from("./portcullis-state"));
    assert_eq!(faults("api: {state_dir: ''}"), "bng.yaml:1:18: api.state_dir: expected a path, found ``");
}

#[test]
fn workers_are_as_many_as_is_said_or_as_there_are_cores() {
    assert_eq!(config("api: {workers: 7}").workers, 7);
    assert_eq!(Config::from_text("", Path::new("f"), &Surroundings::new([], 0)).unwrap().workers, 1);
    for wrong in ["0", "1025", "all"] {
        assert_eq!(
            faults(&api(&format!("workers: {wrong}"))),
            format!("bng.yaml:2:12: api.workers: expected a number from 1 to 1024, found `{wrong}`")
        );
    }
}

#[test]
fn switches_are_true_or_false() {
    let config = config("api: {enabled: true, users: [], allow_default_passwords: True}");
    assert!(config.enabled && config.logins.allow_default_passwords);
    for key in ["enabled", "allow_plaintext", "allow_default_passwords"] {
        let variable = format!("PORTCULLIS_{}", key.to_uppercase());
        assert_eq!(
            faults_with("", &[(&variable, "yes")]),
            format!("{variable}: expected true or false, found `yes`")
        );
        assert_eq!(faults(&format!("api: {{{key}: 'true'}}")).lines().count(), 1);
    }
}

#[test]
fn records_are_kept_for_ever_unless_somebody_says_how_long() {
    let audit = |text: &str| config(&format!("api: {{audit: {text}}}")).audit;
    assert_eq!(audit("{}"), Audit { keep: None, refuse_on_failure: false });
    assert_eq!(audit("{keep: ~, on_failure: continue}"), Audit { keep: None, refuse_on_failure: false });
    let month = Some(Duration::from_hours(30 * 24));
    assert_eq!(audit("{keep: 30d, on_failure: refuse}"), Audit { keep: month, refuse_on_failure: true });
    assert!(faults("api: {audit: {keep: 1h}}").contains("from 1d"));
    assert!(faults("api: {audit: {on_failure: stop}}").contains("continue or refuse"));
}

#[test]
fn a_new_password_has_twelve_bytes_unless_somebody_says_otherwise() {
    let shortest = |text: &str| config(&format!("api: {text}")).logins.passwords.shortest;
    assert_eq!((shortest("{}"), shortest("{password: {min_length: 16}}")), (12, 16));
    for wrong in ["7", "73", "x"] {
        assert!(faults(&format!("api: {{password: {{min_length: {wrong}}}}}")).contains("from 8 to 72"));
    }
}
