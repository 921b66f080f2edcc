//! Values of header fields that we make, written one after the other into one piece of memory, which they share: there
//! are six in what we add to a request, and most are short.

use std::net::{IpAddr, Ipv4Addr};

use bytes::{BufMut, BytesMut};
use http::HeaderValue;

/// Enough for the values of most requests.
const USUAL: usize = 256;

/// Where values are written.
pub(crate) struct Values(BytesMut);

impl Values {
    pub(crate) fn new() -> Self {
        Self(BytesMut::with_capacity(USUAL))
    }

    /// The value that `write` writes; an empty one, if that is none (RFC 9110 5.5).
    pub(crate) fn written(&mut self, write: impl FnOnce(&mut BytesMut)) -> HeaderValue {
        write(&mut self.0);
        HeaderValue::from_maybe_shared(self.0.split().freeze())
            .unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

/// Writes the items with commas between them.
pub(crate) fn write_list<'i, T: BufMut>(
    to: &mut T,
    items: impl Iterator<Item = &'i str>,
    write: fn(&mut T, &str),
) {
    for (index, item) in items.enumerate() {
        if index > 0 {
            to.put_u8(b',');
        }
        write(to, item);
    }
}

/// Writes an address. Nearly all of them are IPv4 ones, for which the machinery of formatting is slow.
pub(crate) fn write_address(to: &mut impl BufMut, address: IpAddr) {
    match address {
        IpAddr::V4(address) => write_v4(to, address),
        IpAddr::V6(address) => to.put_slice(address.to_string().as_bytes()),
    }
}

fn write_v4(to: &mut impl BufMut, address: Ipv4Addr) {
    for (index, octet) in address.octets().into_iter().enumerate() {
        if index > 0 {
            to.put_u8(b'.');
        }
        for power in [100, 10, 1] {
            if octet >= power || power == 1 {
                to.put_u8(b'0' + octet / power % 10);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn addresses_are_written_as_everybody_writes_them(v4: [u8; 4], v6: [u8; 16]) {
            for address in [IpAddr::from(v4), IpAddr::from(v6)] {
                let value = Values::new().written(|to| write_address(to, address));
                prop_assert_eq!(value, address.to_string());
            }
        }
    }

    #[test]
    fn values_that_share_their_memory_stay_apart() {
        let mut values = Values::new();
        let mut text = |text: &str| values.written(|to| to.put_slice(text.as_bytes()));
        let long = "x".repeat(USUAL);
        let (one, other, third) = (text("one"), text(&long), text(""));
        assert_eq!(
            (one.as_bytes(), other.as_bytes(), third.as_bytes()),
            (&b"one"[..], long.as_bytes(), &b""[..])
        );
    }

    #[test]
    fn what_is_no_value_is_an_empty_one_and_harms_no_other() {
        let mut values = Values::new();
        let mut text = |text: &str| values.written(|to| to.put_slice(text.as_bytes()));
        assert_eq!(text("a\r\nb"), "");
        assert_eq!(text("next"), "next");
    }
}
