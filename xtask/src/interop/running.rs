//! A proxy with its documented configuration, running.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Instant;

use anyhow::{Context as _, ensure};

use super::process::{LOOK, PATIENCE, Process, free_address};
use super::recipes::{DOCUMENTED, Recipe};
use super::stage::Stage;
use super::wire::Ask;

/// A running proxy. Dropping it ends it.
pub(super) struct Running {
    /// Where it speaks plain HTTP, for the runs only.
    pub(super) plain: SocketAddr,
    /// Where it speaks TLS, as documented.
    pub(super) tls: SocketAddr,
    _process: Process,
}

impl Running {
    /// Starts `program` as the recipe says, in a folder of its own.
    pub(super) fn start(root: &Path, stage: &Stage, program: &str, recipe: &Recipe) -> anyhow::Result<Self> {
        let name = recipe.document;
        let folder = stage.folder.join(name);
        fs::create_dir_all(&folder)?;
        for file in ["bng.crt", "bng.key", "bng.pem"] {
            fs::copy(stage.folder.join(file), folder.join(file))?;
        }
        let (plain, tls) = (free_address()?, free_address()?);
        let fill = |text: &str| {
            let document = folder.join(name);
            text.replace("{folder}", &folder.display().to_string())
                .replace("{document}", &document.display().to_string())
                .replace("{gate}", &stage.gate.to_string())
                .replace("{gate_port}", &stage.gate.port().to_string())
                .replace("{ext_authz_port}", &stage.ext_authz.port().to_string())
                .replace("{witness}", &stage.witness.address().to_string())
                .replace("{witness_port}", &stage.witness.address().port().to_string())
                .replace("{plain}", &plain.to_string())
                .replace("{tls}", &tls.to_string())
                .replace("{plain_port}", &plain.port().to_string())
                .replace("{tls_port}", &tls.port().to_string())
        };
        for (file, text) in edited(root, recipe)? {
            fs::write(folder.join(file), fill(&text))?;
        }
        if let Some((file, text)) = recipe.around {
            fs::write(folder.join(file), fill(text))?;
        }
        let mut command = Command::new(program);
        command.args(recipe.arguments.iter().map(|argument| fill(argument)));
        // Caddy keeps certificates of its own in the home folder.
        command.env("HOME", &folder).env("XDG_DATA_HOME", &folder).env("XDG_CONFIG_HOME", &folder);
        let mut process = Process::start(name, command, &folder)?;
        process.listens(plain)?;
        process.listens(tls)?;
        until_configured(plain)?;
        stage.witness.take();
        Ok(Self { plain, tls, _process: process })
    }
}

/// Traefik listens before it has read its routes, and knows nothing until then.
fn until_configured(address: SocketAddr) -> anyhow::Result<()> {
    let start = Instant::now();
    while Ask::new("GET", "/open/page").send(address)?.status == 404 {
        ensure!(start.elapsed() < PATIENCE, "{address} knows no route");
        thread::sleep(LOOK);
    }
    Ok(())
}

/// The documents with the recipe's edits; an edit that finds nothing in any of them is an error.
fn edited(root: &Path, recipe: &Recipe) -> anyhow::Result<Vec<(&'static str, String)>> {
    let read = |name: &'static str| {
        let path = root.join(DOCUMENTED).join(name);
        Ok((name, fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?))
    };
    let names = [recipe.document].into_iter().chain(recipe.beside.iter().copied());
    let mut documents = names.map(read).collect::<anyhow::Result<Vec<_>>>()?;
    for (from, to) in recipe.edits {
        let found = documents.iter().any(|(_, text)| text.contains(from));
        ensure!(found, "{} does not contain {from:?}, which a run has to replace", recipe.document);
        for (_, text) in &mut documents {
            *text = text.replace(from, to);
        }
    }
    Ok(documents)
}
