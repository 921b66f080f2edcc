//! `portcullis demo`: a simulated BNG behind the gate, on this machine only, with a tour in curl lines.

use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use portcullis_bng_sim::Sim;
use portcullis_core::domain::secret::{Cost, Password};
use portcullis_core::ports::entropy::{Entropy as _, EntropyError};
use portcullis_crypto::bcrypt::hash;
use portcullis_crypto::random::SystemEntropy;
use serde_json::json;
use tokio::net::TcpListener;
use tracing_subscriber::filter::LevelFilter;

use super::Outcome;
use super::output::{remark, say};
use crate::config::{Config, Surroundings};
use crate::failure::Failure;
use crate::inherited::Inherited;
use crate::listener::Address;
use crate::opened::cores;
use crate::reload::Watched;
use crate::secret::Secrets;
use crate::server::{self, Ready, Start};
use crate::telemetry::log;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// The port of the gate on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 8443)]
    port: u16,
}

/// The people of the demonstration.
struct Cast {
    admin: String,
    operator: String,
}

/// Runs the demonstration until it is stopped.
pub(super) fn run(options: &Options) -> Outcome {
    let _log = log::start(LevelFilter::WARN);
    let stage = Stage::build().map_err(Failure::Failed)?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::failed)?;
    runtime.block_on(play(options, &stage))?;
    Ok(ExitCode::SUCCESS)
}

async fn play(options: &Options, stage: &Stage) -> Result<(), Failure> {
    let bng = TcpListener::bind("127.0.0.1:0")
        .await
        .context("cannot start the simulated BNG")
        .map_err(Failure::Failed)?;
    let upstream = bng.local_addr().map_err(Failure::failed)?;
    tokio::spawn(portcullis_bng_sim::serve(bng, Sim::new()));

    let cast =
        Cast { admin: password().map_err(Failure::failed)?, operator: password().map_err(Failure::failed)? };
    let file = stage.folder.join("bng.yaml");
    let text =
        script(&cast, options.port, &format!("http://{upstream}"), &stage.folder).map_err(Failure::Failed)?;
    fs::write(&file, text).context("cannot write the configuration").map_err(Failure::Failed)?;
    let watched = Watched::new(vec![file.clone()]);
    // The demonstration is what it says: the environment of a real gate has no say in it, and that gate's secret signs
    // nothing here.
    let surroundings = Surroundings::new([], cores().get());
    let config = Config::load(&file, &surroundings)?;
    let start = Start {
        file: file.clone(),
        watched,
        config,
        surroundings,
        secrets: Secrets::read(&|_| None)?,
        inherited: Inherited::default(),
    };
    let show = |ready: Ready<'_>| {
        if say(&tour(&ready, &cast, &file)).is_err() {
            remark("the tour can't be printed");
        }
    };
    server::run(start, show).await
}

/// A folder for the configuration and the certificate, for as long as the demonstration lasts.
struct Stage {
    folder: PathBuf,
}

impl Stage {
    fn build() -> anyhow::Result<Self> {
        let number = u64::from_be_bytes(random()?);
        let folder = std::env::temp_dir().join(format!("portcullis-demo-{number:016x}"));
        fs::DirBuilder::new()
            .mode(0o700)
            .create(&folder)
            .context("cannot make a folder for the demonstration")?;
        Ok(Self { folder })
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The BNG's configuration file. The folder is quoted as JSON does, which YAML reads alike: nobody knows its name.
fn script(cast: &Cast, port: u16, upstream: &str, state_dir: &Path) -> anyhow::Result<String> {
    let hashed = |password: &str| hash(&Password::new(password.to_owned()), Cost::USUAL);
    Ok(format!(
        "# A broadband network gateway's configuration; other sections belong to other programs.\n\
         api:\n  enabled: true\n  listen: 127.0.0.1\n  port: {port}\n  upstream: {upstream}\n  state_dir: {state_dir}\n  \
         users:\n    - username: admin\n      password_hash: \"{admin}\"\n      role: admin\n    \
         - username: operator\n      password_hash: \"{operator}\"\n      role: operator\n",
        state_dir = json!(state_dir.to_string_lossy()),
        admin = hashed(&cast.admin)?.expose(),
        operator = hashed(&cast.operator)?.expose(),
    ))
}

/// 80 random bits in letters that nobody confuses.
fn password() -> Result<String, EntropyError> {
    const LETTERS: [char; 32] = [
        'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'j', 'k', 'm', 'n', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w',
        'x', 'y', 'z', '2', '3', '4', '5', '6', '7', '8', '9', '-',
    ];
    let letters = random::<16>()?.map(|byte| LETTERS.get(usize::from(byte % 32)).copied().unwrap_or('a'));
    Ok(letters.iter().collect())
}

fn random<const N: usize>() -> Result<[u8; N], EntropyError> {
    let mut bytes = [0; N];
    SystemEntropy.fill(&mut bytes)?;
    Ok(bytes)
}

fn tour(ready: &Ready<'_>, cast: &Cast, file: &Path) -> String {
    let gate = ready.addresses.iter().find_map(|address| match address {
        Address::Tcp(address) => Some(format!("https://{address}")),
        Address::Unix(_) => None,
    });
    let gate = gate.unwrap_or_default();
    let Cast { admin, operator } = cast;
    format!(
        r#"A simulated BNG stands behind the gate at {gate}, for this machine only.
Its configuration is {file}; change it and see what the gate makes of it.
Users: admin / {admin}    operator / {operator}
Certificate SHA-256: {fingerprint}

Paste into another terminal:

# Without a token nobody passes.
curl -sk {gate}/api/v1/subscribers

# The operator logs in,
OPERATOR=$(curl -sk -X POST {gate}/api/v1/auth/login -H 'Content-Type: application/json' \
  -d '{{"username":"operator","password":"{operator}"}}' | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
# may look,
curl -sk -H "Authorization: Bearer $OPERATOR" {gate}/api/v1/subscribers/summary
# and may not disconnect anybody.
curl -sk -X DELETE -H "Authorization: Bearer $OPERATOR" {gate}/api/v1/subscribers/sub-1001

# The admin may.
ADMIN=$(curl -sk -X POST {gate}/api/v1/auth/login -H 'Content-Type: application/json' \
  -d '{{"username":"admin","password":"{admin}"}}' | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
curl -sk -X DELETE -H "Authorization: Bearer $ADMIN" {gate}/api/v1/subscribers/sub-1001
curl -sk -H "Authorization: Bearer $ADMIN" {gate}/api/v1/subscribers/summary

# Why could the operator not?
curl -sk -G -H "Authorization: Bearer $ADMIN" {gate}/api/v1/auth/explain \
  -d user=operator -d method=DELETE -d path=/api/v1/subscribers/sub-1001

Stop with ctrl-c."#,
        file = file.display(),
        fingerprint = ready.fingerprint.as_deref().unwrap_or("none")
    )
}
