//! `portcullis explain`: what the gate would say, without a running server.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::anyhow;
use clap::Args;
use portcullis_core::domain::client::SubjectId;
use portcullis_core::domain::realm::Realm;
use portcullis_core::domain::standing::Standing;
use portcullis_core::services::explain::{Explanation, Looked, Question, explain};
use portcullis_core::services::policy::Policy;
use portcullis_http::ExplanationBody;

use super::output::say;
use super::{ConfigFile, Outcome};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::failure::Failure;
use crate::opened::{configuration, runtime};
use crate::stores::{Stores, users};
use crate::wire::policy;

#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 it would be let through, 1 it would be refused, 2 wrong use or configuration."
)]
pub(super) struct Options {
    #[command(flatten)]
    file: ConfigFile,
    /// Who would send the request: a user, or a client as `client:ID`
    #[arg(long = "as", value_name = "USER")]
    user: String,
    /// The realm that it would ask about, instead of what its path and query say
    #[arg(long)]
    realm: Option<String>,
    /// Print the explanation as JSON
    #[arg(long)]
    json: bool,
    /// The method, such as GET
    method: String,
    /// The path, with a query if one matters
    path: String,
}

/// Explains one request.
pub(super) fn run(options: &Options) -> Outcome {
    let config = configuration(&options.file.config)?;
    let subject = SubjectId::parse(&options.user).map_err(Failure::wrong)?;
    let realm = options.realm.as_deref().map(Realm::parse).transpose().map_err(Failure::wrong)?;
    let (policy, standing) = runtime()?.block_on(find(&config, &subject))?;
    let standing = standing.ok_or_else(|| {
        let called = match &subject {
            SubjectId::User(name) => format!("user `{name}`"),
            SubjectId::Client(id) => format!("client `{id}`"),
        };
        Failure::Wrong(anyhow!("there is no {called} in {}", options.file.config.display()))
    })?;
    let question = Question { method: &options.method, target: &options.path, realm };
    let explanation = explain(&policy, &standing, &question);
    if options.json {
        let content = serde_json::to_string(&ExplanationBody::from(&explanation)).map_err(Failure::failed)?;
        say(&content)?;
    } else {
        say(&as_text(&explanation, options))?;
    }
    Ok(if explanation.allowed { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// The user or client as he is now, and what decides on him.
async fn find(config: &Config, subject: &SubjectId) -> Result<(Policy, Option<Arc<Standing>>), Failure> {
    let clock = Arc::new(SystemClock::new());
    let stores = Stores::open_if_there(config, clock).await?;
    let policy = policy(config, users(config, stores.as_ref()));
    policy.set_store_roles(&policy.users.roles().await.map_err(Failure::failed)?);
    let standing = policy.standing_of(subject).await.map_err(Failure::failed)?;
    Ok((policy, standing))
}

fn as_text(explanation: &Explanation, options: &Options) -> String {
    let verdict = if explanation.allowed { "allowed" } else { "refused" };
    let mut lines = vec![format!("{verdict}: {} {} as {}", options.method, options.path, options.user)];
    lines.push(format!("  reason    {}", explanation.reason));
    lines.extend(explanation.route.as_ref().map(|route| format!("  route     {}", route.as_str())));
    lines.extend(explanation.requires.as_ref().map(|requires| format!("  requires  {requires}")));
    lines.extend(explanation.grants.iter().map(|Looked { role, realm }| match realm {
        Some(realm) => format!("  holds     {role} in realm {realm}"),
        None => format!("  holds     {role} everywhere"),
    }));
    lines.extend(explanation.missing.as_ref().map(|missing| format!("  missing   {missing}")));
    lines.join("\n")
}
