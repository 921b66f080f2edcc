//! Networks, addresses and sockets as they are written.

use std::path::PathBuf;

use ipnet::IpNet;
pub(super) use portcullis_core::domain::network::{NETWORK, network};
use portcullis_store_yaml::document::Faults;

use super::layers::Settings;

/// The longest path of a Unix socket on Linux, without the NUL that ends it.
const LONGEST_SOCKET_PATH: usize = 107;

impl Settings<'_> {
    /// A list of networks; an address alone is a network of one. Empty if it is not given.
    pub(super) fn networks(&self, key: &str, faults: &mut Faults) -> Vec<IpNet> {
        let items = self.get(key).map(|setting| setting.items(faults)).unwrap_or_default();
        items.iter().filter_map(|item| item.read(NETWORK, faults, network)).collect()
    }
}

/// The path in `unix:/path`: absolute, and not longer than the system can open.
pub(super) fn unix_socket(text: &str) -> Option<PathBuf> {
    let path = text.strip_prefix("unix:")?;
    let usable = path.starts_with('/') && path.len() <= LONGEST_SOCKET_PATH && !path.contains('\0');
    usable.then(|| path.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_has_an_absolute_path_that_fits() {
        assert_eq!(unix_socket("unix:/run/x.sock").unwrap(), PathBuf::from("/run/x.sock"));
        assert!(unix_socket(&format!("unix:/{}", "x".repeat(106))).is_some());
        let long = format!("unix:/{}", "x".repeat(107));
        for wrong in ["/run/x.sock", "unix:", "unix:x.sock", "unix:/a\0b", "UNIX:/x", long.as_str()] {
            assert_eq!(unix_socket(wrong), None, "{wrong}");
        }
    }
}
