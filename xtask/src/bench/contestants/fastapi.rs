//! `FastAPI` with `PyJWT`, on uvicorn with its fast parts: an API that checks the token itself, with no proxy between.

use super::{Contestant, Server, Stand};

pub(in super::super) const FASTAPI: Contestant =
    Contestant { name: "FastAPI with PyJWT", program: Some("uvicorn"), tls: false, start };

const API: &str = include_str!("fastapi_api.py");

fn start(stand: &Stand<'_>) -> anyhow::Result<Server> {
    stand.write("fastapi_api.py", API)?;
    let mut command = stand.command();
    command.args(["--host", "127.0.0.1", "--port", &stand.address.port().to_string()]);
    command.args(["--no-access-log", "--log-level", "error", "--app-dir"]).arg(&stand.folder);
    command.arg("fastapi_api:api").env_remove("PYTHONPATH").env("SECRET", super::SECRET);
    stand.run(command)
}
