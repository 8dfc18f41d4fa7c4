//! Which operation a request means. `operations.txt` lists all there are, so that one which is
//! not implemented can at least be named.

use std::sync::LazyLock;

use local_wire::Request;

/// An operation of the service model.
#[derive(Debug)]
pub(super) struct Operation {
    /// Such as `CreateContactFlow`.
    pub(super) name: &'static str,
    /// The code with which it refuses a malformed request.
    pub(super) invalid: &'static str,
    method: &'static str,
    route: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    Literal(&'static str),
    Member(&'static str),
}

static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(|| {
    include_str!("operations.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(parse)
        .collect()
});

fn parse(line: &'static str) -> Option<Operation> {
    let mut words = line.split(' ');
    Some(Operation {
        name: words.next()?,
        method: words.next()?,
        invalid: match words.next()? {
            "P" => "InvalidParameterException",
            // Operations that list neither error are refused like the rest of the older API.
            _ => "InvalidRequestException",
        },
        route: words
            .next()?
            .trim_matches('/')
            .split('/')
            .map(part)
            .collect(),
    })
}

fn part(text: &'static str) -> Part {
    let member = text
        .strip_prefix('{')
        .and_then(|text| text.strip_suffix('}'));
    member.map_or(Part::Literal(text), Part::Member)
}

/// The names of all operations.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    OPERATIONS.iter().map(|operation| operation.name)
}

/// The name of the operation that a request asks for.
pub(crate) fn name_of(request: &Request) -> Option<&'static str> {
    find(request).map(|(operation, _)| operation.name)
}

/// The operation and the members its route carries.
pub(super) fn find(request: &Request) -> Option<(&'static Operation, Vec<(&'static str, String)>)> {
    let segments = request.segments();
    let mut found: Vec<_> = OPERATIONS
        .iter()
        .filter(|operation| operation.method == request.method.as_str())
        .filter_map(|operation| Some((operation, members(&operation.route, &segments)?)))
        .collect();
    // `/phone-number/list` is no phone number: the route with fewer members wins.
    found.sort_by_key(|(_, members)| members.len());
    found.into_iter().next()
}

fn members(route: &[Part], segments: &[String]) -> Option<Vec<(&'static str, String)>> {
    if route.len() != segments.len() {
        return None;
    }
    let mut members = Vec::new();
    for (part, segment) in route.iter().zip(segments) {
        match part {
            Part::Literal(text) if text == segment => {}
            Part::Literal(_) => return None,
            Part::Member(_) if segment.is_empty() => return None,
            Part::Member(name) => members.push((*name, segment.clone())),
        }
    }
    Some(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_complete() {
        let rows = include_str!("operations.txt")
            .lines()
            .filter(|line| !line.starts_with('#'));
        assert_eq!(OPERATIONS.len(), rows.count());
        assert_eq!(OPERATIONS.len(), 405);
    }
}
