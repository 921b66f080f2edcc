//! What the README and the book tell people to type, typed.

use std::fmt::Write as _;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use portcullis_tests::bng::Bng;
use portcullis_tests::command::{self, Portcullis};

/// A hash in the place of one that is only hinted at: the book's own are made by whoever reads it.
pub(crate) const SOME_HASH: &str = "$2b$04$abcdefghijklmnopqrstuurMY81APmSEiT1iMIjNrGHNRdC0U9WWm";

/// Job control for `kill %1`, and what stands in for tools that a machine with little but a toolchain lacks.
const SHELL: &str = r#"set -m
command -v jq >/dev/null || jq() { sed 's/.*"access_token":"\([^"]*\)".*/\1/'; }
command -v openssl >/dev/null || openssl() { head -c 48 /dev/urandom | base64 -w0; }
"#;

/// One command of a page, and what the page says it prints.
struct Step {
    command: String,
    printed: Vec<String>,
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// The blocks of a page that are fenced as `language`.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let opening = format!("```{language}\n");
    let begun = page.split(&opening).skip(1);
    begun.map(|rest| rest.split("```").next().unwrap_or_default().to_owned()).collect()
}

/// The commands of a console block, which begin with `$ `.
fn steps(block: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = vec![];
    for line in block.lines() {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => steps.push(Step { command: command.to_owned(), printed: vec![] }),
            (None, Some(step)) => step.printed.push(line.to_owned()),
            (None, None) => {}
        }
    }
    steps
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tour_of_the_readme_does_what_it_says() {
    let bng = Bng::start().await;
    let (gate, upstream) = (free_port().to_string(), bng.address().to_string());
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("docs/examples")).unwrap();
    let example = fs::read_to_string(root().join("docs/examples/bng.yaml")).unwrap();
    let local = |text: &str| text.replace("8443", &gate).replace("127.0.0.1:8000", &upstream);
    fs::write(folder.path().join("docs/examples/bng.yaml"), local(&example)).unwrap();

    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let told: Vec<Step> = blocks(&readme, "console").iter().flat_map(|block| steps(block)).collect();
    // The BNG of the first terminal stands already, and the binary is built.
    let told: Vec<_> = told.iter().filter(|step| !step.command.starts_with("cargo ")).collect();
    assert!(told.len() > 15, "the tour has shrunk to {} commands", told.len());

    let mut script = SHELL.to_owned();
    for (number, step) in told.iter().enumerate() {
        let is_search_path = step.command.starts_with("export PATH=");
        let binaries = format!("export PATH=\"{}:$PATH\"", command::folder().display());
        let command = if is_search_path { binaries } else { local(&step.command) };
        writeln!(script, "echo; echo '>>> {number}'\n{command}").unwrap();
    }
    let shell = || Command::new("bash").arg("-c").arg(&script).current_dir(folder.path()).output().unwrap();
    let run = tokio::task::block_in_place(shell);
    let printed = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    for line in told.iter().flat_map(|step| &step.printed) {
        assert!(printed.contains(&local(line)), "not printed: {line}\n{printed}");
    }
}

#[test]
fn every_configuration_of_the_book_is_one() {
    let mut seen = 0;
    for page in pages(&root().join("docs/src")) {
        for block in blocks(&fs::read_to_string(&page).unwrap(), "yaml") {
            // The files of other programs are included, and run by `cargo xtask interop`.
            if block.starts_with("{{#include ../../how-to-config/") {
                continue;
            }
            let file = tempfile::NamedTempFile::new().unwrap();
            fs::write(&file, block.replace("$2b$12$...", SOME_HASH)).unwrap();
            let checked =
                Portcullis::with(&["check", "--json", "--config", file.path().to_str().unwrap()]).run();
            let answer: serde_json::Value = serde_json::from_str(&checked.output).unwrap();
            let faults = answer["faults"].as_array().unwrap();
            // A certificate that the page talks of isn't on this machine, and what Envoy asks not in this program; anything
            // else must be right.
            let wrong = |fault: &&serde_json::Value| {
                let message = fault["message"].as_str().unwrap();
                !message.starts_with("cannot read /etc/") && !message.ends_with("feature `ext-authz`")
            };
            assert_eq!(faults.iter().find(wrong), None, "{}:\n{block}", page.display());
            seen += 1;
        }
    }
    assert!(seen >= 5, "{seen}");
}

pub(crate) fn pages(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let nested = entries.flat_map(|path| if path.is_dir() { pages(&path) } else { vec![path] });
    nested.filter(|path| path.extension().is_some_and(|extension| extension == "md")).collect()
}
