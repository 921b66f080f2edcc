//! What everybody gets where, written down by hand: one row for each route of the BNG's own table, for the default
//! rule, and for each endpoint of ours.

/// The methods that are known without being named.
pub(crate) const METHODS: [&str; 7] = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];

/// One route, by the name that it has in the table.
pub(crate) struct Row {
    pub(crate) id: &'static str,
    /// Paths that meet it.
    pub(crate) paths: &'static [&'static str],
    pub(crate) answers: Answers,
}

pub(crate) enum Answers {
    /// The upstream answers an admin whatever the method, and an operator with these; nobody else.
    Upstream { operator: &'static [&'static str] },
    /// We answer to these methods: whoever has no good token with the first status, whoever has one with the second.
    /// Other methods are 405 for everybody.
    Own { methods: &'static [&'static str], without: u16, with: u16 },
    /// We answer to peers that are trusted, and refuse everybody else.
    OfPeers,
    /// We answer to these methods, with this status, whoever holds this right; an operator doesn't. Other methods are 405
    /// for everybody, unless another row has them.
    Right { methods: &'static [&'static str], right: &'static str, admin: u16 },
}

impl Row {
    /// Whether whoever calls it loses his token.
    pub(crate) fn ends_sessions(&self) -> bool {
        self.id.ends_with("/logout") || self.id.starts_with("DELETE ") && self.id.ends_with("/token")
    }

    /// What whoever has no good token reads.
    pub(crate) fn unauthenticated(&self) -> &'static str {
        let is_bmc = self.id.contains("/bca-networks/") || self.id.ends_with(" /api/token");
        if is_bmc { "User authentication failed" } else { "Could not validate credentials" }
    }

    /// The methods that we answer to, if it is we who answer.
    pub(crate) fn own_methods(&self) -> &'static [&'static str] {
        match self.answers {
            Answers::Upstream { .. } => NOTHING,
            Answers::OfPeers => &METHODS,
            Answers::Own { methods, .. } | Answers::Right { methods, .. } => methods,
        }
    }
}

const SAFE: &[&str] = &["GET", "HEAD", "OPTIONS"];
const NOTHING: &[&str] = &[];
const READ: &[&str] = &["GET", "HEAD"];

const fn upstream(
    id: &'static str,
    paths: &'static [&'static str],
    operator: &'static [&'static str],
) -> Row {
    Row { id, paths, answers: Answers::Upstream { operator } }
}

const fn own(
    id: &'static str,
    paths: &'static [&'static str],
    methods: &'static [&'static str],
    without: u16,
    with: u16,
) -> Row {
    Row { id, paths, answers: Answers::Own { methods, without, with } }
}

const fn right(
    id: &'static str,
    paths: &'static [&'static str],
    methods: &'static [&'static str],
    right: &'static str,
    admin: u16,
) -> Row {
    Row { id, paths, answers: Answers::Right { methods, right, admin } }
}

