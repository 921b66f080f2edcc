//! The macros that make tests of the cases of a suite.

/// Makes a test of each case, which is called with the store that `$fresh` makes of `$arguments`.
#[doc(hidden)]
#[macro_export]
macro_rules! cases {
    ($fresh:path, $arguments:tt, $suite:ident: [ $($case:ident),+ $(,)? ]) => { $(
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn $case() {
            let fresh = $fresh $arguments.await; // owns what the store needs, and derefs to the store
            $crate::$suite::$case(&*fresh).await;
        }
    )+ };
}

/// Makes a test of each case, which is called with `$fresh` itself, to make stores as it needs them.
#[doc(hidden)]
#[macro_export]
macro_rules! cases_that_make_their_stores {
    ($fresh:path, $suite:ident: [ $($case:ident),+ $(,)? ]) => { $(
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn $case() {
            $crate::$suite::$case($fresh).await;
        }
    )+ };
}
