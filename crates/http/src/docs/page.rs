//! `GET /api/docs`, `GET /api/redoc`: the description as one page. It has no script and loads nothing, so it can be read
//! in a network without a way out, and its policy can forbid everything but its own style.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::State;
use axum::response::{Html, IntoResponse};
use http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use portcullis_core::domain::route::{Destination, Route};
use portcullis_core::services::policy::LivePolicy;
use serde_json::Value;

use super::operation::{Operation, describe};
use crate::endpoints::DocsLink;

const STYLE: &str = include_str!("page.css");
/// The style by its hash (CSP Level 3 8.3), and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'sha256-NU8pozqBynWhXbxU9D+PFkzAf7PE/CbDHTdnSg2CG5o='; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page, of the endpoints that are there now.
pub(crate) async fn get(
    State(live): State<Arc<LivePolicy>>,
    State(link): State<DocsLink>,
) -> impl IntoResponse {
    let policy = live.current();
    let page = render(policy.routes.own().map(AsRef::as_ref), link().as_deref());
    let headers = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
    ];
    (headers, Html(page))
}

fn render<'r>(own: impl Iterator<Item = &'r Route>, upstream: Option<&str>) -> String {
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Portcullis API</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style></head><body>\
         <h1>Portcullis API</h1><p>The front door's own endpoints; the same as \
         <a href=\"openapi.json\">OpenAPI</a>. Everything else goes to what is behind it.</p>"
    );
    if let Some(url) = upstream {
        let _ = write!(page, "<p>The API behind it: <a href=\"{0}\">{0}</a></p>", escaped(url));
    }
    own.for_each(|route| page.push_str(&section(route)));
    page.push_str("</body></html>");
    page
}

fn section(route: &Route) -> String {
    let Destination::Own(endpoint) = route.destination else { return String::new() };
    let Operation { summary, parameters, body, answers, .. } = describe(endpoint);
    let methods = route.methods.names();
    let methods =
        if route.methods.is_every_standard() { "any method".to_owned() } else { methods.join(", ") };
    let mut section = format!(
        "<section><h2><code>{}</code> <small>{}</small></h2><p>{}</p><p>Needs {}.</p>",
        escaped(endpoint.path()),
        escaped(&methods),
        escaped(summary),
        escaped(&route.requirement.to_string())
    );
    if !parameters.is_empty() {
        section.push_str("<table><tr><th>Query</th><th></th></tr>");
        for (name, required, description) in parameters {
            let required = if *required { " (required)" } else { "" };
            let _ = write!(
                section,
                "<tr><td><code>{name}</code>{required}</td><td>{}</td></tr>",
                escaped(description)
            );
        }
        section.push_str("</table>");
    }
    section.extend(body.map(|body| format!("<h3>Body</h3>{}", example(&body))));
    section.push_str("<table><tr><th>Status</th><th>Meaning</th><th>Body</th></tr>");
    for (status, meaning, body) in answers {
        let body = body.as_ref().map(example).unwrap_or_default();
        let _ = write!(section, "<tr><td>{status}</td><td>{}</td><td>{body}</td></tr>", escaped(meaning));
    }
    section.push_str("</table></section>");
    section
}

fn example(value: &Value) -> String {
    format!("<pre>{}</pre>", escaped(&serde_json::to_string_pretty(value).unwrap_or_default()))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use portcullis_core::domain::endpoint::{Endpoint, OwnAccess};
    use portcullis_core::domain::route_table::{DefaultRule, RouteTable};
    use sha2::{Digest as _, Sha256};

    use super::*;

    #[test]
    fn the_policy_allows_the_style_and_nothing_else() {
        let hash = STANDARD.encode(Sha256::digest(STYLE));
        assert!(POLICY.contains(&format!("'sha256-{hash}'")), "{hash}");
        assert!(POLICY.starts_with("default-src 'none'"));
    }

    #[test]
    fn every_endpoint_is_on_the_page_and_nothing_is_loaded() {
        let table = RouteTable::new(DefaultRule::Admin, OwnAccess::default());
        let page = render(table.own().map(AsRef::as_ref), Some("https://bng/openapi.json?a&b\"<"));
        for endpoint in Endpoint::ALL {
            assert!(page.contains(endpoint.path()), "{endpoint:?}");
        }
        assert!(page.contains("https://bng/openapi.json?a&amp;b&quot;&lt;"));
        for loads in ["<script", "src=", "<link", "@import", "url("] {
            assert!(!page.contains(loads), "{loads}");
        }
    }
}
