//! Conformance suites for the ports, and fakes that pass them: for the tests of whoever implements or calls a port.
//!
//! A suite is a list of plain async functions; a macro makes a test of each, so that an adapter's test file is ten
//! lines long and can't leave a case out.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "this crate is test code: a case that can't go on fails"
)]
#![expect(clippy::missing_panics_doc, reason = "to panic is how a case fails")]

mod cases;
pub mod clock;
pub mod directory;
mod entropy;
pub mod ledger;
pub mod memory_directory;
pub mod permits;
pub mod seed;
mod tokens;
pub mod user_store;
