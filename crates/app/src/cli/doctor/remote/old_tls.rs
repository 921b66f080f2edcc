//! Whether a server still speaks TLS 1.1, which the library that we have does not: so its first message is written here by
//! hand (RFC 4346 7.4.1.2).

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::Place;
use super::connect::{tcp, timely};

/// The type of a record that goes on with the handshake (RFC 4346 6.2.1); the other one that may come is an alert.
const HANDSHAKE: u8 = 22;
/// TLS 1.1.
const VERSION: [u8; 2] = [3, 2];
/// Whatever servers of that time had: ECDHE, DHE and RSA with AES and 3DES in CBC mode.
const SUITES: [u16; 8] = [0xC013, 0xC014, 0xC009, 0xC00A, 0x002F, 0x0035, 0x000A, 0x0033];

/// Whether the server goes on after a client has offered TLS 1.1 and nothing later.
pub(super) async fn is_accepted(place: &Place) -> Result<bool, String> {
    let mut stream = tcp(place).await?;
    timely(stream.write_all(&hello(&place.host))).await?;
    let mut head = [0; 5];
    // A server that closes the connection without a word has refused; one that keeps silent has not.
    let has_answered = timely(async { Ok(stream.read_exact(&mut head).await.is_ok()) }).await?;
    Ok(has_answered && matches!(head, [HANDSHAKE, 3, minor, ..] if minor <= 2))
}

/// The first message of a client, in its record.
fn hello(host: &str) -> Vec<u8> {
    let mut body = VERSION.to_vec();
    // Its random part: nothing is kept secret by this connection.
    body.extend([0x50; 32]);
    body.push(0);
    let suites: Vec<u8> = SUITES.iter().flat_map(|suite| suite.to_be_bytes()).collect();
    body.extend(counted(&suites));
    body.extend([1, 0]);
    body.extend(counted(&extensions(host)));

    let mut message = vec![1, 0];
    message.extend(counted(&body));
    let mut record = vec![HANDSHAKE, 3, 1];
    record.extend(counted(&message));
    record
}

/// The name of the server (RFC 6066 3), the curves and the form of their points (RFC 8422 5.1).
fn extensions(host: &str) -> Vec<u8> {
    let mut all = vec![];
    if host.parse::<std::net::IpAddr>().is_err() {
        let name = [vec![0], counted(host.as_bytes())].concat();
        all.extend([vec![0, 0], counted(&counted(&name))].concat());
    }
    all.extend([0, 10, 0, 6, 0, 4, 0, 23, 0, 24]);
    all.extend([0, 11, 0, 2, 1, 0]);
    all
}

/// With its length before it, in two bytes. Nothing here comes near their end.
fn counted(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    [length.to_be_bytes().as_slice(), bytes].concat()
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    async fn answered_with(answer: &'static [u8]) -> bool {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let place = Place::parse(&format!("https://127.0.0.1:{port}")).unwrap();
        let server = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = [0; 5];
            stream.read_exact(&mut head).await.unwrap();
            let mut message = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
            stream.read_exact(&mut message).await.unwrap();
            // Handshake, its length, and TLS 1.1.
            assert_eq!(
                (message[0], usize::from(message[3]), &message[4..6]),
                (1, message.len() - 4, &[3, 2][..])
            );
            stream.write_all(answer).await.unwrap();
        };
        tokio::join!(is_accepted(&place), server).0.unwrap()
    }

    #[tokio::test]
    async fn a_server_that_goes_on_with_tls_1_1_is_found_and_one_that_refuses_is_not() {
        assert!(answered_with(&[22, 3, 2, 0, 1, 0]).await);
        assert!(!answered_with(&[21, 3, 1, 0, 2, 2, 70]).await, "an alert");
        assert!(!answered_with(&[]).await, "a closed connection");
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_keeps_silent_has_not_refused() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let place = Place::parse(&format!("https://127.0.0.1:{port}")).unwrap();
        assert_eq!(is_accepted(&place).await, Err("no answer in time".to_owned()));
    }

    #[test]
    fn the_name_of_the_server_is_in_the_message_and_an_address_is_not() {
        let holds = |host: &str| hello(host).windows(host.len()).any(|part| part == host.as_bytes());
        assert!(holds("gate.example") && !holds("127.0.0.1"));
    }
}
