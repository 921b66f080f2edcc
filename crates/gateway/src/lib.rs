//! Takes a permit and its request to the upstream, and streams the answer back.
//!
//! What is sent is what was decided on: the target comes out of the [`Permit`](portcullis_core::domain::permit::Permit),
//! never from the request. The header fields come clean from the guard; this crate adds only what belongs to the
//! connection with the upstream, which speaks HTTP/1.1.

mod body;
mod connector;
mod error;
mod framing;
mod gateway;
pub mod http1;
mod options;
mod patience;
mod pool;
mod progress;
mod session_end;
mod tunnel;
mod upgrade;
mod upstreams;
mod whole;

pub use error::{GatewayError, Phase};
pub use gateway::{Gateway, Outbound};
pub use http1::request_head::RequestHead;
pub use options::{Change, Endpoint, OnChange, UpstreamOptions};
pub use patience::Patience;
pub use session_end::SessionEnd;
pub use upgrade::{Reclaim, Reclaimed, Upgrade, reclaim};
pub use upstreams::AddressState;
pub use whole::poll_write_whole;

#[cfg(test)]
mod tests;
