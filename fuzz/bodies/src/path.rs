//! A request line: a method, a space, a target. Without a space it is a target of GET.

use std::sync::LazyLock;

use http::uri::PathAndQuery;
use portcullis_core::domain::method::Method;
use portcullis_core::domain::path::Target;
use portcullis_core::domain::route::Route;
use portcullis_core::domain::route_table::RouteTable;

use crate::decoded::decoded;
use crate::people::{Person, people};
use crate::route_table::route_table;
use crate::text;

/// How often a server behind the gate might decode. Nobody is known to do it more than twice.
const DECODINGS: usize = 4;

/// Reads the target and looks its route up in a table of routes that lie in each other's way.
pub fn path(data: &[u8]) {
    static TABLE: LazyLock<RouteTable> = LazyLock::new(route_table);
    static PEOPLE: LazyLock<Vec<Person>> = LazyLock::new(people);

    let Some(line) = text(data) else { return };
    let (method, raw) = line.split_once(' ').unwrap_or(("GET", line));
    let Ok(target) = Target::parse(raw) else { return };
    the_canonical_form_is_its_own(&target, raw);
    the_key_stands_for_the_path(&target);

    let method = Method::new(method);
    let Ok(route) = TABLE.find(&target, &method) else { return };
    no_decoding_leads_out(&target);
    let other = |reading: &str| {
        let reading = Target::parse(reading).ok()?;
        let route = TABLE.find(&reading, &method).ok()?;
        (route.id.as_str() != "default").then(|| (reading, route.as_ref().clone()))
    };
    let (path, query) = target.as_str().split_at(target.path().len());
    for reading in lenient_readings(path) {
        let Some((reading, other)) = other(&(reading + query)) else { continue };
        whoever_passes_here_passes_there(&PEOPLE, (route, &target), (&other, &reading));
    }
}

/// What was decided on is what is sent, so reading it again must lead to the same.
fn the_canonical_form_is_its_own(target: &Target, raw: &str) {
    assert_eq!(Target::parse(target.as_str()).as_ref(), Ok(target), "read again, it is another target");
    let visible = |byte: u8| (0x21..=0x7E).contains(&byte) && !b"\"<>{}|^[]`;\\#?".contains(&byte);
    assert!(target.path().starts_with('/') && target.path().bytes().all(visible), "{target:?}");
    let unreserved = |triplet: &str| {
        decoded(triplet.as_bytes()).iter().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(byte))
    };
    let mut triplets = target.path().match_indices('%').filter_map(|(at, _)| target.path().get(at..at + 3));
    assert!(!triplets.any(unreserved), "an unreserved character is still encoded");
    let query = raw.split('#').next().and_then(|raw| raw.split_once('?')).map(|(_, query)| query);
    assert_eq!(target.query(), query, "the query must go on unchanged");
    let sent = PathAndQuery::try_from(target.path());
    assert!(sent.is_ok_and(|sent| sent == *target.path()), "it can't be sent as it is");
}

/// Routes are matched with the key and the path is sent: both must decode to the same.
fn the_key_stands_for_the_path(target: &Target) {
    let (key, path) = (target.key(), target.path());
    assert_eq!(decoded(key.as_bytes()), decoded(path.as_bytes()), "the key stands for another path");
    assert_eq!(key.split('/').count(), path.split('/').count(), "another number of segments");
    for (index, segment) in path.split('/').skip(1).enumerate() {
        let whole = target.segment(index).map(String::into_bytes);
        assert_eq!(whole, Some(decoded(segment.as_bytes())), "segment {index}");
    }
    assert_eq!(target.segment(path.split('/').count()), None);
    let is_dots = |segment: &str| matches!(segment, "." | "..");
    assert!(!key.split('/').any(is_dots), "a dot segment");
    assert!(!key.contains("//") && !key.contains('\\'), "an empty segment or a backslash");
    assert!(!key.chars().any(char::is_control), "a control character");
}

/// However often a server decodes and wherever it cuts, no segment of what passed becomes `..`.
fn no_decoding_leads_out(target: &Target) {
    let mut path = target.path().as_bytes().to_vec();
    for _ in 0..DECODINGS {
        path = decoded(&path);
        let refused = |byte: &u8| *byte == b'\\' || byte.is_ascii_control();
        assert!(!path.iter().any(refused), "decoded, it has {path:?}");
        let mut segments = path.split(|byte| *byte == b'/').map(before_what_is_cut_off);
        assert!(!segments.any(|segment| segment == b".." || segment == b"."), "decoded, it leads elsewhere");
    }
}

/// A segment without its parameters, or what is left of it where a query or a fragment begins.
fn before_what_is_cut_off(segment: &[u8]) -> &[u8] {
    segment.split(|byte| b";?#".contains(byte)).next().unwrap_or_default()
}

/// What a server that ignores case or a last slash might take the path for.
fn lenient_readings(path: &str) -> Vec<String> {
    let bare = path.strip_suffix('/').filter(|bare| !bare.is_empty()).unwrap_or(path);
    vec![bare.to_owned(), path.to_ascii_lowercase(), bare.to_ascii_lowercase(), path.to_ascii_uppercase()]
}

fn whoever_passes_here_passes_there(
    people: &[Person],
    (route, target): (&Route, &Target),
    (other, reading): (&Route, &Target),
) {
    assert!(route.is_own() || !other.is_own(), "our own endpoint was taken for somebody else's");
    for person in people {
        assert!(
            !person.may(route, target) || person.may(other, reading),
            "{} may {} by way of {}, but not {} by {}",
            person.name,
            target.path(),
            route.id,
            reading.path(),
            other.id
        );
    }
}
