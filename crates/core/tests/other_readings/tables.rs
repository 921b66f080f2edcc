//! The route tables that paths are tried on: each as rows for the second matcher, and as a table for the gate.

use std::sync::LazyLock;

use portcullis_core::domain::decision::decide;
use portcullis_core::domain::endpoint::{Endpoint, OURS, OwnAccess};
use portcullis_core::domain::method::{Method, MethodSet};
use portcullis_core::domain::realm::RealmAsked;
use portcullis_core::domain::requirement::{IfMissing, RealmRule, Requirement, Selector};
use portcullis_core::domain::right::Right;
use portcullis_core::domain::role::RoleName;
use portcullis_core::domain::route::{EncodedDelimiters, Enforcement, Pattern, Route, RouteId};
use portcullis_core::domain::route_table::{DefaultRule, RouteTable};

use crate::people::Person;

/// What a row needs.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Needs {
    Public,
    Authenticated,
    Roles(&'static [&'static str]),
    Right(&'static str),
    /// A right in the realm that this parameter of the path names.
    RightInPath(&'static str, &'static str),
}

/// A route, as somebody would write it down.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    /// Space-separated; empty: every standard one.
    methods: &'static str,
    pub(crate) path: &'static str,
    pub(crate) needs: Needs,
    pub(crate) is_shadow: bool,
    forwards: bool,
    pub(crate) is_own: bool,
}

/// A table in both forms.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) rows: Vec<Row>,
    pub(crate) routes: RouteTable,
    default: DefaultRule,
}

const STANDARD: [&str; 7] = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];
const ADMIN: Needs = Needs::Roles(&["admin"]);
const READERS: Needs = Needs::Roles(&["admin", "operator"]);

impl Row {
    pub(crate) fn methods(&self) -> Vec<&'static str> {
        if self.methods.is_empty() { STANDARD.to_vec() } else { self.methods.split(' ').collect() }
    }

    /// HEAD is decided as GET; an endpoint of ours is met by every method.
    pub(crate) fn is_for(&self, method: &str) -> bool {
        let method = if method == "HEAD" { "GET" } else { method };
        self.is_own || self.methods().contains(&method)
    }

    pub(crate) fn requirement(&self) -> Requirement {
        let right = |text: &str| Right::parse(text).expect("a right");
        match self.needs {
            Needs::Public => Requirement::Public,
            Needs::Authenticated => Requirement::Authenticated,
            Needs::Roles(roles) => Requirement::Role(roles.iter().map(|role| role_name(role)).collect()),
            Needs::Right(text) => Requirement::Right { right: right(text), realm: RealmRule::Everywhere },
            Needs::RightInPath(text, parameter) => {
                let place = self.pattern().parameter(parameter).expect("a parameter of the path");
                let selector = Selector::Path(place);
                let realm = RealmRule::From { selector, missing: IfMissing::Every };
                Requirement::Right { right: right(text), realm }
            }
        }
    }

    fn pattern(&self) -> Pattern {
        Pattern::parse(self.path).expect("a pattern")
    }

    fn route(&self) -> Route {
        let mut methods = MethodSet::default();
        self.methods().iter().for_each(|method| methods.insert(&Method::new(method)));
        let id = RouteId::new(&methods, &self.pattern());
        let mut route = Route::to_upstream(id, methods, self.requirement());
        if self.is_shadow {
            route.enforcement = Enforcement::Shadow;
        }
        if self.forwards {
            route.encoded_delimiters = EncodedDelimiters::Forward;
        }
        route
    }

    const fn shadow(self) -> Self {
        Self { is_shadow: true, ..self }
    }

    const fn forwarding(self) -> Self {
        Self { forwards: true, ..self }
    }
}

impl Table {
    fn new(name: &'static str, default: DefaultRule, listed: &[Row]) -> Self {
        let mut routes = RouteTable::new(default, OwnAccess::default());
        for row in listed {
            routes.add(row.pattern(), row.route()).expect("no conflict");
        }
        let rows = own().chain(listed.iter().copied()).collect();
        Self { name, rows, routes, default }
    }

    /// Whether somebody may do this where no row says what it needs.
    pub(crate) fn default_is_met_by(&self, person: &Person, method: &str) -> bool {
        let is_safe = matches!(method, "GET" | "HEAD" | "OPTIONS");
        let roles: &[&str] = match self.default {
            DefaultRule::OperatorMayRead if is_safe => &["admin", "operator"],
            DefaultRule::OperatorMayRead | DefaultRule::Admin => &["admin"],
        };
        let requirement = Requirement::Role(roles.iter().map(|role| role_name(role)).collect());
        let met = |standing| decide(&requirement, standing, &RealmAsked::Everywhere).is_ok();
        person.standing.as_ref().is_some_and(met)
    }
}

