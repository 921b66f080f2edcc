//! Envoy's external authorization over gRPC (`envoy.service.auth.v3.Authorization/Check`), answered by the gate.
//!
//! Envoy holds a request in its hand and asks whether it may let it through, like the proxies that ask the forward-auth
//! endpoint over HTTP. The answer comes from the same place. What differs is here: how the question is written, and that
//! the answer also says which of the client's header fields must not go on.

mod answer;
mod attributes;
mod removal;
mod service;
#[cfg(test)]
mod tests;

pub use service::{Asker, ExtAuthz, Ground, too_late};
