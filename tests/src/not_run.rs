//! What this machine does not let a test do: said even of a test that passes, since nothing is skipped in silence.

use std::io::{Write as _, stderr};

/// Says what was not run, and why.
pub fn say(what: &str, why: &str) {
    // Not by a macro: what those print is seen of tests that fail alone.
    stderr().write_all(format!("\nNOT RUN: {what}, since {why}\n").as_bytes()).unwrap();
}
