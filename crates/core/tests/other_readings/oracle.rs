//! A second matcher, as simple as can be: a scan of all rows, of which the most specific ones count.

use portcullis_core::domain::decision::decide;
use portcullis_core::domain::realm::{Realm, RealmAsked};

use crate::people::Person;
use crate::tables::{Needs, Row, Table};

/// How a server compares its own resources with what it read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leniency {
    /// As they are written.
    None,
    /// Whatever their case.
    Case,
}

impl Leniency {
    pub(crate) const ALL: [Self; 2] = [Self::None, Self::Case];
}

/// The rows that say what a reading needs; none: the default rule does.
pub(crate) fn needs<'t>(table: &'t Table, reading: &str, method: &str, leniency: Leniency) -> Vec<&'t Row> {
    let met: Vec<_> = table
        .rows
        .iter()
        .filter(|row| row.is_for(method))
        .filter_map(|row| Some((rank(row.path, reading, leniency)?, row)))
        .collect();
    let best = met.iter().map(|(rank, _)| rank.clone()).min();
    met.into_iter().filter(|(rank, _)| Some(rank) == best.as_ref()).map(|(_, row)| row).collect()
}

/// How well a pattern matches: segment by segment 0 for a literal, 1 for a parameter, 2 for `**`; less is better.
fn rank(pattern: &str, reading: &str, leniency: Leniency) -> Option<Vec<u8>> {
    let mut rank = vec![];
    let mut segments = reading.split('/').skip(1);
    for part in pattern.split('/').skip(1) {
        if part == "**" {
            rank.push(2);
            return Some(rank);
        }
        let segment = segments.next()?;
        let is_literal = match leniency {
            Leniency::None => part == segment,
            Leniency::Case => part.eq_ignore_ascii_case(segment),
        };
        match part.starts_with('{') {
            true if segment.is_empty() => return None,
            true => rank.push(1),
            false if is_literal => rank.push(0),
            false => return None,
        }
    }
    segments.next().is_none().then_some(rank)
}

impl Row {
    /// Whether this person would be let through here, if the path were `reading`.
    pub(crate) fn is_met_by(&self, person: &Person, reading: &str) -> bool {
        let (needs, standing) = match (&self.needs, &person.standing) {
            (Needs::Public, _) => return true,
            (_, None) => return false,
            (needs, Some(standing)) => (needs, standing),
        };
        let asked = match needs {
            _ if self.is_shadow => return true,
            Needs::RightInPath(_, parameter) => realm_of(self.path, parameter, reading),
            _ => RealmAsked::Everywhere,
        };
        decide(&self.requirement(), standing, &asked).is_ok()
    }
}

/// The realm that a path parameter of `pattern` names in `reading`.
pub(crate) fn realm_of(pattern: &str, parameter: &str, reading: &str) -> RealmAsked {
    let place = pattern.split('/').position(|part| part == format!("{{{parameter}}}"));
    let named = place.and_then(|place| reading.split('/').nth(place));
    named.and_then(|name| Realm::parse(name).ok()).map_or(RealmAsked::Unnamed, RealmAsked::Named)
}
