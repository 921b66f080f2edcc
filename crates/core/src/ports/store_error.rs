//! Why a store refused or failed, whichever it is.

/// A source of an error, of whatever technology.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why a store refused or failed. No variant names a technology, and none means "not there".
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It can't be reached, or does not answer in time.
    #[error("the store is unavailable")]
    Unavailable(#[source] BoxError),
    /// What it holds makes no sense.
    #[error("what is stored is malformed in field {field}")]
    Corrupt {
        /// Where.
        field: &'static str,
        /// How.
        #[source]
        source: BoxError,
    },
}
