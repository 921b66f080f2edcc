//! The commands of the installation page, to be carried out as they stand there.

use anyhow::ensure;

/// The page, from the root of the repository.
pub(super) const PAGE: &str = "docs/src/how-to/install-debian.md";

/// What a block of commands is to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// These lines, in a shell.
    Shell(String),
    /// Start the unit. Where there is no systemd, its own command line is started.
    Start,
}

/// The blocks that are marked `sh`, in their order. `console` marks what is shown and not carried out.
pub(super) fn steps(page: &str) -> anyhow::Result<Vec<Step>> {
    let mut steps = Vec::new();
    let mut rest = page;
    while let Some((_, block)) = rest.split_once("\n```sh\n") {
        let (commands, after) = block.split_once("\n```\n").unwrap_or((block, ""));
        rest = after;
        let words = |line: &str| line.split_whitespace().next().unwrap_or_default().to_owned();
        match words(commands).as_str() {
            "systemctl" => {
                ensure!(
                    commands == "systemctl enable --now portcullis",
                    "no way to do `{commands}` without systemd"
                );
                steps.push(Step::Start);
            }
            // Without systemd there is no journal either.
            "journalctl" => {}
            _ => steps.push(Step::Shell(commands.to_owned())),
        }
    }
    ensure!(steps.contains(&Step::Start), "{PAGE} does not start anything");
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_blocks_of_commands_are_steps() {
        let page = "# Page\n\n```sh\na\nb\n```\n\n```console\n# no\n```\n\n```sh\nsystemctl enable --now portcullis\n\
                    ```\n```sh\njournalctl -u x\n```\n\n```sh\ncurl x\n```\n";
        let expected = [Step::Shell("a\nb".to_owned()), Step::Start, Step::Shell("curl x".to_owned())];
        assert_eq!(steps(page).unwrap(), expected);
    }

    #[test]
    fn a_page_that_starts_nothing_or_something_else_is_refused() {
        assert!(steps("\n```sh\na\n```\n").is_err());
        assert!(steps("\n```sh\nsystemctl stop portcullis\n```\n").is_err());
    }
}
