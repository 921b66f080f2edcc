//! The route table: the only place that says what a request needs.
//!
//! A tree of segments, so that finding a route costs the same for ten routes and for ten thousand. Two trees, in
//! fact: the one that decides, and one in which all letters are small, which tells whether a server that ignores
//! case would find another route than we do.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::endpoint::{Endpoint, OURS, OwnAccess};
use super::method::{Method, MethodSet, Standard};
use super::path::{PathFault, Target, decode_once};
use super::reading;
use super::requirement::Requirement;
use super::role::RoleName;
use super::route::{Destination, EncodedDelimiters, Pattern, Route, RouteId, Segment};

/// Why a target leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misdirected {
    /// The path can be read in two ways.
    Path(PathFault),
    /// The method is not for this path; these are.
    Method(MethodSet),
}

/// Two routes of which the table can't say which one counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteConflict {
    /// The route that was there.
    pub first: RouteId,
    /// The route that was to be added.
    pub second: RouteId,
}

impl fmt::Display for RouteConflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first, second } = self;
        write!(
            f,
            "`{second}` and `{first}` match the same requests with different requirements, and neither is more specific"
        )
    }
}

impl std::error::Error for RouteConflict {}

/// What needs what: our own endpoints, the configured or built-in routes, and the default rule.
#[derive(Debug, Clone)]
pub struct RouteTable {
    exact: Node,
    folded: Node,
    has_capitals: bool,
    /// The default rule for safe methods, and for all others.
    default_safe: Arc<Route>,
    default_unsafe: Arc<Route>,
    own: Vec<Arc<Route>>,
    listed: Vec<(Pattern, Arc<Route>)>,
}

/// What a request needs that no route matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultRule {
    /// Admin.
    Admin,
    /// Admin; for safe methods operator is enough: the BNG's own rule.
    OperatorMayRead,
}

impl RouteTable {
    /// A table with our own endpoints and the default rule.
    pub fn new(default: DefaultRule, access: OwnAccess) -> Self {
        let default_route = |roles: &[&str]| {
            let roles = roles.iter().filter_map(|role| RoleName::parse(role).ok()).collect();
            let methods = MethodSet::standard();
            Arc::new(Route::to_upstream(RouteId::named("default"), methods, Requirement::Role(roles)))
        };
        let mut table = Self {
            exact: Node::default(),
            folded: Node::default(),
            has_capitals: false,
            default_safe: default_route(match default {
                DefaultRule::Admin => &["admin"],
                DefaultRule::OperatorMayRead => &["admin", "operator"],
            }),
            default_unsafe: default_route(&["admin"]),
            own: vec![],
            listed: vec![],
        };
        for endpoint in Endpoint::ALL {
            if let Some(requirement) = endpoint.requirement(access) {
                let destination = Destination::Own(endpoint);
                table.insert_own(endpoint.path(), endpoint.methods(), requirement, destination);
            }
        }
        for place in OURS {
            table.insert_own(place, MethodSet::standard(), Requirement::Authenticated, Destination::Nowhere);
        }
        table
    }

    fn insert_own(
        &mut self,
        path: &str,
        methods: MethodSet,
        requirement: Requirement,
        destination: Destination,
    ) {
        let Ok(pattern) = Pattern::parse(path) else { return };
        let id = RouteId::new(&methods, &pattern);
        let route = Arc::new(Route { destination, ..Route::to_upstream(id, methods, requirement) });
        self.own.push(Arc::clone(&route));
        self.insert(&pattern, route);
    }

    /// Adds a route. Its place among the others means nothing; of those that match, the most specific one counts.
    pub fn add(&mut self, pattern: Pattern, route: Route) -> Result<(), RouteConflict> {
        let rivals = self.exact.at(&pattern);
        if let Some(rival) = rivals.iter().find(|rival| collide(rival, &route)) {
            return Err(RouteConflict { first: rival.id.clone(), second: route.id });
        }
        let route = Arc::new(route);
        self.insert(&pattern, Arc::clone(&route));
        self.listed.push((pattern, route));
        Ok(())
    }

