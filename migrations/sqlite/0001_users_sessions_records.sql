-- Users, roles, sessions, the chain of records and the feed.
--
-- Names are kept twice: as they are spelled, and folded (`..._key`), which is what they are compared by.
-- Times are microseconds since 1970; what is yes or no is 1 or 0.

CREATE TABLE users (
    key           TEXT    NOT NULL PRIMARY KEY,
    name          TEXT    NOT NULL,
    hash          TEXT    NOT NULL,
    cost          INTEGER NOT NULL,
    stamp         BLOB    NOT NULL CHECK (length(stamp) = 8),
    active        INTEGER NOT NULL CHECK (active IN (0, 1)),
    api_login     INTEGER NOT NULL CHECK (api_login IN (0, 1)),
    created_at    INTEGER NOT NULL,
    last_login_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX users_by_cost ON users (cost);

-- What was granted, in order. No realm: everywhere.
CREATE TABLE grants (
    user_key  TEXT    NOT NULL REFERENCES users (key),
    position  INTEGER NOT NULL,
    role      TEXT    NOT NULL,
    role_key  TEXT    NOT NULL,
    realm     TEXT,
    realm_key TEXT,
    PRIMARY KEY (user_key, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX grants_by_role ON grants (role_key, user_key);
CREATE INDEX grants_by_role_and_realm ON grants (role_key, realm_key, user_key);
CREATE INDEX grants_by_realm ON grants (realm_key, user_key) WHERE realm_key IS NOT NULL;

CREATE TABLE roles (
    key  TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE role_rights (
    role_key TEXT    NOT NULL REFERENCES roles (key),
    position INTEGER NOT NULL,
    pattern  TEXT    NOT NULL,
    PRIMARY KEY (role_key, position)
) STRICT, WITHOUT ROWID;

-- Clients, beside those of the configuration. Their grants as those of users; `allow_from` is a list of networks with spaces
-- between them, and none for from anywhere.
CREATE TABLE clients (
    key        TEXT    NOT NULL PRIMARY KEY,
    id         TEXT    NOT NULL,
    secret     BLOB    NOT NULL CHECK (length(secret) = 32),
    token_ttl  INTEGER,
    allow_from TEXT    CHECK (allow_from <> ''),
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE client_grants (
    client_key TEXT    NOT NULL REFERENCES clients (key),
    position   INTEGER NOT NULL,
    role       TEXT    NOT NULL,
    realm      TEXT,
    PRIMARY KEY (client_key, position)
) STRICT, WITHOUT ROWID;

-- Sessions that were opened and not ended one by one; one of an earlier generation of everybody is not open any more.
CREATE TABLE sessions (
    id           TEXT    NOT NULL PRIMARY KEY,
    user_key     TEXT    NOT NULL,
    user_name    TEXT    NOT NULL,
    generation   INTEGER NOT NULL,
    kind         TEXT    NOT NULL,
    issued_at    INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    address      TEXT,
    agent        TEXT,
    -- Of tokens that say nothing: the SHA-256 of the token, how long it may be unused, and the user's stamp.
    token        BLOB CHECK (length(token) = 32),
    idle_timeout INTEGER,
    stamp        BLOB CHECK (length(stamp) = 8),
    -- When it ends if it is not used any more.
    ends_at      INTEGER NOT NULL,
    -- Of personal tokens: what it is called, what it is for (a line for each role and right), and where it may come from.
    name         TEXT,
    limits       TEXT,
    allow_from   TEXT
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX sessions_by_token ON sessions (token) WHERE token IS NOT NULL;
CREATE INDEX sessions_by_user ON sessions (user_key, id);
CREATE INDEX sessions_by_end ON sessions (ends_at);
CREATE INDEX sessions_by_generation ON sessions (generation);

-- The refresh tokens of a session: what is kept of the name that they have in common, and of the one that is good now
-- (SHA-256), and the stamp of the user and of the client that has them. No client: whoever logged in has them himself.
CREATE TABLE refresh_families (
    name       BLOB NOT NULL PRIMARY KEY CHECK (length(name) = 32),
    session_id TEXT NOT NULL UNIQUE REFERENCES sessions (id) ON DELETE CASCADE,
    present    BLOB NOT NULL CHECK (length(present) = 32),
    stamp      BLOB NOT NULL CHECK (length(stamp) = 8),
    client     TEXT,
    scope      TEXT
) STRICT, WITHOUT ROWID;

-- Sessions that were ended before their tokens expire. From here on a user may be a client too, which is `client:` and its
-- id: no user can be called that.
CREATE TABLE ended_sessions (
    id         TEXT    NOT NULL PRIMARY KEY,
    user_name  TEXT    NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX ended_sessions_by_end ON ended_sessions (expires_at);

-- How often all sessions of a user were ended at once. Kept when he is removed: made again, he does not begin anew.
CREATE TABLE generations (
    user_key   TEXT    NOT NULL PRIMARY KEY,
    generation INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What a process that keeps things in memory must forget or learn; what is old is pruned.
CREATE TABLE feed (
    place      INTEGER NOT NULL PRIMARY KEY,
    kind       TEXT    NOT NULL,
    user_name  TEXT,
    session_id TEXT,
    expires_at INTEGER,
    token      BLOB CHECK (length(token) = 32)
) STRICT;

-- The records and their chain (SHA-256).
CREATE TABLE records (
    sequence    INTEGER NOT NULL PRIMARY KEY,
    version     INTEGER NOT NULL,
    time        INTEGER NOT NULL,
    request_id  TEXT    NOT NULL,
    decision_id TEXT,
    subject     TEXT,
    subject_key TEXT,
    address     TEXT,
    action      TEXT    NOT NULL,
    route       TEXT,
    realm       TEXT,
    verdict     TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    object      TEXT,
    before      TEXT,
    after       TEXT,
    previous    BLOB    NOT NULL CHECK (length(previous) = 32),
    hash        BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE INDEX records_by_subject ON records (subject_key, sequence) WHERE subject_key IS NOT NULL;

CREATE TABLE checkpoints (
    sequence  INTEGER NOT NULL PRIMARY KEY,
    hash      BLOB    NOT NULL CHECK (length(hash) = 32),
    time      INTEGER NOT NULL,
    key       TEXT    NOT NULL,
    signature BLOB    NOT NULL
) STRICT;

-- The state that is one row: which store this is, in which file, and the ends of what is counted. Every write changes
-- it, so that a write-ahead log that belongs to another file gives itself away by it: the file must be one that the log
-- goes on from, with at least as many writes as there were when the log began, and at most as many as there are now.
-- The mark is there to be found in a log.
CREATE TABLE store (
    one        INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    mark       TEXT    NOT NULL,
    identity   BLOB    NOT NULL CHECK (length(identity) = 16),
    file       BLOB    NOT NULL CHECK (length(file) = 16),
    writes     INTEGER NOT NULL,
    log_began  INTEGER NOT NULL,
    revision   INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    place      INTEGER NOT NULL,
    sequence   INTEGER NOT NULL,
    hash       BLOB    NOT NULL CHECK (length(hash) = 32),
    time       INTEGER NOT NULL
) STRICT;
INSERT INTO store VALUES (1, 'the one row of a portcullis store', randomblob(16), randomblob(16), 0, 0, 0, 0, 0, 0, zeroblob(32), 0);

PRAGMA application_id = 0x50544353;
PRAGMA user_version = 1;
