//! The same generated requests through the gate, through its forward-auth endpoint, and through a proxy: the same
//! decisions.

use super::check::Check;
use super::corpus::Generated;
use super::recipes::{Paths, Place, Recipe};
use super::running::Running;
use super::stage::Stage;
use super::verdict::{IDENTITY, Outcome, Verdict, asked, identity, send, with_sender};
use super::wire::{Ask, HOST};
use super::witness::Reached;

/// What the gate, as a gateway, made of a request.
pub(super) struct Expected {
    request: Generated,
    outcome: Outcome,
}

/// Asks the gate as a gateway.
pub(super) fn by_the_gate(stage: &Stage, requests: Vec<Generated>) -> anyhow::Result<Vec<Expected>> {
    let expected = |request: Generated| {
        let outcome = send(stage, stage.gate, &asked(stage, &request))?;
        Ok(Expected { request, outcome })
    };
    requests.into_iter().map(expected).collect()
}

/// The forward-auth endpoint, asked in the words of nginx and in those of Traefik and Caddy.
pub(super) fn by_verify(stage: &Stage, all: &[Expected]) -> anyhow::Result<Vec<Check>> {
    let nginx = |method: &str, target: &str| {
        verify().field("X-Original-Method", method).field("X-Original-URI", target)
    };
    let traefik = |method: &str, target: &str| {
        let ask = verify().field("X-Forwarded-Method", method).field("X-Forwarded-Uri", target);
        ask.field("X-Forwarded-Host", HOST)
    };
    let mut checks = Vec::new();
    for (name, words) in [
        ("verify, X-Original-*: same decision", &nginx as &dyn Fn(&str, &str) -> Ask),
        ("verify, X-Forwarded-*: same decision", &traefik),
    ] {
        let mut check = Check::new(name);
        // A proxy asks about the path that it would forward, never about an absolute URL.
        for Expected { request, outcome } in all.iter().filter(|asked| !asked.request.target.contains("://"))
        {
            let ask = with_sender(stage, request, words(request.method, &request.target));
            let answer = ask.send(stage.gate)?;
            let status = match outcome.verdict {
                Verdict::Allowed => 200,
                // The only refusals that nginx knows are 401 and 403.
                Verdict::Refused(401) => 401,
                Verdict::Refused(_) => 403,
            };
            let of_verify = IDENTITY.map(|name| answer.field(name).unwrap_or("missing").to_owned());
            let of_gateway =
                outcome.reached.as_ref().map(|reached| IDENTITY.map(|name| reached.all(name).join("+")));
            let same_identity = of_gateway.is_none_or(|gateway| gateway == of_verify);
            let same_text = status == 200
                || request.method == "HEAD"
                || outcome.answer.body.is_empty()
                || answer.body == outcome.answer.body;
            check.that(answer.status == status && same_identity && same_text, || {
                format!(
                    "{request:?}: gateway {:?} {:?}, verify {answer:?}",
                    outcome.verdict, outcome.answer.body
                )
            });
        }
        let passed = all.iter().filter(|asked| asked.outcome.verdict == Verdict::Allowed).count();
        check.note(format!("the gate lets {passed} of {} through", all.len()));
        checks.push(check);
    }
    Ok(checks)
}

fn verify() -> Ask {
    Ask::new("GET", "/api/v1/auth/verify")
}

