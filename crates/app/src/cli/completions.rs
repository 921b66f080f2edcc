//! `portcullis completions`, `portcullis man`: what a shell and `man` need, made from the command line itself.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Command};
use clap_complete::Shell;

use super::Outcome;
use super::output::say;
use crate::failure::Failure;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// The shell
    shell: Shell,
}

#[derive(Debug, Args)]
pub(super) struct ManOptions {
    /// The folder that the pages are written to
    folder: PathBuf,
}

/// Prints the completions of one shell.
pub(super) fn run(options: &Options, mut command: Command) -> Outcome {
    // Made first and printed then, since the maker panics where it can't write.
    let mut script = vec![];
    clap_complete::generate(options.shell, &mut command, "portcullis", &mut script);
    say(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::SUCCESS)
}

/// Writes a page for the program, and one for each command.
pub(super) fn man(options: &ManOptions, command: Command) -> Outcome {
    std::fs::create_dir_all(&options.folder).map_err(Failure::failed)?;
    clap_mangen::generate_to(command, &options.folder).map_err(Failure::failed)?;
    Ok(ExitCode::SUCCESS)
}
