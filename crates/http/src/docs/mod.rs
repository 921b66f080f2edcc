//! The description of our own endpoints, for programs and for people. It needs no network and no script.

mod bmc;
mod clients;
mod oauth;
pub(crate) mod openapi;
mod operation;
pub(crate) mod page;
mod parts;
mod personal_tokens;
mod roles;
mod sessions;
mod users;
