//! A request on its way out: its head, and its body in pieces as they come, each sent before the next is asked for.

use std::io::{self, IoSlice, Write as _};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes};
use http::Method;
use http_body::Body as _;
use portcullis_guard::BoxError;
use tokio::io::AsyncWrite;

use super::failed::Failed;
use crate::body::Upload;

const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// Where the body of a request ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// Here.
    Empty,
    /// After so many bytes.
    Length(u64),
    /// With the last chunk.
    Chunked,
}

/// A request on its way out.
pub(crate) struct Sending {
    method: Method,
    /// What is to be sent next: the head, or where a chunk begins, ...
    front: Vec<u8>,
    /// ... how much of it was, ...
    sent: usize,
    /// ... a piece of the body ...
    piece: Bytes,
    /// ... and where its chunk ends.
    back: &'static [u8],
    body: Upload,
    framing: Framing,
    /// Whether anything of it has been taken by a connection.
    is_touched: bool,
    is_flushed: bool,
}

impl Sending {
    /// A request whose head says the same of its body as `framing`.
    pub(crate) fn new(method: &Method, head: Vec<u8>, framing: Framing, body: Upload) -> Self {
        Self {
            method: method.clone(),
            front: head,
            sent: 0,
            piece: Bytes::new(),
            back: b"",
            body,
            framing,
            is_touched: false,
            is_flushed: false,
        }
    }

    /// What is asked for.
    pub(crate) fn method(&self) -> &Method {
        &self.method
    }

    /// Whether any of it was sent.
    pub(crate) fn is_touched(&self) -> bool {
        self.is_touched
    }

    /// Whether it is sent whole.
    pub(crate) fn is_over(&self) -> bool {
        self.framing == Framing::Empty && self.is_flushed
    }

    /// Sends it. What is left of it can be sent later by the same connection, or, if nothing of it has been, by another.
    pub(crate) fn poll_send<S>(&mut self, cx: &mut Context<'_>, stream: &mut S) -> Poll<Result<(), Failed>>
    where
        S: AsyncWrite + Unpin + ?Sized,
    {
        while !self.is_over() {
            let pulled =
                if self.has_room() { self.poll_pull(cx).map_err(Failed::Body)? } else { Poll::Ready(()) };
            ready!(self.poll_write(cx, stream)).map_err(|error| self.failed(error))?;
            ready!(Pin::new(&mut *stream).poll_flush(cx)).map_err(Failed::broken)?;
            self.is_flushed = true;
            ready!(pulled);
        }
        Poll::Ready(Ok(()))
    }

    fn failed(&self, error: io::Error) -> Failed {
        if self.is_touched { Failed::broken(error) } else { Failed::Unsent(super::failed::Broken(error)) }
    }

    /// Whether there may be more, and it can be sent with what is to be sent.
    fn has_room(&self) -> bool {
        self.framing != Framing::Empty && self.piece.is_empty() && self.back.is_empty()
    }

    /// Takes the next piece of the body, and frames it.
    fn poll_pull(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        loop {
            let frame = match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                Some(frame) => frame?,
                None => return Poll::Ready(self.end()),
            };
            // An empty chunk would be the last one.
            if let Some(piece) = frame.into_data().ok().filter(|piece| !piece.is_empty()) {
                return Poll::Ready(self.frame(piece));
            }
        }
    }

    fn frame(&mut self, piece: Bytes) -> Result<(), BoxError> {
        match &mut self.framing {
            Framing::Length(left) => {
                *left = left.checked_sub(piece.len() as u64).ok_or("the body is longer than it said")?;
                if *left == 0 {
                    self.framing = Framing::Empty;
                }
            }
            Framing::Chunked => {
                write!(self.front, "{:x}\r\n", piece.len())?;
                self.back = b"\r\n";
                if self.body.is_end_stream() {
                    self.back = b"\r\n0\r\n\r\n";
                    self.framing = Framing::Empty;
                }
            }
            Framing::Empty => return Err("a body that nobody spoke of".into()),
        }
        self.piece = piece;
        self.is_flushed = false;
        Ok(())
    }

    fn end(&mut self) -> Result<(), BoxError> {
        match self.framing {
            // It is not over, and never will be.
            Framing::Length(1..) => return Err("the body is shorter than it said".into()),
            Framing::Chunked => self.front.extend_from_slice(LAST_CHUNK),
            Framing::Length(0) | Framing::Empty => {}
        }
        self.framing = Framing::Empty;
        self.is_flushed = false;
        Ok(())
    }

