//! What all runs have in common: the gate, the upstream behind it, somebody's tokens, a certificate.

use std::fs;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, ensure};

use super::corpus::Who;
use super::process::{Process, free_address};
use super::routes::ROUTES;
use super::wire::HOST;
use super::witness::Witness;

const SECRET: &str = "the secret of the interoperability runs, long enough";

/// The gate's configuration. It stands before the upstream and answers other proxies, so that both can be compared.
const CONFIGURATION: &str = r#"api:
  enabled: true
  listen: 127.0.0.1
  port: {port}
  tls: off
  upstream: http://{witness}
  state_dir: {folder}/state
  trusted_proxies: [127.0.0.1]
  ext_authz: {ext_authz}
  roles:
    - {name: field-tech, rights: ["device:*"]}
  users:
    - {username: admin, password_hash: "{hash}", role: admin}
    - {username: operator, password_hash: "{hash}", role: operator}
    - {username: local, password_hash: "{hash}", grants: [{role: field-tech, realm: pop-syd}]}
{routes}"#;

/// The gate and its surroundings. Dropping it ends the gate.
pub(super) struct Stage {
    pub(super) folder: PathBuf,
    pub(super) witness: Witness,
    pub(super) gate: SocketAddr,
    /// Where the gate speaks gRPC.
    pub(super) ext_authz: SocketAddr,
    process: Option<Process>,
    tokens: Tokens,
}

struct Tokens {
    operator: String,
    local: String,
    admin: String,
    forged: String,
}

impl Stage {
    /// Starts a gate in a fresh folder.
    pub(super) fn build(binary: &Path, folder: &Path) -> anyhow::Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder)?;
        let folder = folder.to_owned();
        let witness = Witness::start()?;
        let (gate, ext_authz) = (free_address()?, free_address()?);
        let file = folder.join("gate.yaml");
        let configuration = CONFIGURATION
            .replace("{port}", &gate.port().to_string())
            .replace("{ext_authz}", &ext_authz.to_string())
            .replace("{witness}", &witness.address().to_string())
            .replace("{folder}", &folder.display().to_string())
            .replace("{routes}", ROUTES)
            .replace("{hash}", &hash(binary, "not used: the tokens are made on the box")?);
        fs::write(&file, configuration)?;
        let mut serve = Command::new(binary);
        serve.env_clear().env("ABNG_API_SECRET", SECRET).args(["serve", "--config"]).arg(&file);
        let mut process = Process::start("gate", serve, &folder)?;
        process.listens(gate)?;
        let tokens = Tokens::make(binary, &file)?;
        Ok(Self { folder, witness, gate, ext_authz, process: Some(process), tokens })
    }

    /// A certificate for the host of the documented configurations; `bng.pem` has both parts, as `HAProxy` wants them.
    pub(super) fn make_certificate(&self) -> anyhow::Result<()> {
        certificate(&self.folder, "bng", HOST)?;
        let both = fs::read_to_string(self.folder.join("bng.crt"))?
            + &fs::read_to_string(self.folder.join("bng.key"))?;
        Ok(fs::write(self.folder.join("bng.pem"), both)?)
    }

    /// The token of somebody, or what he has in its place.
    pub(super) fn token(&self, who: Who) -> Option<&str> {
        match who {
            Who::Nobody => None,
            Who::Garbage => Some("garbage"),
            Who::Forged => Some(&self.tokens.forged),
            Who::Operator => Some(&self.tokens.operator),
            Who::Local => Some(&self.tokens.local),
            Who::Admin => Some(&self.tokens.admin),
        }
    }

    /// Ends the gate, to see what the proxies make of that.
    pub(super) fn end_the_gate(&mut self) {
        self.process = None;
    }
}

impl Tokens {
    fn make(binary: &Path, file: &Path) -> anyhow::Result<Self> {
        let admin = token(binary, file, "admin")?;
        // The operator's claims under the admin's signature.
        let operator = token(binary, file, "operator")?;
        let signature = admin.rsplit('.').next().unwrap_or_default();
        let forged = format!("{}.{signature}", operator.rsplit_once('.').map_or("", |(signed, _)| signed));
        Ok(Self { local: token(binary, file, "local")?, operator, admin, forged })
    }
}

fn token(binary: &Path, file: &Path, user: &str) -> anyhow::Result<String> {
    let mut command = Command::new(binary);
    command.env_clear().env("ABNG_API_SECRET", SECRET);
    command.args(["token", "--ttl", "1h", "--for", user, "--config"]).arg(file);
    output(command, "")
}

/// Makes a certificate for `host` that signs itself: `<name>.crt` and `<name>.key` in `folder`.
pub(super) fn certificate(folder: &Path, name: &str, host: &str) -> anyhow::Result<()> {
    let mut command = Command::new("openssl");
    let kind = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2";
    command.args(kind.split(' '));
    command.args(["-subj", &format!("/CN={host}"), "-addext", &format!("subjectAltName=DNS:{host}")]);
    command.args(["-keyout", &format!("{name}.key"), "-out", &format!("{name}.crt")]).current_dir(folder);
    output(command, "").map(drop)
}

/// The hash of a password.
pub(super) fn hash(binary: &Path, password: &str) -> anyhow::Result<String> {
    let mut command = Command::new(binary);
    command.args(["hash-password", "--cost", "4"]);
    output(command, password)
}

/// What a command that must succeed prints, given `input`.
pub(crate) fn output(command: Command, input: &str) -> anyhow::Result<String> {
    let what = command.get_program().display().to_string();
    let output = ended(command, input)?;
    ensure!(output.status.success(), "{what} failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// What a command prints, given `input`, however it ends.
pub(super) fn said(command: Command, input: &str) -> anyhow::Result<String> {
    Ok(String::from_utf8_lossy(&ended(command, input)?.stdout).into_owned())
}

/// Gives a command its `input`, and waits for its end.
pub(super) fn ended(mut command: Command, input: &str) -> anyhow::Result<Output> {
    let what = command.get_program().display().to_string();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("{what} does not start"))?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes())?;
    }
    Ok(child.wait_with_output()?)
}
