//! A table of routes that lie in each other's way: literals beside parameters, capitals beside small letters, a public
//! region around a closed place, realms in the path, encoded delimiters that are forwarded.

use portcullis_core::domain::endpoint::OwnAccess;
use portcullis_core::domain::method::{Method, MethodSet};
use portcullis_core::domain::realm::Realm;
use portcullis_core::domain::requirement::{IfMissing, RealmRule, Requirement, Selector};
use portcullis_core::domain::right::Right;
use portcullis_core::domain::role::RoleName;
use portcullis_core::domain::route::EncodedDelimiters::{self, Forward, Refuse};
use portcullis_core::domain::route::{Pattern, Route, RouteId};
use portcullis_core::domain::route_table::{DefaultRule, RouteTable, built_in_routes};

/// What a row asks for.
enum Needs {
    Nothing,
    AnyToken,
    Role(&'static str),
    /// `device:view`, in this realm.
    DeviceViewIn(&'static str),
    /// `device:view`, in the realm that the request names.
    DeviceViewFrom(Selector),
}

use Needs::{AnyToken, DeviceViewFrom, DeviceViewIn, Nothing};

/// The table; it is always the same one.
#[expect(clippy::expect_used, reason = "the rows are constants, and a wrong one must not be passed over")]
pub(crate) fn route_table() -> RouteTable {
    let mut table = RouteTable::new(DefaultRule::OperatorMayRead, OwnAccess::default());
    for (pattern, route) in built_in_routes() {
        table.add(pattern, route).expect("the built-in rows don't collide");
    }
    for (path, needs, delimiters) in rows() {
        let (pattern, route) = route("", path, needs, delimiters).expect("a row is well formed");
        table.add(pattern, route).expect("the rows don't collide");
    }
    let (pattern, route) = route("PROPFIND", "/dav/**", AnyToken, Forward).expect("a row is well formed");
    table.add(pattern, route).expect("the rows don't collide");
    table
}

fn rows() -> Vec<(&'static str, Needs, EncodedDelimiters)> {
    vec![
        ("/public/**", Nothing, Forward),
        ("/public/admin", Needs::Role("admin"), Forward),
        ("/Public/Admin/{id}", Needs::Role("admin"), Refuse),
        ("/files/{name}", AnyToken, Forward),
        ("/files/{name}/", Needs::Role("operator"), Forward),
        ("/files/secret", Needs::Role("admin"), Forward),
        ("/files/FREE", Nothing, Refuse),
        ("/a%20b/{x}/c", Needs::Role("operator"), Refuse),
        ("/a%2Fb/**", Needs::Role("admin"), Forward),
        ("/restconf/data/**", AnyToken, Forward),
        ("/restconf/data/secrets/**", Needs::Role("admin"), Forward),
        ("/restconf/data/{list}/leaf", Needs::Role("operator"), Forward),
        ("/realms/{realm}/devices/**", DeviceViewFrom(Selector::Path(1)), Forward),
        ("/realms/Default/devices/x", DeviceViewIn("Default"), Refuse),
        ("/query/**", DeviceViewFrom(Selector::Query("realm".into())), Forward),
        ("/{any}/last", Needs::Role("operator"), Forward),
    ]
}

fn route(
    method: &str,
    path: &str,
    needs: Needs,
    encoded_delimiters: EncodedDelimiters,
) -> Option<(Pattern, Route)> {
    let pattern = Pattern::parse(path).ok()?;
    let mut methods = MethodSet::standard();
    if !method.is_empty() {
        methods = MethodSet::default();
        methods.insert(&Method::new(method));
    }
    let id = RouteId::new(&methods, &pattern);
    let route = Route::to_upstream(id, methods, requirement(needs)?);
    Some((pattern, Route { encoded_delimiters, ..route }))
}

fn requirement(needs: Needs) -> Option<Requirement> {
    let realm = match needs {
        Nothing => return Some(Requirement::Public),
        AnyToken => return Some(Requirement::Authenticated),
        Needs::Role(role) => return Some(Requirement::Role(vec![RoleName::parse(role).ok()?])),
        DeviceViewIn(realm) => RealmRule::In(Realm::parse(realm).ok()?),
        DeviceViewFrom(selector) => RealmRule::From { selector, missing: IfMissing::Every },
    };
    Some(Requirement::Right { right: Right::parse("device:view").ok()?, realm })
}