fn role_name(text: &str) -> RoleName {
    RoleName::parse(text).expect("a role name")
}

const fn row(methods: &'static str, path: &'static str, needs: Needs) -> Row {
    Row { methods, path, needs, is_shadow: false, forwards: false, is_own: false }
}

/// Our own endpoints and places, which are in every table. Nobody may get past one of them, whatever it needs.
fn own() -> impl Iterator<Item = Row> {
    let mut paths: Vec<_> = Endpoint::ALL.into_iter().map(Endpoint::path).chain(OURS).collect();
    paths.dedup();
    paths.into_iter().map(|path| Row { is_own: true, ..row("", path, Needs::Public) })
}

/// The BNG's own rules, written down a second time.
const BNG: &[Row] = &[
    row("", "/api/v1/webhooks/**", ADMIN),
    row("DELETE", "/api/v1/subscribers/{id}", ADMIN),
    row("PUT", "/api/v1/subscribers/{id}/rate", ADMIN),
    row("POST", "/api/v1/subscribers/disconnect-by-interface", ADMIN),
    row("POST", "/api/v1/system/config/set", ADMIN),
    row("POST", "/api/v1/system/config/delete", ADMIN),
    row("POST", "/api/v1/system/config/commit", ADMIN),
    row("POST", "/api/v1/system/config/rollback", ADMIN),
    row("POST", "/api/v1/system/config/discard", ADMIN),
    row("GET", "/api/v1/subscribers", READERS),
    row("GET", "/api/v1/subscribers/summary", READERS),
    row("GET", "/api/v1/subscribers/{id}", READERS),
    row("GET", "/api/v1/system/version", READERS),
    row("GET", "/api/v1/system/health", READERS),
    row("GET", "/api/v1/system/config", READERS),
    row("GET", "/api/v1/system/config/compare", READERS),
    row("GET", "/api/v1/interfaces", READERS),
    row("GET", "/api/v1/interfaces/vlans", READERS),
    row("GET", "/api/v1/qos", READERS),
    row("GET", "/api/v1/qos/profiles", READERS),
    row("GET", "/api/v1/routing/**", READERS),
];

/// RESTCONF, whose keys hold encoded slashes, with stricter places among the open ones.
const RESTCONF: &[Row] = &[
    row("GET", "/restconf/data/**", Needs::Authenticated).forwarding(),
    row("GET", "/restconf/data/secret", ADMIN),
    row("GET", "/restconf/data/vault/**", ADMIN).forwarding(),
    row("GET", "/restconf/data/{list}/config", READERS).forwarding(),
    row("GET", "/restconf/data/Shared/config", Needs::Authenticated).forwarding(),
    row("POST", "/restconf/operations/{name}", ADMIN),
    row("PROPFIND", "/restconf/data/secret", Needs::Right("device:view")),
];

/// A bit of everything that a configuration can say.
const MIXED: &[Row] = &[
    row("", "/status", Needs::Public),
    row("", "/public/{x}", Needs::Public).forwarding(),
    row("", "/public/{x}/y", READERS),
    row("", "/public/lit/y", Needs::Public),
    row("", "/public/lit/**", READERS),
    row("GET POST", "/devices/**", Needs::Right("device:view")),
    row("DELETE", "/devices/{id}", Needs::Right("device:remove")),
    row("GET", "/sites/{site}/devices/{realm}/**", Needs::RightInPath("device:view", "realm")).forwarding(),
    row("GET", "/sites/{site}", Needs::Authenticated).forwarding(),
    row("", "/trial/**", ADMIN).shadow(),
    row("", "/trial/keys", ADMIN),
    row("GET", "/Reports/{id}/x", Needs::Authenticated),
    row("GET", "/{any}/{id}/x", ADMIN),
];

/// Everything is open to whoever has a token, but for a few places; encoded delimiters go on everywhere.
const OPEN: &[Row] = &[
    row("", "/**", Needs::Authenticated).forwarding(),
    row("", "/api/v1/webhooks/**", ADMIN),
    row("", "/secret", ADMIN),
];

/// Everything is public, so that our own endpoints are no stricter than what is around them.
const BARE: &[Row] = &[row("", "/**", Needs::Public).forwarding()];

/// All tables.
pub(crate) fn tables() -> &'static [Table] {
    static TABLES: LazyLock<Vec<Table>> = LazyLock::new(|| {
        vec![
            Table::new("bng", DefaultRule::OperatorMayRead, BNG),
            Table::new("restconf", DefaultRule::Admin, RESTCONF),
            Table::new("mixed", DefaultRule::Admin, MIXED),
            Table::new("open", DefaultRule::Admin, OPEN),
            Table::new("bare", DefaultRule::Admin, BARE),
        ]
    });
    &TABLES
}
