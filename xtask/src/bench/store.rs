//! `cargo xtask bench --store`: a login, a look-up and the memory of the gate over a store with very many users.
//!
//! A login's commit is one flush of the disk and what else is to be done. A bare flush of as many bytes is measured by turns
//! with it, on the same disk; and the same commit once more over a copy in memory, where a flush costs nothing, so that what
//! is measured there is ours.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use serde::Deserialize;

use super::aims::{Bound, Verdict};
use super::cpu::mebibytes;
use super::http::Connection;
use super::process::{Cores, Process, command};
use super::programs::Programs;
use super::site::{PASSWORD, SECRET};
use super::table::{figure, row, time};
use crate::interop::process::free_address;
use crate::interop::stage::output;
use crate::repository::Repository;

const USERS: u64 = 1_000_000;
const SESSIONS: u64 = 100_000;
/// A file system in memory.
const MEMORY: &str = "/dev/shm";
/// Microseconds of a commit beside its flush.
const OWN_AT_MOST: f64 = 1000.0;
/// MiB.
const MEMORY_AT_MOST: f64 = 64.0;
/// So many log in and are looked up before the memory is looked at.
const LOGINS: u64 = 50;

/// What the example says; times in microseconds.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Measured {
    commit: f64,
    commit_p99: f64,
    flush: f64,
    flush_p99: f64,
    /// How far a commit lets the log grow.
    bytes: u64,
    cold: f64,
    warm: f64,
    /// How long the file is, in bytes.
    file: u64,
}

/// Makes such a store on the disk of the target folder, measures, and prints a table.
pub(crate) fn run(repository: &Repository, quick: bool) -> anyhow::Result<()> {
    let target = repository.metadata().target_directory.as_std_path();
    let (users, sessions) = if quick { (USERS / 100, SESSIONS / 100) } else { (USERS, SESSIONS) };
    super::say("building the release binaries");
    super::cargo(repository, &["-p", "portcullis"])?;
    super::cargo(repository, &["-p", "portcullis-store-sql", "--example", "big_store"])?;
    let release = target.join("release");
    let (gate, example) = (release.join("portcullis"), release.join("examples/big_store"));
    // A folder for temporary files may be in memory, where a flush costs nothing.
    let folder = tempfile::tempdir_in(target)?;
    let file = folder.path().join("users.db");
    super::say(&format!("making {users} users and {sessions} sessions"));
    let start = Instant::now();
    let mut hashing = Command::new(&gate);
    hashing.args(["hash-password", "--cost", "4"]);
    let hash = output(hashing, PASSWORD)?;
    let mut filling = Command::new(&example);
    filling.arg("fill").arg(&file).args([users.to_string(), sessions.to_string(), hash]);
    output(filling, "")?;
    let made = start.elapsed().as_secs_f64() * 1e9;
    super::say("measuring");
    let on_disk = measured(&example, &file, users)?;
    let copy = tempfile::tempdir_in(MEMORY).with_context(|| format!("no folder in {MEMORY}"))?;
    let copied = copy.path().join("users.db");
    fs::copy(&file, &copied)?;
    let in_memory = measured(&example, &copied, users)?;
    let memory = memory(&gate, folder.path(), users, &Programs::look(target))?;
    let title = format!("{users} users, {sessions} sessions");
    print!("{}", told(&title, &on_disk, &in_memory, made, memory));
    Ok(())
}

fn measured(example: &Path, file: &Path, users: u64) -> anyhow::Result<Measured> {
    let mut measuring = Command::new(example);
    measuring.arg("measure").arg(file).arg(users.to_string());
    Ok(serde_json::from_str(&output(measuring, "")?)?)
}

