//! OAuth 2.0: who a client is (RFC 6749 2.3), a token for it (4.4), for a user through it (4.3) and the next one (6), and what
//! becomes of tokens (RFC 7662, 7009).

pub mod client_auth;
pub mod client_tokens;
pub mod granted;
pub mod password_grant;
pub mod refresh_affairs;
pub mod refresh_grant;
mod scope;
pub mod token_affairs;

#[cfg(test)]
mod testing;