    fn insert(&mut self, pattern: &Pattern, route: Arc<Route>) {
        self.has_capitals |= pattern.has_capitals();
        self.folded.insert(pattern, Arc::clone(&route), Case::Folded);
        self.exact.insert(pattern, route, Case::Kept);
    }

    /// Where a request leads, told from its line: first whether its path can be read, then whether its method is served.
    /// The target of CONNECT is no path, so there is none to be read.
    pub fn lead(&self, method: &Method, target: &str) -> Result<(Target, &Arc<Route>), Misdirected> {
        if method.as_str() == "CONNECT" {
            return Err(Misdirected::Method(MethodSet::standard()));
        }
        let target = Target::parse(target).map_err(Misdirected::Path)?;
        if Method::is_never_served(method.as_str()) {
            return Err(Misdirected::Method(MethodSet::standard()));
        }
        let route = self.find(&target, method)?;
        Ok((target, route))
    }

    /// The route that counts for a request, or why there is none.
    ///
    /// What is wrong with the path comes before what is wrong with the method.
    pub fn find(&self, target: &Target, method: &Method) -> Result<&Arc<Route>, Misdirected> {
        let found = self.exact.search(target.key(), &|route: &Route| accepts(route, method));
        let route = found
            .and_then(|found| found.that_count(method).next())
            .unwrap_or_else(|| self.default_for(method));
        if target.has_encoded_delimiter() && route.encoded_delimiters == EncodedDelimiters::Refuse {
            return Err(Misdirected::Path(PathFault::EncodedDelimiter));
        }
        if self.is_read_otherwise(target, method, route).map_err(Misdirected::Path)? {
            return Err(Misdirected::Path(PathFault::OtherReading));
        }
        if found.is_some() && route.methods.contains(method) {
            return Ok(route);
        }
        match (found, method) {
            (Some(found), _) => Err(Misdirected::Method(found.own_methods())),
            (None, Method::Other(_)) => Err(Misdirected::Method(MethodSet::standard())),
            (None, Method::Standard(_)) => Ok(route),
        }
    }

    /// The routes that were added, in the order of the file, each with its pattern.
    pub fn listed(&self) -> impl Iterator<Item = (&Pattern, &Arc<Route>)> {
        self.listed.iter().map(|(pattern, route)| (pattern, route))
    }

    /// Our own endpoints as routes, and the places where only they are.
    pub fn own(&self) -> impl Iterator<Item = &Arc<Route>> {
        self.own.iter()
    }

    /// Whether a route asks for this role by its name.
    pub fn asks_for(&self, role: &RoleName) -> bool {
        let defaults = [&self.default_safe, &self.default_unsafe];
        let mut all = self.listed.iter().map(|(_, route)| route).chain(defaults);
        all.any(|route| matches!(&route.requirement, Requirement::Role(wanted) if wanted.contains(role)))
    }

    fn default_for(&self, method: &Method) -> &Arc<Route> {
        if method.is_safe() { &self.default_safe } else { &self.default_unsafe }
    }

    /// Whether a more lenient server could take the path for one that needs something else.
    fn is_read_otherwise(&self, target: &Target, method: &Method, route: &Route) -> Result<bool, PathFault> {
        let key = target.key();
        let has_capitals = self.has_capitals || key.bytes().any(|byte| byte.is_ascii_uppercase());
        let mut readings = vec![];
        if target.has_encoded_delimiter() || key.ends_with('/') {
            readings = reading::others(target)?;
        }
        if has_capitals {
            readings.push(key.to_owned());
        }
        Ok(readings.iter().any(|reading| self.differs(reading, target, method, route)))
    }

