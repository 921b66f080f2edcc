//! The disk is full, or can't be written any more.

use portcullis_tests::ask::Ask;
use portcullis_tests::bng::Bng;
use portcullis_tests::cast::OPERATOR;
use portcullis_tests::client::Protocol;
use portcullis_tests::disk::{self, Disk, Filler};
use portcullis_tests::gate::Signal;
use portcullis_tests::not_run;
use portcullis_tests::setup::Setup;

use super::{CALL, Site, import, is_strict};

/// How many more logins fit on a full disk at the most.
const FIT: usize = 20;
/// How many records wait to be written with each of them.
const WAITING: usize = 100;

/// Whether this machine lets a gate have a disk of its own. Where it doesn't, that is said even of a test that passes,
/// and fails where every fault is asked for.
fn is_possible(test: &str) -> bool {
    let is_possible = disk::is_possible();
    assert!(is_possible || !is_strict(), "{}", disk::NOT_ALLOWED);
    if !is_possible {
        not_run::say(test, disk::NOT_ALLOWED);
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

/// Fills the disk until nothing fits on it any more, and until there are records that wait to be written. They come before
/// everything else, so that nothing that is smaller finds room where they have none.
async fn full(site: &Site) -> Filler {
    let mut filler = Disk(&site.gate).fill();
    let mut client = site.gate.client(Protocol::Http1);
    let mut refused = 0;
    for _ in 0..FIT {
        for _ in 0..WAITING {
            assert_eq!(client.send(Ask::post(CALL).bearer(&site.operator)).await.status, 403);
        }
        filler.fill();
        let is_refused = site.status(Ask::login(OPERATOR.name, OPERATOR.password)).await == 503;
        refused = if is_refused { refused + 1 } else { 0 };
        if refused == 3 {
            return filler;
        }
    }
    panic!("the disk does not get full");
}

/// Has recovered, and what is on the disk is whole.
async fn has_healed(site: Site) {
    site.recovers().await;
    let disk = Disk(&site.gate);
    for name in ["users.db", "users.db-wal", "keys", "audit-key.pub.pem"] {
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
    let filler = full(&site).await;
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
    let filler = full(&site).await;
    disk.make_read_only();
    filler.clear();
    for _ in 0..3 {
        site.is_degraded().await;
    }
    disk.make_writable();
    has_healed(site).await;
}
