//! An HTTP request as the gate sees it, what of it may go on to the upstream, and how a refusal is written.
//!
//! Everything here works on header maps and request lines; nothing reads a body or opens a socket.

pub mod admission;
pub mod body;
pub mod cause;
pub mod credential;
pub mod dialect;
pub mod fields;
pub mod forward_auth;
pub mod framing;
pub mod names;
pub mod origin;
pub mod outbound;
pub mod peer;
pub mod question;
pub mod refusal;
pub mod reply;
pub mod request;
pub mod request_id;
pub mod sink;
pub mod target;
mod values;

pub use body::{Body, BoxError};
