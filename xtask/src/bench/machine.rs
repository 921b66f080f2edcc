//! The machine that measures, and which programs it has: without them a figure can't be judged.

use std::fs;
use std::thread::available_parallelism;

use serde::Serialize;

use super::programs::Programs;

/// What a reader has to know of the machine.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Machine {
    pub(super) cores: usize,
    pub(super) processor: String,
    pub(super) kernel: String,
    /// How many programs wanted to run during the minute before.
    pub(super) load: Option<f64>,
    pub(super) programs: Programs,
}

impl Machine {
    /// Looks around.
    pub(super) fn look(programs: Programs) -> Self {
        let read = |file: &str| fs::read_to_string(file).unwrap_or_default();
        Self {
            cores: available_parallelism().map_or(1, usize::from),
            processor: processor(&read("/proc/cpuinfo")),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            load: load(),
            programs,
        }
    }

    /// What makes the figures worth less than they could be.
    pub(super) fn reservations(&self) -> Vec<String> {
        let busy = self.load.filter(|load| *load > 0.5);
        let busy = busy.map(|load| format!("the machine was busy with something else: load average {load}"));
        let narrow = (self.cores < 2).then(|| "server and load share the one core".to_owned());
        self.programs.missing().chain(busy).chain(narrow).collect()
    }
}

fn load() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
}

fn processor(cpuinfo: &str) -> String {
    let name = cpuinfo.lines().find_map(|line| line.strip_prefix("model name"));
    name.map_or("unknown", |name| name.trim_start_matches(['\t', ' ', ':'])).to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::programs::fake;
    use super::*;

    const ALL: &[&str] =
        &["wrk", "taskset", "setpriv", "openssl", "nginx", "haproxy", "envoy", "traefik", "caddy", "uvicorn"];

    fn machine() -> Machine {
        let programs = fake(ALL);
        Machine { cores: 2, processor: "a".to_owned(), kernel: "b".to_owned(), load: Some(0.1), programs }
    }

    #[test]
    fn a_quiet_machine_with_everything_has_no_reservations() {
        assert_eq!(machine().reservations(), Vec::<String>::new());
    }

    #[test]
    fn what_is_missing_is_said() {
        let poor = Machine { programs: fake(&[]), load: Some(3.5), cores: 1, ..machine() };
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
