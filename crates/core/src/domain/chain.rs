//! The chain of records: each carries the hash of the one before it, in a form that standard tools reproduce.
//!
//! A record is one line of JSON as `jq -cS` prints it: compact, its names sorted, what is absent left out. Its hash is
//! the SHA-256 of that line without the member `hash` and without a line feed, so that
//! `jq -cS 'del(.hash)' | tr -d '\n' | sha256sum` says it again.

use std::fmt;

use sha2::{Digest, Sha256};

use super::chain_text::{Object, hex, rfc3339};
use super::record::{Amendment, Entry, Record, Sequence};
use super::time::Timestamp;

/// The hash of a record: what the next one carries as `prev`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Link([u8; 32]);

impl Link {
    /// What the first record carries: 64 zeros.
    pub const NONE: Self = Self([0; 32]);

    /// A hash that was kept.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, to be kept.
    pub const fn bytes(self) -> [u8; 32] {
        self.0
    }

    /// The hash of a line of the chain, which must be without its member `hash`.
    pub fn of(line: &str) -> Self {
        Self(Sha256::digest(line).into())
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A record in its place in the chain.
#[derive(Debug, Clone, Copy)]
pub struct Linked<'e> {
    /// The record and its place.
    pub entry: &'e Entry,
    /// The version of its form.
    pub version: u8,
    /// The hash of the record before it.
    pub previous: Link,
}

impl Linked<'_> {
    /// The hash of this record.
    pub fn hash(&self) -> Link {
        Link::of(&self.json(None))
    }

    /// The line of this record, with the hash that was kept with it.
    pub fn line(&self, hash: Link) -> String {
        self.json(Some(hash))
    }

    fn json(&self, hash: Option<Link>) -> String {
        let Entry { sequence, record } = self.entry;
        let Record { time, request_id, decision_id, subject, address, .. } = record;
        let Record { action, route, realm, verdict, reason, amendment, .. } = record;
        let mut object = Object::new();
        object.text("action", action);
        object.text_if_there("address", address.map(|address| address.to_string()).as_deref());
        if let Some(amendment) = amendment {
            object.json("amendment", &amendment_json(amendment));
        }
        object.text_if_there("decision_id", decision_id.as_deref());
        object.text_if_there("hash", hash.map(|hash| hash.to_string()).as_deref());
        object.text("prev", &self.previous.to_string());
        object.text_if_there("realm", realm.as_ref().map(super::realm::Realm::as_str));
        object.text("reason", reason);
        object.text("request_id", request_id);
        object.text_if_there("route", route.as_deref());
        object.json("seq", &sequence.0.to_string());
        object.text_if_there("subject", subject.as_deref());
        object.text("time", &rfc3339(*time));
        object.json("v", &self.version.to_string());
        object.text("verdict", verdict.as_str());
        object.end()
    }
}

fn amendment_json(amendment: &Amendment) -> String {
    let mut object = Object::new();
    object.text_if_there("after", amendment.after.as_deref());
    object.text_if_there("before", amendment.before.as_deref());
    object.text("object", &amendment.object);
    object.end()
}

/// A seal on everything up to a record: who has the key says that the chain was so at that time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The last record that it covers.
    pub sequence: Sequence,
    /// The hash of that record.
    pub hash: Link,
    /// When it was set.
    pub time: Timestamp,
    /// The name of the key.
    pub key: String,
}

impl Checkpoint {
    /// What is signed: `jq -cS '.checkpoint | del(.sig)'` without a line feed.
    pub fn message(&self) -> String {
        self.json(None)
    }

    /// The line of this checkpoint.
    pub fn line(&self, signature: &[u8]) -> String {
        let mut object = Object::new();
        object.json("checkpoint", &self.json(Some(signature)));
        object.end()
    }

    fn json(&self, signature: Option<&[u8]>) -> String {
        let mut object = Object::new();
        object.text("hash", &self.hash.to_string());
        object.text("key", &self.key);
        object.json("seq", &self.sequence.0.to_string());
        object.text_if_there("sig", signature.map(hex).as_deref());
        object.text("time", &rfc3339(self.time));
        object.end()
    }
}

/// The head of an excerpt: who has the key says that the lines after it were to begin there, since no more was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The last record that is left out.
    pub sequence: Sequence,
    /// The hash of that record.
    pub hash: Link,
    /// From when on records were asked for.
    pub since: Timestamp,
    /// When that was.
    pub time: Timestamp,
    /// The name of the key.
    pub key: String,
}

impl Excerpt {
    /// What is signed: `jq -cS '.excerpt | del(.sig)'` without a line feed.
    pub fn message(&self) -> String {
        self.json(None)
    }

    /// The line of this head.
    pub fn line(&self, signature: &[u8]) -> String {
        let mut object = Object::new();
        object.json("excerpt", &self.json(Some(signature)));
        object.end()
    }

