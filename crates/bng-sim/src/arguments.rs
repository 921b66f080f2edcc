//! The command line of `bng-sim`: one flag, read by hand.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// What `--help` prints.
pub(crate) const HELP: &str = "\
bng-sim - a simulated BNG management API, to put a gate in front of

USAGE
    bng-sim [--listen ADDRESS:PORT]

OPTIONS
    --listen ADDRESS:PORT   where to listen, by IP address [default: 127.0.0.1:8000]
                            With port 0 the system picks one; the line printed on standard
                            error when it is ready names it.
    -h, --help              print this

It has NO authentication: whoever reaches it may do everything. Keep it on a loopback address
and let the gate alone talk to it. The state is in memory and starts afresh every time.

THE API, below /api/v1
    webhooks       GET, POST; /{id}: GET, PUT, DELETE
    subscribers    GET; /summary, /{id}: GET; /{id}: DELETE disconnects
                   PUT  /{id}/rate                {\"profile\": \"gold\"} or
                                                  {\"download_kbps\": 1000, \"upload_kbps\": 500}
                   POST /disconnect-by-interface  {\"interface\": \"eth1\"}
    system         GET  /version, /health, /config, /config/compare
                   POST /config/set               {\"path\": \"interfaces/eth1/mtu\", \"value\": 9000}
                   POST /config/delete            {\"path\": \"interfaces/eth1/mtu\"}
                   POST /config/commit, /config/rollback, /config/discard
    interfaces     GET; GET /vlans
    qos            GET; GET /profiles
    routing        GET; GET /routes, /bgp, /ospf

PROBES, to see what reaches an upstream
    ANY  /__echo, /__echo/...   the request as received, as JSON
    GET  /__stream              five chunks, 100 ms apart
    GET  /__slow?ms=N           an answer after N ms, at most 60000
    GET  /__bytes?n=N           N bytes, at most 64 MiB
    POST /__sink                length and FNV-1a checksum of the body

EXAMPLE
    bng-sim --listen 127.0.0.1:8000 &
    curl -s http://127.0.0.1:8000/api/v1/subscribers/summary
";

const DEFAULT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8000);

/// What the command line asks for.
#[derive(Debug, PartialEq)]
pub(crate) enum Command {
    Help,
    Listen(SocketAddr),
}

impl Command {
    /// Reads the arguments after the program's name; the error says what is wrong with them.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut arguments = arguments.into_iter();
        let mut listen = None;
        while let Some(argument) = arguments.next() {
            let value = match argument.as_str() {
                "-h" | "--help" => return Ok(Self::Help),
                "--listen" => arguments.next().ok_or("--listen needs an address and port")?,
                other => match other.strip_prefix("--listen=") {
                    Some(value) => value.to_owned(),
                    None => return Err(format!("unknown argument '{other}'")),
                },
            };
            if listen.replace(address(&value)?).is_some() {
                return Err("--listen is given twice".to_owned());
            }
        }
        Ok(Self::Listen(listen.unwrap_or(DEFAULT)))
    }
}

fn address(value: &str) -> Result<SocketAddr, String> {
    value.parse().map_err(|_| format!("'{value}' is not an IP address and port such as 127.0.0.1:8000"))
}

#[cfg(test)]
mod tests {
    use super::Command;

    fn parse(arguments: &[&str]) -> Result<Command, String> {
        Command::parse(arguments.iter().map(|&argument| argument.to_owned()))
    }

    fn listen(address: &str) -> Command {
        Command::Listen(address.parse().unwrap())
    }

    #[test]
    fn without_arguments_it_listens_on_loopback() {
        assert_eq!(parse(&[]), Ok(listen("127.0.0.1:8000")));
    }

    #[test]
    fn the_address_may_stand_beside_the_flag_or_after_an_equals_sign() {
        assert_eq!(parse(&["--listen", "127.0.0.1:0"]), Ok(listen("127.0.0.1:0")));
        assert_eq!(parse(&["--listen=[::1]:9"]), Ok(listen("[::1]:9")));
    }

    #[test]
    fn help_is_help_wherever_it_stands() {
        assert_eq!(parse(&["--listen", "127.0.0.1:1", "-h"]), Ok(Command::Help));
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        for wrong in [
            &["--port"][..],
            &["--listen"],
            &["--listen", "8000"],
            &["--listen=localhost:1"],
            &["--listen=127.0.0.1:1", "--listen=127.0.0.1:2"],
        ] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
