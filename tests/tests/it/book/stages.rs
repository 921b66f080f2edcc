//! What each page presumes: the files that it talks of, and who is running already.
//!
//! A page begins where its reader stands. Somebody who reads how to rotate a secret has a configuration and a secret.

/// A page with commands, and the shell commands that make what it presumes.
pub(super) struct Stage {
    pub(super) page: &'static str,
    /// `{yaml}` is the page's first configuration, with hashes that work.
    pub(super) before: &'static [&'static str],
}

/// The pages whose commands want root, systemd or apt, and the file of the program that carries them out elsewhere.
pub(super) const SYSTEM: &[(&str, &str)] = &[
    ("how-to/install-debian.md", "xtask/src/package/page.rs"),
    ("how-to/systemd.md", "xtask/src/package/page.rs"),
];

pub(super) const BNG: &str = "left_running bng-sim --listen 127.0.0.1:8000";
const SECRET: &str = "export ABNG_API_SECRET='the secret of the tests, long enough to be one'";
const SERVE: &str = "left_running portcullis serve --config bng.yaml";

/// Two users with passwords that the pages leave to the reader.
const USERS: &str = r#"HASH=$(printf %s "$PASSWORD" | portcullis hash-password --cost 4)
cat > bng.yaml <<END
api:
  enabled: true
  listen: 127.0.0.1
  port: 8443
  upstream: http://127.0.0.1:8000
  users:
    - {username: admin, password_hash: "$HASH", role: admin}
    - {username: operator, password_hash: "$HASH", role: operator}
END"#;

/// The same, for users in a database.
const MANAGED: &str = r"cat > bng.yaml <<'END'
api:
  enabled: true
  listen: 127.0.0.1
  port: 8443
  user_store: sqlite:users.db
END";

const FIRST_ADMIN: &str =
    r#"printf %s "$PASSWORD" | portcullis user add --config bng.yaml admin --first-admin --password-stdin"#;

const TOKEN: &str = "TOKEN=$(portcullis token --config bng.yaml --for operator --ttl 10m)";

/// Begins the shell anew where the state directory is a small disk of its own, which a page can fill.
pub(super) const IN_A_DISK: &str = r#"if [ -z "$IN_A_DISK" ]; then
    export IN_A_DISK=yes; exec unshare --user --map-root-user --mount bash .script
fi
mkdir -m 700 portcullis-state
mount -t tmpfs -o size=4m,mode=700 tmpfs portcullis-state"#;

