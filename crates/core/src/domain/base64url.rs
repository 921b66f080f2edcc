//! Bytes as text that may stand anywhere: base64url without padding (RFC 4648 5).

/// Writes bytes, each three of them as four digits.
pub fn encoded(bytes: &[u8]) -> String {
    bytes.chunks(3).flat_map(digits).collect()
}

/// Reads what [`encoded`] wrote, of a number of bytes that has one spelling only: a multiple of three. None if it is anything
/// else.
pub fn decoded<const LENGTH: usize>(text: &str) -> Option<[u8; LENGTH]> {
    let (fours, rest) = text.as_bytes().as_chunks::<4>();
    let threes: Vec<[u8; 3]> = fours.iter().copied().map(three).collect::<Option<_>>()?;
    threes.concat().try_into().ok().filter(|_| rest.is_empty())
}

/// The digits of at most three bytes: one more than there are bytes.
fn digits(bytes: &[u8]) -> impl Iterator<Item = char> {
    let bits = (0..3).fold(0, |bits, place| (bits << 8) | bytes.get(place).copied().map_or(0, u32::from));
    [18, 12, 6, 0].into_iter().map(move |shift| digit((bits >> shift) & 63)).take(bytes.len() + 1)
}

fn three(four: [u8; 4]) -> Option<[u8; 3]> {
    let bits = four.into_iter().try_fold(0, |bits, byte| Some((bits << 6) | value(byte)?))?;
    let [_, first, second, third] = bits.to_be_bytes();
    Some([first, second, third])
}

fn digit(value: u32) -> char {
    let from = |first: u8, offset: u32| char::from_u32(u32::from(first) + value - offset).unwrap_or_default();
    match value {
        0..26 => from(b'A', 0),
        26..52 => from(b'a', 26),
        52..62 => from(b'0', 52),
        62 => '-',
        _ => '_',
    }
}

fn value(digit: u8) -> Option<u32> {
    let value = match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'-' => 62,
        b'_' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_written_as_everybody_writes_them_and_read_again() {
        for (bytes, text) in [
            (*b"Man", "TWFu"),
            ([0, 0, 0], "AAAA"),
            ([0xff, 0xff, 0xff], "____"),
            ([0xfb, 0xef, 0xbe], "----"),
            ([0x3f, 0xdd, 0x79], "P915"),
        ] {
            assert_eq!(encoded(&bytes), text);
            assert_eq!(decoded(text), Some(bytes));
        }
        let all: [u8; 48] = std::array::from_fn(|index| u8::try_from(index * 5).unwrap_or(u8::MAX));
        assert_eq!(decoded(&encoded(&all)), Some(all));
    }

    #[test]
    fn anything_else_is_not_read() {
        assert_eq!((encoded(b""), encoded(b"M"), encoded(b"Ma")), (String::new(), "TQ".into(), "TWE".into()));
        for wrong in ["", "TWF", "TWFuA", "TWFuTWFu", "TW+u", "TW/u", "TWF=", "TW u", "TWF\n", "TW\u{e4}"] {
            assert_eq!(decoded::<3>(wrong), None, "{wrong:?}");
        }
    }
}
