//! The requests that are decided on under both configurations: paths, methods, and the realms that a request can name.

use std::collections::HashMap;
use std::sync::Arc;

use super::paths::telling_paths;
use super::spelling::query_part;
use super::who::Holder;
use super::{Witness, Words};
use crate::domain::method::{Method, Standard};
use crate::domain::path::Target;
use crate::domain::realm::{Realm, RealmAsked};
use crate::domain::refusal::{Refusal, Unauthenticated};
use crate::domain::requirement::{RealmRule, Requirement, Selector};
use crate::domain::route::{Route, RouteId};
use crate::domain::route_table::RouteTable;
use crate::domain::selector::{AmbiguousRealm, realm_asked};
use crate::services::gate::judge;

/// Requests that both configurations decide on alike, whoever sends them.
#[derive(Debug)]
pub(super) struct Situation {
    /// The first of them.
    pub(super) witness: Witness,
    /// All methods that they have.
    pub(super) methods: Vec<String>,
    pub(super) old: Side,
    pub(super) new: Side,
}

/// What a request is under one configuration, before it is known who sent it: where it leads, or why nowhere.
#[derive(Debug)]
pub(super) struct Side(Result<Led, Refusal>);

#[derive(Debug)]
struct Led {
    route: Arc<Route>,
    target: Target,
    asked: Result<RealmAsked, AmbiguousRealm>,
}

/// What a decision on a request depends on: the route, the realm, and whom it is about.
type Ground = Option<(*const Route, Option<RealmAskedKey>, Option<String>)>;
type RealmAskedKey = (bool, Option<Realm>);

/// All situations in which the two can differ.
pub(super) fn situations(tables: [&RouteTable; 2], words: &Words) -> Vec<Situation> {
    let methods = methods(tables);
    let mut situations: Vec<Situation> = vec![];
    let mut known: HashMap<(Ground, Ground), usize> = HashMap::new();
    for path in telling_paths(tables, words) {
        for method in &methods {
            for witness in naming_realms(tables, method, &path, words) {
                let [old, new] = tables.map(|table| Side::of(table, method, &witness));
                let grounds = (old.ground(), new.ground());
                if let Some(same) = known.get(&grounds).and_then(|place| situations.get_mut(*place)) {
                    if !same.methods.contains(&witness.method) {
                        same.methods.push(witness.method);
                    }
                } else if grounds != (None, None) {
                    known.insert(grounds, situations.len());
                    situations.push(Situation { methods: vec![witness.method.clone()], witness, old, new });
                }
            }
        }
    }
    situations
}

/// The methods that some route could tell apart; HEAD is decided as GET.
fn methods(tables: [&RouteTable; 2]) -> Vec<Method> {
    let mut methods: Vec<Method> = Standard::ALL.into_iter().map(Method::Standard).collect();
    methods.retain(|method| method.decided_as() == method);
    for (_, route) in tables.into_iter().flat_map(RouteTable::listed) {
        for method in route.methods.names().into_iter().map(Method::new) {
            if method.decided_as() == &method && !methods.contains(&method) {
                methods.push(method);
            }
        }
    }
    methods
}

