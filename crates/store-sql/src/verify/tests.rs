//! A chain is made here line by line, and then one thing of it is changed.

use portcullis_core::domain::chain::{Checkpoint, Excerpt, Linked};
use portcullis_core::domain::record::{Amendment, Entry, RECORD_VERSION, Record, Verdict};
use proptest::prelude::*;

use super::*;

const START: i64 = 1_800_000_000;

/// Whoever knows the word can sign.
fn signature(message: &[u8]) -> Vec<u8> {
    Link::of(&format!("secret{}", String::from_utf8_lossy(message))).bytes().to_vec()
}

fn record(seconds: i64, reason: &str) -> Record {
    Record {
        reason: reason.into(),
        action: "GET /\"x\"".into(),
        subject: Some("Straße\u{7f}\n".into()),
        address: "192.0.2.1".parse().ok(),
        verdict: Verdict::Refused,
        amendment: Some(Amendment { object: "user a".into(), before: None, after: Some("x".into()) }),
        ..marks::lost(Timestamp::from_seconds(START + seconds), 0)
    }
}

/// Writes a chain: records as they come, each with a checkpoint after it if that is said.
struct Writer {
    sequence: u64,
    previous: Link,
    lines: Vec<String>,
}

impl Writer {
    fn new() -> Self {
        Self { sequence: 0, previous: Link::NONE, lines: vec![] }
    }

    fn record(mut self, record: Record) -> Self {
        self.sequence += 1;
        let entry = Entry { sequence: Sequence(self.sequence), record };
        let linked = Linked { entry: &entry, version: RECORD_VERSION, previous: self.previous };
        self.previous = linked.hash();
        self.lines.push(linked.line(self.previous));
        self
    }

    fn checkpoint(mut self) -> Self {
        let checkpoint = Checkpoint {
            sequence: Sequence(self.sequence),
            hash: self.previous,
            time: Timestamp::from_seconds(START + 100),
            key: "k".into(),
        };
        self.lines.push(checkpoint.line(&signature(checkpoint.message().as_bytes())));
        self
    }
}

/// Lines 1 to 3 and 5 to 7 are records 1 to 6, lines 4 and 8 are checkpoints.
fn chain() -> Vec<String> {
    (0..6)
        .fold(Writer::new(), |writer, number| {
            let writer = writer.record(record(number, &format!("reason {number}")));
            if number % 3 == 2 { writer.checkpoint() } else { writer }
        })
        .lines
}

fn verify(lines: &[String]) -> Result<Verified, Fault> {
    let mut verifier = Verifier::new(Box::new(|key, message, by| key == "k" && by == signature(message)));
    lines.iter().try_for_each(|line| verifier.line(line.as_bytes()))?;
    verifier.end()
}

fn fault(change: impl FnOnce(&mut Vec<String>)) -> (u64, FaultKind) {
    let mut lines = chain();
    change(&mut lines);
    let fault = verify(&lines).unwrap_err();
    (fault.line, fault.kind)
}

#[test]
fn an_untouched_chain_is_verified() {
    let verified = verify(&chain()).unwrap();
    assert_eq!((verified.first, verified.last), (Sequence(1), Sequence(6)));
    assert_eq!((verified.checkpoints, verified.steps_back), (2, 0));
    assert!(chain()[6].contains(&verified.hash.to_string()));
}

#[test]
fn an_edited_record_is_named() {
    let edit = |lines: &mut Vec<String>| lines[4] = lines[4].replace("reason 3", "reason 4");
    assert_eq!(fault(edit), (5, FaultKind::Edited));
}

#[test]
fn a_record_that_was_made_anew_is_found_at_the_next_line() {
    let anew = Writer::new().record(record(0, "another")).lines.remove(0);
    assert_eq!(fault(|lines| lines[0] = anew), (2, FaultKind::Replaced));
}

