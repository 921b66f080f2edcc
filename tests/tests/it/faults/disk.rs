//! The disk is full, or can't be written any more.

use std::io::Write as _;

use portcullis_tests::ask::Ask;
use portcullis_tests::bng::Bng;
use portcullis_tests::cast::OPERATOR;
use portcullis_tests::disk::{self, Disk};
use portcullis_tests::gate::Signal;
use portcullis_tests::setup::Setup;

use super::{Site, import, is_long};

/// How many more records fit on a full disk at the most: on what the database had set aside.
const FIT: usize = 1000;

/// Whether this machine lets a gate have a disk of its own. Where it doesn't, that is said even of a test that passes,
/// and fails the long form.
fn is_possible(test: &str) -> bool {
    let is_possible = disk::is_possible();
    assert!(is_possible || !is_long(), "`unshare --user --mount` is not allowed here");
    if !is_possible {
        let said = format!("\nNOT RUN: {test}, since `unshare --user --mount` is not allowed here\n");
        std::io::stderr().write_all(said.as_bytes()).unwrap();
    }
    is_possible
}

/// A gate with its users in a database that is on a disk of its own.
async fn on_a_disk() -> Site {
    let bng = Bng::start().await;
    let mut gate = Setup::before(bng.address()).in_database().start().await;
    import(&gate);
    gate.signal(Signal::TERM);
    assert!(gate.ended().await.success());
    let setup = gate.setup().inside(&disk::at(&gate.state_dir()));
    Site::before(gate.restart_with(setup).await, bng).await
}

async fn is_full(site: &Site) {
    let mut logins = 0;
    while site.status(Ask::login(OPERATOR.name, OPERATOR.password)).await == 200 {
        logins += 1;
        assert!(logins < FIT, "the disk does not get full");
    }
}

/// Has recovered, and what is on the disk is whole.
async fn has_healed(site: Site) {
    site.recovers().await;
    let disk = Disk(&site.gate);
    for name in ["users.db", "users.db-wal", "audit-key.pem", "audit-key.pub.pem"] {
        disk.carry_home(name);
    }
    let setup = site.gate.setup().inside(&[]);
    let site = Site { gate: site.gate.restart_with(setup).await, ..site };
    site.goes_on().await;
    site.is_whole().await;
}

#[tokio::test]
async fn on_a_full_disk_writes_are_refused_and_the_rest_goes_on() {
    if !is_possible("a full disk") {
        return;
    }
    let site = on_a_disk().await;
    let filler = Disk(&site.gate).fill();
    is_full(&site).await;
    for _ in 0..3 {
        site.is_degraded().await;
    }
    filler.clear();
    has_healed(site).await;
}

#[tokio::test]
async fn on_a_disk_that_became_read_only_writes_are_refused_and_the_rest_goes_on() {
    if !is_possible("a read-only disk") {
        return;
    }
    let site = on_a_disk().await;
    let disk = Disk(&site.gate);
    // What is open already can still be written, so that it has to fail first.
    let filler = disk.fill();
    is_full(&site).await;
    disk.make_read_only();
    filler.clear();
    for _ in 0..3 {
        site.is_degraded().await;
    }
    disk.make_writable();
    has_healed(site).await;
}
