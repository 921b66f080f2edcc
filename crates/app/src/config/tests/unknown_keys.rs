use super::*;

#[test]
fn an_unknown_key_names_the_nearest_known_one() {
    for (text, expected) in [
        ("api:\n  lisen: x\n", "bng.yaml:2:3: api.lisen: unknown key; did you mean `listen`?"),
        ("api:\n  tls-cert: x\n", "bng.yaml:2:3: api.tls-cert: unknown key; did you mean `tls_cert`?"),
        ("api:\n  user: []\n", "bng.yaml:2:3: api.user: unknown key; did you mean `users`?"),
        ("api:\n  tokn: {}\n", "bng.yaml:2:3: api.tokn: unknown key; did you mean `token`?"),
        ("api:\n  subscribers: {}\n", "bng.yaml:2:3: api.subscribers: unknown key"),
        ("api:\n  'token.ttl': 1h\n", "bng.yaml:2:3: api.\"token.ttl\": unknown key"),
        ("api:\n  token:\n    tll: 1h\n", "bng.yaml:3:5: api.token.tll: unknown key; did you mean `ttl`?"),
        (
            "api:\n  oauth: {pasword_grant: true}\n",
            "bng.yaml:2:11: api.oauth.pasword_grant: unknown key; did you mean `password_grant`?",
        ),
        ("api:\n  token: {port: 1}\n", "bng.yaml:2:11: api.token.port: unknown key"),
        (
            "api:\n  session: {max_ago: 1h}\n",
            "bng.yaml:2:13: api.session.max_ago: unknown key; did you mean `max_age`?",
        ),
        (
            "api:\n  throttle: {per-usr: 1}\n",
            "bng.yaml:2:14: api.throttle.per-usr: unknown key; did you mean `per_user`?",
        ),
        (
            "api:\n  upstream_timeouts: {conect: 1s}\n",
            "bng.yaml:2:23: api.upstream_timeouts.conect: unknown key; did you mean `connect`?",
        ),
    ] {
        assert_eq!(faults(text), expected);
    }
}

#[test]
fn a_section_is_a_map() {
    for section in ["token", "oauth", "session", "throttle", "audit", "password", "upstream_timeouts"] {
        let said = faults(&format!("api: {{{section}: 5}}"));
        assert!(said.ends_with(&format!("api.{section}: expected a map, found text")), "{said}");
        let said = faults(&format!("api: {{{section}: }}"));
        assert!(said.ends_with(&format!("api.{section}: expected a map, found nothing")), "{said}");
    }
}
