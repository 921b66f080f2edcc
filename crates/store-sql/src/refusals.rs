//! Refusals, gathered by whom they are of: neither a flood of strangers nor somebody with few rights must fill the disk.

use std::collections::HashMap;
use std::net::IpAddr;

use portcullis_core::domain::record::{Record, Verdict};
use portcullis_core::domain::time::Timestamp;

/// How many kinds of refusals of nobody in particular are told apart at a time, and how many of somebody; all others of
/// either count together.
const KINDS: usize = 1024;

/// A minute, in seconds.
const MINUTE: i64 = 60;

/// What refusals have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Kind {
    /// They are of nobody in particular, and from here.
    Nobody(Origin),
    /// They are of somebody whose token was good, at this route: wherever he is, and whatever he puts in its parameters.
    AtRoute { subject: String, route: String },
    /// Somebody is meant, perhaps by somebody else who does not know his password.
    Attempt { subject: String, action: String, from: Origin },
    /// More than are told apart.
    Others,
}

/// Where refusals come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Origin {
    /// An IPv4 address.
    V4(u32),
    /// An IPv6 network of 64 bits: whoever has one address of it has them all.
    V6(u64),
    /// Nobody said.
    Unknown,
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

impl Kind {
    fn of(record: &Record) -> Self {
        let from = Origin::of(record);
        let Some(subject) = record.subject.as_ref().map(|subject| subject.to_lowercase()) else {
            return Self::Nobody(from);
        };
        match record.route.clone() {
            Some(route) => Self::AtRoute { subject, route },
            None => Self::Attempt { subject, action: record.action.clone(), from },
        }
    }
}

/// The refusals of the present minute.
#[derive(Debug, Default)]
pub(crate) struct Refusals {
    /// Apart, so that neither can crowd out the other.
    of_nobody: HashMap<Kind, Gathering>,
    of_somebody: HashMap<Kind, Gathering>,
}

/// The refusals of one kind in one minute.
#[derive(Debug)]
struct Gathering {
    minute: i64,
    /// How many came after the first one, which was recorded itself, and the last of them.
    later: u64,
    last: Record,
}

impl Refusals {
    /// Takes a record in, and gives those that are to be written: any other record, the first refusal of a kind in a
    /// minute, and one about the rest when the minute is over.
    pub(crate) fn gather(&mut self, record: Record) -> impl Iterator<Item = Record> + use<> {
        let (over, own) = self.sorted(record);
        over.into_iter().chain(own)
    }

    fn sorted(&mut self, record: Record) -> (Option<Record>, Option<Record>) {
        if record.verdict != Verdict::Refused {
            return (None, Some(record));
        }
        let minute = record.time.seconds().div_euclid(MINUTE);
        let gathered = if record.subject.is_none() { &mut self.of_nobody } else { &mut self.of_somebody };
        let kind = told_apart(gathered, Kind::of(&record));
        match gathered.get_mut(&kind) {
            Some(gathering) if gathering.minute == minute => {
                gathering.later += 1;
                gathering.last = record;
                (None, None)
            }
            _ => {
                let begun = Gathering { minute, later: 0, last: record.clone() };
                let over = gathered.insert(kind.clone(), begun);
                (over.and_then(|over| over.summary(&kind, record.time)), Some(record))
            }
        }
    }

    /// What is to be written about the minutes that are over; about the present one too if `all`.
    pub(crate) fn over(&mut self, now: Timestamp, all: bool) -> Vec<Record> {
        let present = now.seconds().div_euclid(MINUTE);
        let is_over = |_: &Kind, gathering: &mut Gathering| all || gathering.minute < present;
        let over = self.of_nobody.extract_if(is_over).chain(self.of_somebody.extract_if(is_over));
        over.filter_map(|(kind, gathering)| gathering.summary(&kind, now)).collect()
    }
}

fn told_apart(gathered: &HashMap<Kind, Gathering>, kind: Kind) -> Kind {
    if gathered.len() < KINDS || gathered.contains_key(&kind) { kind } else { Kind::Others }
}

