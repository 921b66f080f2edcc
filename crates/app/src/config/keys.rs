//! The keys below `api`: which there are, and which the environment may override.

use std::collections::BTreeSet;

use portcullis_store_yaml::document::{Faults, MapReader};

/// Keys of one value or a list of values, each of which may come from the environment instead. A dot is a level; there
/// is one level at most.
pub(super) const SETTINGS: &[&str] = &[
    "enabled",
    "listen",
    "port",
    "tls",
    "tls_cert",
    "tls_key",
    "allow_plaintext",
    "upstream",
    "upstream_ca",
    "upstream_timeouts.connect",
    "upstream_timeouts.response_head",
    "upstream_timeouts.pool_idle",
    "upstream_authorization",
    "upstream_openapi",
    "state_dir",
    "user_store",
    "token.ttl",
    "token.issuer",
    "token.audience",
    "token.algorithm",
    "token.rotate",
    "token.refresh",
    "oauth.password_grant",
    "session.idle_timeout",
    "session.max_age",
    "audit.keep",
    "audit.on_failure",
    "password.min_length",
    "throttle.per_user",
    "throttle.per_address",
    "throttle.window",
    "throttle.max_delay",
    "throttle.never_limit",
    "allow_default_passwords",
    "workers",
    "docs",
    "metrics",
    "trusted_proxies",
    "ext_authz",
];

/// Keys that hold more than that, and stand in the file only.
pub(super) const STRUCTURES: &[&str] = &["users", "roles", "routes", "clients", "upstreams"];

/// Notes every key, at any level, that is not known. What stands below [`STRUCTURES`] is noted
/// where it is read.
pub(super) fn deny_unknown(api: &MapReader<'_>, faults: &mut Faults) {
    deny_unknown_in(None, api, faults);
    for section in sections() {
        if let Some(members) = api.field(section).and_then(|field| field.map(faults)) {
            deny_unknown_in(Some(section), &members, faults);
        }
    }
}

fn deny_unknown_in(section: Option<&str>, map: &MapReader<'_>, faults: &mut Faults) {
    let mut known = [names_in(section, SETTINGS), names_in(section, STRUCTURES)].concat();
    if section.is_none() {
        known.extend(sections());
    }
    map.deny_unknown(&known, faults);
}

/// The names that keys have in a section, or in `api` itself.
fn names_in(section: Option<&str>, keys: &[&'static str]) -> Vec<&'static str> {
    let placed = keys.iter().map(|key| placed(key));
    placed.filter(|(place, _)| *place == section).map(|(_, name)| name).collect()
}

fn sections() -> BTreeSet<&'static str> {
    SETTINGS.iter().filter_map(|key| placed(key).0).collect()
}

/// A key as its section, if it is in one, and its name there.
pub(super) fn placed(key: &str) -> (Option<&str>, &str) {
    key.split_once('.').map_or((None, key), |(section, name)| (Some(section), name))
}
