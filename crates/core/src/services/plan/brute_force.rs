//! The plan against brute force: of generated pairs of configurations, every request over a small alphabet.

use std::collections::HashSet;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::domain::client::{Client, SubjectId};
use crate::domain::endpoint::OwnAccess;
use crate::domain::method::Method;
use crate::domain::request::{Credential, RequestView};
use crate::domain::requirement::{IfMissing, Selector};
use crate::domain::right::{Right, RightPattern};
use crate::domain::role::{Role, RoleName};
use crate::domain::route::{Enforcement, Route, RouteId};
use crate::domain::route_table::DefaultRule;
use crate::domain::selector::realm_asked;
use crate::domain::standing::{Standing, Subject};
use crate::domain::token::{Bearer, Claims};
use crate::domain::user::Username;
use crate::services::clients::Clients;
use crate::services::gate::{Gate, judge};
use crate::services::policy::LivePolicy;
use crate::services::testing::*;

const NAMES: [&str; 3] = ["ann", "bob", "cyd"];
/// One of them is called like a user.
const CLIENTS: [&str; 2] = ["ann", "robot"];
const ROLES: [&str; 2] = ["r1", "r2"];
const SEGMENTS: [&str; 5] = ["a", "z", "A", "b", "north"];
const METHODS: [&str; 3] = ["HEAD", "POST", "MKCOL"];
/// What a request can say in each of the two parameters and the field that routes look at.
const REALMS: [Option<&str>; 4] = [None, Some("north"), Some("South"), Some("z")];

#[derive(Debug, Clone)]
struct World {
    routes: RouteTable,
    roles: RoleBook,
    users: Vec<User>,
    clients: Vec<Client>,
}

impl World {
    fn rules(&self) -> Rules<'_> {
        Rules { routes: &self.routes, roles: &self.roles, users: &self.users, clients: &self.clients }
    }

    /// What somebody holds whose tokens are accepted.
    fn standing(&self, who: &SubjectId) -> Option<Standing> {
        let subject = match who {
            SubjectId::User(name) => {
                Subject::from(self.users.iter().find(|user| user.active && user.name == *name)?.clone())
            }
            SubjectId::Client(id) => self.clients.iter().find(|client| client.id == *id)?.clone().into(),
        };
        Some(Standing::new(subject, &self.roles))
    }

    fn knows(&self, who: &SubjectId) -> bool {
        match who {
            SubjectId::User(name) => self.users.iter().any(|user| user.name == *name),
            SubjectId::Client(id) => self.clients.iter().any(|client| client.id == *id),
        }
    }
}

fn requirement(path: &str) -> BoxedStrategy<Requirement> {
    let role =
        |names: &[&str]| Requirement::Role(names.iter().map(|name| RoleName::parse(name).unwrap()).collect());
    let parameter = Pattern::parse(path).unwrap().parameter("x");
    let selectors = [
        Some(Selector::Query("k".into())),
        Some(Selector::Query("j".into())),
        Some(Selector::Header("Where".into())),
        parameter.map(Selector::Path),
        parameter.map(Selector::Path),
    ];
    let selectors: Vec<_> = selectors.into_iter().flatten().collect();
    let missing = prop::sample::select(vec![IfMissing::Every, IfMissing::Any]);
    let from = (prop::sample::select(selectors), missing)
        .prop_map(|(selector, missing)| RealmRule::From { selector, missing });
    let realm = prop_oneof![
        Just(RealmRule::Everywhere),
        Just(RealmRule::In(Realm::parse("north").unwrap())),
        from.clone(),
        from,
    ];
    let right = (prop::sample::select(vec!["t:v", "t:w"]), realm)
        .prop_map(|(right, realm)| Requirement::Right { right: Right::parse(right).unwrap(), realm });
    prop_oneof![
        1 => Just(Requirement::Public),
        1 => Just(Requirement::Authenticated),
        1 => Just(role(&["r1"])),
        1 => Just(role(&["r1", "r2"])),
        4 => right,
    ]
    .boxed()
}

