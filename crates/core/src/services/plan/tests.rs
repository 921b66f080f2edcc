//! The plan: what it says of changes that people make.

use super::*;
use crate::domain::requirement::{IfMissing, Selector};
use crate::domain::right::{Right, RightPattern};
use crate::domain::role::{Role, RoleName};
use crate::domain::route::{EncodedDelimiters, Enforcement, Route};
use crate::services::testing::*;

const PEOPLE: &[(&str, &[&str])] =
    &[("boss", &["admin"]), ("olga", &["operator"]), ("tom", &["viewer@pop-syd"])];

fn users(people: &[(&str, &[&str])]) -> Vec<User> {
    people.iter().map(|(name, roles)| user(name, roles).user).collect()
}

fn admin() -> Requirement {
    Requirement::Role(vec![RoleName::parse("admin").unwrap()])
}

fn view(realm: RealmRule) -> Requirement {
    Requirement::Right { right: Right::parse("device:view").unwrap(), realm }
}

fn named_in(selector: Selector, missing: IfMissing) -> Requirement {
    view(RealmRule::From { selector, missing })
}

/// What changes for people, in words: who, which way, and the witness; roles are left out.
fn told(old: &RouteTable, new: &RouteTable) -> Vec<String> {
    let (roles, users) = (RoleBook::built_in(), users(PEOPLE));
    let side = |routes| Rules { routes, roles: &roles, users: &users, clients: &[] };
    let mut changes = plan(&side(old), &side(new));
    // Beside a new route a path with a slash more is ambiguous.
    changes.retain(|change| change.route.as_str() != "default");
    people(&changes)
}

fn people(changes: &[Change]) -> Vec<String> {
    changes.iter().filter(|change| change.who.role().is_none()).map(in_words).collect()
}

fn in_words(change: &Change) -> String {
    let sign = if change.direction == Direction::Gain { '+' } else { '-' };
    format!("{sign}{} {} [{}]", change.who, change.witness, change.realms)
}

/// A table of what is said of `/a`.
fn only(requirement: Requirement) -> RouteTable {
    table([route("GET", "/a", requirement)])
}

#[test]
fn a_route_that_opens_is_a_gain_of_those_who_could_not() {
    let opened = told(&only(admin()), &only(Requirement::Authenticated));
    assert_eq!(opened, ["+olga GET /a []", "+tom GET /a []"]);
    let public = told(&only(Requirement::Authenticated), &only(Requirement::Public));
    assert_eq!(public, ["+anybody GET /a []"]);
    let closed = told(&only(Requirement::Public), &only(admin()));
    assert_eq!(closed, ["-anybody GET /a []", "-olga GET /a []", "-tom GET /a []"]);
}

#[test]
fn a_literal_route_is_tried_where_the_other_table_has_a_parameter() {
    let wide = table([route("GET", "/a/{x}", Requirement::Authenticated)]);
    let narrow = table([route("GET", "/a/{x}", Requirement::Authenticated), route("GET", "/a/b", admin())]);
    let told = told(&wide, &narrow);
    assert!(told.contains(&"-olga GET /a/b []".to_owned()), "{told:?}");
    assert!(!told.contains(&"-boss GET /a/b []".to_owned()), "{told:?}");
}

#[test]
fn realms_are_asked_about_where_a_route_looks_for_them() {
    let spelled = |requirement: Requirement| told(&only(admin()), &only(requirement));
    let query = || Selector::Query("realm".into());
    assert_eq!(spelled(named_in(query(), IfMissing::Every)), ["+tom GET /a?realm=pop-syd [realm pop-syd]"]);
    let any = spelled(named_in(query(), IfMissing::Any));
    assert_eq!(any, ["+tom GET /a [realm pop-syd, no realm named]"]);
    let header = spelled(named_in(Selector::Header("Realm".into()), IfMissing::Every));
    assert_eq!(header, ["+tom GET /a with Realm: pop-syd [realm pop-syd]"]);
    let fixed = spelled(view(RealmRule::In(Realm::parse("POP-SYD").unwrap())));
    assert_eq!(fixed, ["+tom GET /a [realm POP-SYD]"]);
    let path = named_in(Selector::Path(0), IfMissing::Every);
    let path = told(&table([]), &table([route("GET", "/{site}/x", path)]));
    assert!(path.contains(&"+tom GET /pop-syd/x [realm pop-syd]".to_owned()), "{path:?}");
}

#[test]
fn whoever_is_not_there_or_not_active_may_only_what_is_public() {
    let routes =
        table([route("GET", "/a", Requirement::Authenticated), route("GET", "/p", Requirement::Public)]);
    let roles = RoleBook::built_in();
    let (both, one) = (users(&PEOPLE[..2]), users(&PEOPLE[..1]));
    let inactive = [both[0].clone(), User { active: false, ..both[1].clone() }];
    let side = |users| Rules { routes: &routes, roles: &roles, users, clients: &[] };
    for fewer in [one.as_slice(), &inactive] {
        let lost = people(&plan(&side(&both), &side(fewer)));
        assert!(lost.contains(&"-olga GET /a []".to_owned()), "{lost:?}");
        assert!(lost.iter().all(|line| line.starts_with("-olga ") && !line.contains(" /p ")), "{lost:?}");
        let gained = people(&plan(&side(fewer), &side(&both)));
        assert_eq!(gained.len(), lost.len());
    }
}

