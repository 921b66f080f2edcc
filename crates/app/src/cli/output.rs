//! Results on standard output. Whoever reads them may have gone away; that is a failure, and no panic.

use std::io::{Write as _, stdout};

use crate::failure::Failure;

/// Prints a result and ends its line.
pub(super) fn say(text: &str) -> Result<(), Failure> {
    let mut output = stdout().lock();
    writeln!(output, "{text}").and_then(|()| output.flush()).map_err(Failure::failed)
}
