//! Users, their grants, and roles.
//!
//! A user and his grants are read by one statement, so that they are of one moment.

pub(crate) const FIND: &str = "SELECT u.name, u.hash, u.stamp, u.active, u.api_login, u.created_at, \
     u.last_login_at, g.role, g.realm FROM users u LEFT JOIN grants g ON g.user_key = u.key \
     WHERE u.key = $1 ORDER BY g.position";

pub(crate) const PAGE: &str = "SELECT u.name, u.hash, u.stamp, u.active, u.api_login, u.created_at, \
     u.last_login_at, g.role, g.realm \
     FROM (SELECT * FROM users WHERE key > $1 ORDER BY key LIMIT $2) u \
     LEFT JOIN grants g ON g.user_key = u.key ORDER BY u.key, g.position";

pub(crate) const HIGHEST_COST: &str = "SELECT MAX(cost) FROM users";

pub(crate) const HOLDING: &str = "SELECT u.name FROM grants g JOIN users u ON u.key = g.user_key \
     WHERE g.role_key = $1 AND g.user_key > $2 GROUP BY g.user_key, u.name ORDER BY g.user_key LIMIT $3";

pub(crate) const RULING_WITH: &str = "SELECT u.name FROM grants g JOIN users u ON u.key = g.user_key \
     WHERE g.role_key = $1 AND g.realm_key IS NULL AND u.active = 1 AND u.api_login = 1 AND g.user_key > $2 \
     GROUP BY g.user_key, u.name ORDER BY g.user_key LIMIT $3";

pub(crate) const IN_REALM: &str = "SELECT u.name FROM grants g JOIN users u ON u.key = g.user_key \
     WHERE g.realm_key = $1 AND g.user_key > $2 GROUP BY g.user_key, u.name ORDER BY g.user_key LIMIT $3";

pub(crate) const ROLES: &str = "SELECT r.key, r.name, p.pattern FROM roles r \
     LEFT JOIN role_rights p ON p.role_key = r.key ORDER BY r.key, p.position";

pub(crate) const STAMP: &str = "SELECT stamp FROM users WHERE key = $1";

pub(crate) const PUT: &str = "INSERT INTO users \
     (key, name, hash, cost, stamp, active, api_login, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
     ON CONFLICT (key) DO UPDATE SET name = excluded.name, hash = excluded.hash, cost = excluded.cost, \
     stamp = excluded.stamp, active = excluded.active, api_login = excluded.api_login, \
     created_at = excluded.created_at";

pub(crate) const REMOVE: &str = "DELETE FROM users WHERE key = $1";

pub(crate) const GRANT: &str = "INSERT INTO grants (user_key, position, role, role_key, realm, realm_key) \
     VALUES ($1, $2, $3, $4, $5, $6)";

pub(crate) const REVOKE_ALL: &str = "DELETE FROM grants WHERE user_key = $1";

pub(crate) const RENEW_HASH: &str = "UPDATE users SET hash = $3, cost = $4 WHERE key = $1 AND hash = $2";

pub(crate) const LOGGED_IN: &str = "UPDATE users SET last_login_at = $2 WHERE key = $1";

pub(crate) const PUT_ROLE: &str =
    "INSERT INTO roles (key, name) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET name = excluded.name";

pub(crate) const REMOVE_ROLE: &str = "DELETE FROM roles WHERE key = $1";

pub(crate) const ADD_RIGHT: &str =
    "INSERT INTO role_rights (role_key, position, pattern) VALUES ($1, $2, $3)";

pub(crate) const REMOVE_RIGHTS: &str = "DELETE FROM role_rights WHERE role_key = $1";