#[test]
fn a_client_gains_and_loses_by_what_it_holds_and_is_no_user_of_its_name() {
    let routes = table([
        route("GET", "/a", admin()),
        route("GET", "/b", named_in(Selector::Query("realm".into()), IfMissing::Every)),
    ]);
    let (roles, users) = (RoleBook::built_in(), users(&[("boss", &["admin"])]));
    let between = |old: &[Client], new: &[Client]| {
        let side = |clients| Rules { routes: &routes, roles: &roles, users: &users, clients };
        plan(&side(old), &side(new))
    };
    let nobody = between(&[], &[client("Boss", &["admin"])]);
    assert!(nobody.iter().all(|change| change.who.to_string() == "client:Boss"), "{nobody:#?}");
    assert!(nobody.iter().any(|change| change.reason == "there is no such client"), "{nobody:#?}");
    let narrowed = between(&[client("tom", &["viewer"])], &[client("TOM", &["viewer@pop-syd"])]);
    let words: Vec<_> = narrowed.iter().map(in_words).collect();
    assert_eq!(words, ["-client:tom GET /b [any other realm, no realm named]"]);
    // Where it may come from, how long its tokens last and what its secret is are nothing that a request would show.
    let elsewhere =
        Client { allow_from: ["192.0.2.0/24".parse().unwrap()].into(), ..client("c", &["admin"]) };
    assert_eq!(between(&[client("c", &["admin"])], &[elsewhere]), []);
}

#[test]
fn what_matters_to_nobody_yet_is_told_of_the_role() {
    let routes = only(view(RealmRule::Everywhere));
    let book = |right: &str| {
        let mut book = RoleBook::built_in();
        let rights = vec![RightPattern::parse(right).unwrap()];
        book.add(Role { name: RoleName::parse("night").unwrap(), rights }).unwrap();
        book
    };
    let (old, new) = (book("job:view"), book("device:*"));
    let side = |roles| Rules { routes: &routes, roles, users: &[], clients: &[] };
    let told: Vec<_> = plan(&side(&old), &side(&new)).iter().map(in_words).collect();
    assert_eq!(told, ["+role:night GET /a []"]);

    // A role in a realm is an example, and told of once, where the role everywhere gains nothing.
    let roles = RoleBook::built_in();
    let looks = |missing| only(named_in(Selector::Query("realm".into()), missing));
    let (every, any) = (looks(IfMissing::Every), looks(IfMissing::Any));
    let side = |routes| Rules { routes, roles: &roles, users: &[], clients: &[] };
    let told: Vec<_> = plan(&side(&every), &side(&any)).iter().map(in_words).collect();
    assert!(told.contains(&"+role:viewer@other GET /a [no realm named]".to_owned()), "{told:?}");
    assert_eq!(told.iter().filter(|line| line.starts_with("+role:viewer")).count(), 1, "{told:?}");
}

#[test]
fn shadow_routes_methods_and_encoded_delimiters_count() {
    let with = |change: fn(&mut Route)| {
        let (pattern, mut route) = route("", "/a/**", admin());
        change(&mut route);
        table([(pattern, route)])
    };
    let strict = with(|_| {});
    let shadow = told(&strict, &with(|route| route.enforcement = Enforcement::Shadow));
    assert_eq!(shadow.first().map(String::as_str), Some("+olga GET /a []"), "{shadow:?}");
    let forwarding = with(|route| route.encoded_delimiters = EncodedDelimiters::Forward);
    assert_eq!(told(&strict, &forwarding), ["+boss GET /a/other%2Fother []"]);
    let copy = told(&table([]), &table([route("COPY", "/a", Requirement::Authenticated)]));
    assert!(copy.contains(&"+olga COPY /a []".to_owned()), "{copy:?}");
}

#[test]
fn the_methods_of_one_change_are_one_line() {
    let table = |requirement| table([route("", "/a", requirement)]);
    let (roles, users) = (RoleBook::built_in(), users(PEOPLE));
    let (old, new) = (table(admin()), table(Requirement::Authenticated));
    let side = |routes| Rules { routes, roles: &roles, users: &users, clients: &[] };
    let changes = plan(&side(&old), &side(&new));
    let olga = changes.iter().find(|change| change.who.to_string() == "olga").unwrap();
    assert_eq!(olga.methods, ["GET", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]);
    assert_eq!(olga.reason, "Admin role required");
    assert_eq!(olga.route.as_str(), "/a");
}

#[test]
fn the_word_that_nobody_knows_is_one_that_nobody_knows() {
    let routes = table([route("", "/Other/other-2", Requirement::Public)]);
    let (roles, users) = (RoleBook::built_in(), users(&[("other-3", &["viewer@OTHER-4"])]));
    let clients = [client("Other-5", &["viewer@other-6"])];
    let side = Rules { routes: &routes, roles: &roles, users: &users, clients: &clients };
    assert_eq!(Words::of(&side, &side).unknown, "other-7");
}
