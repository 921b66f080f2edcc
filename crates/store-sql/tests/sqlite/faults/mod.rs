//! What the store does when something is wrong: it says so, loses nothing that it acknowledged, never takes what is
//! broken for empty, and goes on by itself when the fault is gone.

mod cut;
mod locked_or_full;
mod log;
mod moved;
mod opening;
