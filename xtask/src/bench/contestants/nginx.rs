//! nginx as a plain proxy, which checks nothing, and as the upstream of all.

use super::{Contestant, Server, Stand};

pub(in super::super) const NGINX: Contestant =
    Contestant { name: "nginx", program: Some("nginx"), tls: false, start: |stand| start(stand, PROXY) };

pub(in super::super) const NGINX_TLS: Contestant =
    Contestant { name: "nginx", program: Some("nginx"), tls: true, start: |stand| start(stand, TLS_PROXY) };

pub(in super::super) const UPSTREAM: Contestant =
    Contestant { name: "upstream", program: Some("nginx"), tls: false, start: |stand| start(stand, ANSWER) };

/// One process that serves, with what everybody switches on who cares for speed, and without a log, since the gate
/// writes none for a read that it lets through.
const AROUND: &str = "\
daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr error;
events { worker_connections 1024; }
http {
  access_log off; server_tokens off; tcp_nodelay on; keepalive_requests 1000000000; keepalive_timeout 3600s;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  {http}
}
";

const PROXY: &str = "\
upstream behind { server {upstream}; keepalive 64; keepalive_requests 1000000000; keepalive_timeout 3600s; }
  server { listen {address}; location / {
    proxy_pass http://behind; proxy_http_version 1.1; proxy_set_header Connection \"\"; proxy_set_header Host $host;
  } }";

const TLS_PROXY: &str = "\
upstream behind { server {upstream}; keepalive 64; keepalive_requests 1000000000; keepalive_timeout 3600s; }
  server { listen {address} ssl; ssl_certificate {certificate}; ssl_certificate_key {key}; ssl_protocols TLSv1.3;
  location / {
    proxy_pass http://behind; proxy_http_version 1.1; proxy_set_header Connection \"\"; proxy_set_header Host $host;
  } }";

const ANSWER: &str = "\
server { listen {address}; location / { default_type application/octet-stream; return 200 \"{body}\"; } }";

fn start(stand: &Stand<'_>, http: &str) -> anyhow::Result<Server> {
    let text = AROUND.replace("{http}", http).replace("{body}", &"x".repeat(1024));
    let file = stand.write("nginx.conf", &text)?;
    let mut command = stand.command();
    command.arg("-p").arg(&stand.folder).arg("-c").arg(file).args(["-e", "stderr"]);
    stand.run(command)
}
