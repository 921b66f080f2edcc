//! What became of a request: let through, or refused by whom.

use std::net::SocketAddr;

use super::corpus::Generated;
use super::stage::Stage;
use super::wire::{Answer, Ask};
use super::witness::Reached;

/// The fields that say who the caller is.
pub(super) const IDENTITY: [&str; 4] = ["x-auth-user", "x-auth-roles", "x-auth-realms", "x-auth-session"];

/// What became of a request.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) verdict: Verdict,
    /// As it reached the upstream, if it did.
    pub(super) reached: Option<Reached>,
    pub(super) answer: Answer,
}

/// Whether it was let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// To the upstream, or to an endpoint of the gate.
    Allowed,
    /// With this status.
    Refused(u16),
}

/// Sends a request and looks what became of it.
pub(super) fn send(stage: &Stage, to: SocketAddr, ask: &Ask) -> anyhow::Result<Outcome> {
    stage.witness.take();
    let answer = ask.send(to)?;
    let reached = stage.witness.take().into_iter().next();
    let verdict = verdict(&answer, reached.is_some());
    Ok(Outcome { verdict, reached, answer })
}

/// What did not reach the upstream was answered by the gate, which stamps whatever it answers, or by the proxy.
fn verdict(answer: &Answer, reached: bool) -> Verdict {
    let is_the_gates_own = answer.field("x-request-id").is_some() && !answer.is_the_gates_refusal();
    // Before the gate decides on a path, it refuses what it can't read at all.
    // A place of ours with nothing there is nowhere to go, which another proxy hears as a refusal.
    let is_refused = matches!(answer.status, 400 | 401 | 403 | 404 | 414 | 431);
    if reached || (is_the_gates_own && !is_refused) {
        Verdict::Allowed
    } else {
        Verdict::Refused(answer.status)
    }
}

/// A generated request, as it is sent.
pub(super) fn asked(stage: &Stage, request: &Generated) -> Ask {
    let ask = Ask::new(request.method, &request.target);
    with_sender(stage, request, ask)
}

/// Another request of the same person, with the same fields.
pub(super) fn with_sender(stage: &Stage, request: &Generated, ask: Ask) -> Ask {
    let ask = ask.bearer(stage.token(request.who));
    match request.realm {
        Some(realm) => ask.field("Realm", realm),
        None => ask,
    }
}

/// Who the upstream takes the caller for. Some proxies leave an empty field out, which says the same.
pub(super) fn identity(reached: &Reached) -> Vec<(&'static str, String)> {
    let values =
        |name: &'static str| reached.all(name).into_iter().map(move |value| (name, value.to_owned()));
    IDENTITY.into_iter().flat_map(values).filter(|(_, value)| !value.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(head: &str, reached: bool) -> Verdict {
        verdict(&Answer::parse(format!("{head}\r\n\r\n").as_bytes()).unwrap(), reached)
    }

    #[test]
    fn what_reached_the_upstream_was_let_through() {
        assert_eq!(said("HTTP/1.1 200 OK", true), Verdict::Allowed);
        assert_eq!(said("HTTP/1.1 500 Oh", true), Verdict::Allowed);
    }

    #[test]
    fn what_an_endpoint_of_the_gate_answered_was_let_through() {
        assert_eq!(said("HTTP/1.1 422 Unprocessable\r\nX-Request-Id: 1", false), Verdict::Allowed);
    }

    #[test]
    fn everything_else_was_refused() {
        assert_eq!(
            said("HTTP/1.1 405 No\r\nX-Request-Id: 1\r\nPortcullis-Decision: d", false),
            Verdict::Refused(405)
        );
        assert_eq!(said("HTTP/1.1 414 Long\r\nX-Request-Id: 1", false), Verdict::Refused(414));
        assert_eq!(said("HTTP/1.1 200 A proxy's own page", false), Verdict::Refused(200));
    }
}
