//! The rest of a request whose answer came before it was sent whole. It is sent by a task of its own: the answer may be
//! read as slowly as whoever reads it likes, and the request must not wait for that.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use portcullis_guard::BoxError;
use tokio::io::WriteHalf;
use tokio::task::{JoinHandle, spawn};

use super::failed::Failed;
use super::sending::Sending;
use crate::connector::Stream;

/// The half of a connection that is written to.
pub(crate) type Half = WriteHalf<Box<dyn Stream>>;

/// The rest of a request. Dropping it breaks the request off.
pub(crate) struct Rest {
    task: JoinHandle<Result<(), Failed>>,
    /// Whether the task has said what became of the request.
    is_settled: bool,
}

impl Rest {
    /// Sends the rest of a request.
    pub(crate) fn spawn(mut sending: Sending, mut half: Half) -> Self {
        let task = spawn(async move { poll_fn(|cx| sending.poll_send(cx, &mut half)).await });
        Self { task, is_settled: false }
    }

    /// Fails when the body breaks off that is sent: then there is nobody who would read the answer. An upstream that
    /// takes no more of the request may go on answering.
    pub(crate) fn poll_break(&mut self, cx: &mut Context<'_>) -> Poll<BoxError> {
        if !self.is_settled
            && let Poll::Ready(sent) = Pin::new(&mut self.task).poll(cx)
        {
            self.is_settled = true;
            if let Ok(Err(Failed::Body(error))) = sent {
                return Poll::Ready(error);
            }
        }
        Poll::Pending
    }

    /// Waits until the request is sent whole, or can't be.
    pub(crate) async fn finished(mut self) {
        if !self.is_settled {
            let _ = (&mut self.task).await;
        }
    }
}

impl Drop for Rest {
    fn drop(&mut self) {
        self.task.abort();
    }
}
