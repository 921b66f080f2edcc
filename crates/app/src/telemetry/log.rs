//! The log, on standard error: lines for people on a terminal, JSON for everything else.
//!
//! Lines are written by a thread of their own. If whoever reads them has stalled, they wait up to a bound and are dropped
//! then: a log must never be the reason for an outage.

use std::io::{IsTerminal as _, stderr};

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt, registry};

use super::lines::{Form, Visible};

/// How many lines wait to be written, at most.
const WAITING: usize = 8 * 1024;

/// Begins to log. What still waits is written when the guard is dropped.
#[must_use = "the log ends with its guard"]
pub(crate) fn start(level: LevelFilter) -> WorkerGuard {
    let (writer, guard) =
        NonBlockingBuilder::default().buffered_lines_limit(WAITING).lossy(true).finish(stderr());
    let for_people = stderr().is_terminal();
    let form = if for_people { Form::Coloured } else { Form::Json };
    let writer = move || Visible { writer: writer.clone(), form };
    let people = for_people.then(|| fmt::layer().with_writer(writer.clone()).with_target(false));
    let programs = (!for_people).then(|| fmt::layer().json().flatten_event(true).with_writer(writer));
    let layers = people.map(fmt::Layer::boxed).or(programs.map(fmt::Layer::boxed));
    let _ = registry().with(layers.with_filter(level)).try_init();
    guard
}
