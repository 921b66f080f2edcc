//! Bytes as text that may stand anywhere: base64url without padding (RFC 4648 5), each in its one spelling.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Writes bytes.
pub fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads so many bytes; none if it is anything else, or these in another spelling.
pub fn decoded<const LENGTH: usize>(text: &str) -> Option<[u8; LENGTH]> {
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
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
        assert_eq!((encoded(b""), encoded(b"M"), encoded(b"Ma")), (String::new(), "TQ".into(), "TWE".into()));
    }

    #[test]
    fn anything_else_is_not_read() {
        for wrong in ["", "TWF", "TWFuA", "TWFuTWFu", "TW+u", "TW/u", "TWF=", "TW u", "TWF\n", "TW\u{e4}"] {
            assert_eq!(decoded::<3>(wrong), None, "{wrong:?}");
        }
        // The last digit has two bits too many, which must be 0.
        assert_eq!((decoded("TWE"), decoded::<2>("TWF")), (Some(*b"Ma"), None));
    }
}
