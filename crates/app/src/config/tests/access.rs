use super::*;
use crate::config::*;

#[test]
fn metrics_are_public_authenticated_or_elsewhere() {
    let metrics = |value: &str| config(&api(&format!("metrics: {value}"))).metrics;
    assert_eq!(metrics("public"), Metrics::Public);
    assert_eq!(metrics("authenticated"), Metrics::Authenticated);
    assert_eq!(metrics("127.0.0.1:9090"), Metrics::Listener("127.0.0.1:9090".parse().unwrap()));
    assert_eq!(metrics("'[::1]:9090'"), Metrics::Listener("[::1]:9090".parse().unwrap()));
    for wrong in ["off", "127.0.0.1", "'9090'", "localhost:9090"] {
        let text = wrong.trim_matches('\'');
        assert_eq!(
            faults(&api(&format!("metrics: {wrong}"))),
            format!(
                "bng.yaml:2:12: api.metrics: expected public, authenticated or an address with its port, found `{text}`"
            )
        );
    }
}

#[test]
fn metrics_that_are_elsewhere_leave_their_path_free() {
    let routes = "routes: [{path: /metrics, require: {role: admin}}]";
    assert_eq!(
        faults(&format!("api: {{metrics: authenticated, {routes}}}")),
        "bng.yaml:1:40: api.routes[0]: `/metrics` can't be a route: `GET /metrics` is answered by Portcullis itself"
    );
    config(&format!("api: {{metrics: '127.0.0.1:9090', {routes}}}"));
}

#[test]
fn docs_are_public_or_off() {
    assert!(has_docs(&config("api: {docs: public}")) && !has_docs(&config("api: {docs: off}")));
    assert_eq!(faults("api: {docs: on}"), "bng.yaml:1:13: api.docs: expected public or off, found `on`");
}

#[test]
fn networks_are_lists_of_addresses_and_prefixes() {
    let text = "api: {trusted_proxies: [10.0.0.1, 'fd00::/8'], throttle: {never_limit: [127.0.0.0/8]}}";
    let config = config(text);
    assert_eq!(config.trusted_proxies, ["10.0.0.1/32".parse().unwrap(), "fd00::/8".parse().unwrap()]);
    assert_eq!(config.logins.throttle.never_limit, ["127.0.0.0/8".parse().unwrap()]);
    assert_eq!(
        faults("api: {trusted_proxies: [10.0.0.1/8]}"),
        "bng.yaml:1:25: api.trusted_proxies[0]: expected an IP address, or a network such as 10.0.0.0/8 with no bit \
         set beyond its prefix, found `10.0.0.1/8`"
    );
    assert_eq!(
        faults("api: {trusted_proxies: 10.0.0.1}"),
        "bng.yaml:1:24: api.trusted_proxies: expected a list, found text"
    );
    assert_eq!(
        faults("api: {throttle: {never_limit: ~}}"),
        "bng.yaml:1:31: api.throttle.never_limit: expected a list, found nothing"
    );
}

#[test]
fn trusting_everybody_is_worth_a_warning() {
    for everybody in ["0.0.0.0/0", "::/0"] {
        assert_eq!(
            config(&format!("api: {{trusted_proxies: ['{everybody}']}}")).warnings,
            [format!(
                "trusted_proxies holds {everybody}: every client can choose the address that he is known by"
            )]
        );
    }
}

#[test]
fn the_throttle_has_limits_that_are_limits() {
    let text = "api: {throttle: {per_user: 1, per_address: 1000, window: 1h, max_delay: 1s}}";
    let throttle = config(text).logins.throttle;
    assert_eq!((throttle.per_user, throttle.per_address), (1, 1000));
    assert_eq!((throttle.window.as_secs(), throttle.max_delay.as_secs()), (3600, 1));
    for key in ["per_user", "per_address"] {
        for wrong in ["0", "1001", "-1", "many"] {
            assert_eq!(
                faults(&format!("api:\n  throttle:\n    {key}: {wrong}\n")),
                format!(
                    "bng.yaml:3:{}: api.throttle.{key}: expected a number from 1 to 1000, found `{wrong}`",
                    key.len() + 7
                )
            );
        }
    }
}
