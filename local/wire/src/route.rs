//! The router: finds the operation of a method and a path.

use crate::Request;
use crate::operation::PathMember;

/// The operation of a request, with the members in its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The name of the operation.
    pub operation: &'static str,
    /// The members in the path, decoded, in their order.
    pub members: Vec<PathMember>,
}

impl Route {
    /// A route without members in its path.
    pub fn plain(operation: &'static str) -> Self {
        Self {
            operation,
            members: Vec::new(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Literal(&'static str),
    Member(&'static str),
}

#[derive(Debug)]
struct Address {
    operation: &'static str,
    method: &'static str,
    path: Vec<Part>,
    /// A parameter that the operation requires, such as `List=ALL`.
    parameter: Option<(&'static str, &'static str)>,
}

impl Address {
    fn new(operation: &'static str, method: &'static str, uri: &'static str) -> Self {
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        let part = |text: &'static str| {
            text.strip_prefix('{')
                .and_then(|text| text.strip_suffix('}'))
                .map_or(Part::Literal(text), Part::Member)
        };
        Self {
            operation,
            method,
            path: path.trim_matches('/').split('/').map(part).collect(),
            parameter: query.split_once('='),
        }
    }

    /// Returns the number of path segments that match anything.
    fn open_parts(&self) -> usize {
        let is_open = |part: &&Part| matches!(part, Part::Member(_));
        self.path.iter().filter(is_open).count()
    }

    fn members(&self, segments: &[String]) -> Option<Vec<PathMember>> {
        if self.path.len() != segments.len() {
            return None;
        }
        let mut members = Vec::new();
        for (part, segment) in self.path.iter().zip(segments) {
            match part {
                Part::Literal(text) if text == segment => {}
                Part::Literal(_) => return None,
                Part::Member(_) if segment.is_empty() => return None,
                Part::Member(name) => members.push((*name, segment.clone())),
            }
        }
        Some(members)
    }
}

/// The addresses of a service's operations.
#[derive(Debug)]
pub struct Router {
    /// The most specific ones come first: those with a parameter, then those with fewer open
    /// segments.
    addresses: Vec<Address>,
}

impl Router {
    /// Creates a router of operations with their methods and addresses, such as `("ListTags",
    /// "GET", "/2017-03-31/tags/{Resource}")`.
    pub fn new(
        operations: impl IntoIterator<Item = (&'static str, &'static str, &'static str)>,
    ) -> Self {
        let mut addresses: Vec<_> = operations
            .into_iter()
            .map(|(operation, method, uri)| Address::new(operation, method, uri))
            .collect();
        addresses.sort_by_key(|address| (address.parameter.is_none(), address.open_parts()));
        Self { addresses }
    }

    /// Finds the operation of a request.
    pub fn find(&self, request: &Request) -> Option<Route> {
        let segments = request.segments();
        self.addresses
            .iter()
            .filter(|address| address.method == request.method.as_str())
            .filter(|address| {
                address
                    .parameter
                    .is_none_or(|(name, value)| request.query(name).as_deref() == Some(value))
            })
            .find_map(|address| {
                Some(Route {
                    operation: address.operation,
                    members: address.members(&segments)?,
                })
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, Method};

    fn found(router: &Router, method: Method, uri: &str) -> Option<Route> {
        router.find(&Request {
            region: "ap-northeast-1".into(),
            service: "any".into(),
            access_key_id: "local".into(),
            method,
            uri: uri.parse().unwrap(),
            headers: HeaderMap::new(),
            body: bytes::Bytes::new(),
        })
    }

    #[test]
    fn the_most_specific_address_wins() {
        let router = Router::new([
            ("Describe", "GET", "/phone-number/{PhoneNumberId}"),
            ("List", "GET", "/phone-number/list"),
            ("GetOne", "GET", "/functions/{FunctionName}/provisioned"),
            (
                "ListAll",
                "GET",
                "/functions/{FunctionName}/provisioned?List=ALL",
            ),
            (
                "Change",
                "PUT",
                "/phone-number/{PhoneNumberId}/flow/{FlowId}/",
            ),
        ]);
        for (method, uri, operation, members) in [
            (Method::GET, "/phone-number/list", "List", &[][..]),
            (Method::GET, "/phone-number/list/", "List", &[]),
            (
                Method::GET,
                "/phone-number/a%2Fb",
                "Describe",
                &[("PhoneNumberId", "a/b")],
            ),
            (
                Method::GET,
                "/functions/f/provisioned?List=ALL",
                "ListAll",
                &[("FunctionName", "f")],
            ),
            (
                Method::GET,
                "/functions/f/provisioned?Qualifier=1",
                "GetOne",
                &[("FunctionName", "f")],
            ),
            (
                Method::PUT,
                "/phone-number/n/flow/f",
                "Change",
                &[("PhoneNumberId", "n"), ("FlowId", "f")],
            ),
        ] {
            let route = found(&router, method, uri).unwrap();
            let texts: Vec<_> = route
                .members
                .iter()
                .map(|(name, text)| (*name, text.as_str()))
                .collect();
            assert_eq!((route.operation, &texts[..]), (operation, members), "{uri}");
        }
        for (method, uri) in [
            (Method::POST, "/phone-number/list"),
            (Method::GET, "/phone-number"),
            (Method::PUT, "/phone-number//flow/f"),
            (Method::GET, "/"),
        ] {
            assert_eq!(found(&router, method, uri), None, "{uri}");
        }
    }
}
