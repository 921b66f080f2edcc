//! HTTP/2 frames by hand (RFC 9113), for what no ordinary client sends.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::select;
use tokio::time::timeout;

use crate::line::Line;
use crate::patience::{PATIENCE, within};

/// What a client begins a connection with, and settings that change nothing.
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// A piece of a body; the kinds of frames are those of RFC 9113 6.
pub const DATA: u8 = 0;
/// The head of a message.
pub const HEADERS: u8 = 1;
/// The end of a stream, by force.
pub const RST_STREAM: u8 = 3;
/// How one wants to be spoken to.
pub const SETTINGS: u8 = 4;
/// Are you there?
pub const PING: u8 = 6;
/// The end of a connection, and why.
pub const GOAWAY: u8 = 7;
/// More of a head.
pub const CONTINUATION: u8 = 9;

/// The flag of an answer to SETTINGS or PING.
pub const ACK: u8 = 1;
/// The flag of the last frame of a stream.
pub const END_STREAM: u8 = 1;
/// The flag of the last frame of a head.
pub const END_HEADERS: u8 = 4;

/// What the last PING says.
const LAST_PING: [u8; 8] = *b"the last";

/// For how long a gate may leave bytes unread before they count as not wanted.
const STALLED: Duration = Duration::from_secs(3);

/// A frame that was read.
#[derive(Debug)]
pub struct Frame {
    /// Its kind.
    pub kind: u8,
    /// Its flags.
    pub flags: u8,
    /// Its stream.
    pub stream: u32,
    /// The rest.
    pub payload: Vec<u8>,
}

/// A frame in bytes.
pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// The fields of a request, as no table compresses them (RFC 7541 6.2.2).
pub fn head(fields: &[(&str, &str)]) -> Vec<u8> {
    fields.iter().flat_map(|(name, value)| [vec![0], text(name), text(value)].concat()).collect()
}

/// The fields that a GET begins with.
pub fn get(path: &str) -> Vec<u8> {
    request("GET", path)
}

/// The fields that a request begins with.
pub fn request(method: &str, path: &str) -> Vec<u8> {
    head(&[(":method", method), (":scheme", "https"), (":authority", "localhost"), (":path", path)])
}

/// A text with its length before it (RFC 7541 5.2).
fn text(text: &str) -> Vec<u8> {
    let mut bytes = match u8::try_from(text.len()) {
        Ok(length) if length < 127 => vec![length],
        _ => {
            let mut bytes = vec![127];
            let mut rest = text.len() - 127;
            while rest >= 128 {
                bytes.push(u8::try_from(rest % 128).unwrap() | 128);
                rest /= 128;
            }
            bytes.push(u8::try_from(rest).unwrap());
            bytes
        }
    };
    bytes.extend(text.as_bytes());
    bytes
}

/// The next frame; none if the connection is closed first.
pub async fn next(reads: &mut (impl AsyncRead + Unpin)) -> Option<Frame> {
    next_within(reads, PATIENCE).await
}

/// The same from a gate that may take its time.
pub async fn next_within(reads: &mut (impl AsyncRead + Unpin), patience: Duration) -> Option<Frame> {
    let mut head = [0; 9];
    timeout(patience, reads.read_exact(&mut head)).await.expect("waiting for a frame").ok()?;
    let [a, b, c, kind, flags, stream @ ..] = head;
    let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
    within("reading a frame", reads.read_exact(&mut payload)).await.ok()?;
    Some(Frame { kind, flags, stream: u32::from_be_bytes(stream) & (u32::MAX >> 1), payload })
}

/// What became of a flood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The gate said that it has had enough, with this error code (RFC 9113 7).
    GoAway(u32),
    /// The gate closed the connection.
    Closed,
    /// It read everything, and still answers.
    Survived,
    /// It reads no more before somebody reads its answers.
    Stalled,
}

/// Writes everything to a gate and reads what it says meanwhile, until it is clear how it took it.
pub async fn flood(line: Line, pieces: impl Iterator<Item = Vec<u8>>) -> End {
    let (mut reads, mut writes) = tokio::io::split(line.into_stream());
    let writing = async {
        for piece in pieces.chain([frame(PING, 0, 0, &LAST_PING)]) {
            if writes.write_all(&piece).await.is_err() {
                break;
            }
        }
        let _ = writes.flush().await;
        std::future::pending().await
    };
    let reading = async {
        loop {
            match next(&mut reads).await {
                None => break End::Closed,
                Some(Frame { kind: GOAWAY, payload, .. }) => {
                    break End::GoAway(u32::from_be_bytes(payload[4..8].try_into().unwrap()));
                }
                Some(Frame { kind: PING, flags: ACK, payload, .. }) if payload == LAST_PING => {
                    break End::Survived;
                }
                Some(_) => {}
            }
        }
    };
    select! {
        end = reading => end,
        end = writing => end,
    }
}

/// Writes everything to a gate and reads nothing, until it takes no more.
pub async fn flood_deaf(mut line: Line, pieces: impl Iterator<Item = Vec<u8>>) -> End {
    let mut stream = line.into_stream();
    for piece in pieces {
        match timeout(STALLED, stream.write_all(&piece)).await {
            Err(_) => return End::Stalled,
            Ok(Err(_)) => return End::Closed,
            Ok(Ok(())) => {}
        }
    }
    line = Line::over(stream);
    flood(line, std::iter::empty()).await
}
