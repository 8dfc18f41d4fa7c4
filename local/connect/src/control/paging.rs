//! `MaxResults` and `NextToken`.

use std::ops::RangeInclusive;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use local_wire::Fault;

use super::Call;

/// The page that a request asks for.
#[derive(Debug)]
pub(super) struct Page {
    start: usize,
    size: usize,
    scope: String,
}

impl Call<'_> {
    /// The page asked for in the query string.
    pub(super) fn query_page(&self, sizes: RangeInclusive<usize>) -> Result<Page, Fault> {
        let size = self
            .request
            .query("maxResults")
            .map(|size| {
                size.parse()
                    .map_err(|_| self.invalid(format!("MaxResults is not a number: {size}")))
            })
            .transpose()?;
        self.page(size, self.request.query("nextToken").as_deref(), sizes)
    }

    /// The page asked for with these members.
    pub(super) fn page(
        &self,
        size: Option<usize>,
        token: Option<&str>,
        sizes: RangeInclusive<usize>,
    ) -> Result<Page, Fault> {
        // The documentation names 100 where it names a default.
        let size = size.unwrap_or(100.min(*sizes.end()));
        if !sizes.contains(&size) {
            return Err(self.invalid(format!(
                "MaxResults is {size}; {} to {} are allowed.",
                sizes.start(),
                sizes.end()
            )));
        }
        // A token serves the list it came from, in the Region and instance it came from.
        let scope = format!(
            "{} {} {}",
            self.operation.name,
            self.region(),
            self.path("InstanceId")
        );
        let start = match token {
            None => 0,
            Some(token) => {
                read_token(token, &scope).ok_or_else(|| self.invalid("NextToken is not valid."))?
            }
        };
        Ok(Page { start, size, scope })
    }
}

impl Page {
    /// Cuts the page out of the whole list; the second value is the token of the next page.
    pub(super) fn cut<T>(&self, items: impl Iterator<Item = T>) -> (Vec<T>, Option<String>) {
        let mut rest = items.skip(self.start);
        let page = rest.by_ref().take(self.size).collect();
        let next = rest.next().map(|_| {
            let end = self.start + self.size;
            URL_SAFE_NO_PAD.encode(format!("{end} {}", self.scope))
        });
        (page, next)
    }
}

fn read_token(token: &str, scope: &str) -> Option<usize> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    let (start, made_for) = text.split_once(' ')?;
    (made_for == scope).then(|| start.parse().ok())?
}
