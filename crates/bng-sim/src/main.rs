//! `bng-sim`: the simulated BNG as a program of its own, to stand behind a gate on the same machine.

mod arguments;

use std::{
    fmt,
    io::{self, Write},
    net::SocketAddr,
    process::ExitCode,
};

use portcullis_bng_sim::{Sim, serve};
use tokio::{net::TcpListener, signal};

use crate::arguments::{Command, HELP};

/// Exit status for wrong use.
const WRONG_USE: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    let given = std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned());
    match Command::parse(given) {
        Ok(Command::Help) => report(write!(io::stdout(), "{HELP}")),
        Ok(Command::Listen(address)) => report(run(address).await),
        Err(wrong) => {
            say(format_args!("bng-sim: {wrong}; see bng-sim --help"));
            ExitCode::from(WRONG_USE)
        }
    }
}

/// Serves until the first ctrl-c. Open connections are dropped: nothing here is worth waiting for.
async fn run(address: SocketAddr) -> io::Result<()> {
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| io::Error::new(error.kind(), format!("can't listen on {address}: {error}")))?;
    let address = listener.local_addr()?;
    say(format_args!("bng-sim: listening on http://{address} (no authentication, stop with ctrl-c)"));
    tokio::select! {
        served = serve(listener, Sim::new()) => served,
        stopped = signal::ctrl_c() => stopped,
    }
}

fn report(outcome: io::Result<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(format_args!("bng-sim: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Writes a line to standard error. If nobody reads there, there is nobody to tell of it.
fn say(line: fmt::Arguments<'_>) {
    drop(writeln!(io::stderr(), "{line}"));
}
