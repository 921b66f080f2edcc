//! Portcullis, the front door for network-management REST APIs: all of the program but its first line, and the same gate
//! for services that would rather have it inside.

mod cli;
mod clock;
mod config;
mod embed;
#[cfg(feature = "ext-authz")]
mod ext_authz_door;
mod failure;
mod front_door;
mod inherited;
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
mod whole_file;
mod wire;

use std::process::ExitCode;

pub use embed::{OpenError, Portcullis};
// Whoever has the gate inside names these, and would otherwise depend on two more packages for it.
pub use portcullis_core::domain;
pub use portcullis_http::{Caller, GuardLayer, Guarded, Permit, Principal, Unguarded};

/// The program `portcullis`.
pub fn run() -> ExitCode {
    cli::run()
}
