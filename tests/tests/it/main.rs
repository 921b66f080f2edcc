//! The real binary over real HTTP: what clients of the BNG rely on, and what nobody must be able to do.
//!
//! One binary, so that everything is linked once. Each test has a gate of its own: that takes less time than it would
//! take to keep tests that share one out of each other's way.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "these are tests: one that can't go on fails"
)]

mod account;
mod administration;
mod administration_commands;
mod bmc;
mod bodies;
mod book;
mod caches;
mod certificates;
mod check_command;
mod closed;
mod commands;
mod custom_routes;
mod default_passwords;
mod demo;
mod docs_pages;
mod doctor;
mod embedded;
mod emergency_token;
mod faults;
mod floods;
mod forward_auth;
mod forwarding_fields;
mod framing;
mod gateway;
mod identity_fields;
mod inherited;
mod keys;
mod listening;
mod live_users;
mod login;
mod matrix;
mod message_fields;
mod metric_names;
mod metrics;
mod oauth;
mod password_prompt;
mod paths;
mod personal_tokens;
mod plan;
mod reference_page;
mod serving;
mod sessions;
mod several_upstreams;
mod shell_help;
mod slow_clients;
mod streams;
mod throttle;
mod token_claims;
mod token_secrets;
mod tokens;
mod upgrade_wishes;
mod upgrades;
mod upstream_prefixes;
mod upstream_ways;
mod visible_records;
