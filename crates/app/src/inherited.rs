//! Sockets that systemd has opened and hands over to us as descriptors (`sd_listen_fds(3)`): they are there before we are,
//! and stay when we go, so that whoever connects meanwhile waits instead of being refused.

use std::ffi::OsString;
use std::net::TcpListener;
use std::os::fd::AsFd;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;

use listenfd::ListenFd;

use crate::config::ListenAddress;
use crate::listener::{Address, Handed};

/// More than anybody opens, and few enough to look at each.
const MOST: usize = 64;

/// What systemd calls a socket that its unit gives no name.
const NAMELESS: &str = "unknown";

/// Reads an environment variable.
pub(crate) type Read<'r> = &'r dyn Fn(&str) -> Option<OsString>;

/// The sockets that were handed over, with the names of their units.
#[derive(Debug, Default)]
pub(crate) struct Inherited(Vec<(String, Handed)>);

/// Why they can't be used. One line, complete by itself.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InheritedError {
    /// The environment contradicts itself.
    #[error("{variable} is `{value}`, which is {why}")]
    Said { variable: &'static str, value: String, why: String },
    /// What was handed over is none of both kinds.
    #[error(
        "descriptor {number} (`{name}`) is not a listening stream socket of TCP or Unix: \
         its unit wants `ListenStream=` and `Accept=no`"
    )]
    NoListener { number: usize, name: String },
    /// The kernel does not say what it is.
    #[error("descriptor {number} (`{name}`) can't be used: {reason}")]
    Unusable { number: usize, name: String, reason: String },
    /// The configuration wants more.
    #[error(
        "`listen` names `{wanted}`, and systemd has handed over no such socket: is its socket unit started?"
    )]
    Missing { wanted: String },
    /// The configuration wants less. Whoever connected there would wait for ever.
    #[error("systemd has handed over {address} (`{name}`), which `listen` does not name: write `systemd`")]
    LeftOver { name: String, address: Address },
    /// Others could read along.
    #[error("plain HTTP on {0}, which others can reach, needs `allow_plaintext: true`")]
    Plaintext(String),
}

impl Inherited {
    /// Takes what was handed over to this process. Comes before anything is opened and before there is a second thread:
    /// what is told in numbers could be something of ours by then, and the environment is changed.
    pub(crate) fn take(read: Read<'_>) -> Result<Self, InheritedError> {
        let names = names(read, std::process::id())?;
        if names.is_empty() {
            return Ok(Self::default());
        }
        let mut sockets = ListenFd::from_env();
        let taken = |(number, name): (usize, String)| Ok((name.clone(), socket(&mut sockets, number, name)?));
        names.into_iter().enumerate().map(taken).collect::<Result<_, _>>().map(Self)
    }

    /// The sockets that `listen` names, each name at least once; none is left over.
    pub(crate) fn claimed(self, listen: &[ListenAddress]) -> Result<Vec<Handed>, InheritedError> {
        let (mut claimed, mut left) = (vec![], self.0);
        for address in listen {
            let ListenAddress::Systemd(wanted) = address else { continue };
            let is_wanted =
                |(name, _): &(String, Handed)| wanted.as_ref().is_none_or(|wanted| wanted == name);
            let (ours, others): (Vec<_>, _) = left.into_iter().partition(is_wanted);
            if ours.is_empty() {
                return Err(InheritedError::Missing { wanted: address.to_string() });
            }
            claimed.extend(ours.into_iter().map(|(_, socket)| socket));
            left = others;
        }
        match left.pop() {
            None => Ok(claimed),
            Some((name, socket)) => Err(InheritedError::LeftOver { name, address: socket.address }),
        }
    }
}

/// Plain HTTP is for this machine alone, whoever has opened the socket.
pub(crate) fn deny_plaintext(sockets: &[Handed]) -> Result<(), InheritedError> {
    let open = sockets.iter().map(|socket| &socket.address).filter(|address| !address.is_local());
    let open: Vec<_> = open.map(ToString::to_string).collect();
    if open.is_empty() { Ok(()) } else { Err(InheritedError::Plaintext(open.join(", "))) }
}

