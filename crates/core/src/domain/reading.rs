//! Other readings of a path: what a more lenient server behind the gate might take it for.
//!
//! Servers decode twice, merge slashes, cut at a `?` that was encoded, each in an order of its own. So the readings
//! are all that any order of such steps leads to.

use super::path::{PathFault, Target, decode_once};

/// How many readings a path may have. A key of RESTCONF has one or two; one that has so many is an attack.
const MOST: usize = 32;

/// One leniency of one server.
type Step = fn(&str) -> String;

const STEPS: [Step; 6] = [
    decode_once,
    |path| path.split(['?', '#']).next().unwrap_or_default().to_owned(),
    |path| each_segment(path, |segment| segment.split(';').next().unwrap_or_default()),
    |path| each_segment(path, |segment| segment.trim_end_matches(['.', ' '])),
    merge_slashes,
    |path| path.strip_suffix('/').filter(|rest| !rest.is_empty()).unwrap_or(path).to_owned(),
];

/// The readings of `target` beside its own that a lenient upstream may have. Case is not among them: the route table
/// folds it when it looks a reading up.
///
/// Encoded delimiters go on as they are where a route says so, but not where some reading of them has a dot segment,
/// a backslash or a control character, nor where they have too many readings.
pub(crate) fn others(target: &Target) -> Result<Vec<String>, PathFault> {
    let mut known = vec![target.key().to_owned()];
    let mut next = 0;
    while let Some(reading) = known.get(next).cloned() {
        next += 1;
        for step in STEPS {
            let other = step(&reading);
            if !known.contains(&other) {
                check(&other)?;
                known.push(other);
            }
        }
        if known.len() > MOST {
            return Err(PathFault::EncodedDelimiter);
        }
    }
    Ok(known.split_off(1))
}

fn check(reading: &str) -> Result<(), PathFault> {
    if reading.contains('\\') {
        return Err(PathFault::Backslash);
    }
    if reading.chars().any(char::is_control) {
        return Err(PathFault::Control);
    }
    if reading.split('/').any(is_dots) {
        return Err(PathFault::DotSegment);
    }
    Ok(())
}

/// `.` or `..`, with whatever dots and spaces some file system would drop after it.
fn is_dots(segment: &str) -> bool {
    segment.starts_with('.') && segment.trim_end_matches(['.', ' ']).is_empty()
}

fn each_segment(path: &str, change: fn(&str) -> &str) -> String {
    path.split('/').map(change).collect::<Vec<_>>().join("/")
}

fn merge_slashes(path: &str) -> String {
    let mut merged = String::with_capacity(path.len());
    for character in path.chars() {
        if character != '/' || !merged.ends_with('/') {
            merged.push(character);
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(raw: &str) -> Result<Vec<String>, PathFault> {
        others(&Target::parse(raw).unwrap())
    }

    fn is_read_as(raw: &str, reading: &str) {
        let readings = of(raw).unwrap();
        assert!(readings.iter().any(|other| other == reading), "{raw} as {reading}: {readings:?}");
    }

    #[test]
    fn a_plain_path_has_no_other_reading_but_without_its_slash() {
        assert_eq!(of("/a/b").unwrap(), Vec::<String>::new());
        assert_eq!(of("/a/b/").unwrap(), ["/a/b"]);
        assert_eq!(of("/").unwrap(), Vec::<String>::new());
    }

    #[test]
    fn encoded_delimiters_are_read_as_real_ones_once_and_twice() {
        assert_eq!(of("/a%2Fb").unwrap(), ["/a/b"]);
        assert_eq!(of("/a%252Fb").unwrap(), ["/a%2Fb", "/a/b"]);
        is_read_as("/a%3Fb", "/a");
        is_read_as("/a%3Bx/b", "/a/b");
        is_read_as("/a%2F%2Fb%2F", "/a/b");
    }

    #[test]
    fn one_delimiter_does_not_hide_another() {
        is_read_as("/a%3Fx%2Fb", "/a?x/b");
        is_read_as("/a%23x%2Fb", "/a#x/b");
        is_read_as("/a%3Bx%2Fb", "/a;x/b");
        is_read_as("/a%2F%2Fb", "/a//b");
    }

    #[test]
    fn what_stands_before_an_encoded_delimiter_may_lose_its_dots_and_spaces() {
        for raw in ["/a.%3Bx", "/a%20%3Bx", "/a.%2F", "/a%20%3F", "/a%252e", "/a%2520"] {
            is_read_as(raw, "/a");
        }
    }

    #[test]
    fn encoded_delimiters_that_hide_a_traversal_are_refused() {
        for raw in [
            "/a/..%2F..%2Fb",
            "/a%2F..%2F",
            "/a%2F..%3Bx",
            "/a%2F..%3Fx",
            "/a/%252e%252e%252Fb",
            "/a%2F.%2Fb",
            "/a%2F..%20%2Fb",
            "/a%252F..%252Fb",
        ] {
            assert_eq!(of(raw).unwrap_err(), PathFault::DotSegment, "{raw}");
        }
        assert_eq!(of("/a%255Cb").unwrap_err(), PathFault::Backslash);
        assert_eq!(of("/a%2500").unwrap_err(), PathFault::Control);
    }

    #[test]
    fn a_path_of_too_many_readings_is_refused_and_soon() {
        let nested = format!("/a%{}2Fb", "25".repeat(4000));
        assert_eq!(of(&nested).unwrap_err(), PathFault::EncodedDelimiter);
        assert_eq!(of("/interface=Gi0%2F0%2F1%3B7").map(|readings| readings.len()), Ok(2));
    }
}
