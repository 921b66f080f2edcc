//! The gateway against real upstreams on loopback, byte by byte.

mod answers;
mod bodies;
mod front;
mod pooling;
mod requests;
mod strict;
mod timeouts;
mod transports;
mod upgrades;
mod upstream;
