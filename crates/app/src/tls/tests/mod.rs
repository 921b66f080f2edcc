//! Certificates on disk: made once and kept, or the operator's and looked at closely.

mod files;
mod offered;
mod self_signed;

use super::*;

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