fn a_route() -> impl Strategy<Value = (Pattern, Route)> {
    let segments = prop::collection::vec(prop::sample::select(vec!["a", "a", "b", "B", "{x}", "{x}"]), 0..4);
    let path = (segments, prop::sample::select(vec!["", "", "/", "/**"])).prop_map(|(segments, tail)| {
        let mut path = String::new();
        for (index, segment) in segments.into_iter().enumerate() {
            // Only one parameter can be called so.
            let is_again = segment == "{x}" && path.contains("{x}");
            path.push('/');
            path += &again(is_again, index, segment);
        }
        path += tail;
        if path.is_empty() { "/".to_owned() } else { path }
    });
    let described = path.prop_flat_map(|path| (requirement(&path), Just(path)));
    (described, prop::sample::select(vec!["", "", "GET", "POST", "MKCOL"]), 0..6).prop_map(
        |((requirement, path), method, dice)| {
            let (pattern, mut route) = route(method, &path, requirement);
            if dice == 0 {
                route.enforcement = Enforcement::Shadow;
            }
            (pattern, route)
        },
    )
}

fn a_user() -> impl Strategy<Value = Option<(bool, Vec<&'static str>)>> {
    let held = prop::sample::select(vec!["r1", "r2", "r1@north", "r2@north", "r2@south", "operator"]);
    prop::option::weighted(0.8, (prop::bool::weighted(0.8), prop::collection::vec(held, 0..3)))
}

fn a_book() -> impl Strategy<Value = RoleBook> {
    let rights = prop::sample::subsequence(vec!["t:v", "t:w", "t:*"], 0..3);
    prop::collection::vec(prop::option::weighted(0.8, rights), ROLES.len()).prop_map(|all| {
        let mut book = RoleBook::built_in();
        for (name, rights) in ROLES.into_iter().zip(all) {
            let Some(rights) = rights else { continue };
            let rights = rights.into_iter().map(|right| RightPattern::parse(right).unwrap()).collect();
            book.add(Role { name: RoleName::parse(name).unwrap(), rights }).unwrap();
        }
        book
    })
}

/// One of the two; the routes are those of the pool that `mask` has, as far as they get on with each other.
fn world(pool: Vec<(Pattern, Route)>) -> impl Strategy<Value = World> {
    let default = prop::sample::select(vec![DefaultRule::Admin, DefaultRule::OperatorMayRead]);
    let users = prop::collection::vec(a_user(), NAMES.len());
    let clients = prop::collection::vec(a_user(), CLIENTS.len());
    (0..256_usize, default, a_book(), users, clients).prop_map(
        move |(mask, default, roles, users, clients)| {
            let mut routes = RouteTable::new(default, OwnAccess::default());
            for (index, (pattern, route)) in pool.iter().enumerate() {
                if mask & (1 << index) != 0 {
                    let _conflict = routes.add(pattern.clone(), route.clone());
                }
            }
            let users = NAMES.into_iter().zip(users).filter_map(|(name, user)| {
                let (active, held) = user?;
                Some(User { active, ..super::super::testing::user(name, &held).user })
            });
            let clients =
                CLIENTS.into_iter().zip(clients).filter_map(|(id, held)| Some(client(id, &held?.1)));
            World { routes, roles, users: users.collect(), clients: clients.collect() }
        },
    )
}

fn a_pair() -> impl Strategy<Value = (World, World)> {
    prop::collection::vec(a_route(), 1..8).prop_flat_map(|pool| (world(pool.clone()), world(pool)))
}

/// Up to three segments, the third one of fewer, with and without a slash at the end.
fn paths() -> Vec<String> {
    let (mut all, mut last) = (vec!["/".to_owned()], vec![String::new()]);
    for segments in [&SEGMENTS[..], &SEGMENTS, &SEGMENTS[..2]] {
        let longer =
            |path: &String| segments.iter().map(|segment| format!("{path}/{segment}")).collect::<Vec<_>>();
        last = last.iter().flat_map(longer).collect();
        all.extend(last.iter().flat_map(|path| [path.clone(), format!("{path}/")]));
    }
    all
}

