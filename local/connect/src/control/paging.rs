//! `MaxResults` and `NextToken`.

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
    /// Returns the page that the query string requests, of `usual` elements unless it has a size.
    /// Wherever the documentation gives a default, it is 100.
    pub(super) fn query_page(&self, usual: usize) -> Result<Page, Fault> {
        let size = self.query("maxResults").and_then(|size| size.parse().ok());
        self.page(size, self.query("nextToken").as_deref(), usual)
    }

    /// Returns the page that these members request.
    pub(super) fn page(
        &self,
        size: Option<usize>,
        token: Option<&str>,
        usual: usize,
    ) -> Result<Page, Fault> {
        let size = size.unwrap_or(usual);
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
