//! A client that gives an answer over HTTP/2 no room: it may not hold it for ever, as little as one that does not read from its
//! connection.
//!
//! Each answer has a window (RFC 9113 5.2), and the connection goes on whatever becomes of it. So each is watched by itself,
//! and only its own stream is reset: others on the connection may be somebody else's, behind a proxy. hyper asks for more
//! of a body only when there is room for it. As long as it does not, the client is the one who is waited for.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf, Bytes};
use http::Response;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use hyper::rt::Executor;
use portcullis_guard::{Body, BoxError};
use tokio::time::{Sleep, sleep};

/// The last piece of an answer, up to this length, is given away together with the end. It waits in memory then, and its stream
/// is done for us; a longer one is waited for.
const LAST_PIECE: usize = 16 * 1024;

tokio::task_local! {
    /// What the client has taken of the answer of this stream.
    static TAKEN: Arc<Taken>;
}

/// What a client has taken of an answer.
#[derive(Debug, Default)]
struct Taken {
    /// Whether there is an answer, of which nobody asks for more at the moment.
    has_no_room: AtomicBool,
    /// Rises whenever some of it went out.
    moves: AtomicUsize,
}

/// Runs the streams of connections, each in a task of its own, and ends one that finds no room for too long.
#[derive(Debug, Clone, Copy)]
pub(super) struct Streams {
    /// How long a client may take nothing of an answer.
    pub(super) patience: Duration,
}

impl<S> Executor<S> for Streams
where
    S: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, stream: S) {
        let (taken, patience) = (Arc::<Taken>::default(), self.patience);
        let watched = Arc::clone(&taken);
        tokio::spawn(TAKEN.scope(taken, async move {
            let (mut stream, mut stall) = (pin!(stream), None);
            // Dropped before its end, a stream is reset.
            poll_fn(|cx| match stream.as_mut().poll(cx) {
                Poll::Pending => poll_stall(&mut stall, &watched, patience, cx),
                done @ Poll::Ready(()) => done,
            })
            .await;
        }));
    }
}

/// The time that is running out, and how much had gone out when it began.
type Stall = Option<(Pin<Box<Sleep>>, usize)>;

/// Ready when a client has taken nothing for so long although there was something.
fn poll_stall(stall: &mut Stall, taken: &Taken, patience: Duration, cx: &mut Context<'_>) -> Poll<()> {
    if !taken.has_no_room.load(Ordering::Acquire) {
        *stall = None;
        return Poll::Pending;
    }
    loop {
        let moves = taken.moves.load(Ordering::Acquire);
        let (time, before) = stall.get_or_insert_with(|| (Box::pin(sleep(patience)), moves));
        if time.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        if *before == moves {
            return Poll::Ready(());
        }
        // Who takes a little now and then is waited for.
        *stall = None;
    }
}

/// An answer whose body tells what the client takes of it.
pub(super) fn watched(answer: Response<Body>) -> Response<Watched> {
    let taken = TAKEN.try_with(Arc::clone).unwrap_or_default();
    taken.has_no_room.store(true, Ordering::Release);
    answer.map(|body| Watched { body, taken, may_end: true })
}

/// A body that tells when it is asked for more.
pub(super) struct Watched {
    body: Body,
    taken: Arc<Taken>,
    /// Whether the end may be told together with what was given last.
    may_end: bool,
}

impl HttpBody for Watched {
    type Data = Piece;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Piece>, BoxError>>> {
        let Self { body, taken, may_end } = &mut *self;
        let polled = Pin::new(body).poll_frame(cx);
        taken.has_no_room.store(polled.is_ready(), Ordering::Release);
        polled.map_ok(|frame| {
            frame.map_data(|bytes| {
                *may_end = bytes.len() <= LAST_PIECE;
                Piece { bytes, taken: Arc::clone(taken) }
            })
        })
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
}

impl Buf for Piece {
    fn remaining(&self) -> usize {
        self.bytes.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.bytes.chunk()
    }

    fn advance(&mut self, count: usize) {
        self.taken.moves.fetch_add(1, Ordering::AcqRel);
        self.bytes.advance(count);
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt as _, Full};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);
    const NEARLY: Duration = Duration::from_secs(29);

    /// What becomes of the stream of somebody who was given so much time, and again, and took something in between or not.
    async fn after(times: usize, is_taken: bool) -> Poll<()> {
        let (taken, mut stall) = (Taken::default(), None);
        taken.has_no_room.store(true, Ordering::Release);
        for _ in 0..times {
            let polled = poll_fn(|cx| Poll::Ready(poll_stall(&mut stall, &taken, PATIENCE, cx))).await;
            if polled.is_ready() {
                return polled;
            }
            tokio::time::advance(NEARLY).await;
            if is_taken {
                let mut piece = Piece { bytes: Bytes::from_static(b"ab"), taken: Arc::default() };
                piece.advance(1);
                taken.moves.fetch_add(piece.taken.moves.load(Ordering::Acquire), Ordering::AcqRel);
            }
        }
        Poll::Pending
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_for_too_long_is_given_up_and_who_takes_a_little_is_waited_for() {
        assert!(after(3, false).await.is_ready());
        assert!(after(20, true).await.is_pending());
    }

    /// Whoever is told of the end with a piece is done with the stream, and nobody watches it any more.
    #[tokio::test]
    async fn the_end_is_told_together_with_a_short_last_piece_and_not_with_a_long_one() {
        for (length, is_told) in [(LAST_PIECE, true), (LAST_PIECE + 1, false)] {
            let whole = Full::new(Bytes::from(vec![0; length])).map_err(BoxError::from).boxed_unsync();
            let mut body = watched(Response::new(whole)).into_body();
            assert_eq!(
                body.frame().await.unwrap().ok().unwrap().into_data().ok().unwrap().remaining(),
                length
            );
            assert_eq!(body.is_end_stream(), is_told, "{length}");
            assert!(body.frame().await.is_none());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_has_not_begun_or_waits_for_the_upstream_is_not_the_client_s_fault() {
        let (taken, mut stall) = (Taken::default(), None);
        for has_no_room in [false, true, false] {
            taken.has_no_room.store(has_no_room, Ordering::Release);
            let polled = poll_fn(|cx| Poll::Ready(poll_stall(&mut stall, &taken, PATIENCE, cx))).await;
            assert!(polled.is_pending());
            tokio::time::advance(NEARLY).await;
        }
        assert!(stall.is_none());
    }
}
