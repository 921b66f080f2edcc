//! The bodies on their way through: in pieces as they come, never gathered, and without trailers (RFC 9110 6.5.1:
//! an intermediary may drop them, and a field that nobody has looked at must not slip in behind the body).

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use portcullis_guard::BoxError;

use crate::progress::Progress;
use crate::session_end::{SessionEnd, SessionEnded};

/// The body of a request: notes whenever a piece of it is taken to be sent.
pub(crate) struct Upload<B> {
    body: B,
    progress: Arc<Progress>,
}

impl<B> Upload<B> {
    pub(crate) fn new(body: B, progress: Arc<Progress>) -> Self {
        Self { body, progress }
    }
}

impl<B> Body for Upload<B>
where
    B: Body<Data = Bytes, Error: Into<BoxError>> + Unpin,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if frame.is_ready() {
            self.progress.touch();
        }
        frame.map(without_trailers)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The body of an answer. An upstream that breaks off in the middle is an error here, never an end; and so is the end
/// of the session. Whoever drops it drops the connection that it comes from.
pub(crate) struct Download {
    body: Incoming,
    session_end: Option<SessionEnd>,
}

impl Download {
    pub(crate) fn new(body: Incoming, session_end: Option<SessionEnd>) -> Self {
        Self { body, session_end }
    }

    fn session_has_ended(&mut self, cx: &mut Context<'_>) -> bool {
        self.session_end.as_mut().is_some_and(|end| Pin::new(end).poll(cx).is_ready())
    }
}

impl Body for Download {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.session_has_ended(cx) {
            // It must not be asked again: it has given its answer.
            self.session_end = None;
            return Poll::Ready(Some(Err(SessionEnded.into())));
        }
        Pin::new(&mut self.body).poll_frame(cx).map(without_trailers)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Trailers stand last: in their place the body ends.
fn without_trailers<E: Into<BoxError>>(
    frame: Option<Result<Frame<Bytes>, E>>,
) -> Option<Result<Frame<Bytes>, BoxError>> {
    match frame? {
        Ok(frame) => Some(Ok(Frame::data(frame.into_data().ok()?))),
        Err(error) => Some(Err(error.into())),
    }
}
