//! The ledger in memory passes the suite of ledgers.

use portcullis_core::ports::ledger::Ledger;
use portcullis_store_memory::MemoryLedger;

async fn fresh() -> Box<dyn Ledger> {
    Box::new(MemoryLedger::new(200))
}

portcullis_testkit::ledger_conformance!(fresh);
