//! The surface of BMC Network Automation's REST API, at `/bca-networks/api` and at `/api`.

pub(crate) mod about;
mod form;
pub(crate) mod token;
