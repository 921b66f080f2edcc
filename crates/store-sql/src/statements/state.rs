//! The state that is one row.

pub(crate) const IDENTITY: &str = "SELECT identity FROM store WHERE one = 1";

pub(crate) const FILE: &str = "SELECT identity, file, writes, log_began FROM store WHERE one = 1";

pub(crate) const READ: &str =
    "SELECT writes, log_began, revision, generation, place, sequence, hash, time FROM store WHERE one = 1";

pub(crate) const WRITE: &str = "UPDATE store SET writes = $1, log_began = $2, revision = $3, generation = $4, \
     place = $5, sequence = $6, hash = $7, time = $8 WHERE one = 1";

pub(crate) const REVISION: &str = "SELECT revision FROM store WHERE one = 1";
