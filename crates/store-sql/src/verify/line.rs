//! A line as it was written: a record, a checkpoint or the head of an excerpt.
//!
//! A line must be what this program would write, to the byte. JSON leaves room for more, for a member that stands twice
//! for one, which one reader takes for this and the next for that.

use portcullis_core::domain::chain::Link;
use portcullis_core::domain::chain_text;
use portcullis_core::domain::record::Sequence;
use portcullis_core::domain::time::Timestamp;
use serde_json::{Map, Value};

use super::FaultKind;
use crate::marks;

pub(super) enum Line {
    Record(RecordLine),
    Checkpoint(SignedLine),
    /// The head of an excerpt, and since when that is.
    Excerpt(SignedLine, Timestamp),
}

pub(super) struct RecordLine {
    pub(super) sequence: Sequence,
    pub(super) previous: Link,
    pub(super) hash: Link,
    pub(super) time: Timestamp,
    /// It marks that what follows is of an earlier time.
    pub(super) is_step_back: bool,
    /// It marks that records are pruned up to this one, which had this hash.
    pub(super) prunes: Option<(Sequence, Link)>,
}

/// What the key has signed about a record.
pub(super) struct SignedLine {
    pub(super) sequence: Sequence,
    pub(super) hash: Link,
    pub(super) key: String,
    /// What was signed.
    pub(super) message: String,
    pub(super) signature: Vec<u8>,
}

pub(super) fn parsed(line: &[u8]) -> Result<Line, FaultKind> {
    let text = std::str::from_utf8(line).map_err(|_| FaultKind::Encoding)?;
    let Ok(Value::Object(mut members)) = serde_json::from_str(text) else {
        return Err(FaultKind::Unreadable);
    };
    for kind in ["checkpoint", "excerpt"] {
        if let Some(signed) = members.remove(kind) {
            let line = signed.as_object().filter(|_| members.is_empty());
            return line.and_then(|line| self::signed(kind, line, text)).ok_or(FaultKind::Unreadable);
        }
    }
    record(members, text)
}

fn record(mut members: Map<String, Value>, text: &str) -> Result<Line, FaultKind> {
    let whole = canonical(&members).ok_or(FaultKind::Unreadable)?;
    let hash = members.remove("hash").as_ref().and_then(link).ok_or(FaultKind::Unreadable)?;
    let without = canonical(&members).ok_or(FaultKind::Unreadable)?;
    if whole != text || Link::of(&without) != hash {
        return Err(FaultKind::Edited);
    }
    let is = |name: &str, expected: &str| members.get(name).and_then(Value::as_str) == Some(expected);
    let record = || {
        Some(RecordLine {
            sequence: sequence(&members)?,
            previous: members.get("prev").and_then(link)?,
            hash,
            time: time_of("time", &members)?,
            is_step_back: is("action", marks::ACTION) && is("reason", marks::STEP_BACK),
            prunes: if is("action", marks::ACTION) { prunes(&members) } else { None },
        })
    };
    record().map(Line::Record).ok_or(FaultKind::Unreadable)
}

/// One of these and no other: what is signed of one kind is none of the other.
const CHECKPOINT: [&str; 5] = ["hash", "key", "seq", "sig", "time"];
const EXCERPT: [&str; 6] = ["hash", "key", "seq", "sig", "since", "time"];

fn signed(kind: &str, members: &Map<String, Value>, text: &str) -> Option<Line> {
    let is_canonical = format!("{{\"{kind}\":{}}}", canonical(members)?) == text;
    let has =
        |names: &[&str]| members.len() == names.len() && names.iter().all(|name| members.contains_key(*name));
    let mut unsigned = members.clone();
    let signature = bytes(unsigned.remove("sig")?.as_str()?)?;
    let line = SignedLine {
        sequence: sequence(members)?,
        hash: members.get("hash").and_then(link)?,
        key: members.get("key")?.as_str()?.to_owned(),
        message: canonical(&unsigned)?,
        signature,
    };
    match kind {
        "checkpoint" if is_canonical && has(&CHECKPOINT) => Some(Line::Checkpoint(line)),
        "excerpt" if is_canonical && has(&EXCERPT) => Some(Line::Excerpt(line, time_of("since", members)?)),
        _ => None,
    }
}

fn prunes(members: &Map<String, Value>) -> Option<(Sequence, Link)> {
    let (until, hash) = marks::said_to_be_pruned(members.get("reason")?.as_str()?)?;
    Some((until, Link::from_bytes(bytes(hash)?.try_into().ok()?)))
}

/// An object as it is written: compact, its names sorted, all values texts, numbers or objects.
fn canonical(members: &Map<String, Value>) -> Option<String> {
    let mut sorted: Vec<_> = members.iter().collect();
    sorted.sort_by_key(|(name, _)| *name);
    let mut json = String::from("{");
    for (name, value) in sorted {
        if json.len() > 1 {
            json.push(',');
        }
        chain_text::string(&mut json, name);
        json.push(':');
        match value {
            Value::String(text) => chain_text::string(&mut json, text),
            Value::Number(number) => json.push_str(&number.as_u64()?.to_string()),
            Value::Object(members) => json.push_str(&canonical(members)?),
            Value::Null | Value::Bool(_) | Value::Array(_) => return None,
        }
    }
    json.push('}');
    Some(json)
}

fn sequence(members: &Map<String, Value>) -> Option<Sequence> {
    members.get("seq")?.as_u64().filter(|sequence| *sequence < u64::MAX).map(Sequence)
}

fn time_of(name: &str, members: &Map<String, Value>) -> Option<Timestamp> {
    let time: jiff::Timestamp = members.get(name)?.as_str()?.parse().ok()?;
    Some(Timestamp::from_micros(time.as_microsecond()))
}

fn link(value: &Value) -> Option<Link> {
    Some(Link::from_bytes(bytes(value.as_str()?)?.try_into().ok()?))
}

/// The bytes of lower-case hexadecimal digits.
fn bytes(digits: &str) -> Option<Vec<u8>> {
    let digit = |character: u8| match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    let byte = |[high, low]: &[u8; 2]| Some(digit(*high)? << 4 | digit(*low)?);
    if rest.is_empty() { pairs.iter().map(byte).collect() } else { None }
}