    fn json(&self, signature: Option<&[u8]>) -> String {
        let mut object = Object::new();
        object.text("hash", &self.hash.to_string());
        object.text("key", &self.key);
        object.json("seq", &self.sequence.0.to_string());
        object.text_if_there("sig", signature.map(hex).as_deref());
        object.text("since", &rfc3339(self.since));
        object.text("time", &rfc3339(self.time));
        object.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::realm::Realm;
    use crate::domain::record::{RECORD_VERSION, Verdict};

    fn full() -> Entry {
        let record = Record {
            time: Timestamp::from_micros(1_700_000_000_000_001),
            request_id: "r\"1".into(),
            decision_id: Some("d".into()),
            subject: Some("Alice".into()),
            address: Some("2001:db8::1".parse().unwrap()),
            action: "user.edit".into(),
            route: Some("PATCH /api/v1/auth/users/{name}".into()),
            realm: Some(Realm::parse("Straße 7").unwrap()),
            verdict: Verdict::Allowed,
            reason: "a\u{7f}\n".into(),
            amendment: Some(Amendment { object: "user bob".into(), before: None, after: Some("x".into()) }),
        };
        Entry { sequence: Sequence(7), record }
    }

    fn bare() -> Entry {
        let mut entry = full();
        let Record { decision_id, subject, address, route, realm, amendment, .. } = &mut entry.record;
        (*decision_id, *subject, *address, *route, *realm, *amendment) = Default::default();
        entry
    }

    fn linked(entry: &Entry) -> Linked<'_> {
        Linked { entry, version: RECORD_VERSION, previous: Link::NONE }
    }

    #[test]
    fn a_line_has_every_member_in_order_and_the_escapes_of_jq() {
        let zeros = "0".repeat(64);
        assert_eq!(
            linked(&full()).line(Link::from_bytes([0xAB; 32])),
            format!(
                r#"{{"action":"user.edit","address":"2001:db8::1","amendment":{{"after":"x","object":"user bob"}},"decision_id":"d","hash":"{}","prev":"{zeros}","realm":"Straße 7","reason":"a\u007f\n","request_id":"r\"1","route":"PATCH /api/v1/auth/users/{{name}}","seq":7,"subject":"Alice","time":"2023-11-14T22:13:20.000001Z","v":1,"verdict":"allowed"}}"#,
                "ab".repeat(32),
            )
        );
    }

    #[test]
    fn what_is_absent_is_left_out() {
        assert_eq!(
            linked(&bare()).json(None),
            format!(
                r#"{{"action":"user.edit","prev":"{}","reason":"a\u007f\n","request_id":"r\"1","seq":7,"time":"2023-11-14T22:13:20.000001Z","v":1,"verdict":"allowed"}}"#,
                "0".repeat(64),
            )
        );
    }

    #[test]
    fn the_hash_is_that_of_the_line_without_it_and_depends_on_the_one_before() {
        let entry = bare();
        let one = linked(&entry);
        // Of the line of the test above: jq -cS 'del(.hash)' | tr -d '\n' | sha256sum
        assert_eq!(
            one.hash().to_string(),
            "528e706172fa8ba40d8bee8d8db308d0d14671c2c75908f40790720e177b5b4b"
        );
        assert_ne!(one.hash(), Linked { previous: one.hash(), ..one }.hash());
        assert_ne!(one.hash(), Linked { version: 2, ..one }.hash());
    }

    #[test]
    fn a_checkpoint_signs_what_it_says() {
        let checkpoint = Checkpoint {
            sequence: Sequence(9),
            hash: Link::from_bytes([1; 32]),
            time: Timestamp::from_seconds(0),
            key: "k1".into(),
        };
        let hash = "01".repeat(32);
        let time = "1970-01-01T00:00:00.000000Z";
        assert_eq!(
            checkpoint.message(),
            format!(r#"{{"hash":"{hash}","key":"k1","seq":9,"time":"{time}"}}"#)
        );
        assert_eq!(
            checkpoint.line(&[0xC0, 1]),
            format!(
                r#"{{"checkpoint":{{"hash":"{hash}","key":"k1","seq":9,"sig":"c001","time":"{time}"}}}}"#
            )
        );
    }

    #[test]
    fn the_head_of_an_excerpt_signs_what_it_says() {
        let excerpt = Excerpt {
            sequence: Sequence(9),
            hash: Link::from_bytes([1; 32]),
            since: Timestamp::from_seconds(1),
            time: Timestamp::from_seconds(2),
            key: "k1".into(),
        };
        let hash = "01".repeat(32);
        let [since, time] = ["1970-01-01T00:00:01.000000Z", "1970-01-01T00:00:02.000000Z"];
        let said = format!(r#"{{"hash":"{hash}","key":"k1","seq":9,"since":"{since}","time":"{time}"}}"#);
        assert_eq!(excerpt.message(), said);
        let signed = said.replace(r#""since""#, r#""sig":"c0","since""#);
        assert_eq!(excerpt.line(&[0xC0]), format!(r#"{{"excerpt":{signed}}}"#));
    }
}
