//! Envoy with its filters for tokens and for roles.

use super::{Contestant, Server, Stand};

pub(in super::super) const ENVOY: Contestant =
    Contestant { name: "envoy jwt_authn", program: Some("envoy"), tls: false, start };

const CONFIGURATION: &str = r#"static_resources:
  listeners:
  - address: {socket_address: {address: 127.0.0.1, port_value: {port}}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: gate
          route_config:
            virtual_hosts:
            - {name: all, domains: ["*"], routes: [{match: {prefix: "/"}, route: {cluster: behind}}]}
          http_filters:
          - name: envoy.filters.http.jwt_authn
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication
              providers:
                gate:
                  issuer: portcullis
                  payload_in_metadata: claims
                  local_jwks: {inline_string: '{"keys":[{"kty":"oct","alg":"HS256","k":"{secret_base64url}"}]}'}
              rules: [{match: {prefix: "/"}, requires: {provider_name: gate}}]
          - name: envoy.filters.http.rbac
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC
              rules:
                action: ALLOW
                policies:
                  operators:
                    permissions: [{any: true}]
                    principals:
                    - metadata:
                        filter: envoy.filters.http.jwt_authn
                        path: [{key: claims}, {key: role}]
                        value: {string_match: {exact: operator}}
          - name: envoy.filters.http.router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
  clusters:
  - name: behind
    type: STATIC
    load_assignment:
      cluster_name: behind
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: {upstream_port}}}}
"#;

fn start(stand: &Stand<'_>) -> anyhow::Result<Server> {
    let file = stand.write("envoy.yaml", CONFIGURATION)?;
    let mut command = stand.command();
    command.arg("-c").arg(file).args(["--concurrency", "1", "--log-level", "error", "--disable-hot-restart"]);
    stand.run(command)
}
