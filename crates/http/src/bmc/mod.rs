//! The surface of BMC Network Automation's REST API, at `/bca-networks/api` and at `/api`.

pub(crate) mod about;
pub(crate) mod token;
