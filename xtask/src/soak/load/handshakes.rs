//! Handshakes that come to nothing.

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use super::super::ground::Ground;
use super::Worker;

/// The beginning of a handshake's first message, which says that 512 bytes of it follow (RFC 8446 5.1).
const HALF: &[u8] = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";

struct Handshake {
    ground: Arc<Ground>,
    turns: usize,
}

pub(super) fn begin(ground: &Arc<Ground>) -> Box<dyn Worker> {
    Box::new(Handshake { ground: Arc::clone(ground), turns: 0 })
}

impl Worker for Handshake {
    fn turn(&mut self) -> anyhow::Result<()> {
        self.turns += 1;
        let mut stream = TcpStream::connect(self.ground.address)?;
        // The gate may have closed it already.
        let _ = match self.turns % 4 {
            0 => Ok(()),
            1 => stream.write_all(b"GET / HTTP/1.1\r\nHost: soak\r\n\r\n"),
            2 => stream.write_all(HALF),
            _ => {
                let written = stream.write_all(HALF);
                self.ground.rest(Duration::from_millis(500));
                written
            }
        };
        Ok(())
    }
}
