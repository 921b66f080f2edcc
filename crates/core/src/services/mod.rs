//! The use cases: what Portcullis does, told in terms of the domain and the ports.

pub mod actor;
pub mod client_admin;
pub mod clients;
pub mod ended_sessions;
pub mod explain;
mod families;
pub mod follow;
pub mod gate;
pub mod generations;
pub mod ids;
pub mod issuing;
pub mod known_sessions;
pub mod login;
pub mod oauth;
pub mod opaque_sessions;
mod owed_ends;
pub mod password_rules;
pub mod personal_tokens;
pub mod plan;
pub mod policy;
pub mod registry;
pub mod role_admin;
pub mod sessions;
pub mod throttle;
pub mod token_reader;
pub mod user_admin;

#[cfg(test)]
mod testing;