/// The names of the sockets that were handed over to `process`, in their order; none if none were, or to another process.
fn names(read: Read<'_>, process: u32) -> Result<Vec<String>, InheritedError> {
    let text = |variable| read(variable).map(|value| value.to_string_lossy().into_owned());
    let wrong = |variable, value: &str, why: &str| {
        Err(InheritedError::Said { variable, value: value.to_owned(), why: why.to_owned() })
    };
    let is_ours = text("LISTEN_PID").is_some_and(|id| id.parse() == Ok(process));
    let Some(count) = text("LISTEN_FDS").filter(|_| is_ours) else { return Ok(vec![]) };
    let number = match count.parse::<usize>() {
        Ok(number) if number <= MOST => number,
        _ => return wrong("LISTEN_FDS", &count, &format!("no number of sockets from 0 to {MOST}")),
    };
    if let Some(first) = text("LISTEN_FDS_FIRST_FD") {
        return wrong("LISTEN_FDS_FIRST_FD", &first, "no word of systemd's");
    }
    let Some(told) = text("LISTEN_FDNAMES").filter(|_| number > 0) else {
        return Ok(vec![NAMELESS.to_owned(); number]);
    };
    let names: Vec<_> = told.split(':').map(str::to_owned).collect();
    if names.len() == number {
        return Ok(names);
    }
    wrong("LISTEN_FDNAMES", &told, &format!("not one name for each of {number} sockets"))
}

/// One of them, if connections can be accepted from it.
fn socket(sockets: &mut ListenFd, index: usize, name: String) -> Result<Handed, InheritedError> {
    let number = index + 3;
    let unusable = |reason: std::io::Error| InheritedError::Unusable {
        number,
        name: name.clone(),
        reason: reason.to_string(),
    };
    if let Ok(Some(listener)) = sockets.take_tcp_listener(index)
        && is_listening(&listener)
    {
        return Handed::tcp(listener).map_err(unusable);
    }
    if let Ok(Some(listener)) = sockets.take_unix_listener(index)
        && is_listening(&listener)
    {
        return Handed::unix(listener).map_err(unusable);
    }
    Err(InheritedError::NoListener { number, name })
}

/// One that is connected already, as with `Accept=yes`, is a stream socket too.
fn is_listening(socket: &impl AsFd) -> bool {
    rustix::net::sockopt::socket_acceptconn(socket).is_ok_and(|listening| listening)
}

impl Handed {
    fn tcp(listener: TcpListener) -> std::io::Result<Self> {
        let address = Address::Tcp(listener.local_addr()?);
        Ok(Self { address, socket: listener.into() })
    }

