use super::*;

fn http(authority: &str) -> Upstream {
    Upstream::Http { authority: authority.to_owned() }
}

fn of(services: &str) -> String {
    faults(&api(&format!("upstreams: [{services}]")))
}

#[test]
fn a_service_is_at_one_address_or_at_several() {
    let text = "
api:
  upstreams:
    - prefix: /api/v2
      to: [http://10.0.0.1:8000, 'https://[fd00::1]']
    - prefix: /
      to: unix:/run/bng.sock
";
    let secure = Upstream::Https { host: "fd00::1".into(), port: 443 };
    assert_eq!(
        config(text).services,
        [
            service("/api/v2", [http("10.0.0.1:8000"), secure]),
            service("/", [Upstream::Unix("/run/bng.sock".into())])
        ]
    );
    for none in ["api: {upstreams: []}", "api: {upstreams: ~}"] {
        assert_eq!(config(none).services, []);
    }
}

#[test]
fn the_one_upstream_is_for_what_no_prefix_matches() {
    let text = "api: {upstreams: [{prefix: /a, to: http://a}], upstream: http://b}";
    assert_eq!(config(text).services, [service("/a", [http("a:80")]), service("/", [http("b:80")])]);
    let by_variable =
        config_with("api: {upstreams: [{prefix: /a, to: http://a}]}", &[("PORTCULLIS_UPSTREAM", "http://b")]);
    assert_eq!(by_variable.services.len(), 2);
    assert_eq!(
        faults("api: {upstream: http://b, upstreams: [{prefix: /, to: http://a}]}"),
        "bng.yaml:1:48: api.upstreams[0].prefix: `upstream` is for what no other prefix matches; give one of the two"
    );
}

#[test]
fn what_is_wrong_with_a_service_is_told_at_its_place() {
    for (service, expected) in [
        ("x", "15: api.upstreams[0]: expected a map, found text"),
        ("{to: http://a}", "15: api.upstreams[0].prefix: is missing"),
        ("{prefix: /a}", "15: api.upstreams[0].to: is missing"),
        (
            "{prefx: /, prefix: /, to: http://a}",
            "16: api.upstreams[0].prefx: unknown key; did you mean `prefix`?",
        ),
        (
            "{prefix: a, to: http://a}",
            "24: api.upstreams[0].prefix: no request can have this path: the target does not begin with a slash, found `a`",
        ),
        (
            "{prefix: /a/, to: http://a}",
            "24: api.upstreams[0].prefix: a prefix has no slash at its end: `/x` is `/x`, `/x/` and all that is below, found `/a/`",
        ),
        (
            "{prefix: /a/**, to: http://a}",
            "24: api.upstreams[0].prefix: a prefix has no {parameter} and no `*`: all that is below it belongs to it, found `/a/**`",
        ),
        (
            "{prefix: /, to: [http://u:p@a]}",
            "32: api.upstreams[0].to[0]: a user name or password has no place in this URL",
        ),
        (
            "{prefix: /, to: a}",
            "31: api.upstreams[0].to: expected http://host:port, https://host:port or unix:/path",
        ),
        (
            "{prefix: /, to: {a: b}}",
            "31: api.upstreams[0].to: expected http://, https:// or unix:/path, found a map",
        ),
        (
            "{prefix: /, to: []}",
            "31: api.upstreams[0].to: names no address; expected http://host:port, https://host:port or unix:/path, or a list of them",
        ),
        ("{prefix: /, to: [http://a, http://a:80/]}", "42: api.upstreams[0].to[1]: is there twice"),
        (
            "{prefix: /ab, to: http://a}, {prefix: /a%62, to: http://b}",
            "53: api.upstreams[1].prefix: the prefix is there already, in line 2 column 24",
        ),
    ] {
        assert_eq!(of(service), format!("bng.yaml:2:{expected}"));
    }
    let many: Vec<_> = (0..33).map(|number| format!("http://node-{number}")).collect();
    let said = of(&format!("{{prefix: /, to: [{}]}}", many.join(", ")));
    assert!(said.ends_with("api.upstreams[0].to: holds 33 addresses, and at most 32 are possible"), "{said}");
}

#[test]
fn all_faults_of_all_services_are_told_at_once() {
    let said = of("{prefix: a, to: [x, y]}, {to: []}");
    assert_eq!(said.lines().count(), 5, "{said}");
}

#[test]
fn authorities_are_of_use_for_any_address_over_tls() {
    let text = "api: {upstream_ca: /ca.pem, upstream: http://a, upstreams: [{prefix: /a, to: [http://b, https://c]}]}";
    assert_eq!(config(text).warnings, [""; 0]);
}
