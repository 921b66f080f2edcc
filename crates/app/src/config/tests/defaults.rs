use std::path::PathBuf;
use std::time::Duration;

use portcullis_core::domain::method::Method;
use portcullis_core::domain::path::Target;
use portcullis_core::domain::role::RoleName;
use portcullis_core::domain::throttle::ThrottlePolicy;
use portcullis_core::domain::token::TokenPolicy;

use super::*;
use crate::config::keys::{SETTINGS, STRUCTURES, placed};
use crate::config::*;

/// Every key that this version has, with the values that are the defaults where there are any; but for `user_store`, which
/// can't stand beside `users`, and `ext_authz`, which not every program takes.
pub(super) const WHOLE: &str = r#"
bng: {subscribers: 10000}
api:
  enabled: true
  listen: 0.0.0.0
  port: 8443
  tls_cert: /etc/portcullis/cert.pem
  tls_key: /etc/portcullis/key.pem
  tls: on
  allow_plaintext: false
  upstream: https://127.0.0.1:8000
  upstreams:
    - {prefix: /api/v3, to: [http://10.0.0.1, http://10.0.0.2]}
  upstream_ca: /etc/portcullis/ca.pem
  upstream_timeouts: {connect: 2s, response_head: 30s, pool_idle: 60s}
  upstream_authorization: drop
  upstream_openapi: /openapi.json
  state_dir: /var/lib/portcullis
  users:
    - username: admin
      password_hash: "$2b$12$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ./012"
      role: admin
      active: true
      api_login: true
    - username: jo
      password_hash: "$2b$10$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ./012"
      grants: [{role: field-tech, realm: pop-syd}]
  token: {ttl: 1h, issuer: portcullis, audience: null, algorithm: HS256, rotate: null, refresh: false}
  oauth: {password_grant: false}
  session: {idle_timeout: 30m, max_age: 24h}
  audit: {keep: null, on_failure: continue}
  password: {min_length: 12}
  throttle: {per_user: 5, per_address: 20, window: 5m, max_delay: 15m, never_limit: []}
  clients: []
  roles:
    - {name: field-tech, rights: ["device:*", "config:view"]}
  routes:
    - {path: "/api/v1/subscribers/{id}", methods: [DELETE], require: {role: admin}}
    - {path: "/api/v1/devices/**", methods: [POST], require: {right: "device:add", realm: {query: "filter.realm"}}}
    - {path: "/restconf/data/**", methods: [GET], require: authenticated, encoded_delimiters: forward}
    - {path: "/status", require: public}
    - {path: "/api/v2/**", require: {role: admin}, enforce: false}
  workers: 2
  docs: public
  metrics: public
  trusted_proxies: []
  allow_default_passwords: false
"#;

/// What is compared: everything that isn't a path, users, roles, routes, or as many workers as cores.
fn shown(config: &Config) -> String {
    let Config { tokens, keys, logins, audit, upstream_timeouts, upstream_authorization, .. } = config;
    let Config { listen, port, metrics, trusted_proxies, .. } = config;
    format!(
        "{tokens:?} {keys:?} {logins:?} {audit:?} {upstream_timeouts:?} {upstream_authorization:?} {listen:?} {port} \
         {docs} {metrics:?} {trusted_proxies:?}",
        docs = has_docs(config)
    )
}

#[test]
fn every_key_is_there() {
    for key in SETTINGS.iter().chain(STRUCTURES).filter(|key| !["user_store", "ext_authz"].contains(key)) {
        let (_, name) = placed(key);
        assert!(WHOLE.contains(&format!("{name}:")), "{key}");
    }
}

#[test]
fn every_key_is_read() {
    let config = config(WHOLE);
    assert!(config.enabled);
    let (cert, key) = ("/etc/portcullis/cert.pem".into(), "/etc/portcullis/key.pem".into());
    assert_eq!(config.tls, TlsMode::Files { cert, key });
    let upstream = Upstream::Https { host: "127.0.0.1".into(), port: 8000 };
    let nodes = ["10.0.0.1:80", "10.0.0.2:80"].map(|node| Upstream::Http { authority: node.to_owned() });
    assert_eq!(config.services, [service("/api/v3", nodes), service("/", [upstream])]);
    assert_eq!(config.upstream_ca, Some("/etc/portcullis/ca.pem".into()));
    assert_eq!(config.upstream_openapi.as_deref(), Some("/openapi.json"));
    assert_eq!(config.state_dir, PathBuf::from("/var/lib/portcullis"));
    assert_eq!(number_of_users(&config), 2);
    assert!(config.roles.get(&RoleName::parse("field-tech").unwrap()).is_some());
    assert_eq!(config.routes.listed().count(), 5);
    assert_eq!(config.workers, 2);
    assert_eq!(config.warnings, [""; 0]);
}

#[test]
fn the_values_of_the_contract_are_the_defaults() {
    assert_eq!(shown(&config(WHOLE)), shown(&config("api: {}")));
}

#[test]
fn the_defaults_are_these() {
    let config = config("api: {}");
    let hour = Duration::from_hours(1);
    assert!(!config.enabled && !config.logins.allow_default_passwords);
    assert_eq!(config.listen, [ListenAddress::Ip("0.0.0.0".parse().unwrap())]);
    assert_eq!(config.port, 8443);
    assert_eq!(config.tls, TlsMode::SelfSigned);
    assert_eq!((&config.services, &config.upstream_ca, &config.upstream_openapi), (&vec![], &None, &None));
    assert_eq!(config.upstream_authorization, UpstreamAuthorization::Drop);
    let timeouts = [2, 30, 60].map(Duration::from_secs);
    let UpstreamTimeouts { connect, response_head, pool_idle } = config.upstream_timeouts;
    assert_eq!([connect, response_head, pool_idle], timeouts);
    assert_eq!(config.tokens, TokenPolicy { issuer: "portcullis".into(), audience: None, ttl: hour });
    let ThrottlePolicy { per_user, per_address, window, max_delay, never_limit } = &config.logins.throttle;
    assert_eq!((*per_user, *per_address, *window, *max_delay), (5, 20, hour / 12, hour / 4));
    assert!(never_limit.is_empty() && config.trusted_proxies.is_empty());
    assert_eq!(config.workers, 3);
    assert_eq!(config.metrics, Metrics::Public);
    assert!(has_docs(&config));
    assert!(config.users.is_empty());
}

#[test]
fn a_file_without_the_section_is_not_enabled() {
    for text in ["", "api:\n", "api: ~\n", "api: null\n", "bgp: {x: 1}\n", "---\n"] {
        let config = config(text);
        assert!(!config.enabled && config.warnings.is_empty(), "{text:?}");
    }
    assert!(config_with("", &[("PORTCULLIS_ENABLED", "true")]).enabled);
}

#[test]
fn other_sections_may_hold_anything() {
    let text = "radius: !vault x\nbgp: {a: 1, a: 2}\n? [k]\n: 1\napi: {enabled: true, users: []}\n";
    assert!(config(text).enabled);
}

#[test]
fn without_routes_the_bng_s_own_table_is_in_force() {
    let needs = |text: &str, method: &str, path: &str| {
        let config = config(text);
        let route = config.routes.find(&Target::parse(path).unwrap(), &Method::new(method)).unwrap();
        format!("{} {:?}", route.id, route.requirement)
    };
    let admin_or_operator = "Role([RoleName(\"admin\"), RoleName(\"operator\")])";
    assert_eq!(
        needs("api: {}", "GET", "/api/v1/subscribers"),
        format!("GET /api/v1/subscribers {admin_or_operator}")
    );
    assert_eq!(needs("api: {}", "GET", "/other"), format!("default {admin_or_operator}"));
    for text in ["api: {routes: []}", WHOLE] {
        assert_eq!(needs(text, "GET", "/other"), "default Role([RoleName(\"admin\")])");
        assert_eq!(needs(text, "GET", "/api/v1/subscribers"), "default Role([RoleName(\"admin\")])");
    }
}

#[test]
fn nobody_to_log_in_is_worth_a_warning() {
    for text in ["api: {enabled: true}", "api: {enabled: true, users: []}"] {
        assert_eq!(config(text).warnings, ["there are no `users`, so that nobody can log in"]);
    }
}
