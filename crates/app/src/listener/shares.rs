//! How many of the connections one address may hold, so that one client can't shut out all others.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use portcullis_core::domain::throttle::Origin;

/// What each address holds at the moment. An IPv6 network of 64 bits is one address: whoever has one of it has them all.
#[derive(Debug)]
pub(super) struct Shares {
    most: u32,
    held: Mutex<HashMap<Origin, u32>>,
}

/// One connection of an address, until it is dropped.
#[derive(Debug)]
pub(super) struct Share {
    of: Origin,
    shares: Arc<Shares>,
}

impl Shares {
    /// Shares of half of all connections, and of one at the least.
    pub(super) fn of(connections: u32) -> Arc<Self> {
        Arc::new(Self { most: connections.div_ceil(2), held: Mutex::default() })
    }

    /// One more connection of an address, if it holds fewer than its share.
    pub(super) fn take(self: &Arc<Self>, address: IpAddr) -> Option<Share> {
        let of = Origin::from(address);
        let mut held = self.held();
        let count = held.entry(of).or_default();
        (*count < self.most).then(|| {
            *count += 1;
            Share { of, shares: Arc::clone(self) }
        })
    }

    fn held(&self) -> MutexGuard<'_, HashMap<Origin, u32>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut held = self.shares.held();
        if let Some(count) = held.get_mut(&self.of) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.of);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_holds_half_of_all_and_no_more() {
        let shares = Shares::of(4);
        let first = shares.take(address("2001:db8::1")).unwrap();
        let _second = shares.take(address("2001:db8::2")).unwrap();
        assert!(shares.take(address("2001:db8::3")).is_none());
        let _other = shares.take(address("2001:db8:0:1::1")).unwrap();
        drop(first);
        assert!(shares.take(address("2001:db8::3")).is_some());
    }

    #[test]
    fn whoever_holds_nothing_is_forgotten() {
        let shares = Shares::of(1);
        drop(shares.take(address("192.0.2.1")).unwrap());
        assert!(shares.held().is_empty());
    }
}
