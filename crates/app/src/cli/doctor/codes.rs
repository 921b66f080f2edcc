//! Every kind of finding, with its weight and why it matters. The words are stable: programs rely on them.

use super::finding::{Code, Weight};

macro_rules! codes {
    ($($weight:ident { $($name:ident $word:literal $why:literal)* })*) => {
        $($(pub(super) const $name: Code = Code { word: $word, weight: Weight::$weight, why: $why };)*)*
        /// All of them.
        #[cfg(test)]
        pub(super) const ALL: &[Code] = &[$($($name),*),*];
    };
}

codes! {
    Serious {
        CERTIFICATE_EXPIRED "certificate-expired" "Clients refuse the connection, or have been taught to ignore warnings."
        CERTIFICATE_KEY_MISMATCH "certificate-key-mismatch" "The server does not start, or goes on with the old certificate until it ends."
        CERTIFICATE_NOT_YET_VALID "certificate-not-yet-valid" "Clients refuse the connection until then; or a clock is wrong."
        CERTIFICATE_UNTRUSTED "certificate-untrusted" "Whoever is on the way can show a certificate of his own, and nobody would notice."
        CERTIFICATE_UNUSABLE "certificate-unusable" "The server does not start, or goes on with the old certificate until it ends."
        COMMON_PASSWORD "common-password" "It is among the first that are tried, and the throttle lets a few through each minute."
        CONFIGURATION_WRITABLE "configuration-writable" "Whoever can write it decides who may do what, from the next second on."
        DATABASE_OPEN "database-open" "It holds the hashes of passwords, and whoever can write it makes himself an administrator."
        DEFAULT_PASSWORD "default-password" "Everybody who has read the manual knows it."
        DISK_NEARLY_FULL "disk-nearly-full" "On a full disk nobody can log in, and nothing is recorded any more."
        FOLDER_WRITABLE "folder-writable" "Whoever can write there can put another file in the place of the configuration or the state."
        KEYS_OPEN "keys-open" "Whoever reads a key that signs can make tokens for anybody; the server refuses to use such a key."
        NO_ADMIN "no-admin" "Nobody can manage users, and nobody can do what only administrators may."
        OPEN_WITHOUT_TOKEN "open-without-token" "What is to be protected answers anybody."
        OPERATION_OPEN "operation-open" "Anybody who reaches the gate changes something behind it, and the record knows no name."
        PLAIN_HTTP "plain-http" "Passwords and tokens can be read and used by whoever is on the way."
        ROUTE_PUBLIC_CHANGE "route-public-change" "Anybody who reaches the gate changes something behind it, and the record knows no name."
        SECRET_OPEN "secret-open" "Whoever knows the secret makes tokens for anybody."
        SECRET_UNUSABLE "secret-unusable" "The server does not start."
        SECRET_WEAK "secret-weak" "Whoever has one token can try secrets at home, millions a second, and then make tokens for anybody."
        TLS_KEY_OPEN "tls-key-open" "Whoever reads the key can pretend to be this server; one that everybody can read is refused."
        TRUSTED_PROXIES_EVERYBODY "trusted-proxies-everybody" "Every client chooses the address that he is throttled and recorded by."
        UNREACHABLE "unreachable" "Nothing was checked there, and nobody can log in."
    }
    Warning {
        ADMIN_NEVER_SEEN "admin-never-seen" "A password that nobody uses is one whose theft nobody notices."
        CERTIFICATE_ENDS_SOON "certificate-ends-soon" "Clients refuse the connection from then on."
        CERTIFICATE_NAME "certificate-name" "Clients that connect by this name refuse the connection, or have been taught to ignore warnings."
        CERTIFICATE_WEAK "certificate-weak" "It can be forged with means that some people have, and modern clients refuse it."
        CERTIFICATE_USAGE "certificate-usage" "It is not made for a server, and careful clients refuse it."
        CLIENT_ADMIN "client-admin" "Its secret lies in a file somewhere, and opens everything."
        CLIENT_FROM_ANYWHERE "client-from-anywhere" "A secret that leaks from a machine works from every other machine."
        CLIENT_TOKEN_LONG "client-token-long" "A token that leaks works for that long."
        CONFIGURATION_READABLE "configuration-readable" "Whoever is on this machine can read the hashes, and try passwords at home."
        CONFIGURATION_WARNING "configuration-warning" "It is no fault, but probably not meant."
        CORS_ANYBODY "cors-anybody" "Pages of any site may read what the API answers to a browser."
        DEFAULT_PASSWORDS_ALLOWED "default-passwords-allowed" "The passwords that are in every manual open from everywhere."
        GRANT_OF_UNKNOWN_ROLE "grant-of-unknown-role" "It gives nothing, and would give something to whoever makes a role of that name."
        HASH_COST_LOW "hash-cost-low" "If the hashes leak, passwords are found in hours rather than years."
        METRICS_PUBLIC "metrics-public" "Anybody who reaches the gate sees how much is going on, and how many logins fail."
        OLD_TLS "old-tls" "TLS 1.0 and 1.1 are broken, and forbidden since RFC 8996."
        OPERATION_OPEN_TO_READERS "operation-open-to-readers" "Who was made to look only can change something."
        OPERATION_REFUSED "operation-refused" "The upstream offers it, and the gate lets nobody through to it."
        OPERATION_UNCOVERED "operation-uncovered" "Nobody has decided who may use it; the default rule lets administrators through alone."
        PERSONAL_TOKEN_LONG "personal-token-long" "A token that leaks works for that long, and scripts are where tokens leak."
        PLAIN_HTTP_ANSWERS "plain-http-answers" "Whoever forgets the s of https sends his password for everybody to read."
        ROUTE_NOT_ENFORCED "route-not-enforced" "Whoever has a token is let through, whatever the route says it needs."
        ROUTE_OVER_OWN_ENDPOINT "route-over-own-endpoint" "Requests for an endpoint of the gate go on to the upstream."
        ROUTE_UNMATCHED "route-unmatched" "It decides on nothing: what was meant by it is decided by another route."
        SECRET_MISSING "secret-missing" "Each start makes a random one, so that every restart logs everybody out."
        SESSION_LONG "session-long" "A token that leaks works for that long."
        STATE_FOLDER_OPEN "state-folder-open" "Others on this machine see what is there, or put something there themselves."
        STATE_OWNER "state-owner" "The server may not be able to read or write what another user has made there."
        TRACE_ANSWERED "trace-answered" "It repeats what the client sent, tokens included, and nothing here needs it."
        TOKEN_LONG "token-long" "A token that leaks works for that long."
        TRUSTED_PROXIES_WIDE "trusted-proxies-wide" "Whoever is in that network chooses the address that he is throttled and recorded by."
        THROTTLE_EXEMPT "throttle-exempt" "From there passwords can be tried as fast as they can be hashed."
        THROTTLE_WEAK "throttle-weak" "Passwords can be tried much faster than people type them."
        UPSTREAM_PLAIN_HTTP "upstream-plain-http" "Whoever is on the way reads and changes everything, and can pretend to be the gate."
        UPSTREAM_SEES_TOKENS "upstream-sees-tokens" "Whoever gets into the upstream can use its callers' tokens; it is meant for a migration alone."
        USER_UNSEEN "user-unseen" "An account that nobody uses is one whose theft nobody notices."
    }
    Note {
        AUDIT_GROWS "audit-grows" "Records are kept for ever, and when the disk is full nothing is recorded any more."
        CERTIFICATE_SELF_SIGNED "certificate-self-signed" "Clients can't tell it from somebody else's unless they have its fingerprint."
        DOCS_PUBLIC "docs-public" "Anybody who reaches the gate sees which endpoints it has."
        EVERYTHING_HELD_BY_MANY "everything-held-by-many" "Each of their passwords opens everything."
        HEADER_MISSING "header-missing" "Browsers then take some liberties that no API needs."
        INACTIVE_ADMIN "inactive-admin" "Whoever activates the account again gives all of that back."
        NOT_CHECKED "not-checked" "What could not be looked at may be wrong."
        NOT_ENABLED "not-enabled" "`serve` ends at once, and nothing is protected by it."
        ONE_ADMIN "one-admin" "If that password is lost, only whoever can read the secret gets in."
        OPERATION_ANSWERED_HERE "operation-answered-here" "The gate answers it itself; the upstream never sees the request."
        RIGHT_OF_ADMINS_ALONE "right-of-admins-alone" "Only roles that hold everything meet it; perhaps the right is misspelled."
        ROLE_UNUSED "role-unused" "Nobody would miss it, and somebody may be given it by mistake."
        ROUTE_ANY_TOKEN_CHANGES "route-any-token-changes" "Whoever can log in at all changes something there."
        ROUTE_PARTLY_UNMATCHED "route-partly-unmatched" "With these methods it decides on nothing."
        ROUTE_WITHOUT_OPERATION "route-without-operation" "The upstream offers nothing there; perhaps the path is misspelled, and something else is not covered."
        SECRET_PREVIOUS_SET "secret-previous-set" "What was to end with the change of the secret still works."
        SERVER_BANNER "server-banner" "It tells everybody which known holes are worth trying."
        TLS_13_MISSING "tls-13-missing" "TLS 1.2 is still good, but 1.3 leaves less to do wrong."
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// The page that tells what the codes mean.
    const PAGE: &str = include_str!("../../../../../docs/src/reference/doctor.md");

    #[test]
    fn every_code_is_a_word_of_its_own_and_says_why_in_a_sentence() {
        let mut words = HashSet::new();
        for Code { word, why, .. } in ALL {
            assert!(words.insert(word), "{word} is there twice");
            assert!(word.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')), "{word}");
            assert!(why.ends_with('.'), "{word}");
        }
    }

    #[test]
    fn the_reference_has_every_code_under_its_weight_and_no_other() {
        let row = |Code { word, weight, .. }: &Code| format!("| `{word}` | {} |", weight.as_str());
        for code in ALL {
            assert!(PAGE.contains(&row(code)), "the page lacks {}", row(code));
        }
        let rows = PAGE.lines().filter(|line| line.starts_with("| `")).count();
        assert_eq!(rows, ALL.len());
    }
}
