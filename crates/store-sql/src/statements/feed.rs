//! The feed of changes.

pub(crate) const PLACE: &str = "SELECT place FROM store WHERE one = 1";

pub(crate) const TELL: &str = "INSERT INTO feed (place, kind, user_name, session_id, expires_at, token) VALUES ($1, $2, $3, $4, $5, $6)";

pub(crate) const AFTER: &str = "SELECT place, kind, user_name, session_id, expires_at, token FROM feed \
     WHERE place > $1 ORDER BY place LIMIT $2";

pub(crate) const FORGET: &str = "DELETE FROM feed WHERE place <= $1";
