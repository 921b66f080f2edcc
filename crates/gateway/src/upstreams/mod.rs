//! The addresses of one service, and which of them a request goes to.
//!
//! With one address there is nothing to choose, and nothing is noted. With several, a request goes to the one at which
//! the fewest wait for an answer, those that are equal taking turns: an address that hangs so gets hardly any more.
//! Whatever is chosen here was decided on before, with the same decision for all of them.

mod health;
mod round;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

pub(crate) use round::Round;

use crate::connector::Connector;
use crate::error::GatewayError;
use crate::options::{Change, Endpoint, OnChange, UpstreamOptions};
use crate::pool::{Line, Pool};
use health::{Era, Health};
use round::{MOST, Rank};

/// The addresses of one service; never none.
pub(crate) struct Addresses {
    all: Box<[Arc<Address>]>,
    /// Where the next search begins.
    next: AtomicUsize,
    on_change: Option<OnChange>,
}

/// One of them, with the connections that are kept open to it.
pub(crate) struct Address {
    endpoint: Endpoint,
    way: Way,
    pool: Arc<Pool>,
    waiting: AtomicUsize,
    health: Health,
}

/// How connections to it are made and kept.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Way {
    connect: Duration,
    pool_idle: Duration,
    pool_size: usize,
}

/// A request's time with an address: it waits for the answer's head as long as it holds this.
pub(crate) struct Turn<'a>(Option<OneOfSeveral<'a>>);

struct OneOfSeveral<'a> {
    addresses: &'a Addresses,
    address: &'a Address,
    index: usize,
    era: Era,
    is_trial: bool,
}

/// An address as it is now.
#[derive(Debug, Clone)]
pub struct AddressState {
    /// Where it is.
    pub endpoint: Endpoint,
    /// Whether requests are sent to it as to others.
    pub is_in_service: bool,
    /// How often it was left out until now.
    pub times_left_out: u64,
}

impl Addresses {
    /// The addresses that the options name. Those that were there before, and are reached in the same way, are the
    /// same ones, with their connections.
    pub(crate) fn new(options: UpstreamOptions, before: Option<&Self>) -> Self {
        let UpstreamOptions { endpoint, others, on_change, connect, pool_idle, pool_size, .. } = options;
        let way = Way { connect, pool_idle, pool_size };
        let known = before.map(|before| &*before.all).unwrap_or_default();
        let address = |endpoint: Endpoint| {
            let same = known.iter().find(|known| known.way == way && known.endpoint.is_same_as(&endpoint));
            same.map_or_else(|| Arc::new(Address::new(endpoint, way)), Arc::clone)
        };
        let all = std::iter::once(endpoint).chain(others).take(MOST).map(address).collect();
        Self { all, next: AtomicUsize::new(0), on_change }
    }

    /// A connection for a request, to one address after the other until there is one: nothing of the request is sent
    /// before.
    pub(crate) async fn line(&self, round: &mut Round) -> Result<(Line, Turn<'_>), GatewayError> {
        if let [only] = &*self.all {
            return Ok((only.pool.line().await?, Turn(None)));
        }
        while let Some(turn) = self.choose(round) {
            match turn.address.pool.line().await {
                Ok(line) => return Ok((line, Turn(Some(turn)))),
                Err(error) => turn.failed(round, error),
            }
        }
        Err(round.gave_up())
    }

    /// The address that the request is to be asked of next.
    fn choose(&self, round: &mut Round) -> Option<OneOfSeveral<'_>> {
        let several = self.all.len();
        loop {
            let first = self.next.fetch_add(1, Ordering::Relaxed) % several;
            let in_turn = self.all.iter().enumerate().cycle().skip(first).take(several);
            let ranked =
                in_turn.filter_map(|(index, address)| Some((round.rank(index, address)?, index, address)));
            let (rank, index, address) = ranked.min_by_key(|(rank, ..)| *rank)?;
            let is_trial = rank == Rank::Due;
            // Somebody else may have begun to try it; then it is left out for this one.
            if !is_trial || address.health.claim() {
                round.chose(rank);
                address.waiting.fetch_add(1, Ordering::Relaxed);
                let era = address.health.era();
                return Some(OneOfSeveral { addresses: self, address, index, era, is_trial });
            }
        }
    }

    /// How all of them are.
    pub(crate) fn states(&self) -> Vec<AddressState> {
        self.all.iter().map(|address| address.state()).collect()
    }

    fn tell(&self, address: &Address, change: Change<'_>) {
        if let Some(on_change) = &self.on_change {
            on_change.tell(&address.endpoint, change);
        }
    }
}

impl Address {
    fn new(endpoint: Endpoint, way: Way) -> Self {
        let connector = Connector::new(endpoint.clone(), way.connect);
        let pool = Pool::new(connector, way.pool_size, way.pool_idle);
        Self { endpoint, way, pool, waiting: AtomicUsize::new(0), health: Health::new() }
    }

    /// How many requests wait for an answer of it.
    fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    fn state(&self) -> AddressState {
        AddressState {
            endpoint: self.endpoint.clone(),
            is_in_service: self.health.is_in_service(),
            times_left_out: self.health.times_left_out(),
        }
    }
}

impl Turn<'_> {
    /// The head of an answer has come.
    pub(crate) fn answered(self) {
        let Some(turn) = self.0 else { return };
        if turn.address.health.answered(turn.era) {
            turn.addresses.tell(turn.address, Change::Back);
        }
    }

    /// There will be no answer. A broken connection that was new is the address' fault; one that was used before may
    /// have been closed at the very moment when it was used again.
    pub(crate) fn broke(self, round: &mut Round, why: &GatewayError, was_used: bool) {
        let Some(turn) = self.0.filter(|_| why.is_broken_connection()) else { return };
        round.note_broken(turn.index);
        if !was_used {
            turn.count(why);
        }
    }
}

impl OneOfSeveral<'_> {
    fn failed(self, round: &mut Round, why: GatewayError) {
        self.count(&why);
        round.note_failed(self.index, why);
    }

    fn count(&self, why: &GatewayError) {
        if let Some(span) = self.address.health.failed(self.era, self.is_trial) {
            self.addresses.tell(self.address, Change::LeftOut { span, why });
        }
    }
}

impl Drop for OneOfSeveral<'_> {
    fn drop(&mut self) {
        self.address.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}
