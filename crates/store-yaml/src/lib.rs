//! Users and roles of a BNG's YAML file, with the place of every fault

pub mod document;
pub mod grants;
pub mod role_names;
pub mod snapshot;
pub mod users;
