//! What each fuzz target does with its input: it calls what an attacker can reach, and asserts what must hold of the
//! outcome, whatever the input.
//!
//! It is a library of its own, without libFuzzer, so that the ordinary tests run the corpora with the ordinary
//! compiler: what a fuzzer has found once is looked at again with every change.
#![expect(
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "to panic is how a body says that something does not hold"
)]

mod answer;
mod authorization;
mod config;
mod decoded;
mod forwarded;
mod path;
mod people;
mod route_table;
mod token;

pub use answer::answer;
pub use authorization::authorization;
pub use config::config;
pub use forwarded::forwarded;
pub use path::path;
pub use token::token;

/// A body: takes any input, and panics where something does not hold.
pub type Body = fn(&[u8]);

/// Every body under the name of its target and of its corpus.
pub const BODIES: [(&str, Body); 6] = [
    ("answer", answer),
    ("authorization", authorization),
    ("config", config),
    ("forwarded", forwarded),
    ("path", path),
    ("token", token),
];

/// The lines of an input. One line feed at its end is no part of it, so that a corpus can be written with an editor.
fn lines(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    data.strip_suffix(b"\n").unwrap_or(data).split(|byte| *byte == b'\n')
}

/// The input as text, if it is some.
fn text(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data.strip_suffix(b"\n").unwrap_or(data)).ok()
}
