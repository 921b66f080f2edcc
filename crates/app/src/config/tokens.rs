//! `token`: how login tokens are made and judged.

use std::time::Duration;

use portcullis_core::domain::token::TokenPolicy;
use portcullis_store_yaml::document::Faults;

use super::durations::Bounds;
use super::layers::Settings;

const LIFETIME: Bounds = Bounds::new(Duration::from_secs(1), Duration::from_hours(30 * 24));

/// The longest issuer or audience, in characters: both are in every token.
const LONGEST_NAME: usize = 255;

/// The policy of login tokens.
pub(super) fn policy(settings: &Settings<'_>, faults: &mut Faults) -> TokenPolicy {
    check_algorithm(settings, faults);
    let ttl = settings.duration("token.ttl", Duration::from_hours(1), LIFETIME, faults);
    let issuer = name(settings, "token.issuer", faults).unwrap_or_else(|| "portcullis".to_owned());
    let audience = name(settings, "token.audience", faults);
    TokenPolicy { issuer, audience, ttl }
}

/// Signing with a key pair needs a key ring, which this version does not have.
fn check_algorithm(settings: &Settings<'_>, faults: &mut Faults) {
    let Some(algorithm) = settings.get("token.algorithm") else { return };
    let known = |text: &str| matches!(text, "HS256" | "EdDSA" | "ES256" | "RS256").then(|| text.to_owned());
    match algorithm.read("HS256", faults, known) {
        Some(later) if later != "HS256" => {
            faults.push(algorithm.fault(format!("{later} is not supported in this version; use HS256")));
        }
        Some(_) | None => {}
    }
}

/// The audience may be `null`: tokens then have none. So may the issuer: it is then the usual one.
fn name(settings: &Settings<'_>, key: &str, faults: &mut Faults) -> Option<String> {
    let usable = |text: &str| {
        let fits = (1..=LONGEST_NAME).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        fits.then(|| text.to_owned())
    };
    settings.optional(key)?.read("1 to 255 characters", faults, usable)
}
