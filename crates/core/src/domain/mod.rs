//! The nouns of access control, and the one pure decision over them.

pub mod decision;
pub mod directory;
pub mod endpoint;
pub mod grant;
pub mod method;
pub mod name;
pub mod path;
pub mod permit;
pub mod reading;
pub mod realm;
pub mod record;
pub mod refusal;
pub mod request;
pub mod requirement;
pub mod right;
pub mod role;
pub mod route;
pub mod route_table;
pub mod secret;
pub mod selector;
pub mod session;
pub mod standing;
pub mod throttle;
pub mod time;
pub mod token;
pub mod user;
