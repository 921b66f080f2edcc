//! What `ext_authz` may be is told by the tests of the binary that has it.

use super::*;

#[cfg(not(feature = "ext-authz"))]
#[test]
fn a_program_that_can_t_answer_envoy_says_so() {
    let said = "this program can't answer Envoy: it was built without the cargo feature `ext-authz`";
    for value in ["127.0.0.1:9191", "unix:/run/envoy.sock", "anything"] {
        let text = api(&format!("ext_authz: {value}"));
        assert_eq!(faults(&text), format!("bng.yaml:2:14: api.ext_authz: {said}"));
    }
    let variable = ("PORTCULLIS_EXT_AUTHZ", "127.0.0.1:9191");
    assert_eq!(faults_with("", &[variable]), format!("PORTCULLIS_EXT_AUTHZ: {said}"));
}

#[test]
fn nobody_is_answered_unless_somebody_says_where() {
    for text in ["api: {}", "api: {ext_authz: ~}"] {
        assert_eq!(config(text).ext_authz, None);
    }
}
