//! The verbs and how they are read. So few words and flags need no parser crate.

use crate::package::Trial;
use crate::suite::Pace;
use crate::{bench, interop, soak};

/// What `cargo xtask help` prints.
pub(crate) const HELP: &str = "\
What the repository does to itself.

usage: cargo xtask <verb>

  test [--fast]  everything that must pass before a change is done, in this order:
                 fmt, clippy, deps, tidy, build, tests, doc, faults, soak, interop; stops at the first
                 failure. --fast leaves out clippy, doc, faults and soak
  deps           the dependency arrows: which package may name which other package and
                 which external crates, and what the resolved graph must not contain.
                 Also whether the licences of all that is in the release binary go with ours.
                 The tables are in xtask/src/deps.rs; a new arrow is a reviewed diff
  tidy           repository hygiene, each finding as `file:line: message`
  package [--try]
                 builds the Debian package (with cargo-deb, which is installed if need be) and
                 looks at what is in it; --try also carries out, in a fresh Debian, what
                 the pages about the package and systemd say, which needs root and mmdebstrap
  dist [--help]  a release in target/dist: the Debian package, an archive, what is in the binary (an
                 SBOM), and the checksums of these. --help says what each is and how to check it
  interop [--install]
                 runs the documented configurations of nginx, Caddy, Traefik, HAProxy and Envoy
                 (those that are on this machine) against the gate, and compares decisions.
                 --install only gets them, if they are not here
  faults         what a deployment on SQLite survives, at length: 200 times kill -9, a lock of a
                 minute, two administrators who remove each other 500 times. Takes some minutes;
                 `test` does it too. Here it fails where `unshare --user --mount` is not
                 allowed, which a disk that gets full needs; there that is only said
  soak [--minutes N] [--debug] [--json]
                 loads a gate for 20 minutes with all that a gate meets at once: good, bad, slow and
                 aborted requests, sessions that end, a configuration that changes many times a
                 second; then memory, descriptors and threads have to be what they were, and no
                 good request may have failed. --debug takes the debug binaries; `test` has a form
                 of two minutes with these
  bench [--quick] [--json] [--only PART]
                 what a request costs beside nginx as a plain proxy, HAProxy and others, and a
                 login beside one bcrypt, with what is aimed at. Takes about fifteen minutes
                 after the release build on a machine that should be quiet; --quick shows that
                 it works. PART is parts, starts, gate, tls, keys, forward-auth, me, routes,
                 users, introspection, logins or memory
  bench --store [--quick]
                 what a login and a look-up cost in a database with a million users, beside a
                 bare flush of the same disk, and the memory of the gate with it
  bench --install
                 only gets the programs to compare with, if they are not here
  help           this text

exit code: 0 all is well, 1 a finding or a failed step, 2 a command line that makes no sense";

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Help,
    Deps,
    Tidy,
    Test(Pace),
    Package(Trial),
    Dist,
    HelpWithDist,
    Interop(interop::Task),
    Faults,
    Soak(soak::Options),
    Bench(bench::Options),
}

impl Verb {
    /// Reads the arguments after the program's name; the error says what is wrong with them.
    pub(crate) fn parse(arguments: &[String]) -> Result<Self, String> {
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["help" | "--help" | "-h"] => Ok(Self::Help),
            ["deps"] => Ok(Self::Deps),
            ["tidy"] => Ok(Self::Tidy),
            ["test"] => Ok(Self::Test(Pace::Full)),
            ["test", "--fast"] => Ok(Self::Test(Pace::Fast)),
            ["package"] => Ok(Self::Package(Trial::Left)),
            ["package", "--try"] => Ok(Self::Package(Trial::Made)),
            ["dist"] => Ok(Self::Dist),
            ["dist", "help" | "--help" | "-h"] => Ok(Self::HelpWithDist),
            ["interop"] => Ok(Self::Interop(interop::Task::Run)),
            ["interop", "--install"] => Ok(Self::Interop(interop::Task::Install)),
            ["faults"] => Ok(Self::Faults),
            ["soak", flags @ ..] => soak::Options::parse(flags).map(Self::Soak),
            ["bench", flags @ ..] => bench::Options::parse(flags).map(Self::Bench),
            [] => Err("a verb is missing".to_owned()),
            [
                verb @ ("help" | "--help" | "-h" | "deps" | "tidy" | "test" | "package" | "dist" | "interop"
                | "faults"),
                rest @ ..,
            ] => Err(format!("`{verb}` does not take `{}`", rest.join(" "))),
            [verb, ..] => Err(format!("unknown verb `{verb}`")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Verb, String> {
        Verb::parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn every_verb_is_understood() {
        assert_eq!(parse("help"), Ok(Verb::Help));
        assert_eq!(parse("--help"), Ok(Verb::Help));
        assert_eq!(parse("deps"), Ok(Verb::Deps));
        assert_eq!(parse("tidy"), Ok(Verb::Tidy));
        assert_eq!(parse("test"), Ok(Verb::Test(Pace::Full)));
        assert_eq!(parse("test --fast"), Ok(Verb::Test(Pace::Fast)));
        assert_eq!(parse("package"), Ok(Verb::Package(Trial::Left)));
        assert_eq!(parse("package --try"), Ok(Verb::Package(Trial::Made)));
        assert_eq!(parse("dist"), Ok(Verb::Dist));
        assert_eq!(parse("dist --help"), Ok(Verb::HelpWithDist));
        assert_eq!(parse("interop"), Ok(Verb::Interop(interop::Task::Run)));
        assert_eq!(parse("interop --install"), Ok(Verb::Interop(interop::Task::Install)));
        assert_eq!(parse("faults"), Ok(Verb::Faults));
        assert_eq!(parse("soak"), Ok(Verb::Soak(soak::Options::default())));
        assert_eq!(parse("soak --minutes 2 --debug"), Ok(Verb::Soak(soak::Options::SHORT)));
        let options = bench::Options::default();
        assert_eq!(parse("bench"), Ok(Verb::Bench(options)));
        let options = bench::Options { quick: true, json: true, ..options };
        assert_eq!(parse("bench --json --quick"), Ok(Verb::Bench(options)));
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        assert_eq!(parse(""), Err("a verb is missing".to_owned()));
        assert_eq!(parse("polish --fast"), Err("unknown verb `polish`".to_owned()));
        assert_eq!(parse("tidy --fast"), Err("`tidy` does not take `--fast`".to_owned()));
        assert_eq!(parse("dist --fast"), Err("`dist` does not take `--fast`".to_owned()));
        assert_eq!(parse("bench --json --slow"), Err("`bench` does not take `--json --slow`".to_owned()));
        assert_eq!(parse("test --slow now"), Err("`test` does not take `--slow now`".to_owned()));
    }
}
