//! The store over `SQLite`: the suites of its ports, and what it does when something is wrong.

mod chain;
mod conformance;
mod faults;
mod fresh;
