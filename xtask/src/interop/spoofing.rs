//! What a client claims of himself or of his request: none of it may reach the upstream, in any spelling.

use super::check::Check;
use super::corpus::Who;
use super::running::Running;
use super::stage::Stage;
use super::verdict::{Verdict, identity, send};
use super::wire::Ask;
use super::witness::Reached;

/// What is claimed. It occurs nowhere else.
const CLAIM: &str = "mallory";

/// Fields that say who the caller is.
const IDENTITY: &[&str] = &["X-Auth-User", "X-Auth-Roles", "X-Auth-Realms", "X-Auth-Session"];

/// Fields that some server takes for another method or path, or for where the client is.
const OTHERS: &[&str] = &[
    "X-HTTP-Method-Override",
    "X-HTTP-Method",
    "X-Method-Override",
    "X-Original-Method",
    "X-Original-URI",
    "X-Original-URL",
    "X-Rewrite-URL",
    "X-Forwarded-Method",
    "X-Forwarded-Uri",
    "X-Forwarded-Prefix",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Forwarded-Path",
    "X-Forwarded-Port",
    "X-Forwarded-Server",
    "X-Real-IP",
    "X-Client-IP",
    "X-Cluster-Client-IP",
    "True-Client-IP",
    "X-Host",
    "X-HTTP-Path-Override",
    "X-HTTP-Host-Override",
    "X-Override-URL",
    "X-Envoy-Original-Path",
    "X-Script-Name",
    "Forwarded",
];

/// Claims of another identity, on a route that everybody may see and on one that the operator may see.
pub(super) fn identities(stage: &Stage, running: &Running) -> anyhow::Result<Check> {
    let mut check = Check::new("claimed identity never arrives");
    for (who, target) in [(Who::Nobody, "/open/page"), (Who::Operator, "/api/v1/subscribers")] {
        let honest = Ask::new("GET", target).bearer(stage.token(who));
        let outcome = send(stage, running.plain, &honest)?;
        let truth = outcome.reached.as_ref().map(identity);
        check.that(truth.is_some(), || format!("an honest request for {target} is refused: {outcome:?}"));
        let keeps_the_token = outcome.reached.iter().any(|reached| !reached.all("authorization").is_empty());
        check.that(!keeps_the_token, || format!("the token goes on to the upstream: {outcome:?}"));
        let truth = truth.unwrap_or_default();
        for spelling in IDENTITY.iter().flat_map(|name| spellings(name)) {
            for ask in [
                honest.clone().field(&spelling, CLAIM),
                honest.clone().field(&spelling, CLAIM).field(&spelling, CLAIM),
                honest.clone().field(&spelling, CLAIM).field("Connection", &format!("close, {spelling}")),
            ] {
                let outcome = send(stage, running.plain, &ask)?;
                let is_true = |reached: &Reached| identity(reached) == truth && !claims(reached);
                let holds = outcome.reached.as_ref().is_none_or(is_true);
                check.that(holds, || format!("{:?} with {spelling}: {:?}", target, outcome.reached));
            }
        }
    }
    Ok(check)
}

/// Claims about the request itself, also at a path that begins like those of the gate's own endpoints.
pub(super) fn requests(stage: &Stage, running: &Running) -> anyhow::Result<Check> {
    let mut check = Check::new("claimed method, path and address never arrive");
    for target in ["/api/v1/subscribers", "/api/v1/authors-of-the-upstream"] {
        let honest = Ask::new("GET", target).bearer(stage.token(Who::Operator));
        let outcome = send(stage, running.plain, &honest)?;
        check.that(outcome.reached.is_some(), || format!("an honest request is refused: {outcome:?}"));
        for spelling in OTHERS.iter().flat_map(|name| spellings(name)) {
            let outcome = send(stage, running.plain, &honest.clone().field(&spelling, CLAIM))?;
            let holds = outcome.reached.as_ref().is_none_or(|reached| !claims(reached));
            check.that(holds, || format!("{target} with {spelling}: {:?}", outcome.reached));
        }
    }
    Ok(check)
}

/// Another question than the one that the proxy asks.
pub(super) fn questions(stage: &Stage, running: &Running) -> anyhow::Result<Check> {
    let mut check = Check::new("another question does not help");
    let families = [("X-Original-Method", "X-Original-URI"), ("X-Forwarded-Method", "X-Forwarded-Uri")];
    for (who, method, target) in [
        (Who::Nobody, "GET", "/api/v1/webhooks"),
        (Who::Operator, "GET", "/api/v1/webhooks"),
        (Who::Operator, "DELETE", "/api/v1/subscribers/sub-1001"),
    ] {
        for (method_field, target_field) in families {
            for (method_field, target_field) in
                spellings(method_field).into_iter().zip(spellings(target_field))
            {
                let ask = Ask::new(method, target).bearer(stage.token(who));
                let ask = ask.field(&method_field, "GET").field(&target_field, "/open/page");
                let dropping =
                    ask.clone().field("Connection", &format!("close, {target_field}, {method_field}"));
                for ask in [ask, dropping] {
                    let outcome = send(stage, running.plain, &ask)?;
                    check.that(matches!(outcome.verdict, Verdict::Refused(_)), || {
                        format!("{:?}: {:?}", ask.text(), outcome.reached)
                    });
                }
            }
        }
    }
    Ok(check)
}

/// The endpoint that answers proxies is not for clients, however they spell it.
pub(super) fn endpoint(stage: &Stage, running: &Running) -> anyhow::Result<Check> {
    let mut check = Check::new("a client can't ask verify");
    for target in
        ["/api/v1/auth/verify", "/api/v1/auth/%76erify", "/api/v1/auth//verify", "/api/v1/auth/./verify"]
    {
        let ask = Ask::new("GET", target).bearer(stage.token(Who::Operator));
        let ask = ask.field("X-Original-Method", "GET").field("X-Original-URI", "/open/page");
        let outcome = send(stage, running.plain, &ask)?;
        check.that(outcome.answer.field("x-auth-user").is_none(), || format!("{target}: {outcome:?}"));
    }
    Ok(check)
}

/// The spellings that some server takes for the name.
fn spellings(name: &str) -> Vec<String> {
    let mixed = name.replacen('-', "_", 1);
    let mut spellings = vec![
        name.to_owned(),
        name.to_ascii_lowercase(),
        name.to_ascii_uppercase(),
        name.replace('-', "_"),
        name.replace('-', ".").to_ascii_uppercase(),
        mixed,
    ];
    if let Some((first, last)) = name.rsplit_once('-') {
        spellings.push(format!("{first}_{last}"));
        spellings.push(format!("{first}.{last}"));
    }
    spellings
}

fn claims(reached: &Reached) -> bool {
    reached.fields.iter().any(|(_, value)| value.contains(CLAIM))
}
