//! The machine that measures, and which tools it has: without them a figure can't be judged.

use std::fs;
use std::process::Command;
use std::thread::available_parallelism;

use serde::Serialize;

/// What a reader has to know of the machine.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Machine {
    pub(super) cores: usize,
    pub(super) processor: String,
    pub(super) kernel: String,
    /// How many programs wanted to run during the minute before.
    pub(super) load: Option<f64>,
    pub(super) tools: Tools,
}

/// The versions of the tools that are not ours; none where one is not installed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Tools {
    pub(super) nginx: Option<String>,
    pub(super) wrk: Option<String>,
    pub(super) taskset: Option<String>,
}

impl Machine {
    /// Looks around.
    pub(super) fn look() -> Self {
        let read = |file: &str| fs::read_to_string(file).unwrap_or_default();
        Self {
            cores: available_parallelism().map_or(1, usize::from),
            processor: processor(&read("/proc/cpuinfo")),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            load: read("/proc/loadavg").split(' ').next().and_then(|load| load.parse().ok()),
            tools: Tools {
                nginx: version("nginx", "-v"),
                wrk: version("wrk", "-v"),
                taskset: version("taskset", "-V"),
            },
        }
    }

    /// What makes the figures worth less than they could be.
    pub(super) fn reservations(&self) -> Vec<String> {
        let Tools { nginx, wrk, taskset } = &self.tools;
        let missing = [
            (wrk, "wrk is not installed: nothing is measured end to end but starts and logins"),
            (nginx, "nginx is not installed: nothing to compare with, and the upstream is the simulated BNG"),
            (taskset, "taskset is not installed: servers and load share their cores"),
        ];
        let missing = missing.into_iter().filter(|(tool, _)| tool.is_none()).map(|(_, said)| said.to_owned());
        let busy = self.load.filter(|load| *load > 0.5);
        let busy = busy.map(|load| format!("the machine was busy with something else: load average {load}"));
        let narrow = (self.cores < 2).then(|| "server and load share the one core".to_owned());
        missing.chain(busy).chain(narrow).collect()
    }
}

fn processor(cpuinfo: &str) -> String {
    let name = cpuinfo.lines().find_map(|line| line.strip_prefix("model name"));
    name.map_or("unknown", |name| name.trim_start_matches(['\t', ' ', ':'])).to_owned()
}

/// What a tool says of its version, if it is there: the first word with a digit and a point in it.
fn version(tool: &str, flag: &str) -> Option<String> {
    let output = Command::new(tool).arg(flag).output().ok()?;
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    let is_version =
        |word: &&str| word.contains('.') && word.contains(|letter: char| letter.is_ascii_digit());
    let word = said.split_whitespace().find(is_version).unwrap_or("of an unknown version");
    Some(word.rsplit('/').next().unwrap_or(word).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine() -> Machine {
        let tool = || Some("1.0".to_owned());
        let tools = Tools { nginx: tool(), wrk: tool(), taskset: tool() };
        Machine { cores: 2, processor: "a".to_owned(), kernel: "b".to_owned(), load: Some(0.1), tools }
    }

    #[test]
    fn a_quiet_machine_with_everything_has_no_reservations() {
        assert_eq!(machine().reservations(), Vec::<String>::new());
    }

    #[test]
    fn what_is_missing_is_said() {
        let mut poor = machine();
        poor.tools = Tools { nginx: None, wrk: None, taskset: None };
        poor.load = Some(3.5);
        poor.cores = 1;
        let said = poor.reservations().join("\n");
        for word in ["wrk", "nginx", "taskset", "3.5", "one core"] {
            assert!(said.contains(word), "{word} in {said}");
        }
    }

    #[test]
    fn the_processor_is_called_as_the_kernel_calls_it() {
        assert_eq!(processor("processor\t: 0\nmodel name\t: Fast CPU @ 2 GHz\n"), "Fast CPU @ 2 GHz");
        assert_eq!(processor(""), "unknown");
    }
}
