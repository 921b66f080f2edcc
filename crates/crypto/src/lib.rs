//! Passwords with bcrypt, tokens with jsonwebtoken, system randomness