/// Every way in which a request can name realms in the places where these two tables look.
fn all_requests(old: &World, new: &World, method: &str, path: &str) -> Vec<Witness> {
    let looks = |place: &Selector| {
        [old, new].iter().any(|world| {
            let led = world.routes.lead(&Method::new(method), path);
            led.is_ok_and(|(_, route)| match &route.requirement {
                Requirement::Right { realm: RealmRule::From { selector, .. }, .. } => selector == place,
                _ => false,
            })
        })
    };
    let said = |place: Selector| if looks(&place) { &REALMS[..] } else { &REALMS[..1] };
    let mut all = vec![];
    for k in said(Selector::Query("k".into())) {
        for j in said(Selector::Query("j".into())) {
            for field in said(Selector::Header("Where".into())) {
                let query =
                    [("k", k), ("j", j)].map(|(key, value)| value.map(|value| format!("{key}={value}")));
                let query = query.into_iter().flatten().collect::<Vec<_>>().join("&");
                let fields = field.iter().map(|realm| ("Where".to_owned(), (*realm).to_owned())).collect();
                all.push(Witness { method: method.to_owned(), target: format!("{path}?{query}"), fields });
            }
        }
    }
    all
}

/// The route that counts, the realm that is asked about, and whether the request passes.
fn decided(world: &World, who: Option<&Standing>, request: &Witness) -> (Option<RouteId>, RealmAsked, bool) {
    let led = world.routes.lead(&Method::new(&request.method), &request.target);
    let Ok((target, route)) = led else { return (None, RealmAsked::Everywhere, false) };
    let asked = realm_asked(&route.requirement, &target, request).unwrap();
    let is_let_in = |who: &Standing| judge(route, who, &target, &asked).is_ok();
    let passes = route.requirement.is_public() || who.is_some_and(is_let_in);
    (Some(route.id.clone()), asked, passes)
}

/// Who, which way, by which route, in the place of which other, with which method, in which realm.
type Difference = (String, Direction, RouteId, Option<RouteId>, String, String);

fn by_brute_force(old: &World, new: &World) -> Vec<(Difference, Witness)> {
    let mentioned = Words::of(&old.rules(), &new.rules()).realms;
    let in_words = |asked: &RealmAsked| match asked {
        RealmAsked::Everywhere => String::new(),
        RealmAsked::Unnamed => "-".to_owned(),
        RealmAsked::Named(realm) if mentioned.contains(realm) => realm.key().to_owned(),
        RealmAsked::Named(_) => "*".to_owned(),
    };
    let mut people = vec![("anybody".to_owned(), [None, None])];
    let clients = CLIENTS.map(|id| format!("client:{id}"));
    let all =
        NAMES.into_iter().chain(clients.iter().map(String::as_str)).map(|who| SubjectId::parse(who).unwrap());
    let known = all.filter(|who| old.knows(who) || new.knows(who));
    people.extend(known.map(|who| (who.to_string(), [old.standing(&who), new.standing(&who)])));
    let mut found = vec![];
    for path in paths() {
        for method in METHODS {
            for request in all_requests(old, new, method, &path) {
                for (name, [before, after]) in &people {
                    let before = decided(old, before.as_ref(), &request);
                    let after = decided(new, after.as_ref(), &request);
                    let (direction, through, instead) = match (before.2, after.2) {
                        (false, true) => (Direction::Gain, after, before),
                        (true, false) => (Direction::Loss, before, after),
                        _ => continue,
                    };
                    let asked = if through.1 == RealmAsked::Everywhere { &instead.1 } else { &through.1 };
                    let method = Method::new(method).decided_as().to_string();
                    let (who, route) = (name.clone(), through.0.unwrap());
                    let difference = (who, direction, route, instead.0, method, in_words(asked));
                    found.push((difference, request.clone()));
                }
            }
        }
    }
    found
}

/// Everything that a plan says of anybody, of users and of clients.
fn said(changes: &[Change]) -> HashSet<Difference> {
    let mut all = HashSet::new();
    for change in changes.iter().filter(|change| change.who.role().is_none()) {
        let Change { who, direction, methods, route, other, realms, .. } = change;
        let mut places: Vec<_> = realms.named.iter().map(|realm| realm.key().to_owned()).collect();
        places.extend(realms.others.then(|| "*".to_owned()));
        places.extend(realms.unnamed.then(|| "-".to_owned()));
        if places.is_empty() {
            places.push(String::new());
        }
        for method in methods {
            for place in &places {
                let (who, method) = (who.to_string(), method.clone());
                all.insert((who, *direction, route.clone(), other.clone(), method, place.clone()));
            }
        }
    }
    all
}

