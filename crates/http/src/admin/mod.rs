//! What administrators do: users and roles, sessions, and the record of what happened.

pub(crate) mod audit;
pub(crate) mod editing;
mod grants;
pub(crate) mod paging;
pub(crate) mod roles;
pub(crate) mod sessions;
pub(crate) mod users;
