//! The calls of BMC Network Automation's surface, in words and in examples.

use portcullis_core::domain::endpoint::{BmcBase, BmcCall};
use serde_json::{Value, json};

use super::operation::{Answer, Operation};

/// Describes a call.
pub(super) fn describe(base: BmcBase, call: BmcCall) -> Operation {
    let id = |there, here| match base {
        BmcBase::BcaNetworks => there,
        BmcBase::Api => here,
    };
    match call {
        BmcCall::About => operation(
            id("bca_about", "about"),
            "Product and versions of BMC's surface",
            vec![(200, "As asked", Some(json!({ "productName": "Portcullis", "apiVersions": ["v1.0"] })))],
        ),
        BmcCall::Swagger => operation(
            id("bca_swagger", "swagger"),
            "The description of BMC's surface, as Swagger 2.0",
            vec![(200, "As asked", None), error(404, "not_found", "Not Found")],
        ),
        BmcCall::OpenToken => operation(
            id("bca_open_token", "open_token"),
            "A name and a password, as a form, for an opaque token",
            vec![
                (
                    200,
                    "The token, and after how many seconds without use it ends",
                    Some(
                        json!({ "access_token": "4747653682905491905", "token_type": "Bearer", "expires_in": 1800 }),
                    ),
                ),
                error(400, "unsupported_grant_type", "The grant type is not supported here"),
                error(401, "invalid_grant", "User authentication failed"),
                error(403, "access_denied", "Not allowed to access web services"),
                error(429, "too_many_requests", "Too many failed logins"),
            ],
        ),
        BmcCall::ExtendToken => operation(
            id("bca_extend_token", "extend_token"),
            "The idle timeout in milliseconds, which begins again",
            vec![(200, "The timeout", Some(json!(1_800_000))), refused()],
        ),
        BmcCall::EndToken => operation(
            id("bca_end_token", "end_token"),
            "The end of the token",
            vec![(204, "Ended", None), refused()],
        ),
    }
}

fn operation(id: &'static str, summary: &'static str, answers: Vec<Answer>) -> Operation {
    Operation { id, summary, parameters: &[], body: None, answers }
}

fn refused() -> Answer {
    error(401, "invalid_token", "User authentication failed")
}

fn error(status: u16, word: &str, description: &'static str) -> Answer {
    let example: Value = json!({ "error": word, "error_description": description });
    (status, description, Some(example))
}
