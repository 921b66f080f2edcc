//! The book: each command in it is run, and prints what the page says.
//!
//! A block that is fenced as `console` has commands after `$ ` and what they print; `…` stands for what differs from one
//! run to the next. One that is fenced as `sh` or `bash` is a script, and has to succeed. All blocks of a page are run in
//! one shell, in a folder of their own, against the real binaries. Only what could not be the same is changed: ports, the
//! folder `/etc/bng`, an address that would open the gate to others, and a password that the page leaves to the reader.
//!
//! `sh,system` and `console,system` want root or systemd. They are for `cargo xtask package --try`, which carries them
//! out in a Debian of its own, and stand only on pages of which that is known. What a page shows of a file is run as well:
//! a configuration by `portcullis check`, a proxy's by `cargo xtask interop`, a unit by `cargo xtask package --try`.

mod configurations;
mod page;
mod readme;
mod shell;
mod stages;

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::thread;

use portcullis_tests::{command, disk, not_run};

use self::page::{Block, Step, blocks};
use self::stages::{IN_A_DISK, STAGES, SYSTEM, Stage};

/// A hash in the place of one that is only hinted at: the book's own are made by whoever reads it.
const SOME_HASH: &str = "$2b$04$abcdefghijklmnopqrstuurMY81APmSEiT1iMIjNrGHNRdC0U9WWm";

/// The reader's own password.
const PASSWORD: &str = "a password of the tests";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

fn book() -> PathBuf {
    root().join("docs/src")
}

/// The pages in a folder and below it.
fn pages(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let nested = entries.flat_map(|path| if path.is_dir() { pages(&path) } else { vec![path] });
    nested.filter(|path| path.extension().is_some_and(|extension| extension == "md")).collect()
}

/// Every page by its name in the book, with its blocks.
fn all() -> Vec<(String, Vec<Block>)> {
    let folder = book();
    let name = |path: &Path| path.strip_prefix(&folder).unwrap().to_str().unwrap().to_owned();
    pages(&folder).iter().map(|path| (name(path), blocks(&fs::read_to_string(path).unwrap()))).collect()
}

#[test]
fn no_block_of_the_book_is_left_out() {
    let run_by_interop = ["xtask/src/interop/recipes.rs", "xtask/clients/with_fastapi.py"];
    let recipes = run_by_interop.map(|file| fs::read_to_string(root().join(file)).unwrap()).concat();
    // A file that is included is what `cargo xtask interop` runs.
    let included = |block: &Block| match &*block.lines {
        [line] => {
            let file = line.strip_prefix("{{#include ../../how-to-config/");
            let file = file.and_then(|file| file.strip_suffix("}}"));
            file.is_some_and(|file| {
                let module = file.strip_suffix(".py").map(|module| format!("from {module} import"));
                recipes.contains(&module.unwrap_or_else(|| format!("\"{file}\"")))
            })
        }
        _ => false,
    };
    // An example of ours that other tests start.
    let started = fs::read_to_string(root().join("tests/src/binary.rs")).unwrap();
    let example = |block: &Block| match &*block.lines {
        [line] => {
            let file = line.strip_prefix("{{#include ../../../crates/app/examples/");
            let name = file.and_then(|file| file.strip_suffix(".rs}}"));
            name.is_some_and(|name| started.contains(&format!("\"--example\", \"{name}\"")))
        }
        _ => false,
    };
    let is_json = |line: &String| serde_json::from_str::<serde_json::Value>(line).is_ok();
    for (page, blocks) in all() {
        let is_for_a_system = SYSTEM.iter().any(|(known, _)| *known == page);
        for block in &blocks {
            let is_covered = match block.info.as_str() {
                "console" | "sh" | "bash" => STAGES.iter().any(|stage| stage.page == page),
                "console,system" | "sh,system" | "ini" => is_for_a_system,
                "nginx" | "caddyfile" | "haproxy" | "python" => included(block),
                // Another test gives it to `portcullis check`.
                "yaml" => included(block) || !block.lines.iter().any(|line| line.contains("#include")),
                "rust" => example(block),
                "json" => block.lines.iter().all(is_json),
                "text" => true,
                _ => false,
            };
            let Block { info, lines } = block;
            assert!(
                is_covered,
                "{page}: nothing is known to run a block that is fenced as `{info}`: {lines:?}"
            );
        }
    }
}

