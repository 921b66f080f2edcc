//! The rules for managing users, against a register in memory.

mod changes;
mod escalation;
mod failures;
mod import;
mod own_password;
mod rules;
