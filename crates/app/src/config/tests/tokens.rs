use portcullis_crypto::keys::KeyAlgorithm;

use super::*;

#[test]
fn a_policy_of_tokens_is_read() {
    let tokens = config("api: {token: {ttl: 30d, issuer: 'https://gate.example', audience: bng}}").tokens;
    assert_eq!(tokens.ttl.as_secs(), 30 * 86_400);
    assert_eq!((tokens.issuer.as_str(), tokens.audience.as_deref()), ("https://gate.example", Some("bng")));
}

#[test]
fn a_lifetime_is_a_second_to_thirty_days() {
    for wrong in ["0s", "999ms", "31d", "721h", "1h30m", "3600", "1 h", "~"] {
        let said = faults(&format!("api:\n  token:\n    ttl: {wrong}\n"));
        let expected = "bng.yaml:3:10: api.token.ttl: expected a duration such as 90s, 30m or 1h, from 1s to 30d, found ";
        assert!(said.starts_with(expected), "{said}");
    }
}

#[test]
fn what_signs_is_the_secret_or_a_key_of_one_algorithm() {
    let algorithm = |text: &str| config(&format!("api: {{token: {{algorithm: {text}}}}}")).keys.algorithm;
    assert_eq!((config("").keys.algorithm, algorithm("HS256")), (None, None));
    for known in KeyAlgorithm::ALL {
        assert_eq!(algorithm(known.name()), Some(known));
    }
    for wrong in ["none", "hs256", "HS512", "eddsa", "Ed25519", "ES384"] {
        assert_eq!(
            faults(&format!("api: {{token: {{algorithm: {wrong}}}}}")),
            format!(
                "bng.yaml:1:26: api.token.algorithm: expected HS256 or EdDSA or ES256 or RS256, found `{wrong}`"
            )
        );
    }
}

#[test]
fn keys_are_rotated_by_themselves_only_if_that_is_said() {
    let config = config("api: {users: [], token: {algorithm: EdDSA, rotate: 30d}}");
    assert_eq!(config.keys.rotate.unwrap().as_secs(), 30 * 86_400);
    assert!(!config.warnings.iter().any(|warning| warning.contains("token.rotate")));
    assert_eq!(super::config("api: {token: {algorithm: EdDSA, rotate: ~}}").keys.rotate, None);
    let idle = super::config("api: {token: {rotate: 30d}}").warnings;
    assert!(idle.iter().any(|warning| warning.contains("`token.rotate` changes nothing")), "{idle:?}");
    assert!(faults("api: {token: {algorithm: EdDSA, rotate: 59m}}").contains("from 1h to 3650d"));
}

#[test]
fn issuer_and_audience_are_short_texts() {
    for wrong in ["''", "\"a\\nb\"", &"x".repeat(256)] {
        let said = faults(&format!("api: {{token: {{issuer: {wrong}}}}}"));
        assert!(
            said.starts_with("bng.yaml:1:23: api.token.issuer: expected 1 to 255 characters, found `"),
            "{said}"
        );
        assert_eq!(faults(&format!("api: {{token: {{audience: {wrong}}}}}")).lines().count(), 1);
    }
}

#[test]
fn sessions_last_as_long_as_is_said() {
    assert!(config("api: {session: {idle_timeout: 1m, max_age: 2d}}").warnings.is_empty());
    assert_eq!(
        faults("api: {session: {max_age: 0d}}"),
        "bng.yaml:1:26: api.session.max_age: expected a duration such as 90s, 30m or 1h, from 1s to 30d, found `0d`"
    );
}

#[test]
fn refresh_tokens_are_given_only_where_that_is_said() {
    let refresh = |text: &str| {
        let given = config(text).logins.refresh;
        (given.password_grant, given.after_login)
    };
    assert_eq!(refresh(""), (false, false));
    assert_eq!(refresh("api: {oauth: {password_grant: true}}"), (true, false));
    assert_eq!(refresh("api: {token: {refresh: true}}"), (false, true));
    assert!(
        faults("api: {oauth: {password_grant: 1}}").starts_with("bng.yaml:1:31: api.oauth.password_grant: ")
    );
    assert!(faults("api: {token: {refresh: ~}}").starts_with("bng.yaml:1:24: api.token.refresh: "));
}
