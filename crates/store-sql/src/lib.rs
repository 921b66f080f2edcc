//! Users and ledger in a SQL database: `SQLite`.
//!
//! Reads go to a few connections that only read; writes go to the one writer of the process, which puts whatever waits
//! into one transaction. What is `SQLite`'s alone is in `sqlite`, and the statements are in `statements`; all the rest
//! asks for no more than any SQL database can do.

mod checkpoints;
mod clients;
mod command;
mod directory;
mod export;
mod families;
mod feed;
mod marks;
mod notes;
mod open_error;
mod options;
mod prune;
mod records;
mod refusals;
mod session_kind;
mod sessions;
mod shared;
mod sql;
mod sqlite;
mod statements;
mod store;
mod transaction;
mod users;
mod verify;
mod work;
mod writer;

pub use export::Export;
pub use open_error::OpenError;
pub use options::{Checkpoints, IfMissing, Options, Sign, Signer, Users};
pub use sqlite::survey::Survey;
pub use store::SqliteStore;
pub use verify::{Check, Fault, FaultKind, Missing, Verified, Verifier};
