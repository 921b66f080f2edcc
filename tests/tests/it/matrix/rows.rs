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
        &["/", "/api/v2/anything", "/api/v1/auth", "/api/v1/auth/nothing-there", "/api/v1/metrics"],
        SAFE,
    ),
    own("POST /api/v1/auth/login", &["/api/v1/auth/login", "/api/v1/auth/l%6Fgin?x=y"], &["POST"], 422, 422),
    own("GET /api/v1/auth/me", &["/api/v1/auth/me", "/%61pi/v1/auth/me"], READ, 401, 200),
    own("GET /api/v1/auth/explain", &["/api/v1/auth/explain?path=/api/v1/webhooks"], READ, 401, 200),
    own("GET /api/v1/health", &["/api/v1/health"], READ, 200, 200),
    own("GET /metrics", &["/metrics", "/metrics?name=x"], READ, 200, 200),
    own("GET /api/openapi.json", &["/api/openapi.json"], READ, 200, 200),
    own("GET /api/docs", &["/api/docs"], READ, 200, 200),
    own("GET /api/redoc", &["/api/redoc"], READ, 200, 200),
    // Nobody here is a proxy that is trusted.
    own("/api/v1/auth/verify", &["/api/v1/auth/verify"], &METHODS, 403, 403),
];
