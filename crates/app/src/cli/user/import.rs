//! `portcullis user import`: takes over users with their hashes, all of whom can be taken over or none.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, anyhow};
use clap::Args;
use portcullis_core::domain::grant::Grant;
use portcullis_core::services::registry::{AdminError, UnknownRole};
use portcullis_core::services::user_admin::NewUser;
use serde_json::json;

use super::add::can_be_named;
use super::candidate::{Candidate, Reading};
use super::{htpasswd, yaml};
use crate::cli::administration::{Administration, change_with, editor, refused};
use crate::cli::output::{columns, remark, say_lines};
use crate::cli::{ConfigFile, Outcome, grants};
use crate::failure::Failure;

/// How many users are added at once: others wait for so long, and one record has so many lines.
const PART: usize = 500;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    portcullis user import --config bng.yaml --dry-run old.yaml\n  \
    portcullis user import --config bng.yaml --role viewer .htpasswd\n\n\
    Each user of the file is new (and is added), the same as here, differs from the one here (who stays as he is), or is \
    refused. If anybody is refused, nobody is added. A dry run says the same and adds nobody. \
    They are added 500 at a time, each time all of them or none.\n\
    Exit status: 0 done, or nobody would be refused; 1 somebody is refused.")]
pub(super) struct Options {
    #[command(flatten)]
    config: ConfigFile,
    /// A YAML file with `api.users`, or an htpasswd file with bcrypt hashes
    file: PathBuf,
    /// Of an htpasswd file, which knows of none: a role that all are to hold, and after an @ the realm. May be given
    /// several times
    #[arg(long = "role", value_name = "ROLE[@REALM]", value_parser = grants::parse)]
    grants: Vec<Grant>,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Print what becomes of each as a line of JSON
    #[arg(long)]
    json: bool,
}

/// What becomes of one user of the file.
struct Verdict {
    word: &'static str,
    /// None: who is meant is said with the place.
    user: Option<String>,
    why: String,
}

/// Takes users over, or says what would become of them.
pub(super) fn run(options: &Options) -> Outcome {
    let read = || {
        let text = fs::read_to_string(&options.file);
        text.with_context(|| format!("cannot read {}", options.file.display())).map_err(Failure::Wrong)
    };
    change_with(&options.config, read, async |administration, text| {
        let reading = read_file(options, administration, &text)?;
        import(options, administration, reading).await
    })
}

/// What the file says, in whichever of the two forms it is.
fn read_file(options: &Options, administration: &Administration, text: &str) -> Result<Reading, Failure> {
    let book = administration.live.current().roles();
    let file = options.file.display();
    let mut reading = match (htpasswd::is(text), options.grants.as_slice()) {
        (true, []) => return Err(Failure::Wrong(anyhow!("{file} knows of no roles; say --role"))),
        (true, grants) => {
            let unknown = |(index, grant): (usize, &Grant)| {
                book.get(&grant.role).is_none().then(|| UnknownRole { index, role: grant.role.clone() })
            };
            let unknown: Vec<_> = grants.iter().enumerate().filter_map(unknown).collect();
            if !unknown.is_empty() {
                return Err(refused(AdminError::UnknownRoles(unknown), ""));
            }
            htpasswd::read(text, grants)
        }
        (false, []) => yaml::read(text, &book),
        (false, _) => return Err(Failure::Wrong(anyhow!("{file} says itself which roles its users hold"))),
    };
    let (good, unnameable): (Vec<_>, Vec<_>) =
        reading.candidates.into_iter().partition(|candidate| can_be_named(candidate.name.as_str()).is_ok());
    reading.candidates = good;
    let why = |candidate: &Candidate| {
        let why = can_be_named(candidate.name.as_str()).err().unwrap_or_default();
        format!("user `{}`: {why}", candidate.name)
    };
    reading.refused.extend(unnameable.iter().map(why));
    Ok(reading)
}

async fn import(options: &Options, administration: &Administration, reading: Reading) -> Outcome {
    let Reading { candidates, refused: faults } = reading;
    for mistyped in candidates.iter().filter(|candidate| !candidate.hash.can_match()) {
        remark(&format!(
            "no password can match the hash of user `{}`: it was mistyped or cut",
            mistyped.name
        ));
    }
    let is_refused = !faults.is_empty();
    let only_told = options.dry_run || is_refused;
    let (new, mut verdicts) =
        compare(administration, candidates, if only_told { "new" } else { "added" }).await?;
    verdicts.extend(faults.into_iter().map(|why| Verdict { word: "refused", user: None, why }));
    if !only_told {
        add(administration, new).await?;
    }
    say_lines(&told(&verdicts, options.json))?;
    if is_refused && !options.dry_run {
        remark("nobody was added, since not everybody could be");
    }
    Ok(if is_refused { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// Those who are not here yet, and what is to be said of all; `new` is the word for the former.
async fn compare(
    administration: &Administration,
    candidates: Vec<Candidate>,
    new: &'static str,
) -> Result<(Vec<Candidate>, Vec<Verdict>), Failure> {
    let users = administration.live.current().users.clone();
    let (mut unknown, mut verdicts) = (vec![], vec![]);
    for candidate in candidates {
        let known = users.credentials(&candidate.name).await.map_err(Failure::failed)?.map(Candidate::from);
        let (word, why) = match known.map(|known| known.differs_from(&candidate)) {
            None => (new, grants::list(&candidate.grants)),
            Some(parts) if parts.is_empty() => ("same", String::new()),
            Some(parts) => ("differs", parts.join(", ")),
        };
        verdicts.push(Verdict { word, user: Some(candidate.name.to_string()), why });
        if word == new {
            unknown.push(candidate);
        }
    }
    Ok((unknown, verdicts))
}

async fn add(administration: &Administration, new: Vec<Candidate>) -> Result<(), Failure> {
    let (users, editor) = (administration.users()?, editor());
    let number = new.len();
    let mut new = new.into_iter();
    let mut added = 0;
    while added < number {
        let part: Vec<NewUser> = new.by_ref().take(PART).map(Into::into).collect();
        let size = part.len();
        let done = users.add_all(&editor, part).await;
        if done.is_err() && added > 0 {
            remark(&format!("{added} of {number} users were added before; run it again for the others"));
        }
        done.map_err(|error| refused(error, "one of the users"))?;
        added += size;
        if number > PART {
            remark(&format!("added {added} of {number} users"));
        }
    }
    Ok(())
}

fn told(verdicts: &[Verdict], as_json: bool) -> Vec<String> {
    if as_json {
        let line = |Verdict { word, user, why }: &Verdict| {
            let why = Some(why).filter(|why| !why.is_empty());
            json!({ "verdict": word, "user": user, "why": why }).to_string()
        };
        return verdicts.iter().map(line).collect();
    }
    let of_users =
        |Verdict { word, user, why }: &Verdict| Some([(*word).to_owned(), user.clone()?, why.clone()]);
    let of_places = |verdict: &&Verdict| verdict.user.is_none();
    let mut lines = columns(&verdicts.iter().filter_map(of_users).collect::<Vec<_>>());
    lines.extend(
        verdicts.iter().filter(of_places).map(|verdict| format!("{}  {}", verdict.word, verdict.why)),
    );
    lines
}
