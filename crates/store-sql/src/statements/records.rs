//! Records and checkpoints.

pub(crate) const APPEND: &str = "INSERT INTO records (sequence, version, time, request_id, decision_id, subject, \
     subject_key, address, action, route, realm, verdict, reason, object, before, after, previous, hash) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";

pub(crate) const SINCE: &str = "SELECT sequence, time, request_id, decision_id, subject, address, action, route, \
     realm, verdict, reason, object, before, after FROM records \
     WHERE sequence > $1 AND time >= $2 AND (action = $3 OR $4 = 1) ORDER BY sequence LIMIT $5";

pub(crate) const SINCE_OF_SUBJECT: &str = "SELECT sequence, time, request_id, decision_id, subject, address, \
     action, route, realm, verdict, reason, object, before, after FROM records \
     WHERE sequence > $1 AND time >= $2 AND (action = $3 OR $4 = 1) AND subject_key = $6 \
     ORDER BY sequence LIMIT $5";

pub(crate) const EXPORT: &str = "SELECT sequence, time, request_id, decision_id, subject, address, action, route, \
     realm, verdict, reason, object, before, after, version, previous, hash FROM records \
     WHERE sequence > $1 AND sequence <= $2 ORDER BY sequence LIMIT $3";

pub(crate) const NEWEST: &str = "SELECT sequence FROM store WHERE one = 1";
