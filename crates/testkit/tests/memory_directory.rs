//! The directory in memory passes all suites.

use portcullis_core::domain::time::Timestamp;
use portcullis_core::ports::user_store::UserStore;
use portcullis_testkit::directory::entry_of;
use portcullis_testkit::memory_directory::MemoryDirectory;
use portcullis_testkit::seed::SeedUser;

mod as_ledger {
    use super::fresh;

    portcullis_testkit::ledger_conformance!(fresh);
}

mod as_directory {
    use super::fresh;

    portcullis_testkit::directory_conformance!(fresh);
}

mod as_user_store {
    use super::seeded;

    portcullis_testkit::readable_user_store_conformance!(seeded);
}

async fn fresh() -> Box<MemoryDirectory> {
    Box::default()
}

async fn seeded(users: Vec<SeedUser>) -> Box<dyn UserStore> {
    let entries = users.into_iter().map(|user| entry_of(user, Timestamp::from_seconds(0)));
    Box::new(MemoryDirectory::with(entries))
}
