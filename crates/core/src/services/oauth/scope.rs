//! Scopes are rights (RFC 6749 3.3): what is asked for is given as a whole, or nothing is.

use std::sync::Arc;

use crate::domain::delegation::scope_text;
use crate::domain::right::RightPattern;

/// The longest scope, in bytes: a token that says more than that would be longer than the gate reads.
const LONGEST: usize = 4 * 1024;

/// The rights that are asked for, each once, if all of them are held; where none are asked for, those that are held. None
/// if it can't be given.
pub(super) fn granted(held: &[&RightPattern], asked: Option<&str>) -> Option<Arc<[RightPattern]>> {
    let granted = match asked {
        None => held.iter().copied().cloned().collect(),
        Some(asked) => among(held, asked)?,
    };
    (scope_text(&granted).len() <= LONGEST).then(|| granted.into())
}

fn among(held: &[&RightPattern], asked: &str) -> Option<Vec<RightPattern>> {
    let mut granted = vec![];
    for text in asked.split(' ') {
        let right = RightPattern::parse(text).ok()?;
        if !held.iter().any(|held| held.covers(&right)) {
            return None;
        }
        if !granted.contains(&right) {
            granted.push(right);
        }
    }
    Some(granted)
}
