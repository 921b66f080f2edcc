//! The gateway against real upstreams on loopback, byte by byte.

mod answers;
mod bodies;
mod front;
mod heads;
mod nodes;
mod pooling;
mod requests;
mod several;
mod strict;
mod timeouts;
mod transports;
mod upgrades;
mod upstream;
