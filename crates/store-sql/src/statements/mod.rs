//! All statements. Each is a constant in SQL that `SQLite` and `PostgreSQL` both understand.

pub(crate) mod checkpoints;
pub(crate) mod clients;
pub(crate) mod families;
pub(crate) mod feed;
pub(crate) mod records;
pub(crate) mod sessions;
pub(crate) mod state;
pub(crate) mod users;
