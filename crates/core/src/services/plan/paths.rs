//! The paths that tell two tables of routes apart.
//!
//! All patterns of both tables are walked at once, segment by segment. What can follow is each literal that some pattern
//! has there, the same in another case, a realm where a pattern takes one from there, and a word that is none of these.
//! Two paths after which the same patterns can still match need not both be walked on from, so that the walk ends soon.

use std::collections::{BTreeMap, HashSet, VecDeque};

use super::Words;
use super::spelling::{in_another_case, key_of_value, segment_of_key};
use crate::domain::route::{Destination, EncodedDelimiters, Pattern, Route, Segment};
use crate::domain::route_table::RouteTable;

/// A pattern of either table, with what of its route matters to a path.
struct Item {
    pattern: Pattern,
    /// The segment that names a realm.
    realm: Option<usize>,
    forwards: bool,
}

/// A pattern that can match what begins like the path so far: with its case, or only for who ignores that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Live {
    item: usize,
    is_exact: bool,
}

/// What decides on a path and on all that go on from it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct State {
    live: Vec<Live>,
    /// How many segments the path has; none when that means nothing any more, since all patterns are behind.
    depth: Option<usize>,
    /// The segments that some pattern takes a realm from.
    pinned: Vec<String>,
    has_encoded: bool,
}

struct Place {
    path: String,
    depth: usize,
    state: State,
}

/// The patterns that have the same literal next, but for its case.
#[derive(Default)]
struct Branch<'i> {
    spellings: Vec<&'i str>,
    live: Vec<(&'i str, Live)>,
}

/// What can follow at a place.
struct Ways<'i> {
    branches: BTreeMap<String, Branch<'i>>,
    /// The patterns that go on whatever the next segment is.
    wild: Vec<Live>,
    names_realm: bool,
    forwards: bool,
}

/// Paths of which, for any path there is, one is decided on alike by both tables, as far as case, a trailing slash and one
/// encoded delimiter are concerned too.
pub(super) fn telling_paths(tables: [&RouteTable; 2], words: &Words) -> Vec<String> {
    let items: Vec<Item> = tables.into_iter().flat_map(items).collect();
    let live = (0..items.len()).map(|item| Live { item, is_exact: true }).collect();
    let state = State { live, depth: Some(0), pinned: vec![], has_encoded: false };
    // The shortest path comes first, and among those the one that is spelled as the routes are.
    let mut ahead = VecDeque::from([Place { path: String::new(), depth: 0, state }]);
    let (mut seen, mut paths) = (HashSet::new(), vec![]);
    while let Some(place) = ahead.pop_front() {
        if !seen.insert(place.state.clone()) {
            continue;
        }
        ahead.extend(place.next(&items, words));
        let slashed = format!("{}/", place.path);
        paths.extend((place.depth > 0).then_some(place.path));
        paths.push(slashed);
    }
    paths
}

fn items(table: &RouteTable) -> Vec<Item> {
    let item = |pattern: Pattern, route: &Route| Item {
        pattern,
        realm: route.requirement.realm_segment(),
        forwards: route.encoded_delimiters == EncodedDelimiters::Forward,
    };
    let own = table.own().filter_map(|route| match route.destination {
        Destination::Own(endpoint) => Some(item(Pattern::parse(endpoint.path()).ok()?, route)),
        Destination::Nowhere => Some(item(Pattern::parse(route.id.as_str()).ok()?, route)),
        Destination::Upstream => None,
    });
    table.listed().map(|(pattern, route)| item(pattern.clone(), route)).chain(own).collect()
}

impl Place {
    /// All places one segment further.
    fn next(&self, items: &[Item], words: &Words) -> Vec<Self> {
        let ways = self.ways(items);
        let mut keys: Vec<String> = vec![];
        for Branch { spellings, .. } in ways.branches.values() {
            keys.extend(spellings.iter().map(|spelling| (*spelling).to_owned()));
        }
        if ways.names_realm {
            keys.extend(words.realms.iter().map(|realm| key_of_value(realm.as_str())));
        }
        keys.push(words.unknown.clone());
        for Branch { spellings, .. } in ways.branches.values() {
            keys.extend(spellings.iter().find_map(|spelling| in_another_case(spelling, spellings)));
        }
        if ways.forwards && !self.state.has_encoded {
            keys.push(format!("{}%2F{}", words.unknown, words.unknown));
        }
        keys.iter().map(|key| self.followed_by(key, &ways, items)).collect()
    }

    fn ways<'i>(&self, items: &'i [Item]) -> Ways<'i> {
        let mut ways = Ways { branches: BTreeMap::new(), wild: vec![], names_realm: false, forwards: false };
        for live in &self.state.live {
            let Some(item) = items.get(live.item) else { continue };
            ways.names_realm |= item.realm == Some(self.depth);
            ways.forwards |= item.forwards;
            match item.pattern.segments.get(self.depth) {
                // A trailing slash: it is tried everywhere.
                Some(Segment::Literal(literal)) if literal.is_empty() => {}
                Some(Segment::Literal(literal)) => {
                    let branch = ways.branches.entry(literal.to_ascii_lowercase()).or_default();
                    branch.live.push((literal, *live));
                    if !branch.spellings.contains(&&**literal) {
                        branch.spellings.push(literal);
                    }
                }
                Some(Segment::Param(_)) => ways.wild.push(*live),
                None if item.pattern.and_below => ways.wild.push(*live),
                None => {}
            }
        }
        ways
    }

    fn followed_by(&self, key: &str, ways: &Ways<'_>, items: &[Item]) -> Self {
        let mut live = ways.wild.clone();
        if let Some(branch) = ways.branches.get(&key.to_ascii_lowercase()) {
            let exactly =
                |(literal, live): &(&str, Live)| Live { is_exact: live.is_exact && *literal == key, ..*live };
            live.extend(branch.live.iter().map(exactly));
        }
        live.sort_unstable();
        let mut pinned = self.state.pinned.clone();
        pinned.extend(ways.names_realm.then(|| key.to_owned()));
        let has_encoded = self.state.has_encoded || key.contains('%');
        let depth = self.depth + 1;
        let is_ahead = |live: &Live| {
            items.get(live.item).is_some_and(|Item { pattern, .. }| {
                pattern.segments.len() > depth || (pattern.segments.len() == depth && !pattern.and_below)
            })
        };
        Self {
            path: format!("{}/{}", self.path, segment_of_key(key)),
            depth,
            state: State { depth: live.iter().any(is_ahead).then_some(depth), live, pinned, has_encoded },
        }
    }
}
