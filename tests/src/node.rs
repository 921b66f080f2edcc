//! A simulated BNG that can be stopped with all its connections, and started again at its address.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use portcullis_bng_sim::{Sim, serve};
use tokio::runtime::Runtime;

/// Where no test but one with nodes listens: a node that comes back finds its port free.
const HOME: &str = "127.0.1.1:0";

/// A simulated BNG on threads of its own. Dropping it stops it too, at some time.
#[derive(Debug)]
pub struct Node {
    sim: Sim,
    address: SocketAddr,
    runtime: Option<Runtime>,
}

impl Node {
    /// One on a free port.
    pub fn start() -> Self {
        Self::start_at(HOME.parse().unwrap())
    }

    /// One at an address at which nobody listens.
    pub fn start_at(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        listener.set_nonblocking(true).unwrap();
        let (sim, address) = (Sim::new(), listener.local_addr().unwrap());
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let served = sim.clone();
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            serve(listener, served).await
        });
        Self { sim, address, runtime: Some(runtime) }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How others call it in their configuration.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The last 10,000 requests that reached it: method, raw path and query.
    pub fn seen(&self) -> Vec<(String, String)> {
        self.sim.seen()
    }

    /// Closes its port and its connections, whatever is under way on them, and says where it was.
    pub async fn stop(mut self) -> SocketAddr {
        if let Some(runtime) = self.runtime.take() {
            let stop = move || runtime.shutdown_timeout(Duration::from_secs(10));
            tokio::task::spawn_blocking(stop).await.unwrap();
        }
        self.address
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