/// The same requests through a proxy.
pub(super) fn by_proxy(
    name: &'static str,
    stage: &Stage,
    running: &Running,
    recipe: &Recipe,
    all: &[Expected],
) -> anyhow::Result<Check> {
    let mut check = Check::new(name);
    let mut stricter = 0;
    let mut tidied = 0;
    for expected in all {
        let Expected { request, outcome } = expected;
        let got = send(stage, running.plain, &asked(stage, request))?;
        let problem = match (outcome.verdict, got.verdict) {
            (Verdict::Refused(wanted), Verdict::Refused(status)) => {
                let differs =
                    matches!(wanted, 401 | 403) && status != wanted && !may_be_stricter(recipe, request);
                let challenge = status != 401 || got.answer.field("www-authenticate").is_some();
                (differs || !challenge).then(|| format!("refused with {status}, challenge: {challenge}"))
            }
            (Verdict::Allowed, Verdict::Refused(status)) => {
                stricter += 1;
                (!may_be_stricter(recipe, request)).then(|| format!("refused with {status}"))
            }
            (Verdict::Allowed, Verdict::Allowed) => match difference(recipe, expected, &got) {
                None => unjustified(stage, recipe, request, &got)?,
                difference => difference,
            },
            (Verdict::Refused(_), Verdict::Allowed) if recipe.paths == Paths::Tidied => {
                tidied += 1;
                unjustified(stage, recipe, request, &got)?
            }
            (Verdict::Refused(_), Verdict::Allowed) => {
                Some(format!("reached the upstream: {:?}", got.reached))
            }
        };
        check.that(problem.is_none(), || {
            format!("{request:?}: {}; the gate: {:?}", problem.unwrap_or_default(), outcome.verdict)
        });
    }
    if stricter > 0 {
        check.note(format!("{stricter} refused that the gate alone lets through"));
    }
    if tidied > 0 {
        check.note(format!("{tidied} tidied first"));
    }
    Ok(check)
}

/// The gate cuts a fragment off. A proxy that passes the bytes on, fragment and all, has to refuse it; one that tidies
/// paths makes another request of it.
fn may_be_stricter(recipe: &Recipe, request: &Generated) -> bool {
    recipe.paths == Paths::Tidied || request.target.contains('#')
}

/// What is wrong with a request that was rightly let through: other bytes, or another caller.
fn difference(recipe: &Recipe, expected: &Expected, got: &Outcome) -> Option<String> {
    let reached = got.reached.as_ref()?;
    let sent = expected.request.target.as_str();
    let sent = sent.strip_prefix("http://").and_then(|rest| rest.strip_prefix(HOST)).unwrap_or(sent);
    let as_gateway = expected.outcome.reached.as_ref();
    let bytes = match (recipe.paths, recipe.place) {
        (Paths::Tidied, _) => None,
        // What is below an endpoint of the gate goes by way of the gate.
        (Paths::Untouched, Place::ForwardAuth) if is_forwarded_by_the_gate(reached) => None,
        (Paths::Untouched, Place::ForwardAuth) => Some(sent),
        (Paths::Untouched, Place::InFront) => as_gateway.map(|reached| reached.target.as_str()),
    };
    if bytes.is_some_and(|bytes| bytes != reached.target) {
        return Some(format!("reached the upstream as {:?}", reached.target));
    }
    if reached.target.contains('#') {
        return Some("reached the upstream with its fragment, on which the gate did not decide".to_owned());
    }
    let other_caller = as_gateway.is_some_and(|gateway| identity(gateway) != identity(reached));
    other_caller.then(|| format!("reached the upstream as the request of {:?}", identity(reached)))
}

/// Only the gate sets this field, and no documented proxy lets a client's pass.
fn is_forwarded_by_the_gate(reached: &Reached) -> bool {
    !reached.all("forwarded").is_empty()
}

/// What is wrong with a request of which a proxy that tidies paths has made another one: the gate must allow exactly
/// what reached the upstream.
fn unjustified(
    stage: &Stage,
    recipe: &Recipe,
    request: &Generated,
    got: &Outcome,
) -> anyhow::Result<Option<String>> {
    let Some(reached) = got.reached.as_ref().filter(|_| recipe.paths == Paths::Tidied) else {
        return Ok(None);
    };
    let again = with_sender(stage, request, Ask::new(&reached.method, &reached.target));
    let verdict = send(stage, stage.gate, &again)?.verdict;
    let complaint = || format!("reached the upstream as {} {:?}", reached.method, reached.target);
    Ok((verdict != Verdict::Allowed).then(complaint))
}
