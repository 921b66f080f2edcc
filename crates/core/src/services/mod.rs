//! The use cases: what Portcullis does, told in terms of the domain and the ports.

pub mod explain;
pub mod gate;
pub mod ids;
pub mod issuing;
pub mod login;
pub mod policy;
pub mod throttle;

#[cfg(test)]
mod testing;
