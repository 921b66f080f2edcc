//! Families of refresh tokens. A family goes with its session, whatever becomes of that.

/// Where the session was not opened, there is no family.
pub(crate) const OPEN: &str = "INSERT INTO refresh_families (name, session_id, present, stamp, client, scope) \
     SELECT $1, id, $3, $4, $5, $6 FROM sessions WHERE id = $2";

pub(crate) const FIND: &str =
    "SELECT session_id, present, stamp, client, scope FROM refresh_families WHERE name = $1";

/// Changes a row only where the token is the present one of a session that is open.
pub(crate) const ROTATE: &str = "UPDATE refresh_families SET present = $3 WHERE name = $1 AND present = $2 \
     AND EXISTS (SELECT 1 FROM sessions s WHERE s.id = refresh_families.session_id \
     AND s.generation = $4 AND s.expires_at > $5)";

/// That a token was exchanged is a use of its session; a later time alone counts.
pub(crate) const SEEN: &str = "UPDATE sessions SET last_seen_at = $2 WHERE last_seen_at < $2 \
     AND id = (SELECT session_id FROM refresh_families WHERE name = $1)";