/// Where a request can say something that a route asks about.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Slot<'r> {
    /// A realm, in a query parameter.
    Query(&'r str),
    /// A realm, in a header field.
    Header(&'r str),
    /// Somebody's name, in a query parameter.
    About(&'r str),
}

/// A request to this path without a realm, and with each realm in each place where either table looks for one.
fn naming_realms(tables: [&RouteTable; 2], method: &Method, path: &str, words: &Words) -> Vec<Witness> {
    let mut slots: Vec<Slot<'_>> = vec![];
    for table in tables {
        let Ok((_, route)) = table.lead(method, path) else { continue };
        let slot = slot(&route.requirement);
        slots.extend(slot.filter(|slot| !slots.iter().any(|known| known.is_same_as(slot))));
    }
    let bare = Witness { method: method.to_string(), target: path.to_owned(), fields: vec![] };
    slots.iter().fold(vec![bare], |witnesses, slot| {
        let filled = |witness: Witness| {
            let others = slot.values(words).map(|value| slot.filled(&witness, value)).collect::<Vec<_>>();
            [witness].into_iter().chain(others)
        };
        witnesses.into_iter().flat_map(filled).collect()
    })
}

fn slot(requirement: &Requirement) -> Option<Slot<'_>> {
    match requirement {
        Requirement::Right { realm: RealmRule::From { selector: Selector::Query(key), .. }, .. } => {
            Some(Slot::Query(key))
        }
        Requirement::Right { realm: RealmRule::From { selector: Selector::Header(name), .. }, .. } => {
            Some(Slot::Header(name))
        }
        Requirement::RightUnlessSelf { parameter, .. } => Some(Slot::About(parameter)),
        _ => None,
    }
}

impl Slot<'_> {
    fn is_same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Header(one), Self::Header(other)) => one.eq_ignore_ascii_case(other),
            (one, other) => one == other,
        }
    }

    fn values<'w>(&self, words: &'w Words) -> impl Iterator<Item = &'w str> + use<'w> {
        let realms = match self {
            Self::Query(_) | Self::Header(_) => words.realms.as_slice(),
            Self::About(_) => &[],
        };
        realms.iter().map(Realm::as_str).chain([words.unknown.as_str()])
    }

    fn filled(&self, witness: &Witness, value: &str) -> Witness {
        let mut witness = witness.clone();
        match self {
            Self::Query(key) | Self::About(key) => {
                witness.target.push(if witness.target.contains('?') { '&' } else { '?' });
                let parameter = [query_part(key), query_part(value)].join("=");
                witness.target.push_str(&parameter);
            }
            Self::Header(name) => witness.fields.push(((*name).to_owned(), value.to_owned())),
        }
        witness
    }
}

impl Side {
    fn of(table: &RouteTable, method: &Method, witness: &Witness) -> Self {
        let led = table.lead(method, &witness.target).map(|(target, route)| Led {
            asked: realm_asked(&route.requirement, &target, witness),
            route: Arc::clone(route),
            target,
        });
        Self(led.map_err(Refusal::from))
    }

    /// The route that counts.
    pub(super) fn route(&self) -> Option<&RouteId> {
        self.0.as_ref().ok().map(|led| &led.route.id)
    }

    /// The realm that is asked about; everywhere also where it can't be told.
    pub(super) fn asked(&self) -> RealmAsked {
        let asked = self.0.as_ref().ok().and_then(|led| led.asked.clone().ok());
        asked.unwrap_or(RealmAsked::Everywhere)
    }

    fn ground(&self) -> Ground {
        let led = self.0.as_ref().ok()?;
        let asked = led.asked.as_ref().ok().map(|asked| match asked {
            RealmAsked::Everywhere => (false, None),
            RealmAsked::Unnamed => (true, None),
            RealmAsked::Named(realm) => (true, Some(realm.clone())),
        });
        let is_about_someone = matches!(led.route.requirement, Requirement::RightUnlessSelf { .. });
        let about = led.target.query().filter(|_| is_about_someone).map(str::to_owned);
        Some((Arc::as_ptr(&led.route), asked, about))
    }

    /// What the gate would say to somebody who holds this; with none, to whoever has no token.
    pub(super) fn admits(&self, holder: Option<&Holder>) -> Result<(), Told<'_>> {
        let Led { route, target, asked } = self.0.as_ref().map_err(Told::Request)?;
        if route.requirement.is_public() {
            return Ok(());
        }
        let Holder { standing, is_welcome } = holder.ok_or(Told::Nobody)?;
        if !is_welcome {
            return Err(Told::Caller(Unauthenticated::Deactivated.into()));
        }
        let asked = asked.as_ref().map_err(|why| Told::Caller((*why).into()))?;
        judge(route, standing, target, asked)
            .map(drop)
            .map_err(|missing| Told::Caller(Refusal::Forbidden(missing)))
    }
}

/// Why a request is refused.
#[derive(Debug)]
pub(super) enum Told<'s> {
    /// Because of what it is, whoever sends it.
    Request(&'s Refusal),
    /// Because of what he holds who sends it.
    Caller(Refusal),
    /// Because there is nobody who could send it with a token.
    Nobody,
}
