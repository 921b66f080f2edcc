//! Envoy's external authorization over gRPC, asked of the real binary: the answers are those of forward-auth.
//!
//! A target of its own, since it wants a gate with the cargo feature `ext-authz`.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "these are tests: one that can't go on fails"
)]

mod agreement;
mod answers;
mod configuration;
mod envoy;
mod service;
