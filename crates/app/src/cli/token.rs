//! `portcullis token`: a token without a login, for whoever is on the box and can read the secret, when nobody can log in.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use clap::Args;
use portcullis_core::domain::record::Amendment;
use portcullis_core::domain::session::Session;
use portcullis_core::domain::user::Username;
use portcullis_core::ports::clock::Clock as _;
use portcullis_core::ports::ledger::{Change, Ledger as _};
use portcullis_core::ports::token_codec::TokenCodec as _;
use portcullis_core::services::issuing::{Whereabouts, new_session};
use portcullis_crypto::jwt::JwtCodec;
use portcullis_crypto::random::SystemEntropy;
use serde_json::json;

use super::administration::actor;
use super::output::{remark, say};
use super::{ConfigFile, Outcome};
use crate::clock::SystemClock;
use crate::config::{Config, durations};
use crate::failure::Failure;
use crate::opened::{configuration, runtime, secrets};
use crate::secret::Secrets;
use crate::stores::{Stores, make_folder, users};
use crate::telemetry::records::rfc3339;
use crate::wire::policy;

/// The longest that such a token lasts: it is for an emergency.
const LONGEST: Duration = Duration::from_hours(24);

/// Where such tokens are recorded, in the state directory.
const RECORDS: &str = "break-glass.jsonl";

#[derive(Debug, Args)]
#[command(
    after_help = "Needs the secret that the server uses (ABNG_API_SECRET or ABNG_API_SECRET_FILE). The server may run, \
    and need not. Each token is recorded in the state directory, in break-glass.jsonl; without the record there is no \
    token."
)]
pub(super) struct Options {
    #[command(flatten)]
    file: ConfigFile,
    /// Whose token; a user of the configuration, or of its database
    #[arg(long = "for", value_name = "USER")]
    user: String,
    /// How long it lasts, at most 24h
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = lifetime)]
    ttl: Duration,
    /// Print it as JSON, as a login answers
    #[arg(long)]
    json: bool,
}

fn lifetime(text: &str) -> Result<Duration, String> {
    let parsed = durations::parse(text).filter(|span| (Duration::from_secs(1)..=LONGEST).contains(span));
    parsed.ok_or_else(|| "expected a duration such as 10m, from 1s to 24h".to_owned())
}

/// Makes one token, and records it first.
pub(super) fn run(options: &Options) -> Outcome {
    let config = configuration(&options.file.config)?;
    let secrets = secrets()?;
    if secrets.random {
        let why = "ABNG_API_SECRET is not set here, so that no running server would accept the token";
        return Err(Failure::Wrong(anyhow!(why)));
    }
    let name = Username::parse(&options.user).map_err(Failure::wrong)?;
    let token = runtime()?.block_on(make(&config, &secrets, &name, options.ttl))?;
    if options.json {
        let seconds = options.ttl.as_secs();
        say(&json!({ "access_token": token, "token_type": "bearer", "expires_in": seconds }).to_string())?;
    } else {
        say(&token)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Makes a token of this user for so long, and records it before it is there.
async fn make(config: &Config, secrets: &Secrets, name: &Username, ttl: Duration) -> Result<String, Failure> {
    let clock = Arc::new(SystemClock::new());
    let stores = match Stores::open_if_there(config, clock.clone()).await {
        // Users of a file can be helped even so: that is what an emergency is.
        Err(failure) if config.users.store().is_none() => {
            warn(&failure);
            None
        }
        opened => opened?,
    };
    let policy = policy(config, users(config, stores.as_ref()));
    policy.set_store_roles(&policy.users.roles().await.map_err(Failure::failed)?);
    let user = policy.users.user(name).await.map_err(Failure::failed)?;
    let user = user.ok_or_else(|| Failure::Wrong(anyhow!("there is no user `{name}`")))?;
    if !user.is_welcome() {
        let state = if user.active { "may not log in to the API" } else { "is deactivated" };
        let why = format!("the user `{name}` {state}; the gate would refuse the token");
        return Err(Failure::Wrong(anyhow!(why)));
    }
    let (session, claims) =
        new_session(&policy, &user, ttl, Whereabouts::default(), clock.now(), &SystemEntropy)
            .map_err(Failure::failed)?;
    let codec = JwtCodec::new(&secrets.current, secrets.previous.as_ref());
    let token = codec.sign(&claims).map_err(Failure::failed)?;
    record(config, &session).map_err(Failure::Failed)?;
    if let Some(stores) = stores {
        tell(&stores, session).await.unwrap_or_else(|failure| warn(&failure));
    }
    Ok(token)
}

/// Puts the session into the database as well, where it is listed, and can be ended.
async fn tell(stores: &Stores, session: Session) -> Result<(), Failure> {
    let amendment = Amendment {
        object: format!("session {} of {}", session.id.as_str(), session.user),
        before: None,
        after: Some(format!("opened by a token until {}", rfc3339(session.expires_at.micros()))),
    };
    let record = actor().record("token", session.issued_at, Some(amendment));
    stores.database.commit(Change::OpenSession(session), record).await.map_err(Failure::failed)?;
    stores.close().await.map_err(Failure::failed)
}

fn warn(failure: &Failure) {
    let (Failure::Failed(error) | Failure::Wrong(error)) = failure;
    remark(&format!(
        "the database can't be used, so that the token is recorded in {RECORDS} alone: {error:#}"
    ));
}

/// Appends a line that says who was given a token, by whom, and until when; never the token.
fn record(config: &Config, session: &Session) -> anyhow::Result<()> {
    let path = config.state_dir.join(RECORDS);
    let line = json!({
        "time": rfc3339(session.issued_at.micros()),
        "action": "token",
        "subject": session.user.as_str(),
        "session": session.id.as_str(),
        "expires_at": rfc3339(session.expires_at.micros()),
        "by_uid": rustix::process::getuid().as_raw(),
    });
    let wrote = make_folder(&config.state_dir).and_then(|()| {
        let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(&path)?;
        writeln!(file, "{line}")?;
        Ok(file.sync_all()?)
    });
    wrote.with_context(|| format!("no token without its record, and {} can't be written", path.display()))
}
