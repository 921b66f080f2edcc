//! The store over `SQLite`: the suites of its ports, and what it does when something is wrong.
#![expect(clippy::unwrap_used, clippy::panic, reason = "test code: what can't go on fails")]

mod chain;
mod conformance;
mod faults;
mod fresh;
