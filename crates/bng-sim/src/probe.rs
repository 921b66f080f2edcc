//! Probes below `/__…`: no part of a BNG's API. They are there for people and tests to see what reaches an
//! upstream, and how a long, slow or large answer comes through what stands in front of it.

use std::{convert::Infallible, time::Duration};

use axum::{
    Json,
    body::{Body, Bytes},
    extract::Request,
    http::{HeaderMap, header},
    response::IntoResponse,
};
use futures_util::{Stream, StreamExt, stream as streams};
use serde::{Deserialize, Serialize};
use tokio::time::sleep;

use crate::{envelope::Fault, extract::Query, journal::raw_target};

const STREAM_CHUNKS: u32 = 5;
const STREAM_PAUSE: Duration = Duration::from_millis(100);
const SLOWEST_MS: u64 = 60_000;
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// A request as it was received.
#[derive(Serialize)]
pub(crate) struct Echo {
    method: String,
    target: String,
    version: String,
    headers: Vec<(String, String)>,
    body_length: u64,
}

/// `ANY /__echo` and below: the request as it was received.
pub(crate) async fn echo(request: Request) -> Result<Json<Echo>, Fault> {
    let (head, body) = request.into_parts();
    let body_length = drain(body, |_| ()).await?;
    Ok(Json(Echo {
        method: head.method.to_string(),
        target: raw_target(&head.uri).to_owned(),
        version: format!("{:?}", head.version),
        headers: listed(&head.headers),
        body_length,
    }))
}

/// `GET /__stream`: five chunks of text, each after 100 ms.
pub(crate) async fn stream() -> impl IntoResponse {
    let chunks = streams::iter(1..=STREAM_CHUNKS).then(async |number| {
        sleep(STREAM_PAUSE).await;
        Ok::<_, Infallible>(format!("chunk {number} of {STREAM_CHUNKS}\n"))
    });
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], Body::from_stream(chunks))
}

#[derive(Deserialize)]
pub(crate) struct SlowQuery {
    ms: u64,
}

#[derive(Serialize)]
pub(crate) struct Waited {
    waited_ms: u64,
}

/// `GET /__slow?ms=N`: an answer after N ms, and after 60 s if N is more.
pub(crate) async fn slow(Query(SlowQuery { ms }): Query<SlowQuery>) -> Json<Waited> {
    let waited_ms = capped(ms);
    sleep(Duration::from_millis(waited_ms)).await;
    Json(Waited { waited_ms })
}

#[derive(Deserialize)]
pub(crate) struct BytesQuery {
    n: usize,
}

/// `GET /__bytes?n=N`: N bytes, 64 MiB if N is more, streamed without `Content-Length`.
pub(crate) async fn bytes(Query(BytesQuery { n }): Query<BytesQuery>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/octet-stream")], Body::from_stream(alphabet(n.min(MOST_BYTES))))
}

#[derive(Serialize)]
pub(crate) struct Sunk {
    length: u64,
    fnv1a: String,
}

/// `POST /__sink`: reads the body as it comes, keeps none of it, and answers its length and FNV-1a checksum.
pub(crate) async fn sink(request: Request) -> Result<Json<Sunk>, Fault> {
    let mut checksum = Fnv1a::new();
    let length = drain(request.into_body(), |chunk| checksum.update(chunk)).await?;
    Ok(Json(Sunk { length, fnv1a: checksum.hex() }))
}

fn capped(ms: u64) -> u64 {
    ms.min(SLOWEST_MS)
}

/// Reads a body to its end, shows each chunk to `look`, and gives the length.
async fn drain(body: Body, mut look: impl FnMut(&[u8])) -> Result<u64, Fault> {
    let mut chunks = body.into_data_stream();
    let mut length = 0;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Fault::unreadable("The request body broke off"))?;
        look(&chunk);
        length += chunk.len() as u64;
    }
    Ok(length)
}

/// The headers with every duplicate. The HTTP parser has put the names in lower case and the values of one name
/// together where it first occurred; apart from that the order is that of the wire. A value is read as Latin-1,
/// one character for a byte, since it need not be UTF-8 and nothing may be lost.
fn listed(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &[u8]| value.iter().copied().map(char::from).collect();
    headers.iter().map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect()
}

/// `length` bytes of the alphabet over and over: a chunk that was lost, doubled or swapped shows.
fn alphabet(length: usize) -> impl Stream<Item = Result<Bytes, Infallible>> {
    let chunk: Bytes = (b'a'..=b'z').cycle().take(26 * 630).collect::<Vec<u8>>().into();
    streams::unfold(length, move |left| {
        let next = chunk.slice(..left.min(chunk.len()));
        async move { (left > 0).then(|| (Ok(next.clone()), left - next.len())) }
    })
}

/// 64-bit FNV-1a: tells an altered body from a whole one, and is written in any language in three lines.
struct Fnv1a(u64);

impl Fnv1a {
    const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn update(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn hex(&self) -> String {
        format!("{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests;
