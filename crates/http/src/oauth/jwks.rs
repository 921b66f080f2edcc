//! `GET /.well-known/jwks.json`: what others verify our tokens with (RFC 7517 5). A key is in it for some minutes before it
//! signs, and until its last token has expired.

use axum::extract::State;
use axum::response::IntoResponse;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

use crate::endpoints::RenderJwks;

/// As long as others may keep it, or a little longer, a new key waits before it signs.
const KEEP: &str = "public, max-age=300";

/// The keys that verify now; none as long as tokens are signed with the shared secret, of which nothing is public.
pub(crate) async fn get(State(RenderJwks(render)): State<RenderJwks>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, KEEP)], render())
}