#[test]
fn pages_for_a_system_are_known_to_what_carries_them_out() {
    let all = all();
    for (page, by) in SYSTEM {
        let of_a_system = |block: &Block| block.info.ends_with(",system");
        assert!(all.iter().any(|(name, blocks)| name == page && blocks.iter().any(of_a_system)), "{page}");
        let source = fs::read_to_string(root().join(by)).unwrap();
        assert!(source.contains(&format!("\"docs/src/{page}\"")), "{by} does not know {page}");
    }
}

#[test]
fn every_command_of_the_book_prints_what_its_page_says() {
    have_the_simulator();
    let all = all();
    let found = |stage: &'static Stage| {
        let page = all.iter().find(|(name, _)| name == stage.page);
        let (_, blocks) = page.unwrap_or_else(|| panic!("there is no page {}", stage.page));
        run(stage, blocks)
    };
    let faults: Vec<String> = thread::scope(|scope| {
        let pages = STAGES.iter().filter(|stage| is_possible(stage));
        let pages: Vec<_> = pages.map(|stage| scope.spawn(move || found(stage))).collect();
        pages.into_iter().flat_map(|page| page.join().unwrap()).collect()
    });
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

/// Whether this machine lets a page have what it wants. Where it doesn't, that is said even of a test that passes.
fn is_possible(stage: &Stage) -> bool {
    let is_possible = !stage.before.contains(&IN_A_DISK) || disk::is_possible();
    if !is_possible {
        not_run::say(stage.page, disk::NOT_ALLOWED);
    }
    is_possible
}

/// Runs a page's commands and says what is wrong with them.
fn run(stage: &Stage, blocks: &[Block]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let local = local_to(folder.path());
    let steps: Vec<_> = blocks.iter().flat_map(Block::steps).collect();
    assert!(!steps.is_empty(), "{} has no commands any more", stage.page);
    let lines = |lines: Vec<String>| lines.iter().map(|line| local(line)).collect();
    let of = |step: Step| Step { command: local(&step.command), printed: step.printed.map(lines) };
    let steps: Vec<_> = steps.into_iter().map(of).collect();

    let example = folder.path().join("example");
    fs::create_dir(&example).unwrap();
    let example = example.join("bng.yaml");
    fs::write(&example, local(&fs::read_to_string(root().join("docs/examples/bng.yaml")).unwrap())).unwrap();
    let yaml = blocks.iter().find(|block| block.info == "yaml").map(|block| block.lines.join("\n") + "\n");
    let before = stage.before.join("\n").replace("{yaml}", &yaml.unwrap_or_default());
    let before = before.replace("$2b$12$...", SOME_HASH).replace("{hash}", SOME_HASH);
    let known = format!("PASSWORD='{PASSWORD}'\nEXAMPLE='{}'\n", example.display());
    let faults = shell::faults(folder.path(), &(known + &local(&before)), &steps);
    faults.into_iter().map(|fault| format!("{}:\n{fault}", stage.page)).collect()
}

/// What is changed in a page's text: see the head of this file.
fn local_to(folder: &Path) -> impl Fn(&str) -> String {
    let port = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let (gate, upstream, folder) = (port(), port(), folder.display().to_string());
    move |text: &str| {
        text.replace("8443", &gate)
            .replace("127.0.0.1:8000", &format!("127.0.0.1:{upstream}"))
            .replace("0.0.0.0", "127.0.0.1")
            .replace("/etc/bng/", &format!("{folder}/"))
            .replace(r#""password":"…""#, &format!(r#""password":"{PASSWORD}""#))
            .replace("'password=…'", &format!("'password={PASSWORD}'"))
    }
}

/// Builds the simulator beside the gate, unless whoever built the gate did so already.
#[expect(clippy::disallowed_methods, reason = "which cargo it is is said by the environment of the tests")]
fn have_the_simulator() {
    let profile = command::folder();
    if profile.join("bng-sim").is_file() {
        return;
    }
    let mut cargo = std::process::Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--package", "portcullis-bng-sim", "--manifest-path"]);
    cargo.arg(root().join("Cargo.toml")).arg("--target-dir").arg(profile.parent().unwrap());
    assert!(cargo.status().unwrap().success(), "the simulator can't be built");
}
