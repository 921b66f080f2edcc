//! The one spelling of an ECDSA signature.
//!
//! Of two numbers `s` that verify equally, `s` and `n - s`, ours is the lesser one. Otherwise whoever has a token could
//! make another text of it that is as good, and one token would have two spellings.

/// How long a signature is: `r` and `s`, of 32 bytes each (RFC 7518 3.4).
const LENGTH: usize = 64;
/// Where `s` begins.
const S: usize = 32;

/// The order `n` of P-256's base point (SEC 2 2.4.2).
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
    0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];
/// Half of it, rounded down.
const HALF: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0x80, 0x00, 0x00, 0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xde,
    0x73, 0x7d, 0x56, 0xd3, 0x8b, 0xcf, 0x42, 0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8,
];

/// Whether a signature is spelled as we spell ours.
pub(super) fn is_low(signature: &[u8]) -> bool {
    signature.len() == LENGTH && signature.get(S..).is_some_and(|s| *s <= HALF[..])
}

/// The same signature with the lesser `s`.
pub(super) fn lowered(mut signature: Vec<u8>) -> Vec<u8> {
    if !is_low(&signature) {
        let mut borrow = 0;
        for (digit, order) in signature.iter_mut().skip(S).zip(ORDER).rev() {
            let (difference, first) = order.overflowing_sub(*digit);
            let (difference, second) = difference.overflowing_sub(borrow);
            borrow = u8::from(first || second);
            *digit = difference;
        }
    }
    signature
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_s(s: &[u8]) -> Vec<u8> {
        [&[7; 32], s].concat()
    }

    #[test]
    fn half_of_the_order_is_the_most() {
        let mut more = HALF;
        more[31] += 1;
        assert!(is_low(&with_s(&HALF)) && !is_low(&with_s(&more)));
        assert_eq!(lowered(with_s(&HALF)), with_s(&HALF));
        // n is odd, so that the number after its half is its half's counterpart.
        assert_eq!(lowered(with_s(&more)), with_s(&HALF));
    }

    #[test]
    fn subtraction_borrows() {
        let mut greatest = ORDER;
        greatest[31] -= 1;
        let mut one = [0; 32];
        one[31] = 1;
        assert_eq!(lowered(with_s(&greatest)), with_s(&one));
    }

    #[test]
    fn another_length_is_not_ours() {
        assert!(!is_low(&[0; 63]) && !is_low(&[0; 65]) && !is_low(&[]));
    }
}
