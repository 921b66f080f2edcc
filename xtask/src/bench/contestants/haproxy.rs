//! `HAProxy` with `jwt_verify`: signature, issuer, end and role of the token are checked, and the upstream is told who it is.

use super::{Contestant, Server, Stand};

pub(in super::super) const HAPROXY: Contestant = Contestant {
    name: "haproxy jwt_verify",
    program: Some("haproxy"),
    tls: false,
    start: |stand| start(stand, ""),
};

pub(in super::super) const HAPROXY_TLS: Contestant = Contestant {
    name: "haproxy jwt_verify",
    program: Some("haproxy"),
    tls: true,
    start: |stand| start(stand, "ssl crt {both} ssl-min-ver TLSv1.3"),
};

const CONFIGURATION: &str = r#"global
    nbthread 1
defaults
    mode http
    http-reuse always
    timeout connect 5s
    timeout client 1h
    timeout server 1h
frontend gate
    bind {address} {tls}
    http-request set-var(txn.token) http_auth_bearer
    http-request set-var(txn.alg) var(txn.token),jwt_header_query('$.alg')
    http-request deny deny_status 401 unless { var(txn.alg) -m str HS256 }
    http-request deny deny_status 401 unless { var(txn.token),jwt_verify(txn.alg,"{secret}") 1 }
    http-request deny deny_status 401 unless { var(txn.token),jwt_payload_query('$.iss') -m str portcullis }
    http-request set-var(txn.exp) var(txn.token),jwt_payload_query('$.exp','int')
    http-request set-var(txn.now) date()
    http-request deny deny_status 401 if { var(txn.exp),sub(txn.now) -m int lt 0 }
    http-request deny deny_status 403 unless { var(txn.token),jwt_payload_query('$.role') -m str operator }
    http-request set-header X-Auth-User %[var(txn.token),jwt_payload_query('$.sub')]
    http-request del-header Authorization
    default_backend behind
backend behind
    server one {upstream}
"#;

fn start(stand: &Stand<'_>, tls: &str) -> anyhow::Result<Server> {
    let file = stand.write("haproxy.cfg", &CONFIGURATION.replace("{tls}", tls))?;
    let mut command = stand.command();
    command.arg("-db").arg("-f").arg(file);
    stand.run(command)
}
