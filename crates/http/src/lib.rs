//! Portcullis' own endpoints, on axum.
//!
//! There is no router here. The gate's route table has already said which endpoint a request is for, and a second
//! router could only disagree with it.

mod account;
mod admin;
mod api_error;
mod athena;
mod bmc;
mod body;
mod docs;
mod endpoints;
mod envelope;
mod extract;
mod form;
mod forward_auth;
mod json_object;
mod layer;
mod metrics;
mod oauth;
mod validation;

pub use account::explain::ExplanationBody;
pub use admin::clients::{ClientBody, NewClientBody};
pub use endpoints::{Caller, DocsLink, Endpoints, RenderJwks, RenderMetrics, Services};
pub use layer::{Ground, GuardLayer, Guarded, Permit, Principal, Unguarded};
pub use metrics::METRICS_TYPE;
