//! Connections to the upstream that are kept for the next request.
//!
//! One that is used belongs to its request. Those that nobody uses are watched by one task for all of them, which closes
//! what the upstream closes or speaks on unasked, and what has grown old.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout};

use crate::connector::Connector;
use crate::error::GatewayError;
use crate::http1::connection::Connection;
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
struct Idle {
    lines: Vec<Kept>,
    is_watched: bool,
    /// Who watches them, and is woken when one of them is not quiet any more.
    watch: Waker,
}

/// A connection that nobody uses.
struct Kept {
    connection: Connection,
    patience: Patience,
    since: Instant,
}

/// A connection while it is used: it belongs to one request until its answer has been read to the end.
pub(crate) struct Line {
    pub(crate) connection: Connection,
    pool: Arc<Pool>,
    /// Whether it was used before, so that it may have been closed meanwhile.
    pub(crate) is_used: bool,
    /// With which an answer is waited for.
    pub(crate) patience: Patience,
}

impl Pool {
    pub(crate) fn new(connector: Connector, size: usize, limit: Duration) -> Arc<Self> {
        let idle = Idle { lines: vec![], is_watched: false, watch: Waker::noop().clone() };
        Arc::new(Self { connector, size, limit, idle: Mutex::new(idle) })
    }

    /// A connection: one that was kept, or else a new one.
    pub(crate) async fn line(self: &Arc<Self>) -> Result<Line, GatewayError> {
        let pool = Arc::clone(self);
        if let Some(Kept { connection, patience, .. }) = self.take() {
            return Ok(Line { connection, pool, is_used: true, patience });
        }
        // Boxed, since all that connecting needs would be carried along by every request that does not connect.
        let stream = Box::pin(self.connector.connect()).await?;
        Ok(Line {
            connection: Connection::new(stream, self.connector.is_plain()),
            pool,
            is_used: false,
            patience: Patience::default(),
        })
    }

    /// The youngest of those that are still quiet.
    fn take(&self) -> Option<Kept> {
        let mut idle = self.idle();
        // Whoever gets it asks to be woken in the place of the watch.
        std::iter::from_fn(|| idle.lines.pop()).find_map(|mut kept| {
            let is_quiet = kept.connection.is_quiet(Waker::noop());
            is_quiet.then_some(kept)
        })
    }

    fn keep(self: &Arc<Self>, mut connection: Connection, patience: Patience) {
        let mut idle = self.idle();
        if idle.lines.len() < self.size && connection.is_quiet(&idle.watch) {
            idle.lines.push(Kept { connection, patience, since: Instant::now() });
            if !std::mem::replace(&mut idle.is_watched, true) {
                tokio::spawn(watch(Arc::downgrade(self)));
            }
        }
    }

    /// Closes those that are not quiet and those whose time is over, and tells when the next one's is; none if there are
    /// no more.
    fn close_old(&self, watch: &Waker) -> Option<Instant> {
        let mut idle = self.idle();
        let now = Instant::now();
        idle.lines.retain_mut(|kept| now - kept.since < self.limit && kept.connection.is_quiet(watch));
        let next = idle.lines.iter().map(|kept| kept.since + self.limit).min();
        idle.is_watched = next.is_some();
        idle.watch.clone_from(watch);
        next
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes what is of no use any more, for as long as there is a pool and something in it.
async fn watch(pool: Weak<Pool>) {
    let mut alarm = pin!(sleep_until(Instant::now()));
    let watched = |cx: &mut Context<'_>| loop {
        let Some(next) = pool.upgrade().and_then(|pool| pool.close_old(cx.waker())) else {
            return Poll::Ready(());
        };
        alarm.as_mut().reset(next);
        ready!(alarm.as_mut().poll(cx));
    };
    poll_fn(watched).await;
}

impl Line {
    /// Keeps the connection for the next request. The answer has been read to its end.
    ///
    /// One whose answer came before its request was sent whole is of no more use to others: an upstream that answers without
    /// a look at the body may take what is left of it for requests, and those would have the fields that a client chose.
    /// What is left is sent all the same, for as long as a connection is kept that nobody uses, since a client that is
    /// cut off may never see the answer.
    pub(crate) fn keep(self) {
        let Self { connection, pool, patience, .. } = self;
        if connection.is_whole() {
            pool.keep(connection, patience);
        } else {
            tokio::spawn(timeout(pool.limit, connection.finish()));
        }
    }
}
