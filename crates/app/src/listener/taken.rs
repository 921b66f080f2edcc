//! What a client takes of an answer over HTTP/2, as the body of the answer sees it.
//!
//! hyper asks for a piece ahead, and gives all of it away as soon as there is room for its first byte: the rest waits in memory,
//! however long it is. So the end is told when what was given away has gone out, and until then the stream is there to be
//! watched. But most answers are short and find room: their last piece is given away together with the end, and the stream is
//! done.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use bytes::{Buf, Bytes};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use portcullis_guard::{Body, BoxError};

/// The last piece of an answer, up to this length, may be given away together with the end.
const LAST_PIECE: usize = 16 * 1024;

/// How many bytes may wait so of all answers of a connection. What is more is waited for, and watched.
const UNWATCHED: usize = 64 * 1024;

/// What a client has taken of an answer.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// Whether there is an answer, of which nobody asks for more at the moment.
    pub(super) has_no_room: AtomicBool,
    /// Rises whenever some of it went out.
    pub(super) moves: AtomicUsize,
    /// How many bytes were given away and have not gone out.
    left: AtomicUsize,
    /// Who waits until they have.
    waiting: Mutex<Option<Waker>>,
}

impl Taken {
    /// Ready when all that was given away has gone out.
    fn poll_gone(&self, cx: &Context<'_>) -> Poll<()> {
        if self.left.load(Ordering::Acquire) == 0 {
            return Poll::Ready(());
        }
        *self.waiting() = Some(cx.waker().clone());
        // It may have gone out meanwhile, when nobody waited yet.
        if self.left.load(Ordering::Acquire) == 0 { Poll::Ready(()) } else { Poll::Pending }
    }

