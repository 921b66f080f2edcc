//! `portcullis`: the front door for network-management REST APIs.

mod cli;
mod clock;
mod config;
mod failure;
mod front_door;
mod journal;
mod keys;
mod listener;
mod metrics_door;
mod opened;
mod reload;
mod secret;
mod server;
mod session_watch;
mod shutdown;
mod stores;
mod telemetry;
mod tls;
mod upstream;
mod wire;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
