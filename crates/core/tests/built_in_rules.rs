//! The BNG's own access rules as a matrix: every row, every standard method, everybody.
#![expect(clippy::unwrap_used, reason = "a test whose names are wrong can't go on")]

use portcullis_core::domain::decision::decide;
use portcullis_core::domain::endpoint::OwnAccess;
use portcullis_core::domain::grant::{Grant, Scope};
use portcullis_core::domain::method::{Method, Standard};
use portcullis_core::domain::path::Target;
use portcullis_core::domain::realm::{Realm, RealmAsked};
use portcullis_core::domain::role::{RoleBook, RoleName};
use portcullis_core::domain::route::Route;
use portcullis_core::domain::route_table::{DefaultRule, RouteTable, built_in_routes};
use portcullis_core::domain::standing::Standing;
use portcullis_core::domain::user::{Stamp, User, Username};

/// A path, and the rows that say what its methods need: `A` admin, `R` admin or operator. What no row says, the
/// default rule does: `R` for safe methods, `A` for all others.
struct Path {
    path: &'static str,
    /// Methods and the row that counts for them.
    rows: &'static [(&'static str, &'static str, char)],
}

const fn path(path: &'static str, rows: &'static [(&'static str, &'static str, char)]) -> Path {
    Path { path, rows }
}

const EVERY: &str = "GET HEAD OPTIONS POST PUT PATCH DELETE";
const READ: &str = "GET HEAD";

const MATRIX: &[Path] = &[
    path("/api/v1/webhooks", &[(EVERY, "/api/v1/webhooks/**", 'A')]),
    path("/api/v1/webhooks/", &[(EVERY, "/api/v1/webhooks/**", 'A')]),
    path("/api/v1/webhooks/7", &[(EVERY, "/api/v1/webhooks/**", 'A')]),
    path("/api/v1/webhooks/7/deliveries", &[(EVERY, "/api/v1/webhooks/**", 'A')]),
    path("/api/v1/subscribers", &[(READ, "GET /api/v1/subscribers", 'R')]),
    path(
        "/api/v1/subscribers/7",
        &[(READ, "GET /api/v1/subscribers/{id}", 'R'), ("DELETE", "DELETE /api/v1/subscribers/{id}", 'A')],
    ),
    path("/api/v1/subscribers/7/rate", &[("PUT", "PUT /api/v1/subscribers/{id}/rate", 'A')]),
    path(
        "/api/v1/subscribers/summary",
        &[(READ, "GET /api/v1/subscribers/summary", 'R'), ("DELETE", "DELETE /api/v1/subscribers/{id}", 'A')],
    ),
    path(
        "/api/v1/subscribers/disconnect-by-interface",
        &[
            ("POST", "POST /api/v1/subscribers/disconnect-by-interface", 'A'),
            (READ, "GET /api/v1/subscribers/{id}", 'R'),
            ("DELETE", "DELETE /api/v1/subscribers/{id}", 'A'),
        ],
    ),
    path("/api/v1/system/config/set", &[("POST", "POST /api/v1/system/config/set", 'A')]),
    path("/api/v1/system/config/delete", &[("POST", "POST /api/v1/system/config/delete", 'A')]),
    path("/api/v1/system/config/commit", &[("POST", "POST /api/v1/system/config/commit", 'A')]),
    path("/api/v1/system/config/rollback", &[("POST", "POST /api/v1/system/config/rollback", 'A')]),
    path("/api/v1/system/config/discard", &[("POST", "POST /api/v1/system/config/discard", 'A')]),
    path("/api/v1/system/config", &[(READ, "GET /api/v1/system/config", 'R')]),
    path("/api/v1/system/config/compare", &[(READ, "GET /api/v1/system/config/compare", 'R')]),
    path("/api/v1/system/version", &[(READ, "GET /api/v1/system/version", 'R')]),
    path("/api/v1/system/health", &[(READ, "GET /api/v1/system/health", 'R')]),
    path("/api/v1/interfaces", &[(READ, "GET /api/v1/interfaces", 'R')]),
    path("/api/v1/interfaces/vlans", &[(READ, "GET /api/v1/interfaces/vlans", 'R')]),
    path("/api/v1/qos", &[(READ, "GET /api/v1/qos", 'R')]),
    path("/api/v1/qos/profiles", &[(READ, "GET /api/v1/qos/profiles", 'R')]),
    path("/api/v1/routing", &[(READ, "GET /api/v1/routing/**", 'R')]),
    path("/api/v1/routing/bgp/neighbors", &[(READ, "GET /api/v1/routing/**", 'R')]),
    path("/api/v1/interfaces/eth0", &[]),
    path("/api/v2/anything", &[]),
    path("/", &[]),
];

