//! `MaxResults` and `NextToken`.

use std::ops::RangeInclusive;

use local_wire::{Fault, page};

use super::ControlRequest;

/// The requested page.
#[derive(Debug)]
pub(super) struct Page {
    start: usize,
    size: usize,
    list: String,
}

impl ControlRequest<'_> {
    /// Returns the page that the query string requests.
    pub(super) fn query_page(&self, sizes: RangeInclusive<usize>) -> Result<Page, Fault> {
        let size = self
            .query("maxResults")
            .map(|size| {
                size.parse().map_err(|_| {
                    self.invalid(format!("MaxResults must be a number, but was {size}."))
                })
            })
            .transpose()?;
        self.page(size, self.query("nextToken").as_deref(), sizes)
    }

    /// Returns the page that these members request.
    pub(super) fn page(
        &self,
        size: Option<usize>,
        token: Option<&str>,
        sizes: RangeInclusive<usize>,
    ) -> Result<Page, Fault> {
        // Wherever the documentation gives a default, it is 100.
        let size = size.unwrap_or(100.min(*sizes.end()));
        if !sizes.contains(&size) {
            return Err(self.invalid(format!(
                "MaxResults must be {} to {}, but was {size}.",
                sizes.start(),
                sizes.end()
            )));
        }
        let operation = &self.operation.name;
        let list = format!("{operation} {} {}", self.region(), self.path("InstanceId"));
        let start = match token {
            None => 0,
            Some(token) => {
                page::place(&list, token).ok_or_else(|| self.invalid("NextToken is not valid."))?
            }
        };
        Ok(Page { start, size, list })
    }
}

impl Page {
    /// Returns the page's elements of a whole list, and the token of the next page.
    pub(super) fn cut<T>(&self, items: impl Iterator<Item = T>) -> (Vec<T>, Option<String>) {
        let page = page::from(items, self.start, self.size);
        (
            page.items,
            page.next.map(|next| page::token(&self.list, next)),
        )
    }
}
