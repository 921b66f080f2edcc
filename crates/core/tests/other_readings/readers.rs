//! The readings of a path that servers are known to have: each a step, and all that any order of steps leads to.

use std::collections::BTreeSet;

/// One leniency of one server.
type Step = fn(&str) -> String;

const STEPS: [Step; 9] = [
    decode,
    merge_slashes,
    strip_parameters,
    drop_trailing_dots_and_spaces,
    drop_trailing_slash,
    resolve_dot_segments,
    cut_at_nul,
    cut_at_query,
    turn_backslashes,
];

/// All readings of a path, decoded once at least, by whatever steps, in whatever order, however often.
pub(crate) fn readings(path: &str) -> BTreeSet<String> {
    let mut readings = BTreeSet::new();
    let mut fresh = vec![decode(path)];
    while let Some(reading) = fresh.pop() {
        if reading.starts_with('/') && readings.insert(reading.clone()) {
            fresh.extend(STEPS.iter().map(|step| step(&reading)));
        }
    }
    readings
}

/// Decodes what is well-formed, as bytes; what is no UTF-8 then is replaced.
fn decode(path: &str) -> String {
    let mut bytes = vec![];
    let mut index = 0;
    let raw = path.as_bytes();
    while index < raw.len() {
        let pair = raw.get(index + 1..index + 3).and_then(|pair| std::str::from_utf8(pair).ok());
        let byte = pair.filter(|pair| pair.bytes().all(|digit| digit.is_ascii_hexdigit()));
        match byte.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) if raw[index] == b'%' => {
                bytes.push(byte);
                index += 3;
            }
            _ => {
                bytes.push(raw[index]);
                index += 1;
            }
        }
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

fn strip_parameters(path: &str) -> String {
    each_segment(path, |segment| segment.split(';').next().unwrap_or_default())
}

fn drop_trailing_dots_and_spaces(path: &str) -> String {
    each_segment(path, |segment| match segment {
        "." | ".." => segment,
        other => other.trim_end_matches(['.', ' ']),
    })
}

fn drop_trailing_slash(path: &str) -> String {
    match path.strip_suffix('/') {
        Some(rest) if !rest.is_empty() => rest.to_owned(),
        _ => path.to_owned(),
    }
}

/// RFC 3986 5.2.4, in short.
fn resolve_dot_segments(path: &str) -> String {
    let mut kept: Vec<&str> = vec![];
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        if segment == ".." {
            kept.pop();
        }
        if segment != "." && segment != ".." {
            kept.push(segment);
        } else if is_last {
            kept.push("");
        }
    }
    format!("/{}", kept.join("/"))
}

fn cut_at_nul(path: &str) -> String {
    path.split('\0').next().unwrap_or_default().to_owned()
}

fn cut_at_query(path: &str) -> String {
    path.split(['?', '#']).next().unwrap_or_default().to_owned()
}

fn turn_backslashes(path: &str) -> String {
    path.replace('\\', "/")
}

fn each_segment(path: &str, change: impl Fn(&str) -> &str) -> String {
    path.split('/').map(change).collect::<Vec<_>>().join("/")
}

#[test]
fn readers_are_as_lenient_as_they_are_meant_to_be() {
    let reads = |raw: &str, reading: &str| assert!(readings(raw).contains(reading), "{raw} as {reading}");
    reads("/a%2Fb", "/a/b");
    reads("/a%252Fb", "/a/b");
    reads("/a//b/", "/a/b");
    reads("/a%3Bx/b", "/a/b");
    reads("/x/..%3B/a", "/a");
    reads("/x/%252e%252e/a", "/a");
    reads("/a.%2F", "/a");
    reads("/a%20%3Fx", "/a");
    reads("/a%2500.txt", "/a");
    reads("/x%255C..%255Ca", "/a");
}
