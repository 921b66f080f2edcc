//! A tunnel: two connections joined after an upgrade, until either end or the session does, or nothing moves any more.

use std::future::pending;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use hyper::upgrade::OnUpgrade;
use portcullis_guard::BoxError;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::{select, try_join};

use crate::connector::Stream;
use crate::progress::Progress;
use crate::session_end::SessionEnd;
use crate::upgrade::Reclaim;

const BUFFER: usize = 16 * 1024;

/// Two connections that are about to be joined.
pub(crate) struct Tunnel {
    /// The client's, once it has been sent the 101.
    pub client: OnUpgrade,
    /// How to get at it.
    pub reclaim: Reclaim,
    /// The upstream's, which has sent its 101.
    pub upstream: Box<dyn Stream>,
    /// What was read from it beyond that.
    pub read_ahead: Bytes,
    /// How long nothing may move.
    pub idle: Duration,
    /// When it has to stop at the latest.
    pub session_end: Option<SessionEnd>,
}

impl Tunnel {
    /// Joins them, and closes both when one ends.
    pub(crate) async fn run(self) {
        let Self { client, reclaim, upstream, read_ahead, idle, session_end } = self;
        let progress = Progress::begin();
        let end = async {
            match session_end {
                Some(end) => end.await,
                None => pending().await,
            }
        };
        // However it ends, nobody is left to tell: both sides see their connection closed.
        select! {
            _ = join(client, reclaim, upstream, read_ahead, &progress) => {}
            () = progress.stalled(idle) => {}
            () = end => {}
        }
    }
}

async fn join(
    client: OnUpgrade,
    reclaim: Reclaim,
    upstream: Box<dyn Stream>,
    read_ahead: Bytes,
    progress: &Progress,
) -> Result<(), BoxError> {
    let client = reclaim(client.await?).ok_or("the client's connection is of another type")?;
    // Sent before the upstream had agreed, so perhaps not meant for the protocol that it agreed to.
    if !client.read_ahead.is_empty() {
        return Err("the client did not wait for the upgrade".into());
    }
    let (client_reads, mut client_writes) = split(client.io);
    let (upstream_reads, upstream_writes) = split(upstream);
    try_join!(carry(client_reads, upstream_writes, progress), async {
        client_writes.write_all(&read_ahead).await?;
        client_writes.flush().await?;
        carry(upstream_reads, client_writes, progress).await
    },)?;
    Ok(())
}

/// Carries bytes in one direction until its end, and hands the end on.
async fn carry(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    progress: &Progress,
) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER];
    loop {
        let read = from.read(&mut buffer).await?;
        let Some(piece) = buffer.get(..read).filter(|piece| !piece.is_empty()) else {
            return to.shutdown().await;
        };
        to.write_all(piece).await?;
        to.flush().await?;
        progress.touch();
    }
}
