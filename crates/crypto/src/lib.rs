//! Passwords with bcrypt, login tokens with jsonwebtoken, randomness from the system.

pub mod bcrypt;
pub mod jwt;
pub mod random;
pub mod secret;
pub mod signing;
