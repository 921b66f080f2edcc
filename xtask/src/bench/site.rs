//! What stands around those that are measured: an upstream behind them, the token that they are shown, a certificate.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

use super::contestants::{self, Contestant, Server, Stand};
use super::process::Cores;
use super::programs::Programs;
use crate::interop::stage::output;

/// What tokens are signed with. Without a character that a configuration would have to quote.
pub(super) const SECRET: &str = "the-secret-of-the-benchmark-long-enough";
/// The same as a JSON Web Key has it (RFC 7518 6.4.1).
pub(super) const SECRET_BASE64URL: &str = "dGhlLXNlY3JldC1vZi10aGUtYmVuY2htYXJrLWxvbmctZW5vdWdo";
pub(super) const USER: &str = "operator";
pub(super) const PASSWORD: &str = "a password of the benchmark";
/// 1 KiB that an operator may read.
pub(super) const PATH: &str = "/api/v1/subscribers";

/// The binaries that are made for the benchmark.
pub(super) struct Binaries {
    /// What is measured.
    pub(super) gate: PathBuf,
    /// A bare axum handler.
    pub(super) bare: PathBuf,
    /// Who opens many connections.
    pub(super) crowd: PathBuf,
}

/// The surroundings.
pub(super) struct Site {
    pub(super) binaries: Binaries,
    pub(super) programs: Programs,
    pub(super) folder: PathBuf,
    /// The operator's password, as a hash of the usual cost.
    pub(super) hash: String,
    /// An operator's token, signed with the secret.
    pub(super) token: String,
    pub(super) certificate: Option<Pair>,
    upstream: Option<Server>,
}

/// A certificate for 127.0.0.1 and its key, in PEM files.
#[derive(Debug, Clone)]
pub(super) struct Pair {
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
    /// Both in one.
    pub(super) both: PathBuf,
}

impl Site {
    /// Starts an upstream and gets a token.
    pub(super) fn new(folder: &Path, binaries: Binaries, programs: Programs) -> anyhow::Result<Self> {
        let hash = hash(&binaries.gate)?;
        let certificate = programs.has("openssl").then(|| certificate(folder)).transpose()?;
        let mut site = Self {
            binaries,
            programs,
            folder: folder.to_owned(),
            hash,
            token: String::new(),
            certificate,
            upstream: None,
        };
        let upstream = if site.programs.has("nginx") { &contestants::UPSTREAM } else { &contestants::BARE };
        site.upstream = site.start(upstream, Cores::Second)?;
        let gate = site.start(&contestants::GATE, Cores::First)?.context("there is no gate")?;
        site.token = gate.log_in()?;
        Ok(site)
    }

    /// Where the upstream listens; nowhere as long as it is not there itself.
    pub(super) fn upstream(&self) -> SocketAddr {
        self.upstream.as_ref().map_or(SocketAddr::from(([127, 0, 0, 1], 9)), |upstream| upstream.address)
    }

    /// Starts one of those who answer; it has answered when this returns. None if its program is not here.
    pub(super) fn start(&self, who: &Contestant, cores: Cores) -> anyhow::Result<Option<Server>> {
        self.stand(who, cores)?.map(|stand| stand.start()).transpose()
    }

    /// A place to start one of those who answer, again and again. None if its program is not here.
    pub(super) fn stand<'s>(
        &'s self,
        who: &'s Contestant,
        cores: Cores,
    ) -> anyhow::Result<Option<Stand<'s>>> {
        let program = match who.program {
            Some(name) => self.programs.get(name).map(|program| &program.path),
            None => Some(&self.binaries.gate),
        };
        let program = program.filter(|_| !who.tls || self.certificate.is_some());
        program.map(|program| Stand::new(self, who, program.clone(), cores)).transpose()
    }
}

/// The hash of the password, of the usual cost, made by the program itself.
fn hash(gate: &Path) -> anyhow::Result<String> {
    let mut hashing = Command::new(gate);
    hashing.args(["hash-password", "--cost", "12"]);
    output(hashing, PASSWORD)
}

/// A key of the usual curve, since that is what most have who care for speed.
fn certificate(folder: &Path) -> anyhow::Result<Pair> {
    let file = |name: &str| folder.join(name);
    let (certificate, key, both) = (file("bench.crt"), file("bench.key"), file("bench.pem"));
    // A configuration of our own: the machine's might add what is asked for once more.
    let configuration = file("bench.cnf");
    fs::write(&configuration, "[req]\ndistinguished_name = dn\n[dn]\n")?;
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"]);
    openssl.args(["-days", "2", "-subj", "/CN=bench", "-addext", "basicConstraints=critical,CA:FALSE"]);
    openssl.args(["-addext", "subjectAltName=IP:127.0.0.1", "-config"]).arg(configuration);
    openssl.arg("-keyout").arg(&key).arg("-out").arg(&certificate);
    let made = openssl.output().context("openssl does not start")?;
    ensure!(made.status.success(), "openssl: {}", String::from_utf8_lossy(&made.stderr));
    fs::write(&both, [fs::read(&certificate)?, fs::read(&key)?].concat())?;
    Ok(Pair { certificate, key, both })
}
