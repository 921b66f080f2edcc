//! The steps of a page in one shell, and what they printed.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use portcullis_tests::command;

use super::page::Step;

/// Longer than any page takes, on a loaded machine too.
const PATIENCE: &str = "180";

/// Before all steps: what a machine with little but a toolchain lacks, and an end for what the page leaves running.
const AROUND: &str = r#"exec 2>&1
set -o pipefail
trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT
command -v jq >/dev/null || jq() { sed 's/.*"access_token":"\([^"]*\)".*/\1/'; }
command -v openssl >/dev/null || openssl() {
    case $1 in
        rand) head -c 48 /dev/urandom | base64 -w0 ;;
        x509) printf 'sha256 Fingerprint='; sed '/-----/d' "${@: -1}" | base64 -d | sha256sum ;;
    esac
}
# Whoever follows a page from the beginning builds; here that is done.
cargo() { mkdir -p target/release && ln -sf "$BINARIES"/portcullis "$BINARIES"/bng-sim target/release/; }
left_running() {
    local log; log=$(mktemp -p "$FOLDER"); "$@" > "$log" 2>&1 &
    until grep -qs listening "$log" || ! kill -0 $!; do sleep 0.1; done
    cat "$log"
}
"#;

/// Runs the steps one after the other, after `before`; says everything that is not as it should be.
pub(super) fn faults(folder: &Path, before: &str, steps: &[Step]) -> Vec<String> {
    let mut script = AROUND.to_owned();
    write!(script, "set -e\n{before}\nset +e\n").unwrap();
    for step in steps {
        let command = lines_left_running(&step.command);
        let (trap, untrap) = match step.printed {
            None => ("trap 'echo \"@failed: $BASH_COMMAND\"' ERR\n", "\ntrap - ERR"),
            Some(_) => ("", ""),
        };
        write!(script, "printf '\\n@step\\n'\n{trap}{command}{untrap}\n").unwrap();
    }
    script += "printf '\\n@end\\n'\n";
    fs::write(folder.join(".script"), &script).unwrap();
    let mut shell = Command::new("timeout");
    shell.args(["--kill-after=5", PATIENCE, "bash", ".script"]).current_dir(folder);
    // Nothing of what the tests are told: the gate warns of variables with its name that it does not know.
    shell.env_clear().env("PATH", search_path()).env("BINARIES", command::folder()).env("FOLDER", folder);
    // They take a while to build.
    if script.contains("$EXAMPLES") {
        shell.env("EXAMPLES", command::examples());
    }
    let output = String::from_utf8_lossy(&shell.output().unwrap().stdout).replace('\r', "");
    let Some(output) = output.strip_suffix("\n@end\n") else {
        return vec![format!("the shell did not come to the end:\n{output}")];
    };
    let said: Vec<_> = output.split("\n@step\n").skip(1).collect();
    steps.iter().zip(said).filter_map(|(step, said)| fault(step, said)).collect()
}

/// What is wrong with what a step printed.
fn fault(step: &Step, said: &str) -> Option<String> {
    let lines: Vec<_> = said.trim_end().lines().collect();
    let is_right = match &step.printed {
        None => !said.contains("@failed: "),
        Some(printed) => {
            printed.len() == lines.len() && printed.iter().zip(&lines).all(|(line, said)| fits(line, said))
        }
    };
    let expected = step.printed.as_ref().map_or("success".to_owned(), |printed| printed.join("\n"));
    (!is_right).then(|| {
        format!("$ {}\n--- the page:\n{expected}\n--- the shell:\n{}", step.command, said.trim_end())
    })
}

/// Whether a line is as the page has it, where `…` stands for what differs from one run to the next.
fn fits(line: &str, said: &str) -> bool {
    let mut parts = line.split('…');
    let Some(mut rest) = said.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let parts: Vec<_> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

/// A server that the page leaves running in a terminal of its own stays in the background.
fn lines_left_running(command: &str) -> String {
    let is_server = |line: &str| {
        !line.ends_with('&') && (line.starts_with("portcullis serve ") || line.contains("/bng-sim --listen "))
    };
    let line = |line: &str| if is_server(line) { format!("left_running {line}") } else { line.to_owned() };
    command.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// The binaries first, then what the machine has.
#[expect(clippy::disallowed_methods, reason = "where the tools are is said by the environment of the tests")]
fn search_path() -> String {
    let machine = std::env::var("PATH").unwrap_or_default();
    format!("{}:{machine}", command::folder().display())
}

#[test]
fn a_line_fits_with_anything_in_the_place_of_the_ellipsis() {
    for (line, said) in [("a", "a"), ("a…", "abc"), ("a…", "a"), ("…c", "abc"), ("a…c…e", "abcde")]
    {
        assert!(fits(line, said), "{line} {said}");
    }
    for (line, said) in [("a", "ab"), ("a", ""), ("a…c", "ab"), ("a…c…e", "ace "), ("…b…b", "b")] {
        assert!(!fits(line, said), "{line} {said}");
    }
}

#[test]
fn a_step_that_prints_more_less_or_something_else_is_found_and_a_script_that_fails() {
    let folder = tempfile::tempdir().unwrap();
    let step = |command: &str, printed: &[&str]| {
        let printed = Some(printed.iter().map(|line| (*line).to_owned()).collect());
        Step { command: command.to_owned(), printed }
    };
    let script = |command: &str| Step { command: command.to_owned(), printed: None };
    let good = [
        step("echo a; false", &["a"]),
        step("x=1", &[]),
        script("y=$x\ntest $y = 1"),
        step("echo $y >&2", &["1"]),
    ];
    assert_eq!(faults(folder.path(), "", &good), Vec::<String>::new());
    let bad = [
        step("echo a", &[]),
        step(":", &["a"]),
        step("echo b", &["a"]),
        script("false\ntrue"),
        script("z=$(false)"),
    ];
    assert_eq!(faults(folder.path(), "", &bad).len(), bad.len());
    assert_eq!(faults(folder.path(), "false", &good).len(), 1);
    assert_eq!(faults(folder.path(), "", &[step("exit 0", &[])]).len(), 1);
}
