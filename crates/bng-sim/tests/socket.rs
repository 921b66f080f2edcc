//! Over a real socket: what the library and the binary do with bytes that no request type could hold.

use std::{
    error::Error,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use portcullis_bng_sim::{Sim, serve};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

type Outcome = Result<(), Box<dyn Error>>;

/// Sends the bytes and reads until the other side closes.
async fn exchange(address: &str, request: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

/// A simulation on a port of its own.
async fn served(sim: &Sim) -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    tokio::spawn(serve(listener, sim.clone()));
    Ok(address)
}

#[tokio::test]
async fn a_target_is_seen_byte_for_byte() -> Outcome {
    let sim = Sim::new();
    let address = served(&sim).await?;
    let target = "/__echo/a%2fb/..//%5C;v=1?x=%zz";
    let request = format!("GET {target} HTTP/1.1\r\nHost: bng\r\nConnection: close\r\n\r\n");
    let answer = exchange(&address, &request).await?;
    assert!(answer.contains(&format!("\"target\":\"{target}\"")), "{answer}");
    assert_eq!(sim.seen(), [("GET".to_owned(), target.to_owned())]);
    Ok(())
}

#[tokio::test]
async fn a_stream_is_sent_chunked() -> Outcome {
    let address = served(&Sim::new()).await?;
    let request = "GET /__stream HTTP/1.1\r\nHost: bng\r\nConnection: close\r\n\r\n";
    let answer = exchange(&address, request).await?.to_ascii_lowercase();
    assert!(answer.contains("transfer-encoding: chunked"), "{answer}");
    assert_eq!(answer.matches("\r\nd\r\nchunk ").count(), 5, "{answer}");
    Ok(())
}

/// Ends the program with the test, however that ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[tokio::test]
async fn the_binary_says_where_it_listens_and_answers_there() -> Outcome {
    let mut program = Running(
        Command::new(env!("CARGO_BIN_EXE_bng-sim"))
            .args(["--listen", "127.0.0.1:0"])
            .stderr(Stdio::piped())
            .spawn()?,
    );
    let stderr = program.0.stderr.take().ok_or("no standard error")?;
    let mut ready = String::new();
    BufReader::new(stderr).read_line(&mut ready)?;
    let address =
        ready.split("http://").nth(1).and_then(|rest| rest.split(' ').next()).ok_or("no address")?;
    assert!(!address.ends_with(":0"), "{ready}");

    let request = "GET /api/v1/system/health HTTP/1.1\r\nHost: bng\r\nConnection: close\r\n\r\n";
    assert!(exchange(address, request).await?.contains("\"healthy\":true"));
    Ok(())
}

#[test]
fn the_binary_ends_with_status_2_when_used_wrongly() -> Outcome {
    let output = Command::new(env!("CARGO_BIN_EXE_bng-sim")).arg("--nonsense").output()?;
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr)?.contains("--nonsense"));
    Ok(())
}
