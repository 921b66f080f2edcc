//! Those who answer: each a value that says what it is called, which program it needs, and how it is started.

mod bare;
mod envoy;
mod fastapi;
mod gate;
mod go;
mod haproxy;
mod nginx;

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

pub(super) use self::bare::BARE;
pub(super) use self::envoy::ENVOY;
pub(super) use self::fastapi::FASTAPI;
pub(super) use self::gate::{
    CLIENT_BASIC, GATE, GATE_BESIDE, GATE_EDDSA, GATE_ES256, GATE_MANY_ROUTES, GATE_MANY_USERS, GATE_ROUTES,
    GATE_SQLITE, GATE_TLS,
};
pub(super) use self::go::{CADDY, TRAEFIK};
pub(super) use self::haproxy::{HAPROXY, HAPROXY_TLS};
pub(super) use self::nginx::{NGINX, NGINX_TLS, UPSTREAM};
use super::cpu::{CpuTime, Memory};
use super::http::Connection;
use super::process::{Cores, Process, command};
use super::site::{PASSWORD, PATH, SECRET, SECRET_BASE64URL, Site, USER};
use crate::interop::process::free_address;

pub(super) const LOGIN: &str = "/api/v1/auth/login";
pub(super) const HEALTH: &str = "/api/v1/health";

/// Somebody who answers.
#[derive(Clone, Copy)]
pub(super) struct Contestant {
    pub(super) name: &'static str,
    /// The program that is needed; none for what is made here.
    pub(super) program: Option<&'static str>,
    /// Whether it is asked over TLS.
    pub(super) tls: bool,
    pub(super) start: fn(&Stand<'_>) -> anyhow::Result<Server>,
}

/// The place that somebody is started in.
pub(super) struct Stand<'s> {
    pub(super) site: &'s Site,
    who: &'s Contestant,
    program: PathBuf,
    cores: Cores,
    address: SocketAddr,
    /// Its own, and empty.
    folder: PathBuf,
}

/// Somebody who listens, with those it asks.
pub(super) struct Server {
    pub(super) processes: Vec<Process>,
    pub(super) address: SocketAddr,
    pub(super) tls: bool,
    /// The token that it accepts.
    pub(super) token: String,
}

impl<'s> Stand<'s> {
    pub(super) fn new(
        site: &'s Site,
        who: &'s Contestant,
        program: PathBuf,
        cores: Cores,
    ) -> anyhow::Result<Self> {
        let name: String = who.name.split(' ').next().unwrap_or_default().to_owned() + "-";
        // It goes with the folder that it is in.
        let folder = tempfile::Builder::new().prefix(&name).tempdir_in(&site.folder)?.keep();
        Ok(Self { site, who, program, cores, address: free_address()?, folder })
    }

    /// Starts it; it has answered when this returns.
    pub(super) fn start(&self) -> anyhow::Result<Server> {
        (self.who.start)(self).with_context(|| format!("{} could not be started", self.who.name))
    }

    /// Writes a configuration, and tells where it is.
    fn write(&self, file: &str, text: &str) -> anyhow::Result<PathBuf> {
        let path = self.folder.join(file);
        fs::write(&path, self.fill(text)).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }

    /// Puts what is only known here into a text.
    fn fill(&self, text: &str) -> String {
        let shown = |path: &Path| path.display().to_string();
        let (upstream, certificate) = (self.site.upstream(), self.site.certificate.as_ref());
        let file = |file: Option<&PathBuf>| file.map(|file| shown(file)).unwrap_or_default();
        [
            ("{address}", self.address.to_string()),
            ("{ip}", self.address.ip().to_string()),
            ("{port}", self.address.port().to_string()),
            ("{folder}", shown(&self.folder)),
            ("{upstream}", upstream.to_string()),
            ("{upstream_port}", upstream.port().to_string()),
            ("{secret}", SECRET.to_owned()),
            ("{secret_base64url}", SECRET_BASE64URL.to_owned()),
            ("{certificate}", file(certificate.map(|pair| &pair.certificate))),
            ("{key}", file(certificate.map(|pair| &pair.key))),
            ("{both}", file(certificate.map(|pair| &pair.both))),
        ]
        .into_iter()
        .fold(text.to_owned(), |text, (name, value)| text.replace(name, &value))
    }

    /// Its program, on its cores.
    fn command(&self) -> Command {
        command(&self.program, self.cores, &self.site.programs)
    }

    /// Starts it, and waits until it lets a request with the token through.
    fn run(&self, command: Command) -> anyhow::Result<Server> {
        self.run_until(command, PATH)
    }

    fn run_until(&self, command: Command, path: &str) -> anyhow::Result<Server> {
        let (address, tls, token) = (self.address, self.who.tls, self.site.token.clone());
        let mut process = Process::start(self.who.program.unwrap_or("portcullis"), command, &self.folder)?;
        // Over TLS it is enough that it listens: the load tells whether it answers.
        process.wait_until(|| {
            if tls { TcpStream::connect(address).is_ok() } else { answers(address, path, &token) }
        })?;
        Ok(Server { processes: vec![process], address, tls, token })
    }
}

impl Server {
    /// The time that it and those it asks have taken.
    pub(super) fn cpu_time(&self) -> anyhow::Result<CpuTime> {
        self.processes.iter().map(Process::cpu_time).sum()
    }

    pub(super) fn memory(&self) -> anyhow::Result<Memory> {
        self.processes.iter().map(Process::memory).sum()
    }

    /// Logs in and gives the token.
    pub(super) fn log_in(&self) -> anyhow::Result<String> {
        let answer = Connection::to(self.address)?.post_json(LOGIN, &credentials())?;
        ensure!(answer.status == 200, "the login failed: {answer:?}");
        let token = answer.body.split('"').skip_while(|word| *word != "access_token").nth(2);
        Ok(token.context("no token in the answer")?.to_owned())
    }
}

/// The body of a login.
pub(super) fn credentials() -> String {
    format!(r#"{{"username":"{USER}","password":"{PASSWORD}"}}"#)
}

fn answers(address: SocketAddr, path: &str, token: &str) -> bool {
    let answer = Connection::to(address).and_then(|mut connection| connection.get(path, token));
    answer.is_ok_and(|answer| answer.status == 200)
}