/// MiB of a gate over the store, after people have come and looked at it.
fn memory(gate: &Path, folder: &Path, users: u64, programs: &Programs) -> anyhow::Result<f64> {
    let address = free_address()?;
    let config = folder.join("bng.yaml");
    let port = address.port();
    let text = format!(
        "api:\n  enabled: true\n  listen: 127.0.0.1\n  port: {port}\n  tls: off\n  \
        upstream: http://127.0.0.1:9\n  state_dir: {}\n  user_store: sqlite:users.db\n",
        folder.display()
    );
    fs::write(&config, text)?;
    let mut serve = command(gate, Cores::All, programs);
    serve.arg("serve").arg("--config").arg(PathBuf::from(&config)).env("ABNG_API_SECRET", SECRET);
    let mut process = Process::start("gate", serve, folder)?;
    process.wait_until(|| answers(address))?;
    let mut connection = Connection::to(address)?;
    for number in 0..LOGINS {
        let name = format!("user-{}", number * (users / LOGINS));
        let body = format!(r#"{{"username":"{name}","password":"{PASSWORD}"}}"#);
        let login = connection.post_json("/api/v1/auth/login", &body)?;
        ensure!(login.status == 200, "{name} can't log in: {}", login.body);
        let token: serde_json::Value = serde_json::from_str(&login.body)?;
        let token = token.get("access_token").and_then(serde_json::Value::as_str).context("no token")?;
        ensure!(connection.get("/api/v1/auth/me", token)?.status == 200, "{name} is not let in");
    }
    Ok(mebibytes(process.memory()?.proportional))
}

fn answers(address: SocketAddr) -> bool {
    let health = Connection::to(address).and_then(|mut connection| connection.get("/api/v1/health", ""));
    health.is_ok_and(|answer| answer.status == 200)
}

fn told(title: &str, on_disk: &Measured, in_memory: &Measured, made: f64, memory: f64) -> String {
    let micros = |value: f64| time(value * 1e3);
    let Measured { commit, commit_p99, flush, flush_p99, bytes, cold, warm, file } = on_disk;
    let own = in_memory.commit;
    let mut text = row(title, &["median", "p99"]);
    text += &row("commit of a login", &[&micros(*commit), &micros(*commit_p99)]);
    text += &row("a bare flush of as much", &[&micros(*flush), &micros(*flush_p99)]);
    text += &row("the commit in memory", &[&micros(own), &micros(in_memory.commit_p99)]);
    text += &row("look-up, not read before", &[&micros(*cold)]);
    text += &row("look-up, read before", &[&micros(*warm)]);
    text += &row("memory of the gate", &[&figure(memory, "MiB")]);
    text += &row("log of a commit", &[&figure(mebibytes(*bytes), "KiB")]);
    text += &row("file", &[&figure(mebibytes(file / 1024), "MiB")]);
    text += &row("made within", &[&time(made)]);
    for Verdict { what, reached, .. } in [
        Verdict::new("a commit in memory: at most 1 ms", own, "µs", Bound::AtMost(OWN_AT_MOST)),
        Verdict::new("memory: at most 64 MiB", memory, "MiB", Bound::AtMost(MEMORY_AT_MOST)),
    ] {
        text += &row(&format!("{what}: {}", if reached { "reached" } else { "missed" }), &[]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ours_of_a_commit_is_what_it_takes_in_memory() {
        let on_disk = Measured {
            commit: 3500.0,
            commit_p99: 6000.0,
            flush: 2900.0,
            flush_p99: 5000.0,
            bytes: 40 << 10,
            cold: 90.0,
            warm: 30.0,
            file: 300 << 20,
        };
        let in_memory = Measured { commit: 600.0, commit_p99: 700.0, ..on_disk };
        let text = told("10 users", &on_disk, &in_memory, 1e9, 70.0);
        let said = |name: &str| text.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
        assert!(said("the commit in memory").ends_with("700.00 µs"), "{text}");
        assert!(said("log of a commit").ends_with("40.00 KiB"), "{text}");
        assert!(said("file").ends_with("300.00 MiB"), "{text}");
        assert!(said("a commit in memory").ends_with("reached"), "{text}");
        assert!(said("memory: at").ends_with("missed"), "{text}");
    }
}