fn table() -> RouteTable {
    let mut table = RouteTable::new(DefaultRule::OperatorMayRead, OwnAccess::default());
    for (pattern, route) in built_in_routes() {
        assert_eq!(table.add(pattern, route), Ok(()));
    }
    table
}

/// The row that counts, and what it needs.
fn expected(path: &Path, method: Standard) -> (&'static str, char) {
    let is_for = |methods: &str| methods.split(' ').any(|name| name == method.as_str());
    let default = if is_for("GET HEAD OPTIONS") { 'R' } else { 'A' };
    let row = path.rows.iter().find(|(methods, ..)| is_for(methods));
    row.map_or(("default", default), |(_, route, needs)| (route, *needs))
}

/// Each role everywhere, admin in one realm only, and nothing at all; and whether he meets `A` and `R`.
fn everybody() -> Vec<(Standing, bool, bool)> {
    let realm = Realm::parse("pop-syd").unwrap();
    let all = [
        ("admin", Scope::Everywhere, true, true),
        ("operator", Scope::Everywhere, false, true),
        ("viewer", Scope::Everywhere, false, false),
        ("manager", Scope::Everywhere, false, false),
        ("planner", Scope::Everywhere, false, false),
        ("administrator", Scope::Everywhere, false, false),
        ("admin", Scope::In(realm.clone()), false, false),
        ("operator", Scope::In(realm), false, false),
        ("no-such-role", Scope::Everywhere, false, false),
    ];
    all.into_iter()
        .map(|(role, scope, is_admin, is_reader)| {
            let grant = Grant { role: RoleName::parse(role).unwrap(), scope };
            let name = Username::parse("somebody").unwrap();
            let stamp = Stamp::of(&[]);
            let user = User { name, stamp, active: true, api_login: true, grants: [grant].into() };
            (Standing::new(user, &RoleBook::built_in()), is_admin, is_reader)
        })
        .collect()
}

fn is_met(route: &Route, standing: &Standing) -> bool {
    decide(&route.requirement, standing, &RealmAsked::Everywhere).is_ok()
}

#[test]
fn every_row_lets_in_whom_it_names_and_nobody_else() {
    let (table, everybody) = (table(), everybody());
    for path in MATRIX {
        let target = Target::parse(path.path).unwrap();
        for method in Standard::ALL {
            let route = table.find(&target, &Method::Standard(method)).unwrap();
            let (id, needs) = expected(path, method);
            assert_eq!(route.id.as_str(), id, "{} {}", method.as_str(), path.path);
            assert!(!route.requirement.is_public());
            for (standing, is_admin, is_reader) in &everybody {
                let expected = if needs == 'A' { *is_admin } else { *is_reader };
                let grants = standing.subject.grants();
                assert_eq!(is_met(route, standing), expected, "{} {} {grants:?}", method.as_str(), path.path);
            }
        }
    }
}

#[test]
fn the_matrix_has_every_row_of_the_table() {
    let rows = || MATRIX.iter().flat_map(|path| path.rows).map(|(_, id, _)| *id);
    for (_, route) in table().listed() {
        assert!(rows().any(|id| id == route.id.as_str()), "{}", route.id);
    }
    assert_eq!(table().listed().count(), 21);
}
