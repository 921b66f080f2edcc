//! What is measured and what stands around it: the gate, nginx as a plain proxy, and an upstream behind both.

use std::fs;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

use super::http::Connection;
use super::machine::Tools;
use super::process::{Cores, Process, free_address, pinned};

const SECRET: &str = "the secret of the benchmark, long enough";
pub(super) const USER: &str = "operator";
pub(super) const PASSWORD: &str = "a password of the benchmark";
pub(super) const LOGIN: &str = "/api/v1/auth/login";
const HEALTH: &str = "/api/v1/health";

const GATE: &str = r#"api:
  enabled: true
  listen: {ip}
  port: {port}
  tls: off
  state_dir: {folder}/state
  upstream: http://{upstream}
  workers: {workers}
  throttle: {never_limit: ["127.0.0.0/8"]}
  users:
    - {username: operator, password_hash: "{hash}", role: operator}
"#;

/// One process that serves, with what everybody switches on who cares for speed, and without a log, since the gate
/// writes none for a read that it lets through.
const NGINX: &str = "\
daemon off; master_process off; pid {folder}/{name}.pid; error_log stderr error;
events { worker_connections 1024; }
http {
  access_log off; server_tokens off; tcp_nodelay on; keepalive_requests 1000000000; keepalive_timeout 3600s;
  client_body_temp_path {folder}/{name}-body; proxy_temp_path {folder}/{name}-proxy;
  fastcgi_temp_path {folder}/{name}-fastcgi; uwsgi_temp_path {folder}/{name}-uwsgi;
  scgi_temp_path {folder}/{name}-scgi;
  {http}
}
";

const NGINX_PROXY: &str = "\
upstream behind { server {upstream}; keepalive 64; keepalive_requests 1000000000; keepalive_timeout 3600s; }
  server { listen {address}; location / {
    proxy_pass http://behind; proxy_http_version 1.1; proxy_set_header Connection \"\"; proxy_set_header Host $host;
  } }";

const NGINX_UPSTREAM: &str = "\
server { listen {address}; location / { default_type application/octet-stream; return 200 \"{body}\"; } }";

/// The upstream, and what is needed to put somebody before it.
pub(super) struct Site {
    folder: PathBuf,
    gate: PathBuf,
    hash: String,
    upstream: Server,
    pub(super) tools: Tools,
}

/// A program that listens.
pub(super) struct Server {
    pub(super) process: Process,
    pub(super) address: SocketAddr,
}

impl Site {
    /// Starts an upstream. `binaries` is where the gate and the simulated BNG are.
    pub(super) fn new(folder: &Path, binaries: &Path, tools: &Tools) -> anyhow::Result<Self> {
        let gate = binaries.join("portcullis");
        let upstream = if tools.nginx.is_some() {
            let body = "x".repeat(1024);
            let http = NGINX_UPSTREAM.replace("{body}", &body);
            nginx("upstream", &http, folder, Cores::Second, tools)?
        } else {
            simulated_bng(binaries, folder, tools)?
        };
        let (hash, tools) = (hash(&gate)?, tools.clone());
        Ok(Self { folder: folder.to_owned(), gate, hash, upstream, tools })
    }

    /// What is asked for: 1 KiB that an operator may read.
    pub(super) fn path(&self) -> &'static str {
        if self.tools.nginx.is_some() { "/api/v1/subscribers" } else { "/__bytes?n=1024" }
    }

    /// Starts a gate before the upstream, with so many threads that serve; it has answered when this returns.
    pub(super) fn gate(&self, cores: Cores, workers: usize) -> anyhow::Result<Server> {
        let address = free_address()?;
        let configuration = GATE
            .replace("{ip}", &address.ip().to_string())
            .replace("{port}", &address.port().to_string())
            .replace("{folder}", &self.folder.display().to_string())
            .replace("{upstream}", &self.upstream.address.to_string())
            .replace("{workers}", &workers.to_string())
            .replace("{hash}", &self.hash);
        fs::write(self.configuration(), configuration)?;
        let mut command = pinned(&self.gate, cores, self.tools.taskset.is_some());
        command.env_clear();
        command.env("ABNG_API_SECRET", SECRET).args(["serve", "--config"]).arg(self.configuration());
        let mut process = Process::start("portcullis", command, &self.folder)?;
        process.wait_until(|| answers(address, HEALTH))?;
        Ok(Server { process, address })
    }

    /// Starts nginx as a proxy before the upstream, where it is installed; it has answered when this returns.
    pub(super) fn nginx(&self) -> anyhow::Result<Option<Server>> {
        if self.tools.nginx.is_none() {
            return Ok(None);
        }
        let http = NGINX_PROXY.replace("{upstream}", &self.upstream.address.to_string());
        nginx("nginx", &http, &self.folder, Cores::First, &self.tools).map(Some)
    }

    fn configuration(&self) -> PathBuf {
        self.folder.join("gate.yaml")
    }
}

/// Logs in and gives the token.
pub(super) fn token(gate: &Server) -> anyhow::Result<String> {
    let answer = Connection::to(gate.address)?.post_json(LOGIN, &credentials())?;
    ensure!(answer.status == 200, "the login failed: {answer:?}");
    let token = answer.body.split('"').skip_while(|word| *word != "access_token").nth(2);
    Ok(token.context("no token in the answer")?.to_owned())
}

/// The body of a login.
pub(super) fn credentials() -> String {
    format!(r#"{{"username":"{USER}","password":"{PASSWORD}"}}"#)
}

fn answers(address: SocketAddr, path: &str) -> bool {
    let answer = Connection::to(address).and_then(|mut connection| connection.get(path));
    answer.is_ok_and(|answer| answer.status == 200)
}

fn nginx(
    name: &'static str,
    http: &str,
    folder: &Path,
    cores: Cores,
    tools: &Tools,
) -> anyhow::Result<Server> {
    let address = free_address()?;
    let text = NGINX
        .replace("{http}", http)
        .replace("{name}", name)
        .replace("{folder}", &folder.display().to_string())
        .replace("{address}", &address.to_string());
    let file = folder.join(format!("{name}.conf"));
    fs::write(&file, text)?;
    let mut command = pinned(Path::new("nginx"), cores, tools.taskset.is_some());
    command.arg("-p").arg(folder).arg("-c").arg(file).args(["-e", "stderr"]);
    let mut process = Process::start(name, command, folder)?;
    process.wait_until(|| answers(address, "/"))?;
    Ok(Server { process, address })
}

fn simulated_bng(binaries: &Path, folder: &Path, tools: &Tools) -> anyhow::Result<Server> {
    let address = free_address()?;
    let mut command = pinned(&binaries.join("portcullis-bng-sim"), Cores::Second, tools.taskset.is_some());
    command.args(["--listen", &address.to_string()]);
    let mut process = Process::start("upstream", command, folder)?;
    process.wait_until(|| answers(address, "/api/v1/health"))?;
    Ok(Server { process, address })
}

/// The hash of the password, of the usual cost, made by the program itself.
fn hash(gate: &Path) -> anyhow::Result<String> {
    let mut hashing = Command::new(gate);
    hashing.args(["hash-password", "--cost", "12"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = hashing.spawn().context("the gate does not start")?;
    let mut input = child.stdin.take().context("the gate takes no password")?;
    input.write_all(PASSWORD.as_bytes())?;
    drop(input);
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "the password could not be hashed: {}", output.status);
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
