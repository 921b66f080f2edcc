//! Messages written in one piece. A head comes with its body in two, and for the system two pieces are a list that it has
//! to read first, by a way that sockets share with files: small ones are quicker copied, and sent as one.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What is copied rather than listed, in bytes: a head, and an answer as APIs have them.
const SMALL: usize = 2048;

/// Writes these pieces: as one, where there is only one or all of them together are small.
pub fn poll_write_whole<S: AsyncWrite>(
    stream: Pin<&mut S>,
    cx: &mut Context<'_>,
    pieces: &[IoSlice<'_>],
) -> Poll<io::Result<usize>> {
    if let [only] = pieces {
        return stream.poll_write(cx, only);
    }
    let mut whole = [0; SMALL];
    match copied(&mut whole, pieces) {
        Some(whole) => stream.poll_write(cx, whole),
        None => stream.poll_write_vectored(cx, pieces),
    }
}

/// The pieces behind one another, if there is room.
fn copied<'w>(room: &'w mut [u8], pieces: &[IoSlice<'_>]) -> Option<&'w [u8]> {
    let mut length = 0;
    for piece in pieces {
        room.get_mut(length..length + piece.len())?.copy_from_slice(piece);
        length += piece.len();
    }
    room.get(..length)
}

/// A stream whose messages are written so.
pub(crate) struct Whole<S>(pub(crate) S);

impl<S: AsyncRead + Unpin> AsyncRead for Whole<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Whole<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        poll_write_whole(Pin::new(&mut self.0), cx, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    /// Writes what it is given in one call, and tells in how many pieces it came.
    #[derive(Default)]
    struct Heard {
        text: Vec<u8>,
        pieces: usize,
    }

    impl AsyncWrite for Heard {
        fn poll_write(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            self.as_mut().poll_write_vectored(cx, &[IoSlice::new(bytes)])
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_write_vectored(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            pieces: &[IoSlice<'_>],
        ) -> Poll<io::Result<usize>> {
            self.pieces = pieces.len();
            self.text = pieces.iter().flat_map(|piece| piece.to_vec()).collect();
            Poll::Ready(Ok(self.text.len()))
        }
    }

    async fn written(pieces: &[&str]) -> Heard {
        let mut heard = Heard::default();
        let slices: Vec<_> = pieces.iter().map(|piece| IoSlice::new(piece.as_bytes())).collect();
        let length = poll_fn(|cx| poll_write_whole(Pin::new(&mut heard), cx, &slices)).await.unwrap();
        assert_eq!(heard.text, pieces.concat().as_bytes());
        assert_eq!(length, heard.text.len());
        heard
    }

    #[tokio::test]
    async fn small_pieces_are_written_as_one_and_large_ones_as_they_are() {
        let (fits, is_too_long) = ("x".repeat(SMALL - 4), "x".repeat(SMALL - 3));
        assert_eq!(written(&["head"]).await.pieces, 1);
        assert_eq!(written(&["head", &fits]).await.pieces, 1);
        assert_eq!(written(&["head", &is_too_long]).await.pieces, 2);
        assert_eq!(written(&["", "a", "b"]).await.pieces, 1);
        assert_eq!(written(&[&is_too_long.repeat(2)]).await.pieces, 1);
    }
}
