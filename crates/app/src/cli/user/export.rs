//! `portcullis user export`: the users with their hashes, as they can be imported again.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use portcullis_core::domain::directory::Profile;
use portcullis_core::ports::clock::Clock as _;
use portcullis_core::ports::ledger::Ledger as _;
use portcullis_core::ports::user_store::UserStore;

use super::candidate::Candidate;
use super::{htpasswd, yaml};
use crate::cli::administration::{actor, look};
use crate::cli::output::{remark, say, say_lines};
use crate::cli::paging::Paging;
use crate::cli::{ConfigFile, Outcome};
use crate::clock::SystemClock;
use crate::failure::Failure;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The list `api.users`, which a configuration can have in the place of a store
    Yaml,
    /// Lines `name:hash`, without roles, and without those who may not log in
    Htpasswd,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  (umask 077; portcullis user export --config bng.yaml > users.yaml)\n\n\
    Whoever has the hashes can try passwords on them: keep the file as you keep the database. \
    A YAML file that is to be read again has at most 1 MiB; of more than some 5000 users, export parts with \
    --limit and --after. The export is recorded.")]
pub(super) struct Options {
    #[command(flatten)]
    file: ConfigFile,
    /// As what
    #[arg(long, value_enum, default_value_t = Format::Yaml)]
    format: Format,
    #[command(flatten)]
    paging: Paging,
}

/// Prints the users.
pub(super) fn run(options: &Options) -> Outcome {
    look(&options.file, async |policy, stores| {
        if let Some(stores) = stores {
            stores.database.note(actor().record("user.export", SystemClock::new().now(), None));
            // First, since whoever reads what is printed may go away before its end.
            let recorded = stores.database.flush().await.context("the export can't be recorded");
            recorded.map_err(Failure::Failed)?;
        }
        let mut exported = Exported { format: options.format, written: 0, left_out: 0 };
        let users = &policy.users;
        let key = |profile: &Profile| profile.user.name.key().to_owned();
        let show = async |part: Vec<Profile>| exported.write(&**users, part).await;
        options.paging.each(async |page| users.profiles(page).await, key, show).await?;
        exported.end()
    })?;
    Ok(ExitCode::SUCCESS)
}

/// What was printed so far.
struct Exported {
    format: Format,
    written: usize,
    left_out: usize,
}

impl Exported {
    async fn write(&mut self, users: &dyn UserStore, part: Vec<Profile>) -> Result<(), Failure> {
        let mut lines = vec![];
        for Profile { user, .. } in part {
            // Whoever was removed in the meantime is not there any more.
            let Some(known) = users.credentials(&user.name).await.map_err(Failure::failed)? else { continue };
            let is_welcome = known.user.is_welcome();
            let candidate = Candidate::from(known);
            match self.format {
                Format::Yaml => lines.push(yaml::item(&candidate)),
                Format::Htpasswd if is_welcome => lines.push(htpasswd::line(&candidate)),
                Format::Htpasswd => self.left_out += 1,
            }
        }
        if self.format == Format::Yaml && self.written == 0 && !lines.is_empty() {
            say(yaml::HEAD)?;
        }
        self.written += lines.len();
        say_lines(&lines)
    }

    fn end(&self) -> Result<(), Failure> {
        if self.format == Format::Yaml && self.written == 0 {
            say(&format!("{} []", yaml::HEAD))?;
        }
        if self.left_out > 0 {
            remark(&format!(
                "{} who may not log in were left out, since such a file can't say so",
                self.left_out
            ));
        }
        Ok(())
    }
}
