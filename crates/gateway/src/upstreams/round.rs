//! What one request has seen of the addresses, and which of them it is asked of next.

use crate::error::GatewayError;
use crate::upstreams::Address;
use crate::upstreams::health::Standing;

/// How many addresses a service can have: one bit each.
pub(crate) const MOST: usize = 64;

/// What one request has seen of the addresses.
pub(crate) struct Round {
    /// Whether it may be asked once more.
    is_repeatable: bool,
    /// Whether it was, since its connection broke.
    is_second: bool,
    /// Whether it was asked of one that is left out: that is done once.
    has_asked_outside: bool,
    /// Those to which there was no connection.
    failed: Bits,
    /// Those whose connection broke.
    broken: Bits,
    /// Why there was none, of the last one.
    why: Option<GatewayError>,
}

/// How much is to be said for an address: the least is the best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// Its time is over, and this may be the request that tries it.
    Due,
    /// In service, with so many requests that wait for their answer.
    InService(usize),
    /// In service too, but a connection to it broke under this very request.
    Broken(usize),
    /// Left out for so many milliseconds.
    LeftOut(u64),
}

#[derive(Clone, Copy, Default)]
struct Bits(u64);

impl Round {
    pub(crate) fn new(is_repeatable: bool) -> Self {
        Self {
            is_repeatable,
            is_second: false,
            has_asked_outside: false,
            failed: Bits::default(),
            broken: Bits::default(),
            why: None,
        }
    }

    /// The request is asked once more. That is its last chance, so it is no time to try one that has failed before,
    /// unless there is no other.
    pub(crate) fn again(&mut self) {
        self.is_second = true;
        self.has_asked_outside = false;
    }

    /// What is to be said for an address; none if it is out of the question.
    pub(super) fn rank(&self, index: usize, address: &Address) -> Option<Rank> {
        if self.failed.contain(index) {
            return None;
        }
        let left_out = |millis| (!self.has_asked_outside).then_some(Rank::LeftOut(millis));
        match address.health.standing(self.is_repeatable) {
            Standing::InService if self.broken.contain(index) => Some(Rank::Broken(address.waiting())),
            Standing::InService => Some(Rank::InService(address.waiting())),
            Standing::Due if self.is_second => left_out(0),
            Standing::Due => Some(Rank::Due),
            Standing::LeftOut(millis) => left_out(millis),
        }
    }

    /// An address of this rank was chosen.
    pub(super) fn chose(&mut self, rank: Rank) {
        self.has_asked_outside |= matches!(rank, Rank::LeftOut(_));
    }

    /// There was no connection to this one.
    pub(super) fn note_failed(&mut self, index: usize, why: GatewayError) {
        self.failed.add(index);
        self.why = Some(why);
    }

    /// The connection to this one broke.
    pub(super) fn note_broken(&mut self, index: usize) {
        self.broken.add(index);
    }

    /// Why there is no address left.
    pub(super) fn gave_up(&mut self) -> GatewayError {
        self.why.take().unwrap_or_else(|| GatewayError::Unavailable("no address is left".into()))
    }
}

impl Bits {
    fn contain(self, index: usize) -> bool {
        self.0 & bit(index) != 0
    }

    fn add(&mut self, index: usize) {
        self.0 |= bit(index);
    }
}

fn bit(index: usize) -> u64 {
    u32::try_from(index).ok().and_then(|index| 1_u64.checked_shl(index)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::advance;

    use super::*;
    use crate::options::Endpoint;
    use crate::upstreams::Way;

    fn address() -> Address {
        let way = Way { connect: Duration::ZERO, pool_idle: Duration::ZERO, pool_size: 0 };
        Address::new(Endpoint::Unix("/nowhere".into()), way)
    }

    /// An address whose time is over.
    async fn due() -> Address {
        let address = address();
        while address.health.is_in_service() {
            address.health.failed(address.health.era(), false);
        }
        advance(Duration::from_secs(1)).await;
        address
    }

    #[test]
    fn the_best_is_one_to_be_tried_then_those_in_service_by_how_many_wait_then_those_left_out() {
        let order = [
            Rank::Due,
            Rank::InService(0),
            Rank::InService(9),
            Rank::Broken(0),
            Rank::Broken(1),
            Rank::LeftOut(5),
            Rank::LeftOut(50),
        ];
        assert!(order.is_sorted());
    }

    #[tokio::test(start_paused = true)]
    async fn what_broke_under_this_request_comes_after_the_others_and_what_gave_no_connection_not_at_all() {
        let (address, mut round) = (address(), Round::new(true));
        assert_eq!(round.rank(63, &address), Some(Rank::InService(0)));
        round.note_broken(63);
        assert_eq!(round.rank(63, &address), Some(Rank::Broken(0)));
        assert_eq!(round.rank(62, &address), Some(Rank::InService(0)));
        round.note_failed(63, GatewayError::Target);
        assert_eq!(round.rank(63, &address), None);
        round.again();
        assert_eq!(round.rank(63, &address), None);
        assert!(matches!(round.gave_up(), GatewayError::Target));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_left_out_is_asked_once_each_time() {
        let (address, mut round) = (due().await, Round::new(true));
        assert!(address.health.claim());
        let rank = round.rank(0, &address).unwrap();
        assert_eq!(rank, Rank::LeftOut(1000));
        round.chose(rank);
        assert_eq!(round.rank(1, &address), None);
        round.again();
        assert_eq!(round.rank(1, &address), Some(Rank::LeftOut(1000)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_is_asked_for_the_last_time_tries_nothing_out() {
        let (address, mut round) = (due().await, Round::new(true));
        assert_eq!(round.rank(0, &address), Some(Rank::Due));
        round.again();
        assert_eq!(round.rank(0, &address), Some(Rank::LeftOut(0)));
    }
}
