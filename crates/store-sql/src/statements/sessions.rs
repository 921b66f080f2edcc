//! Sessions, open and ended, and their generations.

pub(crate) const IS_ENDED: &str = "SELECT 1 FROM ended_sessions WHERE id = $1";

pub(crate) const OPEN: &str = "INSERT INTO sessions (id, user_key, user_name, generation, kind, issued_at, \
     last_seen_at, expires_at, address, agent, token, idle_timeout, stamp, ends_at, name, limits, allow_from) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) \
     ON CONFLICT (id) DO UPDATE SET user_key = excluded.user_key, user_name = excluded.user_name, \
     generation = excluded.generation, kind = excluded.kind, issued_at = excluded.issued_at, \
     last_seen_at = excluded.last_seen_at, expires_at = excluded.expires_at, address = excluded.address, \
     agent = excluded.agent, token = excluded.token, idle_timeout = excluded.idle_timeout, \
     stamp = excluded.stamp, ends_at = excluded.ends_at, name = excluded.name, limits = excluded.limits, \
     allow_from = excluded.allow_from";

/// Those of one user that are of a kind, of this generation of everybody's and of one stamp, and have not expired.
pub(crate) const COUNT_ALIKE: &str = "SELECT COUNT(*) FROM sessions \
     WHERE user_key = $1 AND kind = $2 AND generation = $3 AND stamp = $4 AND ends_at > $5";

pub(crate) const EXPIRES_AT: &str = "SELECT expires_at FROM sessions WHERE id = $1";

pub(crate) const CLOSE: &str = "DELETE FROM sessions WHERE id = $1";

pub(crate) const CLOSE_BY_TOKEN: &str = "DELETE FROM sessions WHERE token = $1";

pub(crate) const CLOSE_OF_USER: &str = "DELETE FROM sessions WHERE user_key = $1";

/// Changes a row only where the session was not ended yet, or shall be remembered longer.
pub(crate) const END: &str = "INSERT INTO ended_sessions (id, user_name, expires_at) VALUES ($1, $2, $3) \
     ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at \
     WHERE ended_sessions.expires_at < excluded.expires_at";

pub(crate) const RAISE_GENERATION: &str = "INSERT INTO generations (user_key, generation) VALUES ($1, 1) \
     ON CONFLICT (user_key) DO UPDATE SET generation = generations.generation + 1";

/// The same of [`MANY`] different users at once.
pub(crate) const RAISE_GENERATIONS: &str = "INSERT INTO generations (user_key, generation) VALUES \
     ($1, 1), ($2, 1), ($3, 1), ($4, 1), ($5, 1), ($6, 1), ($7, 1), ($8, 1), ($9, 1), ($10, 1), ($11, \
     1), ($12, 1), ($13, 1), ($14, 1), ($15, 1), ($16, 1), ($17, 1), ($18, 1), ($19, 1), ($20, 1), \
     ($21, 1), ($22, 1), ($23, 1), ($24, 1), ($25, 1), ($26, 1), ($27, 1), ($28, 1), ($29, 1), ($30, \
     1), ($31, 1), ($32, 1) \
     ON CONFLICT (user_key) DO UPDATE SET generation = generations.generation + 1";

pub(crate) const CLOSE_OF_USERS: &str = "DELETE FROM sessions WHERE user_key IN \
     ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, \
     $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32)";

/// How many users the two statements above take.
pub(crate) const MANY: usize = 32;

pub(crate) const GENERATION: &str = "SELECT COALESCE((SELECT generation FROM generations WHERE user_key = $1), 0), \
     (SELECT generation FROM store WHERE one = 1)";

pub(crate) const FIND: &str = "SELECT s.id, s.user_name, s.kind, s.issued_at, s.last_seen_at, s.expires_at, \
     s.address, s.agent, s.token, s.idle_timeout, s.stamp, s.name, s.limits, s.allow_from FROM sessions s JOIN store o ON s.generation = o.generation WHERE s.id = $1";

pub(crate) const FIND_BY_TOKEN: &str = "SELECT s.id, s.user_name, s.kind, s.issued_at, s.last_seen_at, \
     s.expires_at, s.address, s.agent, s.token, s.idle_timeout, s.stamp, s.name, s.limits, s.allow_from FROM sessions s \
     JOIN store o ON s.generation = o.generation WHERE s.token = $1";

/// A later time alone counts. What has no idle timeout ends when it ends.
pub(crate) const SEEN: &str = "UPDATE sessions SET last_seen_at = $2, \
     ends_at = CASE WHEN idle_timeout IS NULL OR $2 + idle_timeout > expires_at THEN expires_at \
     ELSE $2 + idle_timeout END WHERE id = $1 AND last_seen_at < $2";

pub(crate) const PAGE: &str = "SELECT s.id, s.user_name, s.kind, s.issued_at, s.last_seen_at, s.expires_at, \
     s.address, s.agent, s.token, s.idle_timeout, s.stamp, s.name, s.limits, s.allow_from FROM sessions s \
     WHERE s.id > $1 AND s.ends_at > $2 AND s.generation = (SELECT generation FROM store WHERE one = 1) \
     ORDER BY s.id LIMIT $3";

pub(crate) const PAGE_OF_USER: &str = "SELECT s.id, s.user_name, s.kind, s.issued_at, s.last_seen_at, \
     s.expires_at, s.address, s.agent, s.token, s.idle_timeout, s.stamp, s.name, s.limits, s.allow_from FROM sessions s \
     WHERE s.user_key = $4 AND s.id > $1 AND s.ends_at > $2 \
     AND s.generation = (SELECT generation FROM store WHERE one = 1) ORDER BY s.id LIMIT $3";

/// One row at least, for the place.
pub(crate) const ENDED: &str = "SELECT o.place, e.id, e.user_name, e.expires_at \
     FROM store o LEFT JOIN ended_sessions e ON e.expires_at > $1 WHERE o.one = 1";

pub(crate) const FORGET_EXPIRED: &str =
    "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE ends_at <= $1 LIMIT $2)";

pub(crate) const FORGET_EARLIER: &str =
    "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE generation < $1 LIMIT $2)";

pub(crate) const FORGET_ENDED: &str =
    "DELETE FROM ended_sessions WHERE id IN (SELECT id FROM ended_sessions WHERE expires_at <= $1 LIMIT $2)";
