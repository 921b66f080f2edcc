//! One's own account.

pub(crate) mod explain;
pub(crate) mod logout;
pub(crate) mod me;
pub(crate) mod password;
pub(crate) mod personal_tokens;
