//! A tunnel: two connections joined after an upgrade, until either end or the session does, or nothing moves any more.

use std::future::pending;
use std::io;
use std::time::Duration;

use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use portcullis_guard::BoxError;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::{select, try_join};

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
    pub upstream: OnUpgrade,
    /// How long nothing may move.
    pub idle: Duration,
    /// When it has to stop at the latest.
    pub session_end: Option<SessionEnd>,
}

impl Tunnel {
    /// Joins them, and closes both when one ends.
    pub(crate) async fn run(self) {
        let Self { client, reclaim, upstream, idle, session_end } = self;
        let progress = Progress::begin();
        let end = async {
            match session_end {
                Some(end) => end.await,
                None => pending().await,
            }
        };
        // However it ends, nobody is left to tell: both sides see their connection closed.
        select! {
            _ = join(client, reclaim, upstream, &progress) => {}
            () = progress.stalled(idle) => {}
            () = end => {}
        }
    }
}

async fn join(
    client: OnUpgrade,
    reclaim: Reclaim,
    upstream: OnUpgrade,
    progress: &Progress,
) -> Result<(), BoxError> {
    let (client, upstream) = try_join!(client, upstream)?;
    let client = reclaim(client).ok_or("the client's connection is of another type")?;
    // Sent before the upstream had agreed, so perhaps not meant for the protocol that it agreed to.
    if !client.read_ahead.is_empty() {
        return Err("the client did not wait for the upgrade".into());
    }
    let (client_reads, client_writes) = split(client.io);
    let (upstream_reads, upstream_writes) = split(TokioIo::new(upstream));
    try_join!(
        carry(client_reads, upstream_writes, progress),
        carry(upstream_reads, client_writes, progress),
    )?;
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
