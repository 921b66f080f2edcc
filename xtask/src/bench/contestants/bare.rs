//! A bare axum handler: what an answer costs that asks for nobody's name.

use super::{Contestant, Server, Stand};

pub(in super::super) const BARE: Contestant =
    Contestant { name: "bare axum", program: None, tls: false, start };

fn start(stand: &Stand<'_>) -> anyhow::Result<Server> {
    let bare = Stand { program: stand.site.binaries.bare.clone(), folder: stand.folder.clone(), ..*stand };
    let mut command = bare.command();
    command.arg(stand.address.to_string());
    bare.run(command)
}
