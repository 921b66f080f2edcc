//! Passwords with bcrypt, login tokens and the keys that sign them, randomness from the system.

pub mod bcrypt;
pub mod jwt;
pub mod keys;
pub mod random;
pub mod secret;
pub mod signing;
mod token_type;
mod weakness;
