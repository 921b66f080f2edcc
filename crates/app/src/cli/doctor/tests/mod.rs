//! A good installation, in which nothing is found, and everything that can be wrong with it.

mod installation;
mod passwords;
mod planted;

use installation::{Installation, certificate};
