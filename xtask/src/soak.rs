//! `cargo xtask soak`: whether the gate stays as it is, however long it is used and abused.
//!
//! Two gates, one that speaks plain HTTP and one that speaks TLS, meet all at once what a gate meets: people who read and
//! write, strangers, guessers, slow clients, clients that go away, sessions that end, a configuration that is another
//! one many times a second. Before that and after it they are left alone until they rest. What they hold then has to
//! be the same, and nobody who was in the right may have been refused in between, nor anybody let in who was not.

mod answer;
mod ask;
mod configuration;
mod connection;
mod ground;
mod load;
mod log;
mod options;
mod report;
mod sample;
mod stage;
mod tally;
mod transport;

use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{bail, ensure};

use self::load::Load;
pub(crate) use self::options::Options;
use self::report::{Findings, Told};
use self::sample::Sample;
use self::stage::{Binaries, Gate, Stage};
use crate::interop::install::has_openssl;
use crate::repository::Repository;

/// Load that does not count: pools, caches and the allocator get what they keep.
const WARM_UP: Duration = Duration::from_secs(30);
/// How often what the gates hold is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// How often it is told how far it is.
const TELL: usize = 10;
/// Idle connections and idle threads are kept for 10 seconds, tokens are good for 30.
const REST_AT_LEAST: Duration = Duration::from_secs(12);
const REST_AT_MOST: Duration = Duration::from_secs(75);
/// A gate rests when so many looks in a row have shown the same.
const SAME: usize = 4;

/// Builds the binaries, soaks the gates, and fails if anything has grown or gone wrong.
pub(crate) fn run(repository: &Repository, options: Options) -> anyhow::Result<()> {
    let binaries = build(repository, options)?;
    let folder = repository.metadata().target_directory.as_std_path().join("soak");
    let tls = has_openssl();
    if !tls {
        eprintln!("openssl is not on this machine, and the gate with TLS is left out");
    }
    let stage = Stage::build(binaries, &folder, tls)?;
    let findings = soak(&stage, options.load())?;
    if options.json {
        let told: Vec<Told<'_>> = findings.iter().map(Findings::told).collect();
        println!("{}", serde_json::to_string_pretty(&told)?);
    } else {
        for findings in &findings {
            println!("{}", findings.table());
        }
    }
    let good = findings.iter().flat_map(Findings::verdicts).all(|verdict| verdict.is_good);
    ensure!(good, "soak: not everything is as it was; the logs are in {}", folder.display());
    Ok(())
}

/// Warms the gates up, loads them, and looks at them at rest before and after.
fn soak(stage: &Stage, time: Duration) -> anyhow::Result<Vec<Findings>> {
    let gates = &stage.gates;
    loaded(gates, "warming up", WARM_UP)?;
    let before = at_rest(gates)?;
    let under_load = loaded(gates, "load", time)?;
    let after = at_rest(gates)?;
    let rests = before.into_iter().zip(under_load).zip(after);
    let found = gates.iter().zip(rests).map(|(gate, ((before, under_load), after))| {
        let said = gate.ground.log.said()?;
        Ok(Findings::new(gate.name, (before, under_load, after), &gate.ground.tally, said))
    });
    found.collect()
}

/// Loads the gates for a time; what each held in each second of it.
fn loaded(gates: &[Gate], what: &str, time: Duration) -> anyhow::Result<Vec<Vec<Sample>>> {
    let start = Instant::now();
    let loads: Vec<Load> = gates.iter().map(|gate| Load::begin(&gate.ground)).collect();
    let mut samples = vec![Vec::new(); gates.len()];
    while start.elapsed() < time {
        thread::sleep(LOOK);
        for (samples, sample) in samples.iter_mut().zip(look(gates, start)?) {
            samples.push(sample);
        }
        if samples.first().is_some_and(|samples| samples.len() % TELL == 0) {
            tell(gates, what, start)?;
        }
    }
    loads.iter().for_each(Load::stop);
    for load in loads {
        load.end()?;
    }
    Ok(samples)
}

/// Waits until the gates rest; what each holds then.
fn at_rest(gates: &[Gate]) -> anyhow::Result<Vec<Sample>> {
    let start = Instant::now();
    let mut last = look(gates, start)?;
    let mut same = 0;
    while start.elapsed() < REST_AT_LEAST || same < SAME {
        if start.elapsed() > REST_AT_MOST {
            bail!("the gates do not come to rest: {last:?}");
        }
        thread::sleep(LOOK);
        let now = look(gates, start)?;
        let rests = now.iter().zip(&last).all(|(now, last)| now.rests_as(last));
        same = if rests { same + 1 } else { 0 };
        last = now;
    }
    tell(gates, "at rest", start)?;
    Ok(last)
}

fn look(gates: &[Gate], start: Instant) -> anyhow::Result<Vec<Sample>> {
    gates.iter().map(|gate| Sample::of(gate.ground.process, start.elapsed().as_secs_f64())).collect()
}

fn tell(gates: &[Gate], what: &str, start: Instant) -> anyhow::Result<()> {
    let parts = gates.iter().map(|gate| {
        let sample = Sample::of(gate.ground.process, 0.0)?;
        let (tally, (taken, refused)) = (&gate.ground.tally, gate.ground.log.reloads()?);
        let holds = format!(
            "{:.1} MiB, {}+{} descriptors, {} threads",
            sample.mebibytes(),
            sample.descriptors,
            sample.of_database,
            sample.threads
        );
        let done = format!(
            "{} answers, {} reloads, {} failures",
            tally.answers(),
            taken + refused,
            tally.failures()
        );
        Ok(format!("{}: {holds}, {done}", gate.name))
    });
    let parts = parts.collect::<anyhow::Result<Vec<_>>>()?;
    eprintln!("{what} {:>4.0} s  {}", start.elapsed().as_secs_f64(), parts.join("  "));
    Ok(())
}

fn build(repository: &Repository, options: Options) -> anyhow::Result<Binaries> {
    let packages = ["build", "--package", "portcullis", "--package", "portcullis-bng-sim"];
    let mut cargo = repository.cargo();
    cargo.args(packages);
    if !options.debug {
        cargo.arg("--release");
    }
    ensure!(cargo.stdin(Stdio::null()).status()?.success(), "the gate can't be built");
    let profile = if options.debug { "debug" } else { "release" };
    let folder = repository.metadata().target_directory.as_std_path().join(profile);
    Ok(Binaries { gate: folder.join("portcullis"), bng: folder.join("bng-sim") })
}
