//! The target that was decided on, as it goes on: byte for byte, or not at all.

use http::uri::PathAndQuery;
use portcullis_core::domain::path::Target;

/// The path and query of a target that was decided on; none if it could only go on as another one.
pub fn path_and_query(target: &Target) -> Option<PathAndQuery> {
    let path = PathAndQuery::try_from(target.as_str()).ok()?;
    // A URI drops a fragment without a word. The target has none by now, and this is where it would matter.
    (path.as_str() == target.as_str()).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_decided_on_goes_on_byte_for_byte() {
        for (asked, decided) in [("/a?b=%20#c", "/a?b=%20"), ("/%61/b/", "/a/b/"), ("/a%C3%A9", "/a%C3%A9")] {
            let target = Target::parse(asked).unwrap();
            assert_eq!(path_and_query(&target).unwrap().as_str(), decided, "{asked}");
        }
    }
}
