//! Faults, planted one by one into a good installation: each is found by its code, which in the good one is not there.

use rcgen::{ExtendedKeyUsagePurpose, date_time_ymd};

use super::installation::{cheap_hash, days_ago, person, personal_token, role};
use super::*;
use crate::cli::doctor::finding::Weight;

type Plant = fn(&mut Installation);

/// What is done to the installation, and the code that it is found by.
const FAULTS: &[(&str, Plant)] = &[
    ("plain-http", |i| i.add("tls: off\n  allow_plaintext: true")),
    ("metrics-public", |i| i.replace("metrics: authenticated", "metrics: public")),
    ("metrics-public", |i| i.replace("metrics: authenticated", "metrics: 0.0.0.0:9464")),
    ("docs-public", |i| i.replace("docs: off", "docs: public")),
    ("not-enabled", |i| i.replace("enabled: true", "enabled: false")),
    ("configuration-warning", |i| i.add("upstream_ca: /etc/ca.pem")),
    ("trusted-proxies-everybody", |i| i.replace("[192.0.2.1]", "[0.0.0.0/0]")),
    ("trusted-proxies-wide", |i| i.replace("[192.0.2.1]", "[10.0.0.0/8]")),
    ("upstream-plain-http", |i| i.replace("http://127.0.0.1:8000", "http://bng.example:8000")),
    ("upstream-sees-tokens", |i| i.add("upstream_authorization: keep")),
    ("default-passwords-allowed", |i| i.add("allow_default_passwords: true")),
    ("throttle-weak", |i| i.replace("per_user: 5", "per_user: 1000")),
    ("throttle-weak", |i| i.replace("per_user: 5", "max_delay: 1s")),
    ("throttle-exempt", |i| i.replace("never_limit: [192.0.2.0/24]", "never_limit: [\"::/0\"]")),
    ("token-long", |i| i.replace("ttl: 1h, issuer", "ttl: 7d, issuer")),
    ("session-long", |i| i.replace("max_age: 24h", "max_age: 30d")),
    ("session-long", |i| i.replace("idle_timeout: 30m", "idle_timeout: 2d")),
    ("secret-missing", |i| {
        i.replace(", algorithm: EdDSA", "");
        i.environment.clear();
    }),
    ("secret-unusable", |i| i.set("ABNG_API_SECRET", "short")),
    ("secret-weak", |i| i.set("ABNG_API_SECRET", "please change-me, this is only an example")),
    ("secret-weak", |i| i.set("ABNG_API_SECRET", &"ab".repeat(20))),
    ("secret-previous-set", |i| i.set("ABNG_API_SECRET_PREVIOUS", "Nj4wYt8QzLr1Vb6Xk0Pd9Sg3Hm7Fc2Ua5Ie")),
    ("secret-open", |i| {
        i.environment = vec![("ABNG_API_SECRET_FILE", i.path("secret").display().to_string())];
        i.chmod("secret", 0o604);
    }),
    ("configuration-writable", |i| i.chmod("gate.yaml", 0o602)),
    ("configuration-readable", |i| i.chmod("gate.yaml", 0o644)),
    ("folder-writable", |i| i.chmod("", 0o777)),
    ("state-folder-open", |i| i.chmod("state", 0o755)),
    ("database-open", |i| i.chmod("state/users.db", 0o640)),
    ("database-open", |i| i.chmod("state/users.db-wal", 0o644)),
    ("keys-open", |i| i.chmod("state/keys/a.pem", 0o644)),
    ("keys-open", |i| i.chmod("state/audit-key.pem", 0o640)),
    ("tls-key-open", |i| i.chmod("key.pem", 0o644)),
    ("disk-nearly-full", |i| i.room.free = 200 << 20),
    ("audit-grows", |i| {
        i.replace("  audit: {keep: 365d}\n", "");
        std::fs::File::options()
            .write(true)
            .open(i.path("state/users.db"))
            .unwrap()
            .set_len(2 << 30)
            .unwrap();
    }),
    ("certificate-expired", |i| i.put_certificate(&certificate(|c| c.not_after = date_time_ymd(2027, 1, 1)))),
    ("certificate-ends-soon", |i| {
        i.put_certificate(&certificate(|c| c.not_after = date_time_ymd(2027, 2, 1)));
    }),
    ("certificate-not-yet-valid", |i| {
        i.put_certificate(&certificate(|c| c.not_before = date_time_ymd(2028, 1, 1)));
    }),
    ("certificate-name", |i| i.replace("https://gate.example", "https://other.example")),
    ("certificate-name", |i| i.put_certificate(&certificate(|c| c.subject_alt_names.clear()))),
    ("certificate-usage", |i| {
        i.put_certificate(&certificate(|c| {
            c.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        }));
    }),
    ("certificate-self-signed", |i| {
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new(vec!["gate.example".to_owned()]).unwrap();
        i.put_certificate(&(params.self_signed(&key).unwrap().pem(), key.serialize_pem()));
    }),
    ("certificate-key-mismatch", |i| {
        let ((certificate, _), (_, key)) = (certificate(|_| ()), certificate(|_| ()));
        i.put_certificate(&(certificate, key));
    }),
    ("certificate-unusable", |i| i.put_certificate(&("nothing".to_owned(), "nothing".to_owned()))),
    ("no-admin", |i| i.persons.retain(|person| person.name() == "olga")),
    ("one-admin", |i| i.persons.retain(|person| person.name() != "chief")),
    ("inactive-admin", |i| i.persons[0].profile.user.active = false),
    ("admin-never-seen", |i| i.persons[0].profile.last_login_at = None),
    ("user-unseen", |i| i.persons[2].profile.last_login_at = Some(days_ago(91))),
    ("hash-cost-low", |i| i.persons[2].hash = cheap_hash()),
    ("everything-held-by-many", |i| i.persons.extend((0..4).map(|n| person(&format!("boss-{n}"), "admin")))),
    ("role-unused", |i| i.store_roles.push(role("night", "job:view"))),
    ("grant-of-unknown-role", |i| i.persons.push(person("kim", "nobody-knows"))),
    ("not-checked", |i| i.is_unreadable = true),
    ("client-from-anywhere", |i| i.replace("      allow_from: [192.0.2.0/24]\n", "")),
    ("client-admin", |i| i.replace("grants: [{role: field-tech}]", "grants: [{role: admin}]")),
    ("personal-token-long", |i| i.tokens.push(personal_token(365))),
    ("client-token-long", |i| i.replace("token_ttl: 1h", "token_ttl: 30d")),
    ("route-not-enforced", |i| i.route("path: /x, methods: [GET], require: {role: admin}, enforce: false")),
    ("route-public-change", |i| i.route("path: /x, require: public")),
    ("route-any-token-changes", |i| i.route("path: /x, methods: [POST], require: authenticated")),
    ("right-of-admins-alone", |i| i.route("path: /x, methods: [GET], require: {right: 'devcie:view'}")),
    ("route-unmatched", |i| {
        i.route("path: /x/**, methods: [GET], require: {role: admin}");
        i.route("path: /x, methods: [GET], require: {role: operator}");
        i.route("path: /x/, methods: [GET], require: {role: operator}");
        i.route("path: '/x/{y}/**', methods: [GET], require: {role: operator}");
    }),
    ("route-partly-unmatched", |i| {
        i.route("path: '/x/{y}/**', methods: [GET, POST], require: {role: admin}");
        i.route("path: '/x/{y}', methods: [GET], require: {role: operator}");
        i.route("path: '/x/{y}/', methods: [GET], require: {role: operator}");
        i.route("path: '/x/{y}/{z}/**', methods: [GET], require: {role: operator}");
    }),
    ("route-over-own-endpoint", |i| {
        i.route("path: /api/v1/auth/users/kim, methods: [GET], require: {role: operator}");
    }),
    ("route-without-operation", |i| i.route("path: /stauts, methods: [GET], require: {role: admin}")),
    ("operation-uncovered", |i| i.operation("POST /api/v1/reboot")),
    ("operation-refused", |i| i.operation("GET /api//v1")),
    ("operation-answered-here", |i| i.operation("POST /api/v1/auth/login")),
    ("operation-open", |i| {
        i.route("path: '/x/{y}', require: public");
        i.operation("PUT /x/{y}");
    }),
    ("operation-open-to-readers", |i| {
        i.route("path: /x, methods: [POST], require: {role: [admin, onlooker]}");
        i.operation("POST /x");
    }),
    ("operation-open-to-readers", |i| {
        i.route("path: /x, methods: [POST], require: {right: 'device:view'}");
        i.operation("POST /x");
    }),
    ("operation-open-to-readers", |i| {
        i.route("path: /x, methods: [POST], require: {role: admin}, enforce: false");
        i.operation("POST /x");
    }),
];