    /// So much has gone out, or is given up.
    fn gone(&self, bytes: usize) {
        self.moves.fetch_add(1, Ordering::AcqRel);
        let left = self.left.fetch_sub(bytes, Ordering::AcqRel);
        if left == bytes
            && let Some(waiting) = self.waiting().take()
        {
            waiting.wake();
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Option<Waker>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What waits on a connection although its streams are done.
#[derive(Debug, Clone, Default)]
pub(super) struct Unwatched(Arc<AtomicUsize>);

/// Room for so many bytes of it.
struct Room {
    of: Unwatched,
    bytes: usize,
}

impl Unwatched {
    fn room(&self, bytes: usize) -> Option<Room> {
        let grown = |waiting: usize| Some(waiting + bytes).filter(|waiting| *waiting <= UNWATCHED);
        self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, grown).ok()?;
        Some(Room { of: self.clone(), bytes })
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.of.0.fetch_sub(self.bytes, Ordering::AcqRel);
    }
}

/// A body that tells what the client takes of it.
pub(super) struct Watched {
    body: Body,
    taken: Arc<Taken>,
    unwatched: Unwatched,
    /// Whether the end may be told together with what was given last.
    may_end: bool,
    ahead: Ahead,
}

/// What of a body is still to come.
enum Ahead {
    /// Pieces, as far as is known.
    Pieces,
    /// The end, and trailers before it if there are any.
    End(Option<Frame<Piece>>),
}

impl Watched {
    /// This body, of which nothing was given away yet.
    pub(super) fn new(body: Body, taken: Arc<Taken>, unwatched: Unwatched) -> Self {
        taken.has_no_room.store(true, Ordering::Release);
        Self { body, taken, unwatched, may_end: true, ahead: Ahead::Pieces }
    }

    /// A piece that is given away, with the end if it is a short last one.
    fn piece(&mut self, bytes: Bytes) -> Piece {
        let is_short_and_last = bytes.len() <= LAST_PIECE && self.body.is_end_stream();
        let room = is_short_and_last.then(|| self.unwatched.room(bytes.len())).flatten();
        self.may_end = room.is_some();
        self.taken.left.fetch_add(bytes.len(), Ordering::AcqRel);
        Piece { bytes, taken: Arc::clone(&self.taken), _room: room }
    }
}

impl HttpBody for Watched {
    type Data = Piece;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Piece>, BoxError>>> {
        if matches!(self.ahead, Ahead::Pieces) {
            let polled = Pin::new(&mut self.body).poll_frame(cx);
            self.taken.has_no_room.store(polled.is_ready(), Ordering::Release);
            let frame = ready!(polled).transpose()?;
            let is_piece = frame.as_ref().is_some_and(Frame::is_data);
            let frame = frame.map(|frame| frame.map_data(|bytes| self.piece(bytes)));
            if is_piece {
                return Poll::Ready(frame.map(Ok));
            }
            self.ahead = Ahead::End(frame);
        }
        ready!(self.taken.poll_gone(cx));
        match &mut self.ahead {
            Ahead::End(trailers) => Poll::Ready(trailers.take().map(Ok)),
            Ahead::Pieces => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.may_end && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A piece of a body that tells when some of it goes out.
pub(super) struct Piece {
    bytes: Bytes,
    taken: Arc<Taken>,
    /// Taken as long as it waits, if its stream does not.
    _room: Option<Room>,
}

impl Buf for Piece {
    fn remaining(&self) -> usize {
        self.bytes.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.bytes.chunk()
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
        self.taken.gone(count);
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        if self.bytes.has_remaining() {
            self.taken.gone(self.bytes.remaining());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use http::{HeaderMap, HeaderValue};
    use http_body_util::{BodyExt as _, Full};

    use super::*;

    fn whole(length: usize) -> Body {
        Full::new(Bytes::from(vec![0; length])).map_err(BoxError::from).boxed_unsync()
    }

    fn watched(body: Body, unwatched: &Unwatched) -> Watched {
        Watched::new(body, Arc::default(), unwatched.clone())
    }

    async fn next(body: &mut Watched) -> Piece {
        body.frame().await.unwrap().ok().unwrap().into_data().ok().unwrap()
    }

    /// Asks for more once.
    async fn asked(body: &mut Watched) -> Poll<Option<Result<Frame<Piece>, BoxError>>> {
        poll_fn(|cx| Poll::Ready(Pin::new(&mut *body).poll_frame(cx))).await
    }

    /// Whoever is told of the end with a piece is done with the stream, and nobody watches it any more.
    #[tokio::test]
    async fn the_end_is_told_together_with_a_short_last_piece_and_not_with_a_long_one() {
        for (length, is_told) in [(LAST_PIECE, true), (LAST_PIECE + 1, false)] {
            let mut body = watched(whole(length), &Unwatched::default());
            let piece = next(&mut body).await;
            assert_eq!((piece.remaining(), body.is_end_stream()), (length, is_told));
        }
    }

    #[tokio::test]
    async fn the_end_is_told_when_all_has_gone_out() {
        let mut body = watched(whole(LAST_PIECE + 1), &Unwatched::default());
        let mut piece = next(&mut body).await;
        assert!(asked(&mut body).await.is_pending());
        piece.advance(LAST_PIECE);
        assert!(asked(&mut body).await.is_pending());
        let waiting = tokio::spawn(async move { body.frame().await.is_none() });
        tokio::task::yield_now().await;
        piece.advance(1);
        assert!(waiting.await.unwrap());
    }

    #[tokio::test]
    async fn trailers_wait_like_the_end_and_what_is_given_up_holds_nothing_up() {
        let trailers = HeaderMap::from_iter([("a".parse().unwrap(), HeaderValue::from_static("b"))]);
        let told = Ok(trailers.clone());
        let trailed = whole(5).with_trailers(async move { Some(told) }).boxed_unsync();
        let mut body = watched(trailed, &Unwatched::default());
        let piece = next(&mut body).await;
        assert!(!body.is_end_stream() && asked(&mut body).await.is_pending());
        drop(piece);
        assert_eq!(body.frame().await.unwrap().ok().unwrap().into_trailers().ok(), Some(trailers));
        assert!(body.frame().await.is_none());
    }

    #[tokio::test]
    async fn of_all_answers_of_a_connection_no_more_than_a_bound_waits_unwatched() {
        let unwatched = Unwatched::default();
        let mut given = vec![];
        for expected in [true, true, true, true, false] {
            let mut body = watched(whole(LAST_PIECE), &unwatched);
            given.push(next(&mut body).await);
            assert_eq!(body.is_end_stream(), expected);
        }
        given.remove(0).advance(LAST_PIECE);
        let mut body = watched(whole(LAST_PIECE), &unwatched);
        let _given = next(&mut body).await;
        assert!(body.is_end_stream(), "what has gone out waits no longer");
    }
}
