//! That a proxy serves as documented: over TLS, and not at all without the gate.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::process::Command;

use super::check::Check;
use super::corpus::Who;
use super::running::Running;
use super::stage::{Stage, said};
use super::verdict::send;
use super::wire::{Ask, HOST};

/// A request over TLS, to the documented host.
pub(super) fn tls(stage: &Stage, running: &Running) -> anyhow::Result<Check> {
    let mut check = Check::new("serves over TLS");
    let answer = over_tls(running.tls, &Ask::new("GET", "/open/page"))?;
    let reached = stage.witness.take();
    check.that(answer.starts_with("HTTP/1.1 200") && reached.len() == 1, || format!("{answer:?}"));
    let proto = reached.first().map(|reached| reached.all("x-forwarded-proto").concat());
    check.that(proto.as_deref() == Some("https"), || format!("X-Forwarded-Proto: {proto:?}"));
    Ok(check)
}

/// With no gate to ask, nobody passes.
pub(super) fn without_the_gate(stage: &Stage, running: &Running) -> anyhow::Result<Check> {
    let mut check = Check::new("without the gate nobody passes");
    let mut statuses = BTreeSet::new();
    for (who, target) in
        [(Who::Nobody, "/open/page"), (Who::Admin, "/api/v1/subscribers"), (Who::Nobody, "/")]
    {
        let outcome = send(stage, running.plain, &Ask::new("GET", target).bearer(stage.token(who)))?;
        check.that(outcome.reached.is_none() && outcome.answer.status >= 500, || format!("{outcome:?}"));
        statuses.insert(outcome.answer.status);
    }
    check.note(format!("answered with {statuses:?}"));
    Ok(check)
}

/// By way of OpenSSL, since nothing else here needs TLS.
fn over_tls(to: SocketAddr, ask: &Ask) -> anyhow::Result<String> {
    let mut command = Command::new("openssl");
    command.args(["s_client", "-quiet", "-verify_quiet", "-servername", HOST, "-connect", &to.to_string()]);
    // Its exit status says whether the other side took leave as TLS wants it, which some don't.
    said(command, &ask.text())
}
