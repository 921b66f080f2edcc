use super::*;
use crate::config::*;

#[test]
fn an_upstream_is_read_from_either_layer() {
    let http = |authority: &str| vec![service("/", [Upstream::Http { authority: authority.to_owned() }])];
    assert_eq!(config("api: {upstream: http://127.0.0.1:8000}").services, http("127.0.0.1:8000"));
    assert_eq!(config_with("", &[("PORTCULLIS_UPSTREAM", "http://bng")]).services, http("bng:80"));
    let unix = service("/", [Upstream::Unix("/run/bng".into())]);
    assert_eq!(config("api: {upstream: unix:/run/bng}").services, [unix]);
    assert_eq!(config("api: {upstream: ~}").services, []);
}

#[test]
fn what_is_wrong_with_an_upstream_is_said_without_its_text() {
    for (wrong, expected) in [
        ("127.0.0.1:8000", "expected http://host:port, https://host:port or unix:/path"),
        ("https://u:p@bng", "a user name or password has no place in this URL"),
        ("http://bng/api", "a path or query has no place in this URL: every request goes on with its own"),
        ("http://bng?x=1", "a path or query has no place in this URL: every request goes on with its own"),
        ("http://:80", "expected a host, or host:port, after ://"),
        ("unix:bng", "expected an absolute path of at most 107 bytes after unix:"),
    ] {
        assert_eq!(
            faults(&api(&format!("upstream: \"{wrong}\""))),
            format!("bng.yaml:2:13: api.upstream: {expected}")
        );
    }
    assert_eq!(
        faults("api: {upstream: [http://bng]}"),
        "bng.yaml:1:17: api.upstream: expected http://, https:// or unix:/path, found a list"
    );
}

#[test]
fn authorities_beside_another_upstream_than_https_are_a_warning() {
    let with = |upstream: &str| format!("api: {{upstream_ca: /ca.pem{upstream}}}");
    let secure = config(&with(", upstream: https://bng"));
    assert_eq!((secure.upstream_ca, secure.warnings.len()), (Some("/ca.pem".into()), 0));
    for upstream in ["", ", upstream: http://bng", ", upstream: unix:/run/bng", ", upstream: ~"] {
        let warnings = config(&with(upstream)).warnings;
        assert_eq!(
            warnings,
            ["`upstream_ca` is for an https:// upstream and has no effect here"],
            "{upstream}"
        );
    }
}

#[test]
fn an_upstream_that_cannot_be_read_is_one_fault() {
    assert_eq!(faults("api: {upstream_ca: /ca.pem, upstream: bng}").lines().count(), 1);
}

#[test]
fn timeouts_are_durations() {
    let text = "api: {upstream_timeouts: {connect: 1ms, response_head: 2m, pool_idle: 1d}}";
    let timeouts = config(text).upstream_timeouts;
    assert_eq!(timeouts.connect.as_millis(), 1);
    assert_eq!((timeouts.response_head.as_secs(), timeouts.pool_idle.as_secs()), (120, 86_400));
    for wrong in ["0s", "2", "25h", "-1s", "forever"] {
        assert_eq!(
            faults(&format!("api: {{upstream_timeouts: {{connect: {wrong}}}}}")),
            format!(
                "bng.yaml:1:36: api.upstream_timeouts.connect: expected a duration such as 90s, 30m or 1h, \
                 from 1ms to 1d, found `{wrong}`"
            )
        );
    }
}

#[test]
fn the_caller_s_token_goes_on_only_where_that_is_said() {
    let keep = config("api: {upstream_authorization: keep}").upstream_authorization;
    assert_eq!(keep, UpstreamAuthorization::Keep);
    assert_eq!(
        faults("api: {upstream_authorization: yes}"),
        "bng.yaml:1:31: api.upstream_authorization: expected drop or keep, found `yes`"
    );
}
