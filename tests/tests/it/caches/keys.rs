//! A key that has leaked: what it signed is good no more, and what nobody signs goes on.

use portcullis_tests::ask::Ask;
use portcullis_tests::patience::until_told;

use super::*;

const JWKS: &str = "/.well-known/jwks.json";

async fn published(site: &Site) -> String {
    site.send(Ask::get(JWKS)).await.text()
}

/// Another process makes the new key; the gate says that it has taken it over when it publishes the old one no more.
async fn leak(site: &Site) {
    let before = published(site).await;
    site.command(&["keys", "rotate", "--leaked"]);
    until_told("the new key", async || published(site).await != before).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_leaked_key_has_signed_is_refused_from_the_moment_it_is_published_no_more() {
    for door in Door::BOTH {
        let site = Site::with_file(door, setup_of_file().with("token", "{algorithm: EdDSA}")).await;
        let mut bearers = vec![];
        for kind in Kind::ALL {
            bearers.push(Bearer::of(kind, &site).await);
        }
        let is_signed = |kind: Kind| kind.why_not(Change::LeakedKey).is_none();
        let fate = |bearer: &Bearer| if is_signed(bearer.kind) { Fate::Out } else { Fate::In };
        each_is_honoured(&site, &bearers, &SURFACES, fate, async || leak(&site).await).await;
    }
}
