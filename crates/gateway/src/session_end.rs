//! The end of a session, which whatever still runs in its name has to stop at.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::time::{Instant, sleep_until};

/// Comes when the session that a request was made in ends: what still streams then is cut off.
pub struct SessionEnd(Pin<Box<dyn Future<Output = ()> + Send>>);

impl SessionEnd {
    /// It ends at a time that is known.
    pub fn at(end: Instant) -> Self {
        Self::when(sleep_until(end))
    }

    /// It ends when something happens.
    pub fn when(end: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(Box::pin(end))
    }
}

impl Future for SessionEnd {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.0.as_mut().poll(cx)
    }
}

impl fmt::Debug for SessionEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionEnd")
    }
}

/// What still ran when its session ended.
#[derive(Debug, thiserror::Error)]
#[error("the session has ended")]
pub(crate) struct SessionEnded;
