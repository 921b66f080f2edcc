//! What OAuth 2.0 clients and resource servers look for.

mod client;
mod error;
mod grants;
pub(crate) mod introspect;
pub(crate) mod jwks;
pub(crate) mod metadata;
pub(crate) mod revoke;
pub(crate) mod token;
