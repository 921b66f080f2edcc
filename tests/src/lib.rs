//! Drives the real binary over real HTTP
