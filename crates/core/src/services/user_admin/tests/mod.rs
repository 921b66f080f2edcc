//! The rules for managing users, against a register in memory.

mod changes;
mod escalation;
mod failures;
mod own_password;
mod rules;
