//! What can be reached, by whom, and on the way to whom: listeners, metrics, documentation, proxies, the upstream.

use std::net::IpAddr;

use http::uri::Authority;
use ipnet::IpNet;
use portcullis_core::domain::endpoint::Endpoint;
use portcullis_core::domain::route::Destination;

use super::codes;
use super::finding::Finding;
use super::seen::Seen;
use crate::config::{ListenAddress, Metrics, TlsMode, Upstream, UpstreamAuthorization};

/// What the configuration itself warns of, and whether it is in use at all.
pub(super) fn configuration(seen: &Seen<'_>) -> Vec<Finding> {
    // Of these there is a finding of its own.
    let is_told_elsewhere = |warning: &String| {
        warning.starts_with("trusted_proxies holds") || warning.starts_with("there are no `users`")
    };
    let warnings = seen.config.warnings.iter().filter(|warning| !is_told_elsewhere(warning));
    let mend = seen.edit("change what the warning names, and see `portcullis check`");
    let mut found: Vec<_> =
        warnings.map(|warning| codes::CONFIGURATION_WARNING.found(warning, &mend)).collect();
    if !seen.config.enabled {
        let title = "the configuration doesn't say `enabled: true`";
        found.push(codes::NOT_ENABLED.found(title, seen.edit("enabled: true")));
    }
    found
}

/// Plain HTTP where others can connect.
pub(super) fn plaintext(seen: &Seen<'_>) -> Vec<Finding> {
    let config = &seen.config;
    // What systemd opens is looked at when it is there, and refused unless all is allowed.
    let is_open =
        |address: &&ListenAddress| !address.is_local() && (config.allow_plaintext || !address.is_inherited());
    let open = config.listen.iter().filter(is_open);
    let open: Vec<_> = open.map(ToString::to_string).collect();
    if seen.config.tls != TlsMode::Off || open.is_empty() {
        return vec![];
    }
    let title = format!("plain HTTP on {}, which others can reach", open.join(", "));
    vec![
        codes::PLAIN_HTTP
            .found(title, seen.edit("remove `tls: off`, or `listen: 127.0.0.1` behind a proxy that has TLS")),
    ]
}

/// Metrics and documentation that anybody reads.
pub(super) fn disclosure(seen: &Seen<'_>) -> Vec<Finding> {
    let mut found = vec![];
    let metrics = match seen.config.metrics {
        Metrics::Public if seen.is_reachable() => Some("/metrics answers without a token".to_owned()),
        Metrics::Listener(address) if !address.ip().to_canonical().is_loopback() => {
            Some(format!("the metrics are on {address}, without a token and in plain HTTP"))
        }
        _ => None,
    };
    found.extend(metrics.map(|title| {
        codes::METRICS_PUBLIC.found(title, seen.edit("metrics: authenticated, or metrics: 127.0.0.1:9464"))
    }));
    let is_docs = |destination| destination == Destination::Own(Endpoint::Docs);
    if seen.is_reachable() && seen.config.routes.own().any(|route| is_docs(route.destination)) {
        let title = "/api/docs, /api/redoc and /api/openapi.json answer without a token";
        found.push(codes::DOCS_PUBLIC.found(title, seen.edit("docs: off")));
    }
    found
}

/// Proxies that are believed, and are too many.
pub(super) fn trusted_proxies(seen: &Seen<'_>) -> Vec<Finding> {
    let finding = |network: &IpNet| {
        let mend = seen.edit("trusted_proxies: the addresses of the proxies themselves");
        match network.prefix_len() {
            0 => {
                Some(codes::TRUSTED_PROXIES_EVERYBODY.found(format!("trusted_proxies holds {network}"), mend))
            }
            _ if is_wide(network) => {
                Some(codes::TRUSTED_PROXIES_WIDE.found(format!("trusted_proxies holds {network}"), mend))
            }
            _ => None,
        }
    };
    seen.config.trusted_proxies.iter().filter_map(finding).collect()
}

/// Wider than most networks of one owner: 16 million addresses of IPv4.
pub(super) fn is_wide(network: &IpNet) -> bool {
    match network {
        IpNet::V4(network) => network.prefix_len() <= 8,
        IpNet::V6(network) => network.prefix_len() <= 24,
    }
}

/// The way to the upstreams.
pub(super) fn upstream(seen: &Seen<'_>) -> Vec<Finding> {
    let mut found: Vec<_> =
        seen.config.upstreams().filter_map(|upstream| in_the_clear(upstream, seen)).collect();
    if !seen.config.services.is_empty() && seen.config.upstream_authorization == UpstreamAuthorization::Keep {
        let title = "the upstream gets the callers' tokens";
        found.push(codes::UPSTREAM_SEES_TOKENS.found(
            title,
            seen.edit("remove `upstream_authorization: keep`, once the upstream reads X-Auth-User"),
        ));
    }
    found
}

fn in_the_clear(upstream: &Upstream, seen: &Seen<'_>) -> Option<Finding> {
    let Upstream::Http { authority } = upstream else { return None };
    let title = format!("requests go to {authority} in plain HTTP");
    let mend = "upstream: https://…, with `upstream_ca` if it has a certificate of its own";
    (!is_loopback(authority)).then(|| codes::UPSTREAM_PLAIN_HTTP.found(title, seen.edit(mend)))
}

/// Whether requests to there stay on this machine.
pub(super) fn is_loopback(authority: &str) -> bool {
    let host = authority.parse::<Authority>().map(|parsed| parsed.host().to_owned()).unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.').to_ascii_lowercase();
    let is_name = host == "localhost" || host.ends_with(".localhost");
    is_name || host.parse().is_ok_and(|address: IpAddr| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_known_by_name_and_by_address() {
        for here in [
            "127.0.0.1:80",
            "[::1]:8000",
            "localhost:1",
            "a.localhost",
            "LOCALHOST.",
            "[::ffff:127.1.1.1]:80",
        ] {
            assert!(is_loopback(here), "{here}");
        }
        for there in ["10.0.0.1:80", "bng:80", "[fd00::1]:80", "localhost.example:80", "127.0.0.1.example"] {
            assert!(!is_loopback(there), "{there}");
        }
    }

    #[test]
    fn a_network_is_wide_that_nobody_has_for_himself() {
        let wide = |text: &str| is_wide(&text.parse().unwrap());
        assert!(wide("10.0.0.0/8") && wide("0.0.0.0/1") && wide("::/0") && wide("2000::/3"));
        assert!(!wide("10.0.0.0/16") && !wide("192.0.2.1/32") && !wide("2001:db8::/32"));
    }
}
