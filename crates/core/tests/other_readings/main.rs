//! What the gate lets through, no lenient upstream can take for something that needs more.
//!
//! Paths are made of what attackers write. Where the gate lets somebody through, every reading of the forwarded text
//! that a lenient server may have is looked up by a second, simpler matcher, and must be allowed to the same caller.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test whose tables are wrong can't go on"
)]

mod oracle;
mod paths;
mod people;
mod readers;
mod tables;

use std::collections::BTreeSet;

use portcullis_core::domain::decision::decide;
use portcullis_core::domain::method::Method;
use portcullis_core::domain::path::Target;
use portcullis_core::domain::request::{AmbiguousField, Fields};
use portcullis_core::domain::route::{Destination, EncodedDelimiters, Enforcement, Route};
use portcullis_core::domain::selector::realm_asked;
use proptest::prelude::*;

use crate::oracle::{Leniency, needs};
use crate::people::{Person, people};
use crate::readers::readings;
use crate::tables::{Table, tables};

const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "DELETE", "PROPFIND"];

/// A request without header fields.
struct NoFields;

impl Fields for NoFields {
    fn only(&self, _name: &str) -> Result<Option<&str>, AmbiguousField> {
        Ok(None)
    }
}

/// Whether the gate lets this person through on `route`, as its walk says.
fn is_let_through(route: &Route, target: &Target, person: &Person) -> bool {
    if route.requirement.is_public() {
        return true;
    }
    let Some(standing) = &person.standing else { return false };
    let Ok(asked) = realm_asked(&route.requirement, target, &NoFields) else { return false };
    route.enforcement == Enforcement::Shadow || decide(&route.requirement, standing, &asked).is_ok()
}

/// Tries one path on one table; says who would get at what by which reading.
fn hole(table: &Table, method: &str, target: &Target, readings: &BTreeSet<String>) -> Option<String> {
    let route = table.routes.find(target, &Method::new(method)).ok()?;
    if route.destination != Destination::Upstream {
        return None; // answered here: nobody reads it again
    }
    let admitted = people().iter().filter(|person| is_let_through(route, target, person));
    let admitted: Vec<&Person> = admitted.collect();
    let each_reading = readings.iter().flat_map(|reading| Leniency::ALL.map(|leniency| (reading, leniency)));
    each_reading.into_iter().find_map(|(reading, leniency)| {
        let rows = needs(table, reading, method, leniency);
        let who = if rows.iter().any(|row| row.is_own) {
            "anybody past our own endpoint"
        } else if rows.is_empty() {
            let outsider = admitted.iter().find(|person| !table.default_is_met_by(person, method));
            outsider.filter(|_| !may_meet_the_default_rule(target, route))?.name
        } else {
            admitted.iter().find(|person| !rows.iter().all(|row| row.is_met_by(person, reading)))?.name
        };
        let (name, target, route) = (table.name, target.as_str(), &route.id);
        let met: Vec<_> = rows.iter().map(|row| row.path).collect();
        Some(format!(
            "{name}: {method} {target} lets {who} through by {route}; read as {reading}, it is {met:?}"
        ))
    })
}

/// The one exception. A route that forwards encoded delimiters says that its upstream takes each for one opaque
/// character; a server that decodes them may leave the route for a place that no route describes. It is refused only
/// where it would arrive at another route or an endpoint of ours.
fn may_meet_the_default_rule(target: &Target, route: &Route) -> bool {
    target.has_encoded_delimiter() && route.encoded_delimiters == EncodedDelimiters::Forward
}

fn hole_in_any_table(method: &str, raw: &str) -> Option<String> {
    let target = Target::parse(raw).ok()?;
    let readings = readings(target.path());
    tables().iter().find_map(|table| hole(table, method, &target, &readings))
}

fn method() -> impl Strategy<Value = &'static str> {
    prop::sample::select(METHODS.as_slice())
}

fn thoroughly() -> ProptestConfig {
    ProptestConfig { cases: 6_000, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(thoroughly())]

    #[test]
    fn no_reading_of_a_path_that_passed_needs_more_than_the_path_did(raw in paths::nasty(), method in method()) {
        prop_assert_eq!(hole_in_any_table(method, &raw), None);
    }

    #[test]
    fn no_reading_of_a_mangled_route_needs_more_than_the_path_did(raw in paths::mangled(), method in method()) {
        prop_assert_eq!(hole_in_any_table(method, &raw), None);
    }

    #[test]
    fn the_gate_finds_what_a_linear_scan_of_the_routes_finds(raw in paths::mangled(), method in method()) {
        let Ok(target) = Target::parse(&raw) else { return Ok(()) };
        for table in tables() {
            let Ok(route) = table.routes.find(&target, &Method::new(method)) else { continue };
            let rows = needs(table, target.key(), method, Leniency::None);
            let found = route.id.as_str().rsplit(' ').next();
            prop_assert_eq!(found, Some(rows.first().map_or("default", |row| row.path)), "{}", table.name);
        }
    }
}

/// Each was let through before it was refused.
#[test]
fn readings_that_once_slipped_through_are_refused() {
    for raw in [
        "/METRICS",                                       // forwarded where all is public, though it is ours
        "/metrics%3Bx",                                   // the same, as a path parameter
        "/secret.%2F",                                    // a dot that Windows drops
        "/secret%2520",                                   // a space that it drops too, encoded twice
        "/restconf/data/secret%20%3Bx",                   // the same before a parameter
        "/restconf/data/vault%252e/",                     // a dot, encoded twice
        "/restconf/data/shared%2Fconfig",                 // open in another case only
        "/public/LIT%2Fy",                                // open in another case only
        "/public/a%3Fb%2Fy",                              // a `?` that hides what follows from us alone
        "/public/lit%2F%2Fy",                             // open only to those who merge slashes
        "/sites/a%2Fdevices%2Fpop-mel/devices/pop-syd/x", // one realm asked about, another one meant
    ] {
        for method in METHODS {
            assert_eq!(hole_in_any_table(method, raw), None);
        }
    }
}

#[test]
fn the_generated_paths_meet_every_row_and_often_pass() {
    let met: BTreeSet<_> = paths::sample(20_000)
        .iter()
        .filter_map(|raw| Target::parse(raw).ok())
        .flat_map(|target| {
            let finds = move |(table, method): (&Table, &str)| {
                let route = table.routes.find(&target, &Method::new(method)).ok()?;
                Some((table.name, route.id.as_str().to_owned()))
            };
            tables()
                .iter()
                .flat_map(|table| METHODS.map(|method| (table, method)))
                .filter_map(finds)
                .collect::<Vec<_>>()
        })
        .collect();
    for table in tables() {
        let unmet: Vec<_> = table
            .routes
            .listed()
            .filter(|(_, route)| !met.contains(&(table.name, route.id.as_str().to_owned())))
            .map(|(pattern, _)| pattern.as_str())
            .collect();
        assert_eq!(unmet, Vec::<&str>::new(), "{}", table.name);
    }
}