    /// Looked up with its case and without: a server that keeps case may find a parameter where one that folds it
    /// finds a literal.
    fn differs(&self, reading: &str, target: &Target, method: &Method, route: &Route) -> bool {
        let accepts = |route: &Route| accepts(route, method);
        let found = [
            self.exact.search(reading, &accepts),
            self.folded.search(&reading.to_ascii_lowercase(), &accepts),
        ];
        // What meets the default rule alone is in neither.
        let mut others = found
            .into_iter()
            .flatten()
            .flat_map(|found| found.that_count(method).map(move |other| (found.kind, other)));
        others.any(|(kind, other)| {
            let needs_enough = match kind {
                // A precise route: it must ask the very same.
                Kind::Here => route.needs_the_same_as(other),
                // A whole region: the reading may only be open to more people, never to fewer.
                Kind::Below => route.needs_no_less_than(other),
            };
            let is_endpoint = |route: &Route| matches!(route.destination, Destination::Own(_));
            let is_taken_from_us = (other.is_own() && !route.is_own())
                // What is nothing here must be nothing by any reading.
                || (is_endpoint(other) && !is_endpoint(route));
            is_taken_from_us || !needs_enough || names_another_realm(&other.requirement, reading, target)
        })
    }
}

/// Whether the path parameter that names the realm has another value in the reading than in the path itself.
fn names_another_realm(requirement: &Requirement, reading: &str, target: &Target) -> bool {
    requirement.realm_segment().is_some_and(|index| {
        let named = reading.split('/').nth(index + 1).map(decode_once);
        named != target.segment(index)
    })
}

/// An endpoint of ours is met whatever the method, so that another method is 405 and not somebody else's business.
fn accepts(route: &Route, method: &Method) -> bool {
    route.is_own() || route.methods.contains(method)
}

fn collide(first: &Route, second: &Route) -> bool {
    let is_ours = first.is_own() || second.is_own();
    let is_alike = first.needs_the_same_as(second) && first.is_served_as(second);
    is_ours || (first.methods.meets(&second.methods) && !is_alike)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    Kept,
    Folded,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Here,
    Below,
}

/// The routes at the most specific place of the tree that has one for the method.
#[derive(Debug, Clone, Copy)]
struct Found<'t> {
    routes: &'t [Arc<Route>],
    kind: Kind,
}

impl<'t> Found<'t> {
    /// The routes that serve the method; where none does, one of our own endpoints, which answers for all of them that it is
    /// not theirs.
    fn that_count(self, method: &Method) -> impl Iterator<Item = &'t Arc<Route>> {
        let is_served = self.routes.iter().any(|route| route.methods.contains(method));
        let serving = self.routes.iter().filter(|route| route.methods.contains(method));
        let ours = self.routes.iter().find(|route| !is_served && route.is_own());
        serving.chain(ours)
    }

    /// The methods of our own endpoints here, all together.
    fn own_methods(self) -> MethodSet {
        let own = self.routes.iter().filter(|route| route.is_own());
        own.fold(MethodSet::default(), |all, route| all.and(&route.methods))
    }
}

/// A place in the tree: what ends here, what is below, and where the next segment leads.
#[derive(Debug, Clone, Default)]
struct Node {
    /// Sorted: there are few at one place, and to compare with some of them is quicker than to hash.
    literals: BTreeMap<Box<str>, Node>,
    param: Option<Box<Node>>,
    here: Vec<Arc<Route>>,
    below: Vec<Arc<Route>>,
}

impl Node {
    fn insert(&mut self, pattern: &Pattern, route: Arc<Route>, case: Case) {
        let mut node = self;
        for segment in &pattern.segments {
            node = match (segment, case) {
                (Segment::Param(_), _) => node.param.get_or_insert_default(),
                (Segment::Literal(text), Case::Kept) => node.literals.entry(text.clone()).or_default(),
                (Segment::Literal(text), Case::Folded) => {
                    node.literals.entry(text.to_ascii_lowercase().into()).or_default()
                }
            };
        }
        let routes = if pattern.and_below { &mut node.below } else { &mut node.here };
        routes.push(route);
    }