#[test]
fn in_a_good_installation_nothing_is_found() {
    assert_eq!(Installation::good().findings(), []);
}

#[test]
fn each_planted_fault_is_found_by_its_code() {
    for (index, (code, plant)) in FAULTS.iter().enumerate() {
        let mut installation = Installation::good();
        plant(&mut installation);
        let found = installation.findings();
        let of_code: Vec<_> = found.iter().filter(|finding| finding.code.word == *code).collect();
        assert!(!of_code.is_empty(), "fault {index}, {code}: {found:#?}");
        assert!(of_code.iter().all(|finding| !finding.title.is_empty() && !finding.mend.is_empty()));
    }
}

#[test]
fn a_planted_fault_is_not_taken_for_others_that_matter() {
    // Of some things there is more to be said than one.
    let company = [
        ("plain-http", "certificate"),
        ("folder-writable", "state"),
        ("route-public-change", "route"),
        ("operation-open", "route-public-change"),
        ("operation-open-to-readers", "route-not-enforced"),
    ];
    for (code, plant) in FAULTS {
        let mut installation = Installation::good();
        plant(&mut installation);
        for finding in installation.findings() {
            let word = finding.code.word;
            let is_known = company.iter().any(|(of, other)| of == code && word.starts_with(other));
            assert!(word == *code || finding.code.weight == Weight::Note || is_known, "{code}: {finding:?}");
        }
    }
}

