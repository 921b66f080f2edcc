//! What a shell and `man` are given: `portcullis completions`, `portcullis man`.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use portcullis_tests::command::Portcullis;

use crate::commands::listed;

/// The commands that the help lists.
fn commands() -> BTreeSet<String> {
    below(&[])
}

/// The commands below a command.
fn below(command: &[&str]) -> BTreeSet<String> {
    let help = Portcullis::with(&[command, &["--help"]].concat()).run();
    assert_eq!(help.status, 0, "{help:?}");
    listed(&help.output).into_iter().filter(|name| *name != "help").map(str::to_owned).collect()
}

#[test]
fn every_shell_is_given_completions_that_know_every_command() {
    let commands = commands();
    assert!(commands.contains("serve") && commands.contains("token"), "{commands:?}");
    for shell in ["bash", "zsh", "fish"] {
        let ended = Portcullis::with(&["completions", shell]).run();
        assert_eq!((ended.status, ended.error.as_str()), (0, ""), "{shell}");
        for name in &commands {
            assert!(ended.output.contains(name.as_str()), "{name} is not in those of {shell}");
        }
        assert!(ended.output.contains("--config") || ended.output.contains("-l config"), "{shell}");
    }
}

#[test]
fn bash_can_read_its_own() {
    let script = Portcullis::with(&["completions", "bash"]).run().output;
    let ask = "COMP_WORDS=(portcullis tok) COMP_CWORD=1; _portcullis portcullis tok portcullis; echo \"${COMPREPLY[@]}\"";
    let ended = Command::new("bash").args(["--norc", "-c", &format!("{script}\n{ask}")]).output().unwrap();
    assert_eq!(
        String::from_utf8_lossy(&ended.stdout).trim(),
        "token",
        "{}",
        String::from_utf8_lossy(&ended.stderr)
    );
}

#[test]
fn a_shell_that_is_not_known_is_wrong_use() {
    for arguments in [&["completions", "tcsh"][..], &["completions"]] {
        let ended = Portcullis::with(arguments).run();
        assert_eq!((ended.status, ended.output.as_str()), (2, ""), "{arguments:?}");
    }
}

#[test]
fn there_is_a_manual_page_for_the_program_and_for_every_command() {
    let folder = tempfile::tempdir().unwrap();
    // The folder need not be there.
    let pages = folder.path().join("share/man/man1");
    let ended = Portcullis::with(&["man", pages.to_str().unwrap()]).run();
    assert_eq!((ended.status, ended.output.as_str(), ended.error.as_str()), (0, "", ""));
    let entries =
        fs::read_dir(&pages).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let written: BTreeSet<_> = entries.collect();
    let mut expected = BTreeSet::from(["portcullis.1".to_owned()]);
    for name in commands() {
        expected.extend(below(&[&name]).iter().map(|below| format!("portcullis-{name}-{below}.1")));
        expected.insert(format!("portcullis-{name}.1"));
    }
    assert_eq!(written, expected);
    for name in &written {
        let page = fs::read_to_string(pages.join(name)).unwrap();
        assert!(page.contains(".TH portcullis") && page.contains(".SH SYNOPSIS"), "{name}: {page}");
    }
}

#[test]
fn where_no_folder_can_be_the_command_has_failed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let ended = Portcullis::with(&["man", file.join("man1").to_str().unwrap()]).run();
    assert_eq!((ended.status, ended.output.as_str()), (1, ""), "{ended:?}");
    assert!(ended.error.starts_with("portcullis: ") && !ended.error.contains("panicked"), "{ended:?}");
}
