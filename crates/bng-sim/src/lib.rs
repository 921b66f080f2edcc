//! A small simulated BNG management API, for the demonstration and the end-to-end tests.
//!
//! It stands where a real broadband network gateway would stand: behind the gate. It has no
//! authentication of its own and believes whoever reaches it, so it must never be reachable by anyone else.
//! Its state is in memory and its mutations are real: a disconnected subscriber is gone from the next read.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use portcullis_bng_sim::{Sim, serve};
//!
//! let sim = Sim::new();
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! tokio::spawn(serve(listener, sim.clone()));
//! // ... send requests through the gate, then see what got through it:
//! assert!(sim.seen().is_empty());
//! # Ok(())
//! # }
//! ```

mod routes;
mod sim;

mod config;
mod interfaces;
mod qos;
mod routing;
mod subscribers;
mod system;
mod webhooks;

mod probe;

mod envelope;
mod extract;
mod journal;
mod seed;

#[cfg(test)]
mod testing;

pub use routes::{router, serve};
pub use sim::Sim;
