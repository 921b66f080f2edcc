//! The protocols that a route may be upgraded to, beside WebSocket.

use portcullis_store_yaml::document::{Faults, Field, shown};

use super::methods::is_token;

/// Upgrades to these would carry requests past the gate.
const NEVER: [&str; 3] = ["h2c", "tls", "http"];

/// The protocols that `upgrade` lists.
pub(super) fn upgrades(list: &Field<'_>, faults: &mut Faults) -> Vec<Box<str>> {
    let mut names: Vec<Box<str>> = Vec::new();
    for item in list.list(faults) {
        let Some(text) = item.scalar(faults) else { continue };
        if !is_protocol(text) {
            faults.push(item.fault(format!("expected the name of a protocol, found `{}`", shown(text))));
        } else if is_never_allowed(text) {
            faults.push(item.fault(format!("an upgrade to `{text}` would carry requests past the gate")));
        } else if names.iter().any(|name| name.eq_ignore_ascii_case(text)) {
            faults.push(item.fault("is there twice"));
        } else {
            names.push(text.into());
        }
    }
    names
}

/// A name, or a name and a version (RFC 9110 7.8).
fn is_protocol(text: &str) -> bool {
    text.split_once('/').map_or_else(|| is_token(text), |(name, version)| is_token(name) && is_token(version))
}

fn is_never_allowed(text: &str) -> bool {
    let name = text.split('/').next().unwrap_or_default();
    NEVER.iter().any(|never| never.eq_ignore_ascii_case(name))
}
