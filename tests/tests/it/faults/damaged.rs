//! What lies where the database should be when the gate is started, and is none any more.

use std::fs;
use std::path::PathBuf;

use portcullis_tests::command::Ended;
use portcullis_tests::gate::{Gate, Signal};
use portcullis_tests::setup::Setup;

use super::{Site, database, import, start_refused};

/// The state of a gate that was stopped, with everybody in its database.
async fn stopped() -> Gate {
    let mut gate = Setup::new().in_database().start().await;
    import(&gate);
    gate.signal(Signal::TERM);
    assert!(gate.ended().await.success());
    gate
}

/// The start is refused in these words, and nothing was changed.
fn refused(gate: &Gate, words: &str) {
    let before = fs::read(database(gate)).unwrap();
    let Ended { status, output, error } = start_refused(gate.file().parent().unwrap());
    let said = format!("portcullis: {}{words}\n", database(gate).display());
    assert_eq!((status, output.as_str(), error.as_str()), (2, "", said.as_str()));
    assert!(fs::read(database(gate)).unwrap() == before, "what is refused is left as it was");
}

#[tokio::test]
async fn a_database_with_a_corrupted_header_is_refused() {
    let gate = stopped().await;
    let whole = fs::read(database(&gate)).unwrap();
    // The magic, the page size, the versions, the size, the first page's kind.
    for at in [0, 16, 18, 28, 100] {
        let mut bytes = whole.clone();
        bytes[at..at + 4].copy_from_slice(b"\xFF\xFE\xFD\xFC");
        fs::write(database(&gate), bytes).unwrap();
        refused(&gate, " is not a database, or is damaged");
    }
    fs::write(database(&gate), whole).unwrap();
    is_as_before(gate).await;
}

#[tokio::test]
async fn a_database_that_was_cut_off_is_refused() {
    let gate = stopped().await;
    let whole = fs::read(database(&gate)).unwrap();
    for length in [0, 50, 100, 4096, whole.len() / 2, whole.len() - 4096, whole.len() - 1] {
        fs::write(database(&gate), &whole[..length]).unwrap();
        refused(&gate, " is not a database, or is damaged");
    }
    fs::write(database(&gate), whole).unwrap();
    is_as_before(gate).await;
}

#[tokio::test]
async fn a_foreign_log_beside_it_is_refused() {
    let (gate, other) = (stopped().await, Site::open().await);
    let log = |gate: &Gate| PathBuf::from(format!("{}-wal", database(gate).display()));
    fs::copy(log(&other.gate), log(&gate)).unwrap();
    refused(&gate, "-wal belongs to another database; if nothing uses it, put it aside");
    fs::remove_file(log(&gate)).unwrap();
    is_as_before(gate).await;
}

/// Everybody is there.
async fn is_as_before(gate: Gate) {
    let bng = portcullis_tests::bng::Bng::start().await;
    let setup = gate.setup().with("upstream", &format!("http://{}", bng.address()));
    let site = Site::before(gate.restart_with(setup).await, bng).await;
    site.is_whole().await;
}
