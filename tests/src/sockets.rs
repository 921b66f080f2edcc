//! Sockets that are handed over to the gate as systemd does it: from descriptor 3 on, told in the environment.
//!
//! They come as standard input and output of a shell, which puts them where they belong and becomes the gate.

use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::sync::Arc;

/// Up to two sockets, and what is told of them. They stay open here, as they do in systemd.
#[derive(Debug, Clone, Default)]
pub struct Sockets {
    descriptors: Vec<Arc<OwnedFd>>,
    told: Vec<(&'static str, String)>,
}

impl Sockets {
    /// These.
    pub fn of(descriptors: impl IntoIterator<Item = OwnedFd>) -> Self {
        let descriptors: Vec<_> = descriptors.into_iter().map(Arc::new).collect();
        assert!(descriptors.len() <= 2);
        let told = vec![("LISTEN_FDS", descriptors.len().to_string()), ("LISTEN_PID", "$$".to_owned())];
        Self { descriptors, told }
    }

    /// The same, of which this is told too, or in the place of what is true.
    #[must_use]
    pub fn told(mut self, variable: &'static str, value: &str) -> Self {
        self.told.retain(|(known, _)| *known != variable);
        self.told.push((variable, value.to_owned()));
        self
    }

    /// The command that becomes the one behind it.
    pub(crate) fn wrapper(&self) -> Vec<String> {
        let from = ["3<&0 0</dev/null", "4<&1 1>/dev/null"];
        let moves = from.iter().take(self.descriptors.len()).map(|from| format!("exec {from}"));
        let told = self.told.iter().map(|(name, value)| format!("export {name}={value}"));
        let script = moves.chain(told).chain([r#"exec "$@""#.to_owned()]).collect::<Vec<_>>().join("\n");
        ["/bin/sh", "-c", &script, "sh"].map(str::to_owned).to_vec()
    }

    /// What the shell gets as its standard input, or output.
    pub(crate) fn at(&self, place: usize) -> Stdio {
        self.descriptors
            .get(place)
            .map_or_else(Stdio::null, |socket| Stdio::from(socket.try_clone().unwrap()))
    }
}
