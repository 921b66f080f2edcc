//! The bodies on their way through: in pieces as they come, never gathered, and without trailers (RFC 9110 6.5.1:
//! an intermediary may drop them, and a field that nobody has looked at must not slip in behind the body).

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use portcullis_guard::BoxError;

use crate::http1::ending::Ending;
use crate::pool::Line;
use crate::progress::Progress;
use crate::session_end::{SessionEnd, SessionEnded};

/// The body of a request, if it has one: notes whenever a piece of it is taken to be sent, and whether it goes on after several.
pub(crate) struct Upload(Option<Streaming>);

struct Streaming {
    body: portcullis_guard::Body,
    progress: Arc<Progress>,
    has_begun: bool,
}

impl Upload {
    /// No body.
    pub(crate) fn empty() -> Self {
        Self(None)
    }

    pub(crate) fn new<B>(body: B, progress: &Arc<Progress>) -> Self
    where
        B: Body<Data = Bytes, Error: Into<BoxError>> + Unpin + Send + 'static,
    {
        let body = body.map_err(Into::into).boxed_unsync();
        Self(Some(Streaming { body, progress: Arc::clone(progress), has_begun: false }))
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let Some(Streaming { body, progress, has_begun }) = &mut self.0 else { return Poll::Ready(None) };
        let frame = Pin::new(&mut *body).poll_frame(cx);
        let frame = frame.map(without_trailers);
        if let Poll::Ready(frame) = &frame {
            progress.touch();
            progress.go_on(*has_begun && frame.is_some() && !body.is_end_stream());
            *has_begun = true;
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(|streaming| streaming.body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.0.as_ref().map_or_else(|| SizeHint::with_exact(0), |streaming| streaming.body.size_hint())
    }
}

/// The body of an answer, beyond what came with its head. An upstream that breaks off in the middle is an error here, never
/// an end; and so is the end of the session. Whoever drops it before its end closes the connection that it comes from.
pub(crate) struct Download {
    ending: Ending,
    line: Option<Line>,
    is_last: bool,
    session_end: Option<SessionEnd>,
}

impl Download {
    /// A body that ends so, and comes by `line`, which is kept for the next request after it if it is not the last one.
    pub(crate) fn new(ending: Ending, line: Line, is_last: bool, session_end: Option<SessionEnd>) -> Self {
        Self { ending, line: Some(line), is_last, session_end }
    }

    fn session_has_ended(&mut self, cx: &mut Context<'_>) -> bool {
        let has_ended = self.session_end.as_mut().is_some_and(|end| Pin::new(end).poll(cx).is_ready());
        if has_ended {
            // It must not be asked again: it has given its answer.
            self.session_end = None;
        }
        has_ended
    }
}

impl Body for Download {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        let Some(line) = &mut this.line else { return Poll::Ready(None) };
        let piece = line.connection.poll_piece(cx, &mut this.ending);
        // Most bodies end before anybody could want them cut off.
        if this.ending.is_here() {
            if let Some(line) = this.line.take().filter(|_| !this.is_last) {
                line.keep();
            }
        } else if this.session_has_ended(cx) {
            this.line = None;
            return Poll::Ready(Some(Err(SessionEnded.into())));
        }
        if let Poll::Ready(Some(Err(_))) = piece {
            this.line = None;
        }
        piece.map(|piece| piece.map(|piece| piece.map(Frame::data).map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.ending.is_here()
    }

    fn size_hint(&self) -> SizeHint {
        self.ending.length().map_or_else(SizeHint::default, SizeHint::with_exact)
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
