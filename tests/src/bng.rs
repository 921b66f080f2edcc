//! A simulated BNG in the test's own process, and what it saw.

use std::net::SocketAddr;

use portcullis_bng_sim::{Sim, serve};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::ask::Answer;

/// A simulated BNG on a free port. Dropping it closes the port.
#[derive(Debug)]
pub struct Bng {
    sim: Sim,
    address: SocketAddr,
    task: JoinHandle<std::io::Result<()>>,
}

impl Bng {
    /// One that has just been switched on.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (sim, address) = (Sim::new(), listener.local_addr().unwrap());
        let task = tokio::spawn(serve(listener, sim.clone()));
        Self { sim, address, task }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The last 10,000 requests that reached it: method, raw path and query.
    pub fn seen(&self) -> Vec<(String, String)> {
        self.sim.seen()
    }
}

impl Drop for Bng {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A request as `/__echo` of the simulated BNG shows it.
#[derive(Debug)]
pub struct Reached(Value);

impl Reached {
    /// From the answer to a request to `/__echo`.
    pub fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{}", answer.text());
        Self(answer.json())
    }

    /// From the body of one.
    pub fn from(body: &[u8]) -> Self {
        Self(serde_json::from_slice(body).unwrap())
    }

    /// The raw path and query.
    pub fn target(&self) -> &str {
        self.0["target"].as_str().unwrap()
    }

    /// The length of the body.
    pub fn body_length(&self) -> u64 {
        self.0["body_length"].as_u64().unwrap()
    }

    /// Every field, its name in small letters.
    pub fn fields(&self) -> Vec<(&str, &str)> {
        let pairs = self.0["headers"].as_array().unwrap().iter();
        pairs.map(|pair| (pair[0].as_str().unwrap(), pair[1].as_str().unwrap())).collect()
    }

    /// The values of a field.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.fields().into_iter().filter(|(known, _)| *known == name).map(|(_, value)| value).collect()
    }

    /// The value of a field that must be there exactly once.
    pub fn only(&self, name: &str) -> &str {
        match self.all(name).as_slice() {
            [only] => only,
            values => panic!("{name} is there {} times: {self:?}", values.len()),
        }
    }
}