#[test]
fn the_built_in_routes_of_a_bng_are_no_finding() {
    let mut installation = Installation::good();
    let routes = installation.text.find("  routes:").unwrap();
    installation.text.truncate(routes);
    installation.operations.clear();
    assert_eq!(installation.findings(), []);
}

#[test]
fn somebody_who_was_made_this_week_has_time_to_log_in() {
    let mut installation = Installation::good();
    installation.persons[0].profile.last_login_at = None;
    installation.persons[0].profile.created_at = Some(days_ago(6));
    assert_eq!(installation.findings(), []);
}

/// The ways to mend what is found by this code.
fn mends(installation: &Installation, code: &str) -> Vec<String> {
    let found = installation.findings();
    found.into_iter().filter(|finding| finding.code.word == code).map(|finding| finding.mend).collect()
}

#[test]
fn the_first_admin_is_for_a_database_without_users() {
    let mut installation = Installation::good();
    installation.persons.retain(|person| person.name() == "olga");
    let mend = mends(&installation, "no-admin").concat();
    assert!(mend.contains("user add NAME --role admin"), "{mend}");
    installation.persons.clear();
    let mend = mends(&installation, "no-admin").concat();
    assert!(mend.contains("user add NAME --first-admin"), "{mend}");
}

#[test]
fn a_role_that_nobody_holds_is_removed_where_it_is_defined() {
    let mut installation = Installation::good();
    installation.persons.retain(|person| person.name() != "olga");
    installation.store_roles.push(role("night", "job:view"));
    let mends = mends(&installation, "role-unused");
    assert_eq!(mends.len(), 2, "{mends:?}");
    for part in ["remove them from `roles`", "portcullis role remove NAME"] {
        assert_eq!(mends.iter().filter(|mend| mend.contains(part)).count(), 1, "{mends:?}");
    }
}