#[test]
fn a_chain_that_was_made_anew_is_found_at_its_checkpoint() {
    let anew = (0..3).fold(Writer::new(), |writer, number| writer.record(record(number, "another")));
    let exchange = |lines: &mut Vec<String>| drop(lines.splice(0..3, anew.lines));
    assert_eq!(fault(exchange), (4, FaultKind::Replaced));
}

#[test]
fn removed_records_are_named() {
    let (expected, found) = (Sequence(2), Sequence(3));
    assert_eq!(fault(|lines| drop(lines.remove(1))), (2, FaultKind::Removed { expected, found }));
    let (expected, found) = (Sequence(1), Sequence(3));
    assert_eq!(fault(|lines| drop(lines.drain(..2))), (1, FaultKind::Removed { expected, found }));
}

#[test]
fn records_in_another_order_are_named() {
    let reordered = |found| FaultKind::Reordered { found: Sequence(found) };
    assert_eq!(fault(|lines| lines.swap(4, 6)), (5, reordered(6)));
    assert_eq!(fault(|lines| lines.insert(2, lines[0].clone())), (3, reordered(1)));
}

#[test]
fn a_back_dated_record_is_named_and_five_seconds_are_allowed() {
    let back_by = |seconds: i64| {
        let start = Writer::new().record(record(60, "a"));
        verify(&start.record(record(60 - seconds, "b")).checkpoint().lines)
    };
    assert_eq!(back_by(5).unwrap().last, Sequence(2));
    assert_eq!(back_by(6).unwrap_err(), Fault { line: 2, kind: FaultKind::BackDated });
}

#[test]
fn the_time_goes_back_behind_a_mark_only_and_from_there_on() {
    let mark = || marks::step_back(Timestamp::from_seconds(START + 60));
    let chain = |tail: &[i64]| {
        let start = Writer::new().record(record(60, "a")).record(mark());
        tail.iter().fold(start, |writer, seconds| writer.record(record(*seconds, "b"))).checkpoint().lines
    };
    assert_eq!(verify(&chain(&[10, 11, 9])).unwrap().steps_back, 1);
    assert_eq!(verify(&chain(&[10, 1])).unwrap_err(), Fault { line: 4, kind: FaultKind::BackDated });
    assert_eq!(verify(&chain(&[61, 10])).unwrap_err(), Fault { line: 4, kind: FaultKind::BackDated });
}

#[test]
fn what_was_cut_off_behind_the_last_checkpoint_is_named() {
    assert_eq!(fault(|lines| drop(lines.pop())), (7, FaultKind::CutOff));
    assert_eq!(fault(|lines| lines.truncate(6)), (6, FaultKind::CutOff));
    assert_eq!(fault(Vec::clear), (0, FaultKind::CutOff));
}

#[test]
fn a_checkpoint_that_nobody_with_the_key_has_signed_is_named() {
    let digit = |lines: &mut Vec<String>| {
        let at = lines[3].find("\"sig\":\"").unwrap() + 7;
        let other = if &lines[3][at..=at] == "0" { "1" } else { "0" };
        lines[3].replace_range(at..=at, other);
    };
    assert_eq!(fault(digit), (4, FaultKind::Forged));
    assert_eq!(fault(|lines| lines[3] = lines[3].replace("\"seq\":3", "\"seq\":2")), (4, FaultKind::Forged));
    assert_eq!(fault(|lines| lines[3] = lines[3].replace("\"k\"", "\"other\"")), (4, FaultKind::Forged));
    assert_eq!(fault(|lines| lines.swap(3, 7)), (4, FaultKind::Replaced));
}

#[test]
fn a_beginning_that_was_cut_off_at_a_checkpoint_is_named() {
    let (expected, found) = (Sequence(1), Sequence(4));
    assert_eq!(fault(|lines| drop(lines.drain(..3))), (1, FaultKind::Removed { expected, found }));
    assert_eq!(verify(&chain()[7..]).unwrap_err().line, 1);
}

