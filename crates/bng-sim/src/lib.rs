//! A small simulated BNG management API, for the demonstration and the end-to-end tests
