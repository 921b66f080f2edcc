//! `SQLite` passes the suites of both ports, and that of directories.

use portcullis_testkit::directory::{entry_of, put_all};
use portcullis_testkit::seed::SeedUser;

use crate::fresh::{Fresh, NOW};

mod as_ledger {
    portcullis_testkit::ledger_conformance!(crate::fresh::Fresh::new);
}

mod as_directory {
    portcullis_testkit::directory_conformance!(crate::fresh::Fresh::new);
}

mod as_user_store {
    portcullis_testkit::readable_user_store_conformance!(super::seeded);
}

async fn seeded(users: Vec<SeedUser>) -> Fresh {
    let fresh = Fresh::new().await;
    put_all(&*fresh, users.into_iter().map(|user| entry_of(user, NOW))).await;
    fresh
}
