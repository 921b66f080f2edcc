//! Percent-decoding, written down once more: the product must not be its own judge.

/// Replaces every well-formed triplet by its byte, once.
pub(crate) fn decoded(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        if let [b'%', high, low, after @ ..] = rest
            && let Some(byte) = hex(*high, *low)
        {
            bytes.push(byte);
            rest = after;
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    bytes
}

fn hex(high: u8, low: u8) -> Option<u8> {
    let digits = [high, low];
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_triplet_becomes_its_byte_once_and_the_rest_stays() {
        assert_eq!(decoded(b"/a%2Fb%252e%+1%zz%4"), b"/a/b%2e%+1%zz%4");
    }
}
