//! A table of routes that lie in each other's way: literals beside parameters, capitals beside small letters, a public
//! region around a closed place, realms in the path, encoded delimiters that are forwarded.

use portcullis_core::domain::endpoint::OwnAccess;
use portcullis_core::domain::method::{Method, MethodSet};
use portcullis_core::domain::realm::Realm;
use portcullis_core::domain::requirement::{IfMissing, RealmRule, Requirement, Selector};
use portcullis_core::domain::right::Right;
use portcullis_core::domain::role::RoleName;
use portcullis_core::domain::route::{EncodedDelimiters, Pattern, Route, RouteId};
use portcullis_core::domain::route_table::{DefaultRule, RouteTable, built_in_routes};

use EncodedDelimiters::{Forward, Refuse};

/// The table; it is always the same one.
#[expect(clippy::expect_used, reason = "the rows are constants, and a wrong one must not be passed over")]
pub(crate) fn route_table() -> RouteTable {
    let mut table = RouteTable::new(DefaultRule::OperatorMayRead, OwnAccess::default());
    let rows = rows().into_iter().map(|row| row.into_route().expect("a row of the table is well formed"));
    for (pattern, route) in built_in_routes().into_iter().chain(rows) {
        table.add(pattern, route).expect("no two rows collide");
    }
    table
}

struct Row {
    method: &'static str,
    path: &'static str,
    requirement: Option<Requirement>,
    delimiters: EncodedDelimiters,
}

fn row(path: &'static str, requirement: Option<Requirement>, delimiters: EncodedDelimiters) -> Row {
    Row { method: "", path, requirement, delimiters }
}

fn rows() -> Vec<Row> {
    let public = || Some(Requirement::Public);
    let anybody = || Some(Requirement::Authenticated);
    vec![
        row("/public/**", public(), Forward),
        row("/public/admin", role("admin"), Forward),
        row("/Public/Admin/{id}", role("admin"), Refuse),
        row("/files/{name}", anybody(), Forward),
        row("/files/{name}/", role("operator"), Forward),
        row("/files/secret", role("admin"), Forward),
        row("/files/FREE", public(), Refuse),
        row("/a%20b/{x}/c", role("operator"), Refuse),
        row("/a%2Fb/**", role("admin"), Forward),
        row("/restconf/data/**", anybody(), Forward),
        row("/restconf/data/secrets/**", role("admin"), Forward),
        row("/restconf/data/{list}/leaf", role("operator"), Forward),
        row("/realms/{realm}/devices/**", right_in_the_realm_of_the_path(1), Forward),
        row("/realms/Default/devices/x", right(RealmRule::In(Realm::named_default())), Refuse),
        row("/query/**", right_in_the_realm_of_the_query(), Forward),
        row("/{any}/last", role("operator"), Forward),
        Row { method: "PROPFIND", ..row("/dav/**", anybody(), Forward) },
    ]
}

trait Named {
    fn named_default() -> Option<Realm>;
}
