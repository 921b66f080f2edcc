//! Whatever is `SQLite`'s alone: files, connections, the schema's version.

pub(crate) mod connection;
pub(crate) mod file;
pub(crate) mod foreign_log;
mod log_file;
pub(crate) mod open;
pub(crate) mod schema;
mod upkeep;
pub(crate) mod write_back;
