//! A line as it was written: a record or a checkpoint.
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
    Checkpoint(CheckpointLine),
}

pub(super) struct RecordLine {
    pub(super) sequence: Sequence,
    pub(super) previous: Link,
    pub(super) hash: Link,
    pub(super) time: Timestamp,
    /// It marks that what follows is of an earlier time.
    pub(super) is_step_back: bool,
}

pub(super) struct CheckpointLine {
    pub(super) sequence: Sequence,
    pub(super) hash: Link,
    pub(super) key: String,
    /// What was signed.
    pub(super) message: String,
    pub(super) signature: Vec<u8>,
}

pub(super) fn parsed(text: &str) -> Result<Line, FaultKind> {
    let Ok(Value::Object(mut members)) = serde_json::from_str(text) else {
        return Err(FaultKind::Unreadable);
    };
    match members.remove("checkpoint") {
        Some(Value::Object(checkpoint)) if members.is_empty() => self::checkpoint(checkpoint, text),
        Some(_) => Err(FaultKind::Unreadable),
        None => record(members, text),
    }
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
            time: time(&members)?,
            is_step_back: is("action", marks::ACTION) && is("reason", marks::STEP_BACK),
        })
    };
    record().map(Line::Record).ok_or(FaultKind::Unreadable)
}

fn checkpoint(mut members: Map<String, Value>, text: &str) -> Result<Line, FaultKind> {
    let whole = canonical(&members).ok_or(FaultKind::Unreadable)?;
    if format!("{{\"checkpoint\":{whole}}}") != text {
        return Err(FaultKind::Unreadable);
    }
    let signature = members.remove("sig");
    let checkpoint = || {
        Some(CheckpointLine {
            sequence: sequence(&members)?,
            hash: members.get("hash").and_then(link)?,
            key: members.get("key")?.as_str()?.to_owned(),
            message: canonical(&members)?,
            signature: bytes(signature.as_ref()?.as_str()?)?,
        })
    };
    checkpoint().map(Line::Checkpoint).ok_or(FaultKind::Unreadable)
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

fn time(members: &Map<String, Value>) -> Option<Timestamp> {
    let time: jiff::Timestamp = members.get("time")?.as_str()?.parse().ok()?;
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
