//! Other readings of a path: what a more lenient server behind the gate might take it for.

use super::path::{PathFault, Target, decode_once};

/// How often an upstream could decode one path; a third time has not been seen in the wild, a second has.
const DECODINGS: usize = 3;

/// The readings of `target` beside its own that a lenient upstream may have. Case is not among them: the route table
/// folds it when it looks a reading up.
///
/// Encoded delimiters go on as they are where a route says so, but not where one more decoding would make a dot
/// segment, a backslash or a control character of them.
pub(crate) fn others(target: &Target) -> Result<Vec<String>, PathFault> {
    let mut readings = vec![];
    if target.has_encoded_delimiter() {
        let mut text = target.key().to_owned();
        for _ in 0..DECODINGS {
            let decoded = decode_once(&text);
            if decoded == text {
                break;
            }
            readings.push(as_path(&decoded)?);
            text = decoded;
        }
    }
    let mut without_slash: Vec<_> = readings.iter().filter_map(|reading| trimmed(reading)).collect();
    without_slash.extend(trimmed(target.key()));
    readings.extend(without_slash);
    Ok(readings)
}

/// The path without its last slash, if it has one and is more than that.
fn trimmed(path: &str) -> Option<String> {
    path.strip_suffix('/').filter(|rest| !rest.is_empty()).map(str::to_owned)
}

/// What a decoded text is to a server that takes its delimiters for real: cut at `?` and `#`, parameters after `;`
/// dropped, empty segments merged.
fn as_path(decoded: &str) -> Result<String, PathFault> {
    if decoded.contains('\\') {
        return Err(PathFault::Backslash);
    }
    if decoded.chars().any(char::is_control) {
        return Err(PathFault::Control);
    }
    let path = decoded.split(['?', '#']).next().unwrap_or_default();
    let trailing_slash = path.ends_with('/');
    let mut reading = String::with_capacity(path.len());
    for segment in path.split('/') {
        let bare = segment.split(';').next().unwrap_or_default();
        if is_dots(bare) {
            return Err(PathFault::DotSegment);
        }
        if !bare.is_empty() {
            reading.push('/');
            reading.push_str(bare);
        }
    }
    if trailing_slash || reading.is_empty() {
        reading.push('/');
    }
    Ok(reading)
}

/// `.` or `..`, with whatever dots and spaces some file system would drop after it.
fn is_dots(segment: &str) -> bool {
    !segment.is_empty() && segment.starts_with('.') && segment.trim_end_matches(['.', ' ']).is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(raw: &str) -> Result<Vec<String>, PathFault> {
        others(&Target::parse(raw).unwrap())
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
        assert_eq!(of("/a%3Fb").unwrap(), ["/a"]);
        assert_eq!(of("/a%3Bx/b").unwrap(), ["/a/b"]);
        assert_eq!(of("/a%2F%2Fb%2F").unwrap(), ["/a/b/", "/a/b"]);
    }

    #[test]
    fn encoded_delimiters_that_hide_a_traversal_are_refused() {
        for raw in [
            "/a/..%2F..%2Fb",
            "/a%2F..",
            "/a%2F..%3Bx",
            "/a/%252e%252e%252Fb",
            "/a%2F.%2Fb",
            "/a%2F..%20%2Fb",
        ] {
            assert_eq!(of(raw).unwrap_err(), PathFault::DotSegment, "{raw}");
        }
        assert_eq!(of("/a%255Cb").unwrap_err(), PathFault::Backslash);
        assert_eq!(of("/a%2500").unwrap_err(), PathFault::Control);
    }
}
