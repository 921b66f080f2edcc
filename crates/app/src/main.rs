//! `portcullis`: the front door for network-management REST APIs.

use std::process::ExitCode;

fn main() -> ExitCode {
    portcullis::run()
}
