//! The users of a BNG's YAML file, and the file itself as a tree with places, so that every fault has one.

pub mod document;
pub mod grants;
pub mod role_names;
pub mod snapshot;
pub mod users;
