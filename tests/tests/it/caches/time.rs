//! Time alone: a token that is shown without a pause is over when it is over.
//!
//! The idle timeout of an opaque token has no cell here, since a token that is shown is not idle; what ends it all the same is
//! its greatest age.

use std::time::{Duration, SystemTime};

use portcullis_core::domain::chain_text::rfc3339;
use portcullis_core::domain::time::Timestamp;
use portcullis_tests::token::claims;
use tokio::time::sleep;

use super::*;

/// How long every token lasts, in seconds.
const TTL: u64 = 8;

#[expect(clippy::disallowed_methods, reason = "the binary's clock is this one")]
fn since_1970() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_has_expired_is_refused_from_that_moment() {
    let short = format!("grants: [{{role: {ROLE}}}], token_ttl: {TTL}s");
    let setup = setup_of_file()
        .with("token", &format!("{{ttl: {TTL}s}}"))
        .with("session", &format!("{{idle_timeout: {TTL}s, max_age: {TTL}s}}"))
        .with("clients", &configured(&HANDS, &short));
    for door in Door::BOTH {
        let site = Site::with_file(door, setup.clone()).await;
        let mut bearers = vec![];
        let last = since_1970() + Duration::from_secs(TTL);
        let at = rfc3339(Timestamp::from_seconds(last.as_secs().try_into().unwrap()));
        for kind in Kind::concerned_by(Change::Expiry) {
            bearers.push(Bearer::lasting(kind, &site, &at).await);
        }
        // The last of them: a token that says nothing does not say when it ends either, but was made before now.
        let said = bearers.iter().filter(|bearer| bearer.token.contains('.'));
        let said = said.map(|bearer| Duration::from_secs(claims(&bearer.token)["exp"].as_u64().unwrap()));
        let end = said.fold(since_1970() + Duration::from_secs(TTL), Duration::max);
        are_honoured(&site, &bearers, &SURFACES, Fate::Out, async || {
            while let Some(left) = end.checked_sub(since_1970()).filter(|left| !left.is_zero()) {
                sleep(left).await;
            }
        })
        .await;
    }
}
