//! Addresses from which a token is shown that has ended.
//!
//! One that is only looked up, and is not there any more, is one that nobody has: an address that shows many of them is
//! taken for one that guesses, and gets 429. So each is shown from an address of its own.

/// An address that hardly any other token has.
pub(super) fn elsewhere(token: &str) -> String {
    let number = token.bytes().fold(0_u32, |number, byte| number.wrapping_mul(31).wrapping_add(byte.into()));
    format!("2001:db8:{:x}:{:x}::2", number >> 16, number & 0xffff)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv6Addr;

    use super::*;

    #[test]
    fn every_token_has_an_address_of_its_own() {
        let addresses: Vec<String> = (0..100).map(|number| elsewhere(&format!("ptc_{number:043}"))).collect();
        assert!(addresses.iter().all(|address| address.parse::<Ipv6Addr>().is_ok()), "{addresses:?}");
        let different: std::collections::BTreeSet<&String> = addresses.iter().collect();
        assert_eq!(different.len(), 100);
    }
}
