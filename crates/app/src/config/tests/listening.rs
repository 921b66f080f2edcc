use super::*;
use crate::config::*;

fn listen(value: &str) -> Vec<String> {
    config(&api(&format!("listen: {value}"))).listen.iter().map(ToString::to_string).collect()
}

#[test]
fn an_address_stands_alone_or_in_a_list() {
    assert_eq!(listen("127.0.0.1"), ["127.0.0.1"]);
    assert_eq!(listen("unix:/run/portcullis.sock"), ["unix:/run/portcullis.sock"]);
    assert_eq!(listen("[127.0.0.1, '::1', unix:/run/p]"), ["127.0.0.1", "::1", "unix:/run/p"]);
}

#[test]
fn what_is_no_address_is_a_fault_at_its_place() {
    let expected =
        "expected an IP address, unix:/path, systemd or systemd:name (the port has a key of its own), found";
    for wrong in ["localhost", "0.0.0.0:8443", "unix:p", "unix:", "eth0"] {
        assert_eq!(
            faults(&api(&format!("listen: \"{wrong}\""))),
            format!("bng.yaml:2:11: api.listen: {expected} `{wrong}`")
        );
    }
    assert_eq!(
        faults(&api("listen: ['::1', here]")),
        format!("bng.yaml:2:19: api.listen[1]: {expected} `here`")
    );
    assert_eq!(faults(&api("listen: []")), "bng.yaml:2:11: api.listen: expected at least one address");
    assert_eq!(faults(&api("listen: ['::1', '::1']")), "bng.yaml:2:19: api.listen[1]: is there twice");
    assert_eq!(
        faults(&api("listen: {a: b}")),
        "bng.yaml:2:11: api.listen: expected an IP address, unix:/path, systemd or systemd:name (the port has a key of its own), found a map"
    );
}

#[test]
fn sockets_that_systemd_opens_are_named_or_all_taken() {
    assert_eq!(listen("systemd"), ["systemd"]);
    assert_eq!(
        listen("[systemd:api, '127.0.0.1', systemd:b.socket]"),
        ["systemd:api", "127.0.0.1", "systemd:b.socket"]
    );
    for wrong in ["systemd:", "systemd:a:b", "systemd:a b", "systemdx", "Systemd"] {
        assert!(faults(&api(&format!("listen: '{wrong}'"))).contains("systemd or systemd:name"), "{wrong}");
    }
    for both in ["[systemd, systemd:api]", "[systemd:api, '127.0.0.1', systemd]"] {
        let said = faults(&api(&format!("listen: {both}")));
        assert!(said.ends_with("`systemd` takes all sockets that there are, whatever their names"), "{said}");
    }
    // Whether others can reach them is seen when they are there.
    assert_eq!(config("api: {tls: off, listen: systemd}").tls, TlsMode::Off);
}

#[test]
fn a_port_is_16_bits_and_may_be_left_to_the_system() {
    assert_eq!(config("api: {port: 0}").port, 0);
    assert_eq!(config("api: {port: 65535}").port, 65535);
    for wrong in ["65536", "-1", "+1", "http", "1.5", "'1 '", "0x1"] {
        let said = faults(&api(&format!("port: {wrong}")));
        assert!(
            said.starts_with("bng.yaml:2:9: api.port: expected a number from 0 to 65535, found `"),
            "{said}"
        );
    }
    assert_eq!(
        faults(&api("port:")),
        "bng.yaml:2:7: api.port: expected a number from 0 to 65535, found nothing"
    );
}

#[test]
fn tls_is_switched_by_four_words() {
    for on in ["on", "true", "'on'"] {
        assert_eq!(config(&api(&format!("tls: {on}"))).tls, TlsMode::SelfSigned);
    }
    for off in ["off", "false"] {
        assert_eq!(config(&format!("api: {{tls: {off}, listen: '::1'}}")).tls, TlsMode::Off);
    }
    for wrong in ["yes", "1", "ON", "self-signed"] {
        assert_eq!(
            faults(&api(&format!("tls: {wrong}"))),
            format!("bng.yaml:2:8: api.tls: expected on or true or off or false, found `{wrong}`")
        );
    }
}

#[test]
fn certificate_and_key_come_together() {
    let files = TlsMode::Files { cert: "c".into(), key: "k".into() };
    assert_eq!(config("api: {tls_cert: c, tls_key: k}").tls, files);
    assert_eq!(config("api: {tls_cert: c, tls_key: k, tls: on}").tls, files);
    assert_eq!(config("api: {tls_cert: ~, tls_key:}").tls, TlsMode::SelfSigned);
    assert_eq!(faults(&api("tls_cert: c")), "bng.yaml:2:13: api.tls_cert: needs `tls_key` beside it");
    assert_eq!(faults(&api("tls_key: k")), "bng.yaml:2:12: api.tls_key: needs `tls_cert` beside it");
    assert_eq!(
        faults_with("", &[("PORTCULLIS_TLS_KEY", "k")]),
        "PORTCULLIS_TLS_KEY: needs `tls_cert` beside it"
    );
    assert_eq!(
        faults("api: {tls_cert: '', tls_key: k}"),
        "bng.yaml:1:17: api.tls_cert: expected a path, found ``"
    );
}

#[test]
fn a_certificate_beside_tls_off_is_left_alone() {
    let config = config("api: {tls: off, listen: 127.0.0.1, tls_cert: c, tls_key: k}");
    assert_eq!(config.tls, TlsMode::Off);
    assert!(config.warnings.is_empty());
    assert_eq!(super::config("api: {tls: off, listen: 127.0.0.1, tls_cert: c}").tls, TlsMode::Off);
}

#[test]
fn plain_http_is_for_this_machine_alone_unless_it_is_allowed() {
    for local in
        ["127.0.0.1", "127.9.9.9", "'::1'", "'::ffff:127.0.0.1'", "unix:/run/p", "[127.0.0.1, unix:/run/p]"]
    {
        assert_eq!(config(&format!("api: {{tls: off, listen: {local}}}")).tls, TlsMode::Off, "{local}");
    }
    let fault = |addresses: &str| {
        format!(
            "bng.yaml:1:12: api.tls: plain HTTP on {addresses}, which others can reach, needs `allow_plaintext: true`"
        )
    };
    assert_eq!(faults("api: {tls: off}"), fault("0.0.0.0"));
    assert_eq!(faults("api: {tls: off, allow_plaintext: false}"), fault("0.0.0.0"));
    assert_eq!(faults("api: {tls: off, listen: [127.0.0.1, 10.0.0.1, '::']}"), fault("10.0.0.1, ::"));
    assert_eq!(faults("api: {tls: off, listen: '::ffff:10.0.0.1'}"), fault("::ffff:10.0.0.1"));
    assert_eq!(config("api: {tls: off, allow_plaintext: true}").tls, TlsMode::Off);
    assert_eq!(
        faults_with("api: {listen: 10.0.0.1}", &[("PORTCULLIS_TLS", "off")]),
        "PORTCULLIS_TLS: plain HTTP on 10.0.0.1, which others can reach, needs `allow_plaintext: true`"
    );
}
