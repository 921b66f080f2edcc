//! `ring.json`: the keys of the ring and their times, as text.

use std::time::Duration;

use portcullis_core::domain::time::Timestamp;
use portcullis_crypto::keys::KeyAlgorithm;
use serde::{Deserialize, Serialize};

use super::chain::{Chain, Entry};
use crate::telemetry::records::rfc3339;

/// The version of the form; raised when a member changes its meaning.
const VERSION: u8 = 1;
/// What the keys are for. A key for something else has no place among them.
const PURPOSE: &str = "tokens";
/// How long a name is: SHA-256 as base64url (RFC 7638).
const NAME: usize = 43;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    version: u8,
    purpose: String,
    keys: Vec<Key>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    kid: String,
    alg: String,
    created: String,
    signs_from: String,
    retired_at: Option<String>,
    /// In seconds.
    longest_token: Option<u64>,
    /// For people: it follows from the two above.
    verifies_until: Option<String>,
}

/// The text of a chain.
pub(super) fn write(chain: &Chain) -> String {
    let text = |time: Timestamp| rfc3339(time.micros());
    let key = |entry: &Entry| Key {
        kid: entry.id.clone(),
        alg: entry.algorithm.name().to_owned(),
        created: text(entry.created),
        signs_from: text(entry.signs_from),
        retired_at: entry.retired_at.map(text),
        longest_token: entry.longest_token.map(|lifetime| lifetime.as_secs()),
        verifies_until: entry.verifies_until().map(text),
    };
    let keys = chain.0.iter().map(key).collect();
    let manifest = Manifest { version: VERSION, purpose: PURPOSE.to_owned(), keys };
    serde_json::to_string_pretty(&manifest).unwrap_or_default() + "\n"
}

/// The chain of a text, or what is wrong with it.
pub(super) fn read(text: &str) -> Result<Chain, String> {
    let manifest: Manifest = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if (manifest.version, manifest.purpose.as_str()) != (VERSION, PURPOSE) {
        return Err(format!("expected version {VERSION} and the purpose `{PURPOSE}`"));
    }
    let entries: Result<Vec<_>, _> = manifest.keys.iter().map(entry).collect();
    let entries = entries?;
    for (place, entry) in entries.iter().enumerate() {
        if entries.iter().skip(place + 1).any(|other| other.id == entry.id) {
            return Err(format!("the key {} is there twice", entry.id));
        }
    }
    Ok(Chain(entries))
}

fn entry(key: &Key) -> Result<Entry, String> {
    let is_of_a_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    // It becomes the name of a file.
    if key.kid.len() != NAME || !key.kid.bytes().all(is_of_a_name) {
        return Err("a `kid` is no thumbprint of a key".to_owned());
    }
    let algorithm = KeyAlgorithm::named(&key.alg);
    Ok(Entry {
        id: key.kid.clone(),
        algorithm: algorithm.ok_or_else(|| format!("the key {} has an `alg` that is unknown", key.kid))?,
        created: time(&key.created)?,
        signs_from: time(&key.signs_from)?,
        retired_at: key.retired_at.as_deref().map(time).transpose()?,
        longest_token: key.longest_token.map(Duration::from_secs),
    })
}

fn time(text: &str) -> Result<Timestamp, String> {
    let time = text.parse::<jiff::Timestamp>().map_err(|error| error.to_string())?;
    Ok(Timestamp::from_micros(time.as_microsecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain() -> Chain {
        let mut chain = Chain::default();
        let at = |seconds: i64| Timestamp::from_seconds(1_800_000_000 + seconds);
        chain.add("A".repeat(NAME), KeyAlgorithm::EdDsa, at(0), at(0));
        chain.note_lifetime(at(1), Duration::from_hours(1));
        chain.add("b-_9".repeat(11)[..NAME].to_owned(), KeyAlgorithm::Rs256, at(10), at(370));
        chain
    }

    #[test]
    fn what_was_written_is_read_back() {
        for chain in [chain(), Chain::default()] {
            assert_eq!(read(&write(&chain)), Ok(chain));
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        let good = write(&chain());
        for (from, to) in [
            ("\"version\": 1", "\"version\": 2"),
            ("\"tokens\"", "\"audit\""),
            ("EdDSA", "none"),
            ("\"created\"", "\"made\""),
            ("2027-01-15T08:00:00Z", "yesterday"),
            (&*"A".repeat(NAME), "../../etc/passwd"),
            (&*"A".repeat(NAME), &chain().0[1].id),
            ("}\n", "}\n}"),
        ] {
            assert!(good.contains(from), "{from}: {good}");
            assert!(read(&good.replacen(from, to, 1)).is_err(), "{from}");
        }
        for text in ["", "null", "[]", "{}", &good[..good.len() / 2]] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
