//! Refusals of nobody in particular, gathered by where they come from: a flood must not fill the disk.

use std::collections::HashMap;
use std::net::IpAddr;

use portcullis_core::domain::record::{Record, Verdict};
use portcullis_core::domain::time::Timestamp;

/// How many places refusals are told apart by at a time; those of all others count together.
const ORIGINS: usize = 1024;

/// A minute, in seconds.
const MINUTE: i64 = 60;

/// Where refusals come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Origin {
    /// An IPv4 address.
    V4(u32),
    /// An IPv6 network of 64 bits: whoever has one address of it has them all.
    V6(u64),
    /// Nobody said.
    Unknown,
    /// More than are told apart.
    Others,
}

impl Origin {
    fn of(record: &Record) -> Self {
        match record.address {
            Some(IpAddr::V4(address)) => Self::V4(address.to_bits()),
            Some(IpAddr::V6(address)) => {
                let [a, b, c, d, ..] = address.segments();
                Self::V6([a, b, c, d].into_iter().fold(0, |bits, segment| bits << 16 | u64::from(segment)))
            }
            None => Self::Unknown,
        }
    }
}

/// The refusals of one origin in one minute.
#[derive(Debug)]
struct Gathering {
    minute: i64,
    /// How many came after the first one, which was recorded itself, and the last of them.
    later: u64,
    last: Record,
}

/// The refusals of the present minute.
#[derive(Debug, Default)]
pub(crate) struct Refusals(HashMap<Origin, Gathering>);

impl Refusals {
    /// Takes a record in, and gives those that are to be written: any other record, the first refusal from an origin
    /// in a minute, and one about the rest when the minute is over.
    pub(crate) fn gather(&mut self, record: Record) -> impl Iterator<Item = Record> + use<> {
        let (over, own) = self.sorted(record);
        over.into_iter().chain(own)
    }

    fn sorted(&mut self, record: Record) -> (Option<Record>, Option<Record>) {
        if record.subject.is_some() || record.verdict != Verdict::Refused {
            return (None, Some(record));
        }
        let minute = record.time.seconds().div_euclid(MINUTE);
        let origin = self.told_apart(Origin::of(&record));
        match self.0.get_mut(&origin) {
            Some(gathering) if gathering.minute == minute => {
                gathering.later += 1;
                gathering.last = record;
                (None, None)
            }
            _ => {
                let begun = Gathering { minute, later: 0, last: record.clone() };
                let over = self.0.insert(origin, begun).and_then(|over| over.summary(origin, record.time));
                (over, Some(record))
            }
        }
    }

    /// What is to be written about the minutes that are over; about the present one too if `all`.
    pub(crate) fn over(&mut self, now: Timestamp, all: bool) -> Vec<Record> {
        let present = now.seconds().div_euclid(MINUTE);
        let is_over = |_: &Origin, gathering: &mut Gathering| all || gathering.minute < present;
        let over = self.0.extract_if(is_over);
        over.filter_map(|(origin, gathering)| gathering.summary(origin, now)).collect()
    }

    fn told_apart(&self, origin: Origin) -> Origin {
        if self.0.len() < ORIGINS || self.0.contains_key(&origin) { origin } else { Origin::Others }
    }
}

impl Gathering {
    fn summary(self, origin: Origin, now: Timestamp) -> Option<Record> {
        let Self { later, last, .. } = self;
        let address = last.address.filter(|_| origin != Origin::Others);
        let reason = format!(
            "{later} more refusals like the first one of this minute; the last one: {}: {}",
            last.action, last.reason
        );
        let action = "refusals".to_owned();
        let more = Record { time: now, decision_id: None, address, action, route: None, reason, ..last };
        (later > 0).then_some(more)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(seconds: i64, address: &str) -> Record {
        Record {
            time: Timestamp::from_seconds(seconds),
            request_id: String::new(),
            decision_id: None,
            subject: None,
            address: address.parse().ok(),
            action: "GET /x".into(),
            route: None,
            realm: None,
            verdict: Verdict::Refused,
            reason: "no token".into(),
            amendment: None,
        }
    }

    fn reasons(records: impl IntoIterator<Item = Record>) -> Vec<String> {
        records.into_iter().map(|record| record.reason).collect()
    }

    const THREE_MORE: &str =
        "3 more refusals like the first one of this minute; the last one: GET /x: no token";

    #[test]
    fn the_first_of_an_address_and_minute_is_written_and_the_rest_counted() {
        let mut refusals = Refusals::default();
        assert_eq!(reasons(refusals.gather(refusal(60, "192.0.2.1"))), ["no token"]);
        for second in [61, 62, 119] {
            assert!(refusals.gather(refusal(second, "192.0.2.1")).next().is_none());
        }
        assert_eq!(reasons(refusals.gather(refusal(61, "192.0.2.2"))), ["no token"]);
        assert!(refusals.over(Timestamp::from_seconds(119), false).is_empty());
        assert_eq!(reasons(refusals.over(Timestamp::from_seconds(120), false)), [THREE_MORE]);
        assert_eq!(reasons(refusals.gather(refusal(120, "192.0.2.1"))), ["no token"]);
    }

    #[test]
    fn the_first_of_a_new_minute_closes_the_one_before() {
        let mut refusals = Refusals::default();
        (60..64).for_each(|second| drop(refusals.gather(refusal(second, "192.0.2.1"))));
        let written: Vec<Record> = refusals.gather(refusal(130, "192.0.2.1")).collect();
        assert_eq!(reasons(written.clone()), [THREE_MORE, "no token"]);
        assert!(written.iter().all(|record| record.time.seconds() == 130));
    }

    #[test]
    fn a_network_of_64_bits_is_one_origin() {
        let mut refusals = Refusals::default();
        assert_eq!(refusals.gather(refusal(0, "2001:db8::1")).count(), 1);
        assert_eq!(refusals.gather(refusal(0, "2001:db8::ffff:1")).count(), 0);
        assert_eq!(refusals.gather(refusal(0, "2001:db8:0:1::1")).count(), 1);
    }

    #[test]
    fn origins_beyond_the_bound_count_together() {
        let mut refusals = Refusals::default();
        let from = |number: usize| refusal(0, &format!("10.0.{}.{}", number / 256, number % 256));
        let written: usize = (0..3000).map(|number| refusals.gather(from(number)).count()).sum();
        assert_eq!(written, ORIGINS + 1);
        assert_eq!(refusals.0.len(), ORIGINS + 1);
        let over = refusals.over(Timestamp::from_seconds(0), true);
        assert_eq!(over.len(), 1);
        assert!(over[0].address.is_none() && over[0].reason.starts_with("1975 more"));
    }

    #[test]
    fn whoever_is_known_and_whatever_passed_is_written_each_time() {
        let mut refusals = Refusals::default();
        let known = Record { subject: Some("bob".into()), ..refusal(0, "192.0.2.1") };
        let passed = Record { verdict: Verdict::Allowed, ..refusal(0, "192.0.2.1") };
        for _ in 0..3 {
            assert_eq!(refusals.gather(known.clone()).count(), 1);
            assert_eq!(refusals.gather(passed.clone()).count(), 1);
        }
    }
}
