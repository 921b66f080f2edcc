//! OAuth 2.0 for machines: who a client is (RFC 6749 2.3), a token for it (4.4), and what becomes of tokens (RFC 7662, 7009).

pub mod client_auth;
pub mod client_tokens;
pub mod token_affairs;
