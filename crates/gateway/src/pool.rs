//! Connections to the upstream that are kept for the next request.
//!
//! Each is driven by a task of its own, which notices at once when the upstream closes it. What is kept here is the end
//! by which requests are handed to that task; dropping it closes the connection.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::time::{Instant, sleep_until};

use crate::body::Upload;
use crate::connector::Connector;
use crate::error::GatewayError;
use crate::patience::Patience;

/// The connections that are kept open to one upstream.
pub(crate) struct Pool {
    connector: Connector,
    /// How many are kept.
    size: usize,
    /// How long one is kept that nobody uses.
    limit: Duration,
    idle: Mutex<Idle>,
}

/// Those that nobody uses now, the one that was used last at the end: it is the next to be used, so that those that are
/// not needed grow old.
#[derive(Default)]
struct Idle {
    lines: Vec<Kept>,
    is_swept: bool,
}

/// A connection that nobody uses.
struct Kept {
    sender: SendRequest<Upload>,
    patience: Patience,
    since: Instant,
}

/// A connection while it is used: it belongs to one request until its answer has been read to the end.
pub(crate) struct Line {
    sender: SendRequest<Upload>,
    pool: Arc<Pool>,
    /// Whether it was used before, so that it may have been closed meanwhile.
    pub(crate) is_used: bool,
    /// With which an answer is waited for.
    pub(crate) patience: Patience,
}

impl Pool {
    pub(crate) fn new(connector: Connector, size: usize, limit: Duration) -> Arc<Self> {
        Arc::new(Self { connector, size, limit, idle: Mutex::default() })
    }

    /// A connection: one that was kept, or else a new one.
    pub(crate) async fn line(self: &Arc<Self>) -> Result<Line, GatewayError> {
        let pool = Arc::clone(self);
        if let Some(Kept { sender, patience, .. }) = self.take() {
            return Ok(Line { sender, pool, is_used: true, patience });
        }
        // Boxed, since all that connecting needs would be carried along by every request that does not connect.
        let sender = Box::pin(self.connect()).await?;
        Ok(Line { sender, pool, is_used: false, patience: Patience::default() })
    }

    async fn connect(&self) -> Result<SendRequest<Upload>, GatewayError> {
        let stream = self.connector.connect().await?;
        let (sender, connection) =
            handshake(TokioIo::new(stream)).await.map_err(GatewayError::of_exchange)?;
        // Whatever goes wrong on it is told to the request that it happens to.
        tokio::spawn(async { drop(connection.with_upgrades().await) });
        Ok(sender)
    }

    /// The youngest of those that are still open.
    fn take(&self) -> Option<Kept> {
        let mut idle = self.idle();
        std::iter::from_fn(|| idle.lines.pop()).find(|kept| kept.sender.is_ready())
    }

    fn keep(self: &Arc<Self>, sender: SendRequest<Upload>, patience: Patience) {
        let mut idle = self.idle();
        if idle.lines.len() < self.size {
            idle.lines.push(Kept { sender, patience, since: Instant::now() });
            if !std::mem::replace(&mut idle.is_swept, true) {
                tokio::spawn(sweep(Arc::downgrade(self)));
            }
        }
    }

    /// Closes those whose time is over, and tells when the next one's is; none if there are no more.
    fn close_old(&self) -> Option<Instant> {
        let mut idle = self.idle();
        let now = Instant::now();
        idle.lines.retain(|kept| !kept.sender.is_closed() && now - kept.since < self.limit);
        let next = idle.lines.iter().map(|kept| kept.since + self.limit).min();
        idle.is_swept = next.is_some();
        next
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes what grows old, for as long as there is a pool and something in it.
async fn sweep(pool: Weak<Pool>) {
    while let Some(next) = pool.upgrade().and_then(|pool| pool.close_old()) {
        sleep_until(next).await;
    }
}

impl Line {
    /// Sends a request, and returns the head of its answer. If nothing of the request was sent, it comes back.
    pub(crate) fn send(
        &mut self,
        request: Request<Upload>,
    ) -> impl Future<Output = Result<Response<Incoming>, TrySendError<Request<Upload>>>> {
        self.sender.try_send_request(request)
    }

    /// Keeps the connection for the next request. The answer has been read to its end.
    pub(crate) fn keep(self) {
        let Self { mut sender, pool, patience, .. } = self;
        if sender.is_ready() {
            pool.keep(sender, patience);
        } else if !sender.is_closed() {
            // Still busy with a body that the upstream did not wait for.
            tokio::spawn(async move {
                if sender.ready().await.is_ok() {
                    pool.keep(sender, patience);
                }
            });
        }
    }
}
