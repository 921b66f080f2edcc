//! The real binary over real HTTP: what clients of the BNG rely on, and what nobody must be able to do.
//!
//! One binary, so that everything is linked once.

mod closed;
mod custom_routes;
mod forwarding_fields;
mod framing;
mod identity_fields;
mod login;
mod matrix;
mod message_fields;
mod paths;
mod token_claims;
mod token_secrets;
mod tokens;
