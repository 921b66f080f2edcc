//! The terminal that a password is typed on: whatever ends the process meanwhile, afterwards it shows again what is typed.

use std::fs::File;
use std::future::poll_fn;
use std::process::exit;
use std::task::Poll;
use std::thread;

use anyhow::Context as _;
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that people, terminals and service managers end a process with.
const ENDS: [SignalKind; 3] = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];

/// What a shell adds to the number of the signal that ended a process.
const ENDED_BY: i32 = 128;

/// Puts the terminal back as it is now, when a signal ends the process from now on. Whoever reads a password from it turns its
/// echo off and is not asked when the process is ended, so that the next line that is typed would be hidden too.
pub(super) fn restore_at_a_signal() -> anyhow::Result<()> {
    let terminal = File::open("/dev/tty").context("there is no terminal")?;
    let before = tcgetattr(&terminal)?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let signals = {
        let _inside = runtime.enter();
        let caught: Result<Vec<_>, _> =
            ENDS.into_iter().map(|kind| anyhow::Ok((kind, signal(kind)?))).collect();
        caught?
    };
    let watching = thread::Builder::new().name("terminal".to_owned());
    watching.spawn(move || {
        let ended_by = runtime.block_on(first(signals));
        // Whoever has hung up has no terminal any more.
        let _ = tcsetattr(&terminal, OptionalActions::Now, &before);
        exit(ENDED_BY + ended_by.as_raw_value());
    })?;
    Ok(())
}

/// The first of these that comes.
async fn first(mut signals: Vec<(SignalKind, Signal)>) -> SignalKind {
    poll_fn(|cx| {
        let came = |(kind, signal): &mut (SignalKind, Signal)| signal.poll_recv(cx).map(|_| *kind);
        signals.iter_mut().map(came).find(Poll::is_ready).unwrap_or(Poll::Pending)
    })
    .await
}
