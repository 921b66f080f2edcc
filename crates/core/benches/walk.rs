//! What the pure steps of a request's walk cost: its path, its route, the decision.
#![expect(clippy::expect_used, reason = "a benchmark whose inputs are wrong must not go on")]

use divan::{Bencher, black_box};
use portcullis_core::domain::decision::decide;
use portcullis_core::domain::endpoint::OwnAccess;
use portcullis_core::domain::grant::{Grant, Scope};
use portcullis_core::domain::method::{Method, MethodSet};
use portcullis_core::domain::path::Target;
use portcullis_core::domain::realm::RealmAsked;
use portcullis_core::domain::requirement::Requirement;
use portcullis_core::domain::role::{RoleBook, RoleName};
use portcullis_core::domain::route::{Pattern, Route, RouteId};
use portcullis_core::domain::route_table::{DefaultRule, RouteTable};
use portcullis_core::domain::standing::Standing;
use portcullis_core::domain::user::{Stamp, User, Username};

/// A target as most are.
const PLAIN: &str = "/api/v1/area0/subscribers/4711/sessions?limit=50";
/// One that has to be decoded.
const ENCODED: &str = "/api/v1/area0/subscribers/a%20b/sessions?limit=50";

fn main() {
    divan::main();
}

#[divan::bench]
fn canonical_path(bencher: Bencher<'_, '_>) {
    bencher.bench(|| Target::parse(black_box(PLAIN)).is_ok());
}

#[divan::bench]
fn canonical_path_decoded(bencher: Bencher<'_, '_>) {
    bencher.bench(|| Target::parse(black_box(ENCODED)).is_ok());
}

#[divan::bench(args = [10, 10_000])]
fn route_match(bencher: Bencher<'_, '_>, routes: usize) {
    let table = table(routes);
    let target = Target::parse(PLAIN).expect("a path that nobody refuses");
    let method = Method::new("GET");
    bencher.bench(|| table.find(black_box(&target), black_box(&method)).is_ok());
}

#[divan::bench]
fn decision(bencher: Bencher<'_, '_>) {
    let standing = standing("operator");
    let requirement = Requirement::Role(vec![role("admin"), role("operator")]);
    bencher.bench(|| decide(black_box(&requirement), black_box(&standing), &RealmAsked::Everywhere).is_ok());
}

/// So many routes, over areas of ten each.
fn table(routes: usize) -> RouteTable {
    let mut table = RouteTable::new(DefaultRule::OperatorMayRead, OwnAccess::default());
    for number in 0..routes {
        let (area, kind) = (number / 10, number % 10);
        let kind = if kind == 7 { "subscribers".to_owned() } else { format!("kind{kind}") };
        let path = format!("/api/v1/area{area}/{kind}/{{id}}/sessions");
        let pattern = Pattern::parse(&path).expect("a pattern");
        let methods = MethodSet::standard();
        let id = RouteId::new(&methods, &pattern);
        let route = Route::to_upstream(id, methods, Requirement::Role(vec![role("operator")]));
        table.add(pattern, route).expect("each path is another");
    }
    table
}

fn standing(name: &str) -> Standing {
    let user = User {
        name: Username::parse(name).expect("a name"),
        stamp: Stamp::of(&[]),
        active: true,
        api_login: true,
        grants: [Grant { role: role(name), scope: Scope::Everywhere }].into(),
    };
    Standing::new(user, &RoleBook::built_in())
}

fn role(name: &str) -> RoleName {
    RoleName::parse(name).expect("a role's name")
}
