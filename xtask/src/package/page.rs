//! The commands of the pages that want a machine of their own, to be carried out as they stand there.

use std::fs;

use anyhow::{Context as _, bail, ensure};

use crate::repository::Repository;

/// The page about the package, from the root of the repository.
pub(super) const PACKAGE: &str = "docs/src/how-to/install-debian.md";

/// The page about a unit of one's own.
pub(super) const OWN_UNIT: &str = "docs/src/how-to/systemd.md";

/// What a command of a page is to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// These lines, in a shell.
    Shell(String),
    /// Start the unit. Where there is no systemd, its own command line is started.
    Start,
    /// Stop it.
    Stop,
    /// Nothing, where there is no systemd: neither has it read old files, nor keeps it a journal.
    Nothing,
}

/// The text of a page.
pub(super) fn text(repository: &Repository, page: &str) -> anyhow::Result<String> {
    fs::read_to_string(repository.root().join(page)).with_context(|| format!("cannot read {page}"))
}

/// The commands of the blocks that are marked `sh,system`, and of those that are marked `console,system`, where they
/// stand after `# `.
pub(super) fn steps(page: &str) -> anyhow::Result<Vec<Step>> {
    let mut steps = Vec::new();
    for (block, prompt) in blocks(page) {
        let mut of_block: Vec<Step> = Vec::new();
        for line in block.lines() {
            match (step(line.strip_prefix(prompt).unwrap_or(line))?, of_block.last_mut()) {
                // Lines of a script belong together: those of a text that `cat` writes can't be told from commands.
                (Step::Shell(line), Some(Step::Shell(before))) if prompt.is_empty() => {
                    before.push('\n');
                    before.push_str(&line);
                }
                (step, _) => of_block.push(step),
            }
        }
        steps.append(&mut of_block);
    }
    ensure!(steps.contains(&Step::Start), "the page does not start anything");
    Ok(steps)
}

/// What a file is to hold, according to the page: its block that is marked `ini`.
pub(super) fn unit(page: &str) -> Option<&str> {
    let (_, block) = page.split_once("\n```ini\n")?;
    block.split_once("```").map(|(unit, _)| unit)
}

/// The blocks for a system, each with what stands before its commands.
fn blocks(page: &str) -> impl Iterator<Item = (&str, &str)> {
    page.split("\n```").filter_map(|part| {
        let script = part.strip_prefix("sh,system\n").map(|block| (block, ""));
        script.or_else(|| part.strip_prefix("console,system\n").map(|block| (block, "# ")))
    })
}

/// What a line does.
fn step(line: &str) -> anyhow::Result<Step> {
    let words: Vec<&str> = line.split_whitespace().collect();
    Ok(match words.as_slice() {
        ["systemctl", "start", "portcullis"] | ["systemctl", "enable", "--now", "portcullis"] => Step::Start,
        ["systemctl", "stop", "portcullis"] => Step::Stop,
        ["systemctl", "daemon-reload"] | ["systemctl", "status", "portcullis"] | ["journalctl", ..] => {
            Step::Nothing
        }
        ["systemctl", ..] => bail!("no way to do `{line}` without systemd"),
        _ => Step::Shell(line.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_blocks_for_a_system_are_steps() {
        let page = "# Page\n\n```sh,system\ncat <<END\nb\nEND\n```\n\n```console\n$ no\n```\n\n```sh,system\n\
                    systemctl enable --now portcullis\njournalctl -u x\n```\n\n```console,system\n# systemctl stop portcullis\n# c\n# d\n```\n";
        let shell = |lines: &str| Step::Shell(lines.to_owned());
        let expected =
            [shell("cat <<END\nb\nEND"), Step::Start, Step::Nothing, Step::Stop, shell("c"), shell("d")];
        assert_eq!(steps(page).unwrap(), expected);
    }

    #[test]
    fn a_page_that_starts_nothing_or_wants_what_only_systemd_can_do_is_refused() {
        assert!(steps("\n```sh,system\na\n```\n").is_err());
        assert!(steps("\n```sh,system\nsystemctl enable --now portcullis\nsystemctl mask x\n```\n").is_err());
    }

    #[test]
    fn the_unit_is_the_block_that_is_marked_ini() {
        assert_eq!(unit("a\n\n```ini\n[Unit]\n```\n"), Some("[Unit]\n"));
        assert_eq!(unit("a\n"), None);
    }
}
