//! Behaviour of the whole configuration, through its public face.

mod access;
mod clients;
mod defaults;
mod error;
mod ext_authz;
mod layers;
mod listening;
mod mutations;
mod operation;
mod requirements;
mod roles_and_users;
mod routes;
mod tokens;
mod unknown_keys;
mod upstream;
mod upstreams;

use std::path::Path;

use portcullis_core::domain::endpoint::Endpoint;
use portcullis_core::domain::prefix::Prefix;
use portcullis_core::domain::route::Destination;

use super::{Config, ConfigError, Service, Surroundings, Upstream, UserSource};

fn around(variables: &[(&str, &str)]) -> Surroundings {
    Surroundings::new(variables.iter().map(|(name, value)| (name.into(), value.into())), 3)
}

fn load(text: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::from_text(text, Path::new("bng.yaml"), &around(variables))
}

/// The configuration of a text without fault.
fn config(text: &str) -> Config {
    config_with(text, &[])
}

fn config_with(text: &str, variables: &[(&str, &str)]) -> Config {
    load(text, variables).map_err(|error| error.to_string()).unwrap()
}

/// The faults of a text, without their number.
fn faults(text: &str) -> String {
    faults_with(text, &[])
}

fn faults_with(text: &str, variables: &[(&str, &str)]) -> String {
    let said = load(text, variables).expect_err("there is no fault").to_string();
    said.rsplit_once('\n').unwrap().0.to_owned()
}

/// Whether the API description is served.
fn has_docs(config: &Config) -> bool {
    config.routes.own().any(|route| route.destination == Destination::Own(Endpoint::Docs))
}

/// A configuration of one key below `api`, which begins at column 3 of line 2.
fn api(member: &str) -> String {
    format!("api:\n  {member}\n")
}

/// How many users the file has.
fn number_of_users(config: &Config) -> usize {
    let UserSource::File(users) = &config.users else { return 0 };
    users.len()
}

/// What requests below a prefix go to.
fn service(prefix: &str, to: impl Into<Vec<Upstream>>) -> Service {
    Service { prefix: Prefix::parse(prefix).unwrap(), to: to.into() }
}
