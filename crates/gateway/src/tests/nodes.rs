//! Several upstreams of one service, at Unix sockets: each does what the test says, and notes what it got.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::{Change, Endpoint, OnChange, UpstreamOptions};

/// The sockets, whether anybody listens there or not.
pub(crate) struct Nodes(TempDir);

/// What an upstream does with a request that it has got.
#[derive(Clone, Copy)]
pub(crate) enum Manner {
    /// Answers it.
    Answers,
    /// Waits for ever.
    Hangs,
    /// Closes the connection.
    Breaks,
    /// Answers the first one on each connection, and closes the connection at the next one.
    AnswersOnce,
}

/// An upstream. Dropping it closes its socket and its connections.
pub(crate) struct Node {
    path: PathBuf,
    got: Arc<Mutex<Vec<String>>>,
    connections: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

/// What the gateway has told, in words.
#[derive(Clone, Default)]
pub(crate) struct Told(Arc<Mutex<Vec<String>>>);

impl Nodes {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self, number: usize) -> PathBuf {
        self.0.path().join(number.to_string())
    }

    /// How the first so many of them are reached.
    pub(crate) fn options(&self, several: usize) -> UpstreamOptions {
        let others = (1..several).map(|number| Endpoint::Unix(self.path(number))).collect();
        UpstreamOptions { others, ..UpstreamOptions::new(Endpoint::Unix(self.path(0))) }
    }

    pub(crate) fn start(&self, number: usize, manner: Manner) -> Node {
        let path = self.path(number);
        let listener = UnixListener::bind(&path).unwrap();
        let (got, connections) = (Arc::<Mutex<Vec<String>>>::default(), Arc::<AtomicUsize>::default());
        let (book, counter) = (Arc::clone(&got), Arc::clone(&connections));
        let task = tokio::spawn(async move {
            let mut guests = JoinSet::new();
            while let Ok((guest, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::Relaxed);
                guests.spawn(serve(guest, manner, Arc::clone(&book)));
            }
        });
        Node { path, got, connections, task }
    }
}

impl Node {
    /// The lines of the requests that came since somebody last asked.
    pub(crate) fn got(&self) -> Vec<String> {
        std::mem::take(&mut *self.got.lock().unwrap())
    }

    /// How many connections there were.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// Ends, and waits until it has.
    pub(crate) async fn stop(mut self) {
        self.task.abort();
        assert!((&mut self.task).await.is_err());
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.task.abort();
        std::fs::remove_file(&self.path).unwrap();
    }
}

impl Told {
    /// The same options, with this one told.
    pub(crate) fn by(&self, options: UpstreamOptions) -> UpstreamOptions {
        let told = Arc::clone(&self.0);
        let on_change = OnChange::new(move |endpoint, change| {
            let name = endpoint.to_string();
            let number = name.rsplit('/').next().unwrap();
            let said = match change {
                Change::LeftOut { span, .. } => format!("{number} is left out for {}", span.as_secs()),
                Change::Back => format!("{number} is back"),
            };
            told.lock().unwrap().push(said);
        });
        UpstreamOptions { on_change: Some(on_change), ..options }
    }

    /// What was told since somebody last asked.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

async fn serve(mut guest: UnixStream, manner: Manner, book: Arc<Mutex<Vec<String>>>) {
    for number in 0.. {
        let Some(line) = request(&mut guest).await else { return };
        book.lock().unwrap().push(line);
        let answers = match manner {
            Manner::Answers => true,
            Manner::Hangs => return tokio::time::sleep(Duration::MAX).await,
            Manner::Breaks => false,
            Manner::AnswersOnce => number == 0,
        };
        if !answers || guest.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.is_err() {
            return;
        }
    }
}

/// The first line of a request, once it has been read to its end; its body, if it has one, is `once`.
async fn request(guest: &mut UnixStream) -> Option<String> {
    let mut bytes = vec![];
    loop {
        let text = String::from_utf8_lossy(&bytes);
        let has_body = text.contains("content-length: 4\r\n");
        if text.ends_with(if has_body { "\r\n\r\nonce" } else { "\r\n\r\n" }) {
            return text.lines().next().map(str::to_owned);
        }
        if guest.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
