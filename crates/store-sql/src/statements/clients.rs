//! Clients and their grants.
//!
//! A client and its grants are read by one statement, so that they are of one moment.

pub(crate) const FIND: &str = "SELECT c.id, c.secret, c.token_ttl, c.allow_from, c.created_at, g.role, g.realm \
     FROM clients c LEFT JOIN client_grants g ON g.client_key = c.key WHERE c.key = $1 ORDER BY g.position";

pub(crate) const PAGE: &str = "SELECT c.id, c.secret, c.token_ttl, c.allow_from, c.created_at, g.role, g.realm \
     FROM (SELECT * FROM clients WHERE key > $1 ORDER BY key LIMIT $2) c \
     LEFT JOIN client_grants g ON g.client_key = c.key ORDER BY c.key, g.position";

pub(crate) const PUT: &str = "INSERT INTO clients (key, id, secret, token_ttl, allow_from, created_at) \
     VALUES ($1, $2, $3, $4, $5, $6) \
     ON CONFLICT (key) DO UPDATE SET id = excluded.id, secret = excluded.secret, \
     token_ttl = excluded.token_ttl, allow_from = excluded.allow_from, created_at = excluded.created_at";

pub(crate) const REMOVE: &str = "DELETE FROM clients WHERE key = $1";

pub(crate) const GRANT: &str =
    "INSERT INTO client_grants (client_key, position, role, realm) VALUES ($1, $2, $3, $4)";

pub(crate) const REVOKE_ALL: &str = "DELETE FROM client_grants WHERE client_key = $1";