    /// Writes what is to be sent next.
    fn poll_write<S>(&mut self, cx: &mut Context<'_>, stream: &mut S) -> Poll<io::Result<()>>
    where
        S: AsyncWrite + Unpin + ?Sized,
    {
        loop {
            let front = self.front.get(self.sent..).unwrap_or_default();
            let left = front.len() + self.piece.len() + self.back.len();
            if left == 0 {
                self.front.clear();
                self.sent = 0;
                return Poll::Ready(Ok(()));
            }
            let stream = Pin::new(&mut *stream);
            let written = if front.len() == left {
                ready!(stream.poll_write(cx, front))?
            } else {
                let pieces = [front, &self.piece, self.back].map(IoSlice::new);
                ready!(stream.poll_write_vectored(cx, &pieces))?
            };
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.is_touched = true;
            self.advance(written);
        }
    }

    fn advance(&mut self, written: usize) {
        let of_front = written.min(self.front.len() - self.sent);
        self.sent += of_front;
        let of_piece = (written - of_front).min(self.piece.len());
        self.piece.advance(of_piece);
        self.back = self.back.get(written - of_front - of_piece..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::sync::Arc;

    use futures_util::stream;
    use http_body::Frame;
    use http_body_util::StreamBody;

    use super::*;
    use crate::progress::Progress;

    const HEAD: &str = "POST /p?q HTTP/1.1\r\na: b\r\n\r\n";

    /// Takes so many bytes at a time.
    struct Narrow {
        width: usize,
        taken: Vec<u8>,
        calls: usize,
    }

    impl AsyncWrite for Narrow {
        fn poll_write(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            let taken = &bytes[..bytes.len().min(self.width)];
            self.taken.extend_from_slice(taken);
            self.calls += 1;
            Poll::Ready(Ok(taken.len()))
        }

        fn poll_write_vectored(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            pieces: &[IoSlice<'_>],
        ) -> Poll<io::Result<usize>> {
            let (width, before) = (self.width, self.taken.len());
            self.taken.extend(pieces.iter().flat_map(|piece| piece.to_vec()).take(width));
            self.calls += 1;
            Poll::Ready(Ok(self.taken.len() - before))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    fn sending(framing: Framing, pieces: &[&'static str]) -> Sending {
        let frames: Vec<_> =
            pieces.iter().map(|piece| Ok::<_, BoxError>(Frame::data(Bytes::from(*piece)))).collect();
        let body = Upload::new(StreamBody::new(stream::iter(frames)), &Arc::new(Progress::begin()));
        Sending::new(&Method::POST, HEAD.into(), framing, body)
    }

    async fn sent(framing: Framing, pieces: &[&'static str], width: usize) -> Result<Narrow, Failed> {
        let mut narrow = Narrow { width, taken: vec![], calls: 0 };
        let mut sending = sending(framing, pieces);
        poll_fn(|cx| sending.poll_send(cx, &mut narrow)).await?;
        assert!(sending.is_over());
        Ok(narrow)
    }

    #[tokio::test]
    async fn a_request_is_the_same_however_little_is_taken_at_once() {
        for (framing, pieces, expected) in [
            (Framing::Empty, &[][..], ""),
            (Framing::Length(0), &[], ""),
            (Framing::Length(5), &["hel", "lo"], "hello"),
            (Framing::Length(5), &["", "hel", "", "lo"], "hello"),
            (Framing::Chunked, &[], "0\r\n\r\n"),
            (Framing::Chunked, &["hello, hello, hello"], "13\r\nhello, hello, hello\r\n0\r\n\r\n"),
            // An empty chunk would be the last one.
            (Framing::Chunked, &["a", "", "b"], "1\r\na\r\n1\r\nb\r\n0\r\n\r\n"),
        ] {
            for width in 1..60 {
                let narrow = sent(framing, pieces, width).await.unwrap();
                assert_eq!(String::from_utf8(narrow.taken).unwrap(), format!("{HEAD}{expected}"));
            }
        }
    }

    #[tokio::test]
    async fn a_small_body_is_sent_with_its_head() {
        assert_eq!(sent(Framing::Length(5), &["hello"], 1000).await.unwrap().calls, 1);
    }

    #[tokio::test]
    async fn a_body_of_another_length_than_was_said_is_never_sent_as_one() {
        for (pieces, taken) in [(&["hell"][..], "hell"), (&["hel", "lo!"], "hel"), (&["hello!"], "")] {
            let mut narrow = Narrow { width: 1000, taken: vec![], calls: 0 };
            let mut sending = sending(Framing::Length(5), pieces);
            let failed = poll_fn(|cx| sending.poll_send(cx, &mut narrow)).await.unwrap_err();
            assert!(matches!(failed, Failed::Body(_)), "{failed:?}");
            let text = String::from_utf8(narrow.taken).unwrap();
            assert_eq!(text.split("\r\n\r\n").nth(1).unwrap_or_default(), taken);
        }
    }
}