/// A chain of two records, a checkpoint, one more record and a checkpoint, of which the first three lines were pruned.
fn pruned_to(until: u64, hash: Option<Link>) -> Vec<String> {
    let before = (0..2).fold(Writer::new(), |writer, number| writer.record(record(number, "a")));
    let mark =
        marks::pruned(Timestamp::from_seconds(START), Sequence(until), hash.unwrap_or(before.previous));
    before.checkpoint().record(mark).checkpoint().lines.split_off(2)
}

#[test]
fn what_was_pruned_is_told_from_what_was_removed_by_the_record_of_it() {
    let verified = verify(&pruned_to(2, None)).unwrap();
    assert_eq!((verified.first, verified.missing), (Sequence(3), Some(Missing::Pruned { by: Sequence(3) })));
    // It was interrupted, or goes on.
    assert!(verify(&pruned_to(7, None)).is_ok());
    let removed = Fault { line: 1, kind: FaultKind::Removed { expected: Sequence(1), found: Sequence(3) } };
    assert_eq!(verify(&pruned_to(1, None)).unwrap_err(), removed);
    assert_eq!(verify(&pruned_to(2, Some(Link::of("another")))).unwrap_err(), removed);
}

#[test]
fn what_anybody_else_is_recorded_with_says_nothing_of_what_is_pruned() {
    let Record { reason, .. } = marks::pruned(Timestamp::from_seconds(START), Sequence(9), Link::NONE);
    let mut writer = Writer { sequence: 2, previous: Link::of("2"), lines: vec![] }.checkpoint();
    writer = writer.record(record(0, &reason)).checkpoint();
    let kind = FaultKind::Removed { expected: Sequence(1), found: Sequence(3) };
    assert_eq!(verify(&writer.lines).unwrap_err(), Fault { line: 1, kind });
}

#[test]
fn the_first_record_follows_none_and_before_it_none_is_missing() {
    let previous = Link::of("another chain");
    let of_another = Writer { sequence: 0, previous, lines: vec![] }.record(record(0, "x")).checkpoint();
    let fault = verify(&of_another.lines).unwrap_err();
    assert_eq!(fault, Fault { line: 1, kind: FaultKind::Replaced });
    let begins = Writer::new().checkpoint().lines;
    assert_eq!(verify(&[begins, chain()].concat()).unwrap().missing, None);
}

/// The head of an excerpt without the records up to 3 of the chain.
fn head(lines: &[String]) -> String {
    let checkpoint: serde_json::Value = serde_json::from_str(&lines[3]).unwrap();
    let hash = checkpoint["checkpoint"]["hash"].as_str().unwrap();
    let bytes: Vec<u8> =
        (0..64).step_by(2).map(|at| u8::from_str_radix(&hash[at..at + 2], 16).unwrap()).collect();
    let excerpt = Excerpt {
        sequence: Sequence(3),
        hash: Link::from_bytes(bytes.try_into().unwrap()),
        since: Timestamp::from_seconds(START),
        time: Timestamp::from_seconds(START + 200),
        key: "k".into(),
    };
    excerpt.line(&signature(excerpt.message().as_bytes()))
}

#[test]
fn an_excerpt_may_begin_where_its_head_says_and_nowhere_else() {
    let chain = chain();
    let head = head(&chain);
    let with_head = |lines: &[String]| verify(&[std::slice::from_ref(&head), lines].concat());
    let verified = with_head(&chain[3..]).unwrap();
    let since = Timestamp::from_seconds(START);
    assert_eq!((verified.first, verified.missing), (Sequence(4), Some(Missing::NotAsked { since })));
    assert_eq!(with_head(&chain[4..]).unwrap().first, Sequence(4));
    assert!(matches!(with_head(&chain[5..]).unwrap_err().kind, FaultKind::Removed { .. }));
    assert_eq!(with_head(&chain[7..]).unwrap_err().kind, FaultKind::Replaced);
    assert_eq!(with_head(&chain).unwrap_err().kind, FaultKind::Reordered { found: Sequence(1) });
}

