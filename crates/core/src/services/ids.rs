//! Ids for requests and decisions: unique, cheap, and saying nothing.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::ports::entropy::{Entropy, EntropyError};

/// Makes ids of 24 hexadecimal digits: a random part for the process, and a count.
#[derive(Debug)]
pub struct Ids {
    process: String,
    count: AtomicU64,
}

impl Ids {
    /// A series of ids that no other process makes.
    pub fn new(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        let mut process = [0; 8];
        entropy.fill(&mut process)?;
        Ok(Self { process: format!("{:016x}", u64::from_be_bytes(process)), count: AtomicU64::new(1) })
    }

    /// The next one.
    pub fn next(&self) -> String {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let mut id = String::with_capacity(24);
        id.push_str(&self.process);
        push_hex(&mut id, count);
        id
    }
}

/// Appends a number with eight hexadecimal digits, or sixteen where they are needed. By hand, since every request has an
/// id, and what formats everything takes ten times as long.
fn push_hex(text: &mut String, number: u64) {
    let unneeded = if number >> 32 == 0 { 4 } else { 0 };
    for byte in number.to_be_bytes().into_iter().skip(unneeded) {
        for digit in [byte >> 4, byte & 0xf] {
            text.push(char::from(if digit < 10 { b'0' + digit } else { b'a' - 10 + digit }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_everybody_writes_them() {
        for (number, digits) in
            [(0, 8), (1, 8), (0x9af, 8), (0xffff_ffff, 8), (0x1_0000_0000, 16), (u64::MAX, 16)]
        {
            let mut text = String::new();
            push_hex(&mut text, number);
            assert_eq!(text, format!("{number:0digits$x}"));
        }
    }
}
