//! The log, on standard error: lines for people on a terminal, JSON for everything else.

use std::io::{IsTerminal as _, stderr};

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt, registry};

/// Begins to log. A second call changes nothing.
pub(crate) fn start(level: LevelFilter) {
    let for_people = stderr().is_terminal();
    let people = for_people.then(|| fmt::layer().with_writer(stderr).with_target(false));
    let programs = (!for_people).then(|| fmt::layer().json().flatten_event(true).with_writer(stderr));
    let layers = people.map(fmt::Layer::boxed).or(programs.map(fmt::Layer::boxed));
    let _ = registry().with(layers.with_filter(level)).try_init();
}
