//! The signals that ask the process to finish: SIGTERM from the service manager, SIGINT from a terminal.

use std::io;

use tokio::signal::unix::{SignalKind, signal};

/// Resolves at the first SIGTERM or SIGINT. Both are caught from this call on, not only once the future is polled, so
/// none is lost between start and serving.
pub(crate) fn requested() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn send_to_ourselves(signal: &str) {
        let status = Command::new("kill").args([signal, &std::process::id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    #[tokio::test]
    async fn either_signal_asks_to_finish_even_if_it_comes_before_anyone_waits() {
        for signal in ["-TERM", "-INT"] {
            let requested = requested().unwrap();
            send_to_ourselves(signal);
            requested.await;
        }
    }
}