/// The gate itself before a world, in which for each role there is somebody who holds it, everywhere and in each realm.
fn gate_before(world: &World, compared: &[Who]) -> Gate {
    let mut people: Vec<_> = world
        .users
        .iter()
        .map(|known| {
            let active = known.active;
            let mut credentials = user(known.name.as_str(), &[]);
            credentials.user = User { active, ..known.clone() };
            credentials
        })
        .collect();
    for who in compared {
        let held = match who {
            Who::Role(role) => role.to_string(),
            Who::RoleIn(role, realm) => format!("{role}@{realm}"),
            Who::Anybody | Who::User(_) | Who::Client(_) => continue,
        };
        let is_known = who.role().is_some_and(|role| world.roles.get(role).is_some());
        if is_known && !people.iter().any(|known| known.user.name == token_of(who)) {
            people.push(user(token_of(who).as_str(), &[&held]));
        }
    }
    let tokens = world.clients.iter().fold(Tokens::of(&people), |tokens, client| {
        tokens.with(token_of(&Who::Client(client.id.clone())).as_str(), claims_of(client))
    });
    let clients = Clients::without_generations(world.clients.clone());
    let policy = policy_of(world.routes.clone(), Users(people)).with_clients(clients);
    let own: Vec<_> =
        ROLES.iter().filter_map(|name| world.roles.get(&RoleName::parse(name).unwrap())).collect();
    policy.set_store_roles(&own.into_iter().map(|role| (**role).clone()).collect::<Vec<_>>());
    gate(Arc::new(LivePolicy::new(policy)), tokens, Arc::new(Notebook::default()))
}

/// The name of who stands for somebody, by which his token is called too.
fn token_of(who: &Who) -> Username {
    let name = who.to_string().to_lowercase().replace("role:", "role-").replace("client:", "client-");
    Username::parse(&name).unwrap()
}

/// What a token says that a client got for all that there is.
fn claims_of(client: &Client) -> Claims {
    let bearer = Bearer::Client { id: client.id.clone(), scope: [RightPattern::everything()].into() };
    let (audience, stamp) = (vec!["portcullis".to_owned()], client.stamp.to_string());
    Claims { audience, bearer, stamp, ..claims(&user("anybody", &[]).user) }
}

async fn passes(gate: &Gate, who: &Who, witness: &Witness) -> bool {
    let token = token_of(who);
    let credential = match who {
        Who::Anybody => Credential::Absent,
        _ => Credential::Bearer(token.as_str()),
    };
    let (method, target) = (&*witness.method, &*witness.target);
    let view = RequestView { method, target, credential, fields: witness, id: "request", address: None };
    gate.admit(&view).await.is_ok()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, max_shrink_iters: 100, ..ProptestConfig::default() })]

    #[test]
    fn what_brute_force_finds_is_in_the_plan_and_every_witness_is_one((old, new) in a_pair()) {
        let changes = plan(&old.rules(), &new.rules());
        let said = said(&changes);
        for (difference, request) in by_brute_force(&old, &new) {
            prop_assert!(said.contains(&difference), "{request}: {difference:?} is not in {changes:#?}");
        }

        let compared: Vec<_> = changes.iter().map(|change| change.who.clone()).collect();
        let gates = [&old, &new].map(|world| gate_before(world, &compared));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for Change { who, witness, direction, .. } in &changes {
            let [before, after] = gates.each_ref().map(|gate| runtime.block_on(passes(gate, who, witness)));
            let expected = *direction == Direction::Gain;
            prop_assert_eq!((before, after), (!expected, expected), "{} {} {:?}", who, witness, direction);
        }
    }

}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, failure_persistence: None, max_shrink_iters: 100, ..ProptestConfig::default() })]

    #[test]
    fn what_is_the_same_changes_nothing((old, _) in a_pair()) {
        prop_assert_eq!(plan(&old.rules(), &old.rules()), vec![]);
    }

    #[test]
    fn the_way_back_is_the_same_the_other_way_round((old, new) in a_pair()) {
        let there = said(&plan(&old.rules(), &new.rules()));
        let back = said(&plan(&new.rules(), &old.rules())).into_iter().map(|(who, direction, route, other, method, place)| {
            let direction = match direction { Direction::Gain => Direction::Loss, Direction::Loss => Direction::Gain };
            (who, direction, route, other, method, place)
        });
        prop_assert_eq!(there, back.collect::<HashSet<_>>());
    }
}

/// A parameter has another name where one of that name is there already.
fn again(is_again: bool, index: usize, segment: &str) -> String {
    if is_again { format!("{{x{index}}}") } else { segment.to_owned() }
}
