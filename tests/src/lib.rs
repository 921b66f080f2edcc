//! What the end-to-end tests stand on: the real binary as a process, upstreams behind it, clients before it.
//!
//! A test starts a gate of its own ([`setup::Setup`]), with a simulated BNG or a canned answer behind it, and talks to
//! it like anybody else would: over HTTP/1.1, HTTP/2, or with the exact bytes that it wants to see sent. Nothing of
//! the product is linked in but what of its domain is only compared with, such as the route table, so that what is tested
//! is what is delivered.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "this crate is test code: a test that can't go on fails"
)]
#![expect(clippy::missing_panics_doc, reason = "to panic is how a test fails")]

pub mod cast;
pub mod setup;
pub mod sockets;

pub mod embedded;
pub mod gate;
pub mod log;

pub mod bng;
pub mod canned;
pub mod certificates;
pub mod node;
pub mod played;

pub mod ask;
pub mod client;
pub mod frames;
pub mod kernel;
pub mod line;
pub mod raw;
pub mod trust;

pub mod command;
pub mod disk;
pub mod terminal;
pub mod token;

mod binary;
pub mod not_run;
pub mod patience;
pub mod process;
