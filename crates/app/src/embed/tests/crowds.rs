//! Who may hold more connections than others.

use super::Embedded;
use crate::listener::Door as _;

#[tokio::test]
async fn a_trusted_proxy_and_whoever_is_never_held_may_hold_more_connections_than_others() {
    let api = "  trusted_proxies: [192.0.2.1]\n  throttle: {never_limit: [198.51.100.0/24]}\n";
    let embedded = Embedded::open(api).await;
    for (address, may) in [("192.0.2.1", true), ("198.51.100.9", true), ("192.0.2.2", false), ("::1", false)]
    {
        assert_eq!(embedded.portcullis.door.may_crowd(address.parse().unwrap()), may, "{address}");
    }
}
