//! The load: wrk, and what it says.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, ensure};

use super::contestants::Server;
use super::http::Connection;
use super::process::{Cores, command};
use super::site::Site;
use super::works::Ask;

/// Connections that are kept open.
pub(super) const CONNECTIONS: usize = 64;

/// What is asked for, again and again.
#[derive(Debug, Clone)]
pub(super) struct Load {
    address: String,
    fields: Vec<String>,
    /// What only a script can tell wrk: to post something.
    script: Option<String>,
    pub(super) cores: Cores,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Outcome {
    pub(super) requests: u64,
    pub(super) per_second: f64,
    /// Milliseconds within which half of the requests were answered.
    pub(super) p50: f64,
    /// Milliseconds within which 99 of 100 were.
    pub(super) p99: f64,
}

impl Load {
    /// A request to a server, with the token that it accepts.
    pub(super) fn new(server: &Server, ask: &Ask, cores: Cores) -> Self {
        let scheme = if server.tls { "https" } else { "http" };
        Self {
            address: format!("{scheme}://{}{}", server.address, ask.path),
            fields: fields(server, ask),
            script: ask.form.map(|form| script(&form.replace("{token}", &server.token))),
            cores,
        }
    }

    /// Asks once, where the status of an answer does not tell whether the work was done; an error if it was not.
    pub(super) fn try_once(server: &Server, ask: &Ask) -> anyhow::Result<()> {
        let Some(form) = ask.form else { return Ok(()) };
        let form = form.replace("{token}", &server.token);
        let answer = Connection::to(server.address)?.post(ask.path, &fields(server, ask), &form)?;
        let good = answer.status == 200 && answer.body.contains(ask.answer);
        ensure!(good, "{} answered something else than {}: {answer:?}", ask.path, ask.answer);
        Ok(())
    }

    /// Runs wrk; an error if any answer was not a good one, since refusals are cheap.
    pub(super) fn run(&self, site: &Site, turn: Duration) -> anyhow::Result<Outcome> {
        let mut wrk = command(Path::new("wrk"), self.cores, &site.programs);
        wrk.args(["-t1", &format!("-c{CONNECTIONS}"), &format!("-d{}s", turn.as_secs())]);
        wrk.args(["--latency", "--timeout", "20s"]);
        if let Some(script) = &self.script {
            let file = site.folder.join("post.lua");
            fs::write(&file, script)?;
            wrk.arg("-s").arg(file);
        }
        for field in &self.fields {
            wrk.args(["-H", field]);
        }
        let output = wrk.arg(&self.address).output().context("wrk does not start")?;
        let said = String::from_utf8_lossy(&output.stdout);
        let complaint = said.lines().find(|line| line.contains("Non-2xx") || line.contains("Socket errors"));
        ensure!(complaint.is_none(), "wrk of {}: {}", self.address, complaint.unwrap_or_default().trim());
        read(&said).with_context(|| format!("wrk said what nobody understands:\n{said}"))
    }
}

/// The fields of a request, a form's type among them.
fn fields(server: &Server, ask: &Ask) -> Vec<String> {
    let form = ask.form.map(|_| ("Content-Type", "application/x-www-form-urlencoded"));
    let fields = ask.fields.iter().copied().chain(form);
    fields.map(|(name, value)| format!("{name}: {}", value.replace("{token}", &server.token))).collect()
}

/// In Lua. A form has no character that would have to be escaped.
fn script(form: &str) -> String {
    let mut script = "wrk.method = \"POST\"\n".to_owned();
    let _ = writeln!(script, "wrk.body = \"{form}\"");
    script
}

fn read(said: &str) -> Option<Outcome> {
    let line = |key: &str| said.lines().map(str::trim).find_map(|line| line.strip_prefix(key)).map(str::trim);
    let requests = said.lines().find(|line| line.contains(" requests in "))?;
    Some(Outcome {
        requests: requests.split_whitespace().next()?.parse().ok()?,
        per_second: line("Requests/sec:")?.parse().ok()?,
        p50: milliseconds(line("50%")?)?,
        p99: milliseconds(line("99%")?)?,
    })
}

fn milliseconds(text: &str) -> Option<f64> {
    let unit = text.find(|letter: char| letter.is_ascii_alphabetic())?;
    let (value, unit) = text.split_at(unit);
    let factor = match unit {
        "us" => 0.001,
        "ms" => 1.0,
        "s" => 1000.0,
        "m" => 60_000.0,
        _ => return None,
    };
    Some(value.parse::<f64>().ok()? * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_wrk_says_is_understood() {
        let said = "Running 5s test @ http://127.0.0.1:1/\n  1 threads and 64 connections\n  \
                    Latency Distribution\n     50%    1.25ms\n     75%    2.00ms\n     90%  900.00us\n     \
                    99%    1.10s \n  48211 requests in 5.00s, 60.1MB read\nRequests/sec:   9642.20\n";
        let outcome = Outcome { requests: 48_211, per_second: 9642.2, p50: 1.25, p99: 1100.0 };
        assert_eq!(read(said), Some(outcome));
        assert_eq!(read("unable to connect"), None);
    }

    #[test]
    fn a_form_is_posted_by_a_script() {
        let script = script("token=a.b-c_d");
        assert!(script.contains("wrk.method = \"POST\"\nwrk.body = \"token=a.b-c_d\"\n"), "{script}");
    }
}
