//! The routes of a gate that is asked what the corpus holds: of every kind, with realms in every place where one can be.

/// As they stand below `api`.
pub(super) const ROUTES: &str = r#"  routes:
    - {path: "/open/**", require: public}
    - {path: "/api/v1/**", methods: [GET], require: {role: [admin, operator]}}
    - {path: "/api/v1/subscribers/{id}", methods: [DELETE], require: {role: admin}}
    - {path: "/api/v1/webhooks/**", require: {role: admin}}
    - {path: "/api/v1/devices", methods: [GET, POST], require: {right: "device:view", realm: {query: realm}}}
    - {path: "/api/v1/pops/{pop}/devices", require: {right: "device:edit", realm: {path: pop}}}
    - {path: "/api/v1/groups", methods: [GET], require: {right: "device:view", realm: {header: Realm}, missing: any}}
    - {path: "/api/v2/**", require: {role: admin}, enforce: false}
    - {path: "/restconf/data/**", methods: [GET, PROPFIND], require: authenticated, encoded_delimiters: forward}
"#;