#[test]
fn a_head_that_nobody_with_the_key_has_signed_is_named() {
    let chain = chain();
    let with = |head: String| verify(&[&[head], &chain[3..]].concat()).unwrap_err().kind;
    let head = head(&chain);
    assert_eq!(with(head.replace("\"k\"", "\"other\"")), FaultKind::Forged);
    assert_eq!(with(head.replace("\"excerpt\"", "\"checkpoint\"")), FaultKind::Unreadable);
    assert_eq!(with(chain[3].replace("\"checkpoint\"", "\"excerpt\"")), FaultKind::Unreadable);
    let late = [chain.as_slice(), &[head]].concat();
    assert_eq!(verify(&late).unwrap_err(), Fault { line: 9, kind: FaultKind::Replaced });
}

#[test]
fn bytes_that_are_no_text_are_named() {
    let mut verifier = Verifier::new(Box::new(|_, _, _| true));
    let [first, second] = [0, 1].map(|line| chain()[line].clone().into_bytes());
    verifier.line(&first).unwrap();
    let second: Vec<u8> = second.into_iter().map(|byte| if byte == 0xC3 { 0xFF } else { byte }).collect();
    let fault = verifier.line(&second).unwrap_err();
    assert_eq!(fault, Fault { line: 2, kind: FaultKind::Encoding });
    assert_eq!(fault.to_string(), "line 2: bytes that are no UTF-8");
}

#[test]
fn a_line_that_says_the_same_in_other_words_is_none_of_ours() {
    for (from, to) in [
        (r#"{"action""#, r#"{ "action""#),
        (r#""v":1"#, r#""v":1,"v":1"#),
        (r#""v":1"#, r#""v":1.0"#),
        ("reason 0", "\\u0072eason 0"),
    ] {
        let (line, kind) = fault(|lines| lines[0] = lines[0].replace(from, to));
        assert!(line == 1 && matches!(kind, FaultKind::Edited | FaultKind::Unreadable), "{to}: {kind:?}");
    }
    for other in ["", "[]", "{}", "null", "{\"checkpoint\":{}}", "{\"checkpoint\":1}", "\u{FEFF}{}"] {
        assert_eq!(fault(|lines| lines[0] = other.into()), (1, FaultKind::Unreadable), "{other}");
    }
}

#[test]
fn faults_say_where_they_are() {
    let (line, kind) = fault(|lines| drop(lines.remove(1)));
    let said = "line 2: record 2 was expected and 3 is there: records were removed";
    assert_eq!(Fault { line, kind }.to_string(), said);
}

proptest! {
    #[test]
    fn any_byte_that_is_changed_is_found(at in 0_usize..4000, by in 1_u8..=255) {
        let text = chain().join("\n");
        let mut bytes = text.into_bytes();
        let at = at % bytes.len();
        bytes[at] = bytes[at].wrapping_add(by);
        let mut verifier = Verifier::new(Box::new(|key, message, by| key == "k" && by == signature(message)));
        let read = bytes.split(|byte| *byte == b'\n').try_for_each(|line| verifier.line(line));
        prop_assert!(read.and_then(|()| verifier.end()).is_err());
    }

    #[test]
    fn every_json_reader_reads_what_was_recorded(reason in any::<String>(), subject in any::<Option<String>>()) {
        let written = Record { subject: subject.clone(), ..record(0, &reason) };
        let line = Writer::new().record(written).lines.remove(0);
        let read: serde_json::Value = serde_json::from_str(&line).unwrap();
        prop_assert_eq!(read["reason"].as_str(), Some(reason.as_str()));
        prop_assert_eq!(read.get("subject").and_then(|subject| subject.as_str()), subject.as_deref());
        if !line.contains("\\u007f") {
            prop_assert_eq!(serde_json::to_string(&read).unwrap(), line);
        }
    }
}
