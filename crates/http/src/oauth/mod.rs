//! What OAuth 2.0 clients and resource servers look for.

pub(crate) mod jwks;
