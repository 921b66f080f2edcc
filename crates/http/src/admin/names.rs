//! Names of things that have a path of their own.

use std::fmt::Display;

/// Reads a name that is to stand in a path: one that no path could name would be one that nobody could change any more.
pub(crate) fn in_a_path<T, E: Display>(
    what: &str,
    text: &str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, String> {
    if text.ends_with('.') {
        return Err(format!("{what} must not end in a dot, since no path may"));
    }
    parse(text).map_err(|error| error.to_string())
}
