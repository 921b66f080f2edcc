//! The surface of the BNG's own API authentication.

pub(crate) mod health;
pub(crate) mod login;
mod login_body;
