//! One's own account.

pub(crate) mod explain;
pub(crate) mod me;
