//! The gate that the libraries speak with: over TLS, since that is what they insist on, and with keys that sign.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::super::process::{Process, free_address};
use super::super::stage::{certificate, hash, output};

const CLIENT: &str = "inventory";
/// Of characters that form-encoding leaves alone, as those that the gate makes: most libraries forget it before Basic
/// (RFC 6749 2.3.1).
const SECRET: &str = "Zk3-0dQ_v8sJ1xWmT5yRb7uHc2nLg9eKp4aFqXiUoVh";
const USER: &str = "operator";
const PASSWORD: &str = "a password for the libraries";

const CONFIGURATION: &str = r#"api:
  enabled: true
  listen: 127.0.0.1
  port: {port}
  tls_cert: {folder}/gate.crt
  tls_key: {folder}/gate.key
  state_dir: {folder}/state
  token: {issuer: "{issuer}", algorithm: {algorithm}}
  oauth: {password_grant: true}
  clients:
    - {client_id: {client}, secret_sha256: {secret}, grants: [{role: operator}]}
  users:
    - {username: {user}, password_hash: "{hash}", role: operator}
"#;

/// A gate that is running. Dropping it ends it.
pub(super) struct Gate {
    issuer: String,
    algorithm: &'static str,
    certificate: PathBuf,
    _process: Process,
}

impl Gate {
    /// Starts one in a fresh folder.
    pub(super) fn start(binary: &Path, folder: &Path, algorithm: &'static str) -> anyhow::Result<Self> {
        fs::create_dir_all(folder)?;
        certificate(folder, "gate", "localhost")?;
        let address = free_address()?;
        let issuer = format!("https://localhost:{}", address.port());
        let file = folder.join("gate.yaml");
        let configuration = CONFIGURATION
            .replace("{port}", &address.port().to_string())
            .replace("{folder}", &folder.display().to_string())
            .replace("{issuer}", &issuer)
            .replace("{algorithm}", algorithm)
            .replace("{client}", CLIENT)
            .replace("{secret}", &sha256(SECRET)?)
            .replace("{user}", USER)
            .replace("{hash}", &hash(binary, PASSWORD)?);
        fs::write(&file, configuration)?;
        let mut serve = Command::new(binary);
        serve.env_clear().args(["serve", "--config"]).arg(&file);
        let mut process = Process::start("gate", serve, folder)?;
        process.listens(address)?;
        Ok(Self { issuer, algorithm, certificate: folder.join("gate.crt"), _process: process })
    }

    /// What a script must know, as variables of its environment.
    pub(super) fn surroundings(&self) -> Vec<(&'static str, String)> {
        let certificate = self.certificate.display().to_string();
        vec![
            ("GATE", self.issuer.clone()),
            ("ISSUER", self.issuer.clone()),
            ("ALGORITHM", self.algorithm.to_owned()),
            ("CLIENT", CLIENT.to_owned()),
            ("CLIENT_SECRET", SECRET.to_owned()),
            ("USERNAME", USER.to_owned()),
            ("PASSWORD", PASSWORD.to_owned()),
            // How curl, Python and Node are told whom to trust.
            ("CA", certificate.clone()),
            ("SSL_CERT_FILE", certificate.clone()),
            ("REQUESTS_CA_BUNDLE", certificate.clone()),
            ("NODE_EXTRA_CA_CERTS", certificate),
        ]
    }
}

/// As the configuration wants it, made by another program than the gate.
fn sha256(secret: &str) -> anyhow::Result<String> {
    let mut command = Command::new("openssl");
    command.args(["dgst", "-sha256", "-r"]);
    Ok(output(command, secret)?.chars().take(64).collect())
}