/// The matrix.
pub(crate) const ROWS: &[Row] = &[
    upstream(
        "/api/v1/webhooks/**",
        &["/api/v1/webhooks", "/api/v1/webhooks/", "/api/v1/webhooks/wh-1", "/api/v1/webhooks/wh-1/a/b?c=d"],
        NOTHING,
    ),
    upstream("DELETE /api/v1/subscribers/{id}", &["/api/v1/subscribers/sub-1001"], SAFE),
    upstream("PUT /api/v1/subscribers/{id}/rate", &["/api/v1/subscribers/sub-1002/rate"], SAFE),
    upstream(
        "POST /api/v1/subscribers/disconnect-by-interface",
        &["/api/v1/subscribers/disconnect-by-interface"],
        SAFE,
    ),
    upstream("POST /api/v1/system/config/set", &["/api/v1/system/config/set"], SAFE),
    upstream("POST /api/v1/system/config/delete", &["/api/v1/system/config/delete"], SAFE),
    upstream("POST /api/v1/system/config/commit", &["/api/v1/system/config/commit"], SAFE),
    upstream("POST /api/v1/system/config/rollback", &["/api/v1/system/config/rollback"], SAFE),
    upstream("POST /api/v1/system/config/discard", &["/api/v1/system/config/discard"], SAFE),
    upstream("GET /api/v1/subscribers", &["/api/v1/subscribers", "/api/v1/subscribers?limit=1"], SAFE),
    upstream("GET /api/v1/subscribers/summary", &["/api/v1/subscribers/summary"], SAFE),
    upstream(
        "GET /api/v1/subscribers/{id}",
        &["/api/v1/subscribers/sub-1003", "/api/v1/subscribers/caf%C3%A9"],
        SAFE,
    ),
    upstream("GET /api/v1/system/version", &["/api/v1/system/version"], SAFE),
    upstream("GET /api/v1/system/health", &["/api/v1/system/health"], SAFE),
    upstream("GET /api/v1/system/config", &["/api/v1/system/config"], SAFE),
    upstream("GET /api/v1/system/config/compare", &["/api/v1/system/config/compare"], SAFE),
    upstream("GET /api/v1/interfaces", &["/api/v1/interfaces"], SAFE),
    upstream("GET /api/v1/interfaces/vlans", &["/api/v1/interfaces/vlans"], SAFE),
    upstream("GET /api/v1/qos", &["/api/v1/qos"], SAFE),
    upstream("GET /api/v1/qos/profiles", &["/api/v1/qos/profiles"], SAFE),
    upstream(
        "GET /api/v1/routing/**",
        &["/api/v1/routing", "/api/v1/routing/", "/api/v1/routing/bgp", "/api/v1/routing/bgp/peers/1"],
        SAFE,
    ),
    upstream(
        "default",
        &["/", "/api/v2/anything", "/api/v1/author", "/oauth2x", "/.well-known/other", "/api/v1/metrics"],
        SAFE,
    ),
    // What is below our own places and no endpoint is nothing, whoever asks.
    own(
        "/api/v1/auth/**",
        &["/api/v1/auth", "/api/v1/auth/", "/api/v1/auth/nothing-there", "/%61pi/v1/auth/users/x/y"],
        METHODS.as_slice(),
        401,
        404,
    ),
    own("/oauth2/**", &["/oauth2", "/oauth2/authorize?x=y"], METHODS.as_slice(), 401, 404),
    own(
        "/.well-known/oauth-authorization-server/**",
        &["/.well-known/oauth-authorization-server/x"],
        METHODS.as_slice(),
        401,
        404,
    ),
    own("/.well-known/jwks.json/**", &["/.well-known/jwks.json/x"], METHODS.as_slice(), 401, 404),
    own("POST /api/v1/auth/login", &["/api/v1/auth/login", "/api/v1/auth/l%6Fgin?x=y"], &["POST"], 422, 422),
    own("GET /api/v1/auth/me", &["/api/v1/auth/me", "/%61pi/v1/auth/me"], READ, 401, 200),
    own("GET /api/v1/auth/explain", &["/api/v1/auth/explain?path=/api/v1/webhooks"], READ, 401, 200),
    own("POST /api/v1/auth/password", &["/api/v1/auth/password"], &["POST"], 401, 422),
    own("GET /api/v1/auth/tokens", &["/api/v1/auth/tokens"], READ, 401, 200),
    own("POST /api/v1/auth/tokens", &["/api/v1/auth/tokens"], &["POST"], 401, 422),
    own(
        "GET /api/v1/auth/tokens/{id}",
        &["/api/v1/auth/tokens/00000000000000000000000000000000", "/api/v1/auth/tokens/nothing"],
        READ,
        401,
        404,
    ),
    own(
        "DELETE /api/v1/auth/tokens/{id}",
        &["/api/v1/auth/tokens/00000000000000000000000000000000", "/api/v1/auth/tokens/nothing"],
        &["DELETE"],
        401,
        404,
    ),
    right("GET /api/v1/auth/users", &["/api/v1/auth/users"], READ, "users:view", 200),
    right("POST /api/v1/auth/users", &["/api/v1/auth/users"], &["POST"], "users:edit", 422),
    right("GET /api/v1/auth/users/{name}", &["/api/v1/auth/users/operator"], READ, "users:view", 200),
    right("PATCH /api/v1/auth/users/{name}", &["/api/v1/auth/users/operator"], &["PATCH"], "users:edit", 422),
    // The users of the matrix are those of a file, which nobody changes from here.
    right(
        "DELETE /api/v1/auth/users/{name}",
        &["/api/v1/auth/users/operator"],
        &["DELETE"],
        "users:edit",
        409,
    ),
    right("GET /api/v1/auth/roles", &["/api/v1/auth/roles"], READ, "roles:view", 200),
    right("POST /api/v1/auth/roles", &["/api/v1/auth/roles"], &["POST"], "roles:edit", 422),
    right("PUT /api/v1/auth/roles/{name}", &["/api/v1/auth/roles/viewer"], &["PUT"], "roles:edit", 422),
    right("DELETE /api/v1/auth/roles/{name}", &["/api/v1/auth/roles/viewer"], &["DELETE"], "roles:edit", 409),
    right("GET /api/v1/auth/clients", &["/api/v1/auth/clients"], READ, "clients:view", 200),
    right("POST /api/v1/auth/clients", &["/api/v1/auth/clients"], &["POST"], "clients:edit", 422),
    // There is none, and where the users are those of a file none is changed from here.
    right("GET /api/v1/auth/clients/{id}", &["/api/v1/auth/clients/robot"], READ, "clients:view", 404),
    right(
        "DELETE /api/v1/auth/clients/{id}",
        &["/api/v1/auth/clients/robot"],
        &["DELETE"],
        "clients:edit",
        409,
    ),
    right("GET /api/v1/auth/sessions", &["/api/v1/auth/sessions"], READ, "sessions:view", 200),
    right("DELETE /api/v1/auth/sessions", &["/api/v1/auth/sessions"], &["DELETE"], "sessions:end", 422),
    right(
        "DELETE /api/v1/auth/sessions/{id}",
        &["/api/v1/auth/sessions/00000000000000000000000000000000", "/api/v1/auth/sessions/nothing"],
        &["DELETE"],
        "sessions:end",
        404,
    ),
    right(
        "DELETE /api/v1/auth/users/{name}/sessions",
        &["/api/v1/auth/users/no-such-user/sessions", "/api/v1/auth/users/not%20a%20name/sessions"],
        &["DELETE"],
        "sessions:end",
        404,
    ),
    right(
        "GET /api/v1/auth/audit",
        &["/api/v1/auth/audit", "/api/v1/auth/audit?limit=1"],
        READ,
        "audit:view",
        200,
    ),
    own("GET /api/v1/health", &["/api/v1/health"], READ, 200, 200),
    // Whoever calls them authenticates himself there, and sends a form first.
    own("POST /oauth2/token", &["/oauth2/token"], &["POST"], 400, 400),
    own("POST /oauth2/introspect", &["/oauth2/introspect"], &["POST"], 400, 400),
    own("POST /oauth2/revoke", &["/oauth2/revoke"], &["POST"], 400, 400),
    own(
        "GET /.well-known/oauth-authorization-server",
        &["/.well-known/oauth-authorization-server"],
        READ,
        404,
        404,
    ),
    own("GET /.well-known/jwks.json", &["/.well-known/jwks.json"], READ, 200, 200),
    own("GET /metrics", &["/metrics", "/metrics?name=x"], READ, 200, 200),
    own("GET /api/openapi.json", &["/api/openapi.json"], READ, 200, 200),
    own("GET /api/docs", &["/api/docs"], READ, 200, 200),
    own("GET /api/redoc", &["/api/redoc"], READ, 200, 200),
    // Nobody here is a proxy that is trusted.
    Row { id: "/api/v1/auth/verify", paths: &["/api/v1/auth/verify"], answers: Answers::OfPeers },
    own("GET /bca-networks/api/about", &["/bca-networks/api/about"], READ, 200, 200),
    own("GET /api/about", &["/api/about"], READ, 200, 200),
    own(
        "GET /bca-networks/api/{version}/swagger.json",
        &["/bca-networks/api/v1.0/swagger.json"],
        READ,
        200,
        200,
    ),
    own("GET /api/{version}/swagger.json", &["/api/v1.0/swagger.json"], READ, 200, 200),
    own("POST /bca-networks/api/token", &["/bca-networks/api/token"], &["POST"], 400, 400),
    own("POST /api/token", &["/api/token"], &["POST"], 400, 400),
    own("GET /bca-networks/api/token", &["/bca-networks/api/token"], READ, 401, 200),
    own("GET /api/token", &["/api/token"], READ, 401, 200),
    own("DELETE /bca-networks/api/token", &["/bca-networks/api/token"], &["DELETE"], 401, 204),
    own("DELETE /api/token", &["/api/token"], &["DELETE"], 401, 204),
    own("POST /api/v1/auth/logout", &["/api/v1/auth/logout"], &["POST"], 401, 204),
];
