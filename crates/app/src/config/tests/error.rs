use std::io::Write as _;

use super::*;

#[test]
fn all_faults_come_at_once_in_the_order_of_their_places() {
    let text = "api:\n  workers: 0\n  prot: 1\n  token: {ttl: 0s, algoritm: HS256}\n  listen: here\n  enabled: yes\n";
    let said =
        load(text, &[("PORTCULLIS_DOCS", "private"), ("PORTCULLIS_PORT", "")]).unwrap_err().to_string();
    let expected = "\
PORTCULLIS_DOCS: expected public or off, found `private`
PORTCULLIS_PORT: expected a number from 0 to 65535, found ``
bng.yaml:2:12: api.workers: expected a number from 1 to 1024, found `0`
bng.yaml:3:3: api.prot: unknown key; did you mean `port`?
bng.yaml:4:16: api.token.ttl: expected a duration such as 90s, 30m or 1h, from 1s to 30d, found `0s`
bng.yaml:4:20: api.token.algoritm: unknown key; did you mean `algorithm`?
bng.yaml:5:11: api.listen: expected an IP address, unix:/path, systemd or systemd:name (the port has a key of its own), found `here`
bng.yaml:6:12: api.enabled: expected true or false, found `yes`
8 faults";
    assert_eq!(said, expected);
}

#[test]
fn a_single_fault_is_counted_as_one() {
    let said = load("api: []", &[]).unwrap_err().to_string();
    assert_eq!(said, "bng.yaml:1:6: api: expected a map, found a list\n1 fault");
}

#[test]
fn what_is_no_yaml_has_a_place() {
    assert_eq!(faults("api: {port: 1\nbgp: 2\n").lines().count(), 1);
    assert!(faults("api: {port: 1\nbgp: 2\n").starts_with("bng.yaml:2:"));
    assert_eq!(faults("- api\n"), "bng.yaml:1:1: expected a map, found a list");
}

#[test]
fn a_tag_or_a_key_that_stands_twice_is_a_fault_below_api_only() {
    assert_eq!(
        faults("api: {port: 1, port: 2, workers: !env CORES, token: {ttl: 1h, ttl: 2h}}"),
        "bng.yaml:1:16: api.port: given twice; first in line 1 column 7\n\
         bng.yaml:1:34: api.workers: this tag is not understood; text that begins with `!` needs quotes\n\
         bng.yaml:1:63: api.token.ttl: given twice; first in line 1 column 54"
    );
}

fn written(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn said_of(path: &Path) -> String {
    let said = Config::load(path, &around(&[])).unwrap_err().to_string();
    said.replace(&*path.display().to_string(), "FILE")
}

#[test]
fn a_file_is_loaded() {
    let file = written(b"api: {enabled: true, port: 1}");
    let config = Config::load(file.path(), &around(&[("PORTCULLIS_PORT", "2")])).unwrap();
    assert!(config.enabled);
    assert_eq!(config.port, 2);
}

#[test]
fn a_file_that_cannot_be_read_is_told_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(
        said_of(&folder.path().join("none.yaml")),
        "FILE: can't be read: No such file or directory (os error 2)\n1 fault"
    );
    assert_eq!(said_of(folder.path()), "FILE: can't be read: Is a directory (os error 21)\n1 fault");
}

#[test]
fn a_file_that_is_too_long_or_no_text_is_refused() {
    let long = written("é".repeat(1 << 20).as_bytes());
    assert_eq!(said_of(long.path()), "FILE: longer than 1048576 bytes\n1 fault");
    assert_eq!(said_of(written(b"api:\n  port: \xff1\n").path()), "FILE:2:9: not UTF-8\n1 fault");
    assert_eq!(said_of(written(b"\xc3\xa9 \xc3").path()), "FILE:1:3: not UTF-8\n1 fault");
    assert!(Config::load(written(&b"#".repeat(1 << 20)).path(), &around(&[])).is_ok());
}
