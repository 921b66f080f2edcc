//! A ledger that lives as long as the process: for a gate whose sessions and records need not outlive it.

mod ledger;
mod sessions;

pub use ledger::{MemoryLedger, Observer};
