//! The ports: what the use cases need from the world, each with its contract.

pub mod clock;
pub mod decision_observer;
pub mod entropy;
pub mod ledger;
pub mod password_hasher;
pub mod store_error;
pub mod token_codec;
pub mod user_store;
