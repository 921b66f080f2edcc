//! What an upstream might take a path for: all that any order of known leniencies makes of it.

use std::collections::BTreeSet;

/// One leniency of one server.
type Step = fn(&str) -> String;

const STEPS: [Step; 10] = [
    decode,
    merge_slashes,
    |path| each_segment(path, |segment| segment.split(';').next().unwrap_or_default()),
    |path| each_segment(path, |segment| segment.trim_end_matches(['.', ' ']).trim_end()),
    |path| path.strip_suffix('/').unwrap_or(path).to_owned(),
    resolve_dots,
    |path| path.replace('\\', "/"),
    |path| path.split(['?', '#']).next().unwrap_or_default().to_owned(),
    |path| path.split('\0').next().unwrap_or_default().to_owned(),
    |path| path.to_ascii_lowercase(),
];

/// Every reading of a path, the path itself among them.
pub(crate) fn readings(path: &str) -> BTreeSet<String> {
    let mut readings = BTreeSet::new();
    let mut fresh = vec![path.to_owned()];
    while let Some(reading) = fresh.pop() {
        if reading.starts_with('/') && readings.insert(reading.clone()) {
            fresh.extend(STEPS.iter().map(|step| step(&reading)));
        }
    }
    readings
}

/// The one text that stands for a target: letters, digits, `-._~` decoded, everything else as it came, without fragment.
/// Nothing if there is no target that may go on under that name.
pub(crate) fn canonical(target: &str) -> String {
    let target = target.split('#').next().unwrap_or_default();
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    let mut canonical = String::new();
    let mut rest = path;
    while let Some(character) = rest.chars().next() {
        let triplet = rest.get(..3).and_then(byte_of);
        let plain = triplet.filter(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(byte));
        match plain {
            Some(byte) => canonical.push(char::from(byte)),
            None => canonical.push(character),
        }
        rest = &rest[if plain.is_some() { 3 } else { character.len_utf8() }..];
    }
    query.into_iter().fold(canonical, |canonical, query| format!("{canonical}?{query}"))
}

fn byte_of(triplet: &str) -> Option<u8> {
    let digits =
        triplet.strip_prefix('%').filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
    u8::from_str_radix(digits, 16).ok()
}

/// Decodes what is well-formed; what is no UTF-8 then is replaced.
fn decode(path: &str) -> String {
    let mut bytes = vec![];
    let mut rest = path;
    while let Some(character) = rest.chars().next() {
        let triplet = rest.get(..3).and_then(byte_of);
        match triplet {
            Some(byte) => bytes.push(byte),
            None => bytes.extend_from_slice(&rest.as_bytes()[..character.len_utf8()]),
        }
        rest = &rest[if triplet.is_some() { 3 } else { character.len_utf8() }..];
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn merge_slashes(path: &str) -> String {
    let mut merged = path.to_owned();
    while merged.contains("//") {
        merged = merged.replace("//", "/");
    }
    merged
}

/// RFC 3986 5.2.4.
fn resolve_dots(path: &str) -> String {
    let mut segments: Vec<&str> = vec![];
    for segment in path.split('/').skip(1) {
        match segment {
            "." => {}
            ".." => drop(segments.pop()),
            segment => segments.push(segment),
        }
    }
    format!("/{}", segments.join("/"))
}

fn each_segment(path: &str, change: fn(&str) -> &str) -> String {
    path.split('/').map(change).collect::<Vec<_>>().join("/")
}

#[test]
fn readings_are_as_lenient_as_they_are_meant_to_be() {
    let is_read = |raw: &str, reading: &str| assert!(readings(raw).contains(reading), "{raw} as {reading}");
    is_read("/a%2Fb", "/a/b");
    is_read("/a%252Fb", "/a/b");
    is_read("/A//B/", "/a/b");
    is_read("/a%3Bx/b", "/a/b");
    is_read("/x/..%3B/a", "/a");
    is_read("/x/%252e%252e/a", "/a");
    is_read("/x%5C..%5Ca", "/a");
    is_read("/a%20%2E/", "/a");
    is_read("/a%00.json", "/a");
    is_read("/a%3F.json", "/a");
}

#[test]
fn the_canonical_text_is_the_same_path_with_its_letters_decoded() {
    assert_eq!(canonical("/%61%2D%2f%C3%a9%zz%4?%61#x"), "/a-%2f%C3%a9%zz%4?%61");
}
