//! Lists that may be long: read part by part, and printed as they are read.

use clap::Args;
use portcullis_core::domain::directory::Page;
use portcullis_core::ports::store_error::StoreError;

use crate::failure::Failure;

/// How many are read and printed at a time.
const BATCH: usize = 500;

/// Which part of a list.
#[derive(Debug, Clone, Args)]
pub(super) struct Paging {
    /// At most so many
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Those after this one, which is the last one that was listed before
    #[arg(long, value_name = "LAST")]
    after: Option<String>,
}

impl Paging {
    /// Reads the part by `read`, and gives it to `show` in batches, of which the first may be empty. `key` is what the list
    /// is ordered by.
    pub(super) async fn each<T>(
        &self,
        read: impl AsyncFn(Page) -> Result<Vec<T>, StoreError>,
        key: impl Fn(&T) -> String,
        mut show: impl AsyncFnMut(Vec<T>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut left = self.limit.unwrap_or(usize::MAX);
        let mut after = self.after.as_ref().map(|after| after.to_lowercase());
        loop {
            let limit = left.min(BATCH);
            let part = read(Page { after, limit }).await.map_err(Failure::failed)?;
            after = part.last().map(&key);
            left -= part.len().min(left);
            let is_last = part.len() < limit || left == 0;
            show(part).await?;
            if is_last {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn listed(number: usize, limit: Option<usize>, after: Option<&str>) -> Vec<usize> {
        let all: Vec<String> = (0..number).map(|name| format!("{name:05}")).collect();
        let read = async |page: Page| Ok(page.of(all.iter().cloned(), |name| name));
        let paging = Paging { limit, after: after.map(str::to_owned) };
        let mut sizes = vec![];
        let show = async |part: Vec<String>| {
            sizes.push(part.len());
            Ok(())
        };
        paging.each(read, String::clone, show).await.unwrap();
        sizes
    }

    #[tokio::test]
    async fn a_list_is_read_to_its_end_or_to_its_limit() {
        assert_eq!(listed(0, None, None).await, [0]);
        assert_eq!(listed(3, None, None).await, [3]);
        assert_eq!(listed(BATCH, None, None).await, [BATCH, 0]);
        assert_eq!(listed(2 * BATCH + 1, None, None).await, [BATCH, BATCH, 1]);
        assert_eq!(listed(2 * BATCH, Some(BATCH + 2), None).await, [BATCH, 2]);
        assert_eq!(listed(3, Some(0), None).await, [0]);
        assert_eq!(listed(10, Some(5), Some("00007")).await, [2]);
    }
}