impl Gathering {
    /// One record for all but the first, with what they have in common.
    fn summary(self, kind: &Kind, time: Timestamp) -> Option<Record> {
        let Self { later, last, .. } = self;
        let reason = format!(
            "{later} more refusals like the first one of this minute; the last one: {}: {}",
            last.action, last.reason
        );
        let action = "refusals".to_owned();
        let more = Record { time, decision_id: None, action, realm: None, reason, ..last };
        let more = match kind {
            Kind::Nobody(_) | Kind::Attempt { .. } => Record { route: None, ..more },
            Kind::AtRoute { .. } => more,
            Kind::Others => Record { subject: None, address: None, route: None, ..more },
        };
        (later > 0).then_some(more)
    }
}

#[cfg(test)]
mod tests {
    use portcullis_core::domain::realm::Realm;

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
        assert_eq!(written, KINDS + 1);
        assert_eq!(refusals.of_nobody.len(), KINDS + 1);
        let over = refusals.over(Timestamp::from_seconds(0), true);
        assert_eq!(over.len(), 1);
        assert!(over[0].address.is_none() && over[0].reason.starts_with("1975 more"));
    }

    /// A refusal of somebody at a route.
    fn at(route: &str, subject: &str, address: &str) -> Record {
        let (subject, route) = (Some(subject.into()), Some(route.into()));
        Record { subject, route, realm: Realm::parse("here").ok(), ..refusal(0, address) }
    }

    #[test]
    fn somebody_is_written_once_in_a_minute_at_each_route_wherever_he_is() {
        let mut refusals = Refusals::default();
        assert_eq!(refusals.gather(at("GET /x/{id}", "bob", "192.0.2.1")).count(), 1);
        for (number, name) in [(2, "Bob"), (3, "bob"), (3, "BOB")] {
            let record = at("GET /x/{id}", name, &format!("192.0.2.{number}"));
            let record = Record { action: format!("GET /x/{number}"), ..record };
            assert_eq!(refusals.gather(record).count(), 0, "{name}");
        }
        assert_eq!(refusals.gather(at("DELETE /x/{id}", "bob", "192.0.2.1")).count(), 1);
        assert_eq!(refusals.gather(at("GET /x/{id}", "alice", "192.0.2.1")).count(), 1);
        assert_eq!(refusals.gather(refusal(0, "192.0.2.1")).count(), 1, "nobody is somebody else");
        let over = refusals.over(Timestamp::from_seconds(60), false);
        let [more] = over.as_slice() else { unreachable!("{over:?}") };
        let of = (more.subject.as_deref(), more.route.as_deref(), more.realm.as_ref());
        assert_eq!(of, (Some("BOB"), Some("GET /x/{id}"), None));
        assert_eq!(more.reason, THREE_MORE.replace("/x", "/x/3"));
    }

    #[test]
    fn attempts_at_somebody_are_told_apart_by_what_was_tried_and_where_they_come_from() {
        let mut refusals = Refusals::default();
        let attempt = |action: &str, address: &str| Record {
            subject: Some("bob".into()),
            action: action.into(),
            ..refusal(0, address)
        };
        for (action, address) in
            [("login", "192.0.2.1"), ("login", "192.0.2.2"), ("user.password", "192.0.2.1")]
        {
            assert_eq!(refusals.gather(attempt(action, address)).count(), 1, "{action} {address}");
            assert_eq!(refusals.gather(attempt(action, address)).count(), 0, "{action} {address}");
        }
    }

    #[test]
    fn a_flood_of_strangers_crowds_out_nobody_who_is_known() {
        let mut refusals = Refusals::default();
        (0..KINDS * 2).for_each(|number| {
            drop(refusals.gather(refusal(0, &format!("10.0.{}.{}", number / 256, number % 256))));
        });
        assert_eq!(refusals.gather(at("GET /x", "bob", "192.0.2.1")).count(), 1);
        assert_eq!(refusals.gather(at("GET /y", "bob", "192.0.2.1")).count(), 1);
    }

    #[test]
    fn what_passed_is_written_each_time() {
        let mut refusals = Refusals::default();
        for verdict in [Verdict::Allowed, Verdict::Shadowed] {
            let passed = Record { verdict, ..at("GET /x", "bob", "192.0.2.1") };
            assert_eq!((0..3).map(|_| refusals.gather(passed.clone()).count()).sum::<usize>(), 3);
        }
    }
}
