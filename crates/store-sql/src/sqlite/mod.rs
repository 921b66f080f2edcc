//! Whatever is `SQLite`'s alone: files, connections, the schema's version.

pub(crate) mod connection;
mod file;
pub(crate) mod foreign_log;
mod log_file;
pub(crate) mod open;
pub(crate) mod opened;
pub(crate) mod reader;
pub(crate) mod schema;
pub(crate) mod survey;
mod upkeep;
pub(crate) mod write_back;
