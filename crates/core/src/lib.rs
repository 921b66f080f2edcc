//! What a user, a role, a right, a realm, a token and a permit are; the ports to the world outside; and the use cases.
//!
//! This crate reaches nothing: no socket, no file, no wall clock, no environment, no framework. Everything that has
//! an effect comes in through a [port](ports).

pub mod domain;
pub mod ports;
pub mod services;