/// All pages with commands that need nothing but a shell.
pub(super) const STAGES: &[Stage] = &[
    Stage {
        page: "tutorial/first-gate.md",
        before: &["mkdir -p docs/examples", "cp \"$EXAMPLE\" docs/examples/"],
    },
    Stage { page: "how-to/before-a-bng.md", before: &[USERS, BNG] },
    Stage { page: "how-to/bmc.md", before: &[USERS, SECRET, SERVE] },
    Stage {
        page: "how-to/certificates.md",
        before: &[
            USERS,
            SECRET,
            SERVE,
            // What the page says about a key needs one that is not as it should be.
            "cp portcullis-state/self-signed.pem cert.pem",
            "cp portcullis-state/self-signed.key key.pem",
            "chmod 0644 key.pem",
            "printf '  tls_cert: cert.pem\\n  tls_key: key.pem\\n' >> bng.yaml",
        ],
    },
    Stage {
        page: "how-to/embed.md",
        before: &[
            USERS,
            SECRET,
            // The page's routes, with these users.
            "cat > service.yaml <<'END'\n{yaml}END",
            "sed -n '/^  users:/,$p' bng.yaml >> service.yaml",
            "left_running \"$EXAMPLES/protected\" service.yaml 127.0.0.1:8443",
        ],
    },
    Stage { page: "how-to/emergency-token.md", before: &[USERS, SECRET] },
    Stage {
        page: "how-to/forward-auth.md",
        before: &[
            USERS,
            SECRET,
            "printf '  tls: off\\n  trusted_proxies: [127.0.0.1]\\n' >> bng.yaml",
            SERVE,
            TOKEN,
        ],
    },
    Stage {
        page: "how-to/machines.md",
        before: &[
            MANAGED,
            FIRST_ADMIN,
            // What the page begins with is the file of a BNG, and in the end it talks of one whose users are in a database.
            "mv bng.yaml managed.yaml",
            USERS,
            SECRET,
            BNG,
        ],
    },
    Stage {
        page: "how-to/night-shift.md",
        before: &[
            IN_A_DISK,
            "cat > bng.yaml <<'END'\n{yaml}END",
            // The page has two pairs, and a key in the place of another.
            "for name in cert other; do
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -subj /CN=localhost \
        -keyout $name.key -out $name.pem 2> /dev/null
done
mv cert.key key.pem",
            "(umask 077; openssl rand -base64 48 > secret)\nexport ABNG_API_SECRET_FILE=secret",
            FIRST_ADMIN,
            r#"printf %s "$PASSWORD" | portcullis user add --config bng.yaml operator --role operator --password-stdin"#,
            BNG,
            "portcullis serve --config bng.yaml 2> gate.log &\nGATE=$!\nuntil grep -qs listening gate.log; do sleep 0.1; done",
        ],
    },
    Stage { page: "how-to/plan.md", before: &["cat > bng.yaml <<'END'\n{yaml}END"] },
    Stage {
        page: "how-to/refresh.md",
        before: &[
            USERS,
            SECRET,
            "SECRET=$(head -c 32 /dev/urandom | base64 -w0 | tr -d '+/=')",
            "cat >> bng.yaml <<END
  token: {refresh: true}
  oauth: {password_grant: true}
  clients:
    - {client_id: portal, secret_sha256: $(printf %s \"$SECRET\" | sha256sum | cut -d ' ' -f 1), grants: [{role: operator}]}
END",
            SERVE,
        ],
    },
    Stage {
        page: "how-to/review.md",
        before: &[
            USERS,
            // Nothing that `doctor` would have more than a note for.
            "sed -i \"s|$HASH|$(printf %s \"$PASSWORD\" | portcullis hash-password --cost 10)|\" bng.yaml\nchmod 600 bng.yaml",
            "export ABNG_API_SECRET=\"$(openssl rand -base64 48)\"",
            BNG,
            SERVE,
        ],
    },
    Stage { page: "how-to/roles-and-routes.md", before: &["cat > bng.yaml <<'END'\n{yaml}END"] },
    Stage { page: "how-to/rotate-keys.md", before: &[USERS, SECRET, SERVE] },
    Stage { page: "how-to/rotate-the-secret.md", before: &[USERS, SECRET] },
    Stage {
        page: "how-to/several-upstreams.md",
        before: &[
            USERS,
            SECRET,
            // The page's upstreams in the place of the one.
            "cat > page.yaml <<'END'\n{yaml}END",
            "sed -i -e '/^  upstream:/d' bng.yaml && sed '1d' page.yaml >> bng.yaml",
        ],
    },
    Stage {
        page: "how-to/shadow-routes.md",
        before: &["cat > bng.yaml <<'END'
{yaml}  users:
    - username: kim
      password_hash: {hash}
      grants:
        - {role: field-tech, realm: pop-syd}
        - {role: viewer}
  roles:
    - {name: field-tech, rights: [\"device:*\", \"config:view\"]}
END"],
    },
    Stage {
        page: "how-to/sqlite.md",
        before: &[USERS, "mv bng.yaml athena.yaml", BNG, "cat > bng.yaml <<'END'\n{yaml}END"],
    },
    Stage { page: "reference/administration.md", before: &[MANAGED, SECRET, FIRST_ADMIN, SERVE] },
    Stage {
        page: "reference/audit.md",
        // Each token is a record, the third one of which the page takes away.
        before: &[USERS, SECRET, SERVE, TOKEN, TOKEN, TOKEN],
    },
    Stage {
        page: "reference/command-line.md",
        before: &[
            "sed 's|password_hash: \"[^\"]*\"|password_hash: \"{hash}\"|' \"$EXAMPLE\" > bng.yaml",
            "sed '/role: operator/a\\      actve: true' bng.yaml > mistyped.yaml",
        ],
    },
    Stage {
        page: "reference/doctor.md",
        before: &[USERS, "chmod 0644 bng.yaml", "export ABNG_API_SECRET=\"$(openssl rand -base64 48)\""],
    },
    Stage { page: "reference/endpoints.md", before: &[USERS, SECRET, SERVE, TOKEN] },
];
