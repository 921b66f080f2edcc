//! The real binary over real HTTP: what clients of the BNG rely on, and what nobody must be able to do.
//!
//! One binary, so that everything is linked once.

mod closed;
mod custom_routes;
mod login;
mod matrix;
mod token_claims;
mod token_secrets;
mod tokens;
