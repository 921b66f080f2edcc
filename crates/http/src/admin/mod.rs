//! What administrators do: users, roles and clients, sessions, and the record of what happened.

pub(crate) mod audit;
pub(crate) mod clients;
pub(crate) mod editing;
pub(crate) mod grants;
mod names;
pub(crate) mod networks;
pub(crate) mod paging;
pub(crate) mod roles;
pub(crate) mod sessions;
pub(crate) mod users;
