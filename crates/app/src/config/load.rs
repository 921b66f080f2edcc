//! From a file to a configuration: read it, lay the environment over it, read every section.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use portcullis_store_yaml::document::{Document, Fault, Faults, Kind, Position};

use portcullis_core::domain::endpoint::OwnAccess;
use portcullis_core::domain::secret::Cost;
use portcullis_core::services::policy::LoginPolicy;

use super::environment::Surroundings;
use super::error::ConfigError;
use super::layers::Settings;
use super::{
    Config, access, audit, clients, ext_authz, keys, listen, operation, passwords, roles, routes, session,
    throttle, tls, tokens, upstream, upstreams, users,
};

/// The text of a file, not longer than a configuration can be.
pub(super) fn read(file: &Path) -> Result<String, ConfigError> {
    let wrong = |fault| ConfigError::new(file, fault);
    let bytes = read_bytes(file).map_err(|error| wrong(of_file(format!("can't be read: {error}"))))?;
    if bytes.len() > Document::MAX_BYTES {
        return Err(wrong(of_file(format!("longer than {} bytes", Document::MAX_BYTES))));
    }
    String::from_utf8(bytes)
        .map_err(|error| wrong(not_utf8(error.as_bytes(), error.utf8_error().valid_up_to())))
}

fn read_bytes(file: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // One byte more than is allowed is enough to be told that it is too long.
    let most = u64::try_from(Document::MAX_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    File::open(file)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn of_file(message: String) -> Fault {
    Fault { at: None, key: String::new(), message }
}

/// The place behind the last good character.
fn not_utf8(bytes: &[u8], good: usize) -> Fault {
    let before = String::from_utf8_lossy(bytes.get(..good).unwrap_or_default());
    let lines = before.split('\n');
    let column = lines.clone().next_back().unwrap_or_default().chars().count();
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let at = Position { line: number(lines.count()), column: number(column).saturating_add(1) };
    Fault { at: Some(at), ..of_file("not UTF-8".to_owned()) }
}

/// Everything that the text and its surroundings say, or everything that is wrong with them.
pub(super) fn parse(text: &str, around: &Surroundings) -> Result<Config, Faults> {
    let document = Document::parse(text)?;
    let mut faults = Faults::new();
    let config = assemble(&document, around, &mut faults);
    if faults.is_empty() { Ok(config) } else { Err(faults) }
}

/// Reads section by section. What has a fault is given some value, since nobody will see it.
fn assemble(document: &Document, around: &Surroundings, faults: &mut Faults) -> Config {
    let api = document.section("api", faults).filter(|api| api.kind() != Kind::Null);
    let api = api.and_then(|api| api.map(faults));
    if let Some(api) = &api {
        keys::deny_unknown(api, faults);
    }
    let structure = |key| api.as_ref().and_then(|api| api.field(key));
    let settings = &Settings::merge(api.clone(), around, faults);
    let mut warnings = around.warnings();

    let enabled = settings.bool("enabled", false, faults);
    let listen = listen::addresses(settings, faults);
    let tls = tls::mode(settings, faults);
    let allow_plaintext = settings.bool("allow_plaintext", false, faults);
    tls::deny_plaintext(settings, &tls, &listen, allow_plaintext, faults);
    let upstream = upstream::upstream(settings, faults);
    let services = upstreams::services(structure("upstreams").as_ref(), upstream.as_ref(), faults);
    let metrics = access::metrics(settings, faults);
    let trusted_proxies = access::trusted_proxies(settings, faults, &mut warnings);
    let ext_authz = ext_authz::address(settings, allow_plaintext, &trusted_proxies, faults, &mut warnings);
    let own = OwnAccess { metrics: metrics.access(), docs: access::docs(settings, faults) };
    let roles = roles::roles(structure("roles").as_ref(), faults);
    let users = users::users(structure("users").as_ref(), settings, &roles, faults, &mut warnings);
    if enabled && users.is_empty() {
        warnings.push("there are no `users`, so that nobody can log in".to_owned());
    }

    Config {
        enabled,
        listen,
        port: listen::port(settings, faults),
        tls,
        allow_plaintext,
        upstream_ca: upstream::authorities(settings, &services, faults, &mut warnings),
        services,
        upstream_timeouts: upstream::timeouts(settings, faults),
        upstream_authorization: upstream::authorization(settings, faults),
        upstream_openapi: operation::openapi(settings, faults),
        state_dir: operation::state_dir(settings, around, faults),
        clients: clients::clients(structure("clients").as_ref(), &roles, faults),
        tokens: tokens::policy(settings, faults),
        keys: tokens::keys(settings, faults, &mut warnings),
        routes: routes::table(structure("routes").as_ref(), own, &roles, faults, &mut warnings),
        roles,
        logins: LoginPolicy {
            throttle: throttle::policy(settings, faults),
            allow_default_passwords: settings.bool("allow_default_passwords", false, faults),
            opaque: session::policy(settings, faults),
            refresh: tokens::refresh(settings, faults),
            passwords: passwords::rules(settings, faults),
            renew_hashes_to: users.store().map(|_| Cost::USUAL),
        },
        audit: audit::audit(settings, faults),
        users,
        workers: operation::workers(settings, around, faults),
        metrics,
        trusted_proxies,
        ext_authz,
        warnings,
    }
}