    /// The routes whose pattern is of the same form.
    fn at(&self, pattern: &Pattern) -> &[Arc<Route>] {
        let end = pattern.segments.iter().try_fold(self, |node, segment| match segment {
            Segment::Param(_) => node.param.as_deref(),
            Segment::Literal(text) => node.literals.get(text),
        });
        end.map_or(&[], |node| if pattern.and_below { &node.below } else { &node.here })
    }

    /// The most specific routes that match `path` and of which at least one is accepted.
    fn search(&self, path: &str, accepts: &dyn Fn(&Route) -> bool) -> Option<Found<'_>> {
        self.descend(path.strip_prefix('/'), accepts)
    }

    /// Segments are compared from the left: literal before parameter before `**`.
    fn descend(&self, rest: Option<&str>, accepts: &dyn Fn(&Route) -> bool) -> Option<Found<'_>> {
        let ends = |routes: &'_ [Arc<Route>]| routes.iter().any(|route| accepts(route));
        let below = || ends(&self.below).then_some(Found { routes: &self.below, kind: Kind::Below });
        let Some(rest) = rest else {
            return ends(&self.here).then_some(Found { routes: &self.here, kind: Kind::Here }).or_else(below);
        };
        let (segment, next) = first_segment(rest);
        let literal = self.literals.get(segment).and_then(|node| node.descend(next, accepts));
        let param = || self.param.as_ref().filter(|_| !segment.is_empty())?.descend(next, accepts);
        literal.or_else(param).or_else(below)
    }
}

/// The first segment, and what comes behind its slash.
fn first_segment(rest: &str) -> (&str, Option<&str>) {
    let slash = rest.bytes().position(|byte| byte == b'/');
    slash
        .and_then(|slash| rest.split_at_checked(slash))
        .map_or((rest, None), |(segment, next)| (segment, next.get(1..)))
}

/// The BNG's own table of access rules, in force where the configuration has no `api.routes`.
pub fn built_in_routes() -> Vec<(Pattern, Route)> {
    use Standard::{Delete, Get, Post, Put};
    let everything = || MethodSet::standard();
    let only = |method: Standard| -> MethodSet { [method].into_iter().collect() };
    let mut rows: Vec<(MethodSet, &str, &[&str])> = vec![
        (everything(), "/api/v1/webhooks/**", &["admin"]),
        (only(Delete), "/api/v1/subscribers/{id}", &["admin"]),
        (only(Put), "/api/v1/subscribers/{id}/rate", &["admin"]),
        (only(Post), "/api/v1/subscribers/disconnect-by-interface", &["admin"]),
    ];
    let config = ["set", "delete", "commit", "rollback", "discard"]
        .map(|verb| format!("/api/v1/system/config/{verb}"));
    rows.extend(config.iter().map(|path| (only(Post), path.as_str(), ["admin"].as_slice())));
    let readable = [
        "/api/v1/subscribers",
        "/api/v1/subscribers/summary",
        "/api/v1/subscribers/{id}",
        "/api/v1/system/version",
        "/api/v1/system/health",
        "/api/v1/system/config",
        "/api/v1/system/config/compare",
        "/api/v1/interfaces",
        "/api/v1/interfaces/vlans",
        "/api/v1/qos",
        "/api/v1/qos/profiles",
        "/api/v1/routing/**",
    ];
    rows.extend(readable.map(|path| (only(Get), path, ["admin", "operator"].as_slice())));
    rows.into_iter()
        .filter_map(|(methods, path, roles)| {
            let pattern = Pattern::parse(path).ok()?;
            let roles = roles.iter().filter_map(|role| RoleName::parse(role).ok()).collect();
            let id = RouteId::new(&methods, &pattern);
            Some((pattern, Route::to_upstream(id, methods, Requirement::Role(roles))))
        })
        .collect()
}

#[cfg(test)]
#[path = "route_table_tests.rs"]
mod tests;