    fn unix(listener: UnixListener) -> std::io::Result<Self> {
        let own = listener.local_addr()?;
        // One without a file is written as other programs write it.
        let abstract_name =
            || format!("@{}", String::from_utf8_lossy(own.as_abstract_name().unwrap_or_default()));
        let path = own.as_pathname().map_or_else(|| PathBuf::from(abstract_name()), PathBuf::from);
        Ok(Self { address: Address::Unix(path), socket: listener.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(variables: &[(&str, &str)]) -> Result<Vec<String>, String> {
        let read = |name: &str| {
            let known = variables.iter().find(|(known, _)| *known == name);
            known.map(|(_, value)| OsString::from(value))
        };
        names(&read, 7).map_err(|error| error.to_string())
    }

    fn handed(name: &str, port: u16) -> (String, Handed) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let handed = Handed::tcp(listener).unwrap();
        (name.to_owned(), Handed { address: Address::Tcp(([127, 0, 0, 1], port).into()), ..handed })
    }

    fn claimed(sockets: &[(&str, u16)], listen: &[Option<&str>]) -> Result<Vec<String>, String> {
        let inherited = Inherited(sockets.iter().map(|(name, port)| handed(name, *port)).collect());
        let listen: Vec<_> =
            listen.iter().map(|name| ListenAddress::Systemd(name.map(str::to_owned))).collect();
        let claimed = inherited.claimed(&listen).map_err(|error| error.to_string())?;
        Ok(claimed.iter().map(|socket| socket.address.to_string()).collect())
    }

    #[test]
    fn what_is_for_another_process_is_not_for_us() {
        for variables in [
            &[][..],
            &[("LISTEN_FDS", "1")],
            &[("LISTEN_FDS", "x"), ("LISTEN_PID", "8")],
            &[("LISTEN_FDS", "1"), ("LISTEN_PID", "")],
            &[("LISTEN_PID", "7")],
            &[("LISTEN_FDS", "0"), ("LISTEN_PID", "7"), ("LISTEN_FDNAMES", "")],
        ] {
            assert_eq!(told(variables), Ok(vec![]), "{variables:?}");
        }
    }

    #[test]
    fn each_socket_has_a_name() {
        let ours = |more: &[(&'static str, &'static str)]| told(&[&[("LISTEN_PID", "7")][..], more].concat());
        assert_eq!(ours(&[("LISTEN_FDS", "2")]).unwrap(), ["unknown", "unknown"]);
        assert_eq!(ours(&[("LISTEN_FDS", "2"), ("LISTEN_FDNAMES", "api:b")]).unwrap(), ["api", "b"]);
        for (names, number) in [("a", "2"), ("a:b", "1"), ("", "2")] {
            let error = ours(&[("LISTEN_FDS", number), ("LISTEN_FDNAMES", names)]).unwrap_err();
            assert_eq!(
                error,
                format!("LISTEN_FDNAMES is `{names}`, which is not one name for each of {number} sockets")
            );
        }
        for wrong in ["", "-1", "65", "two", "99999999999999999999"] {
            let error = ours(&[("LISTEN_FDS", wrong)]).unwrap_err();
            assert_eq!(error, format!("LISTEN_FDS is `{wrong}`, which is no number of sockets from 0 to 64"));
        }
        assert!(ours(&[("LISTEN_FDS", "1"), ("LISTEN_FDS_FIRST_FD", "0")]).is_err());
    }

    #[test]
    fn every_socket_is_named_and_every_name_is_there() {
        let two = [("api", 1), ("other", 2)];
        assert_eq!(claimed(&two, &[None]).unwrap(), ["127.0.0.1:1", "127.0.0.1:2"]);
        assert_eq!(claimed(&two, &[Some("other"), Some("api")]).unwrap(), ["127.0.0.1:2", "127.0.0.1:1"]);
        assert_eq!(claimed(&[], &[]), Ok(vec![]));
        let missing = "and systemd has handed over no such socket: is its socket unit started?";
        assert_eq!(claimed(&[], &[None]), Err(format!("`listen` names `systemd`, {missing}")));
        assert_eq!(claimed(&two, &[Some("x")]), Err(format!("`listen` names `systemd:x`, {missing}")));
        for (named, left) in [(&[][..], "127.0.0.1:2 (`other`)"), (&[Some("other")], "127.0.0.1:1 (`api`)")] {
            let said =
                format!("systemd has handed over {left}, which `listen` does not name: write `systemd`");
            assert_eq!(claimed(&two, named), Err(said));
        }
    }

    #[test]
    fn plain_http_on_a_socket_that_others_reach_is_denied() {
        let at = |address: &str| {
            let socket = handed("", 1).1;
            [Handed { address: Address::Tcp(address.parse().unwrap()), ..socket }]
        };
        for local in ["127.0.0.1:1", "[::1]:1", "[::ffff:127.0.0.1]:1"] {
            assert_eq!(deny_plaintext(&at(local)), Ok(()));
        }
        for open in ["0.0.0.0:1", "[::]:1", "10.0.0.1:1", "[::ffff:10.0.0.1]:1"] {
            assert_eq!(deny_plaintext(&at(open)), Err(InheritedError::Plaintext(open.to_owned())));
        }
    }
}
