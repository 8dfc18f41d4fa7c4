//! Operations, declared next to the functions that serve them.

use crate::{ApiRequest, Fault, Operation, Outcome, OutcomeFuture, Request, Route, Router};

/// The part of a service's model that an operation's input must conform to, beyond the types of
/// members. Required members, bounds and patterns belong here.
#[derive(Debug, Clone, Copy)]
pub struct Model {
    /// The error code for malformed input.
    pub malformed: &'static str,
}

/// The function that serves an operation.
#[derive(Debug)]
pub enum Serve<S: 'static> {
    /// A function that returns at once.
    Now(fn(&S, &ApiRequest) -> Outcome),
    /// A function that waits for another service, a process or long work.
    Later(for<'a> fn(&'a S, &'a ApiRequest) -> OutcomeFuture<'a>),
}

impl<S> Clone for Serve<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Serve<S> {}

impl<S: Sync> Declared<Serve<S>> {
    /// Carries out the operation.
    ///
    /// # Errors
    /// The fault of the operation.
    pub async fn carry_out(&self, service: &S, request: &ApiRequest) -> Outcome {
        let answer = match self.serve {
            Serve::Now(serve) => serve(service, request),
            Serve::Later(serve) => serve(service, request).await,
        };
        answer.map(|answer| answer.or_status(self.status))
    }
}

/// An operation with the function that serves it: a [`Serve`], or a type that a service defines for
/// the objects of its operations.
#[derive(Debug, Clone, Copy)]
pub struct Declared<F> {
    /// The name, such as `CreateContactFlow`.
    pub name: &'static str,
    /// Method and address, if they determine the operation.
    pub address: Option<(&'static str, &'static str)>,
    /// The status of successful responses.
    pub status: u16,
    /// The constraints of its model.
    pub model: Model,
    /// The function that serves it.
    pub serve: F,
}

impl<F: Copy> Declared<F> {
    const fn new(
        name: &'static str,
        address: Option<(&'static str, &'static str)>,
        serve: F,
    ) -> Self {
        Self {
            name,
            address,
            status: 200,
            model: Model {
                malformed: "InvalidParameterException",
            },
            serve,
        }
    }

    /// Sets a status other than 200.
    #[must_use]
    pub const fn answers(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// Sets the error code for malformed input.
    #[must_use]
    pub const fn malformed(mut self, code: &'static str) -> Self {
        self.model.malformed = code;
        self
    }
}

/// Declares an operation that is identified by its name: in awsJson, Query and CBOR.
pub const fn named<F: Copy>(name: &'static str, serve: F) -> Declared<F> {
    Declared::new(name, None, serve)
}

/// Declares a GET operation.
pub const fn get<F: Copy>(name: &'static str, uri: &'static str, serve: F) -> Declared<F> {
    Declared::new(name, Some(("GET", uri)), serve)
}

/// Declares a PUT operation.
pub const fn put<F: Copy>(name: &'static str, uri: &'static str, serve: F) -> Declared<F> {
    Declared::new(name, Some(("PUT", uri)), serve)
}

/// Declares a POST operation.
pub const fn post<F: Copy>(name: &'static str, uri: &'static str, serve: F) -> Declared<F> {
    Declared::new(name, Some(("POST", uri)), serve)
}

/// Declares a DELETE operation.
pub const fn delete<F: Copy>(name: &'static str, uri: &'static str, serve: F) -> Declared<F> {
    Declared::new(name, Some(("DELETE", uri)), serve)
}

/// All operations of a service: those that are served, and the others of its model.
#[derive(Debug)]
pub struct Operations<F: 'static> {
    /// The service's name in policies, such as `cloudwatch`.
    service: &'static str,
    declared: Vec<&'static Declared<F>>,
    /// Name, method and address of each operation of the model, one per line.
    model: &'static str,
    router: Router,
}

impl<F: Copy> Operations<F> {
    /// Creates the operations of a service that policies call `service`. They are declared in
    /// groups, one per file. `model` lists every operation of a REST service's model as `Name
    /// METHOD /address`, so that refusals can name an operation that is not served.
    pub fn new(
        service: &'static str,
        families: &[&'static [Declared<F>]],
        model: &'static str,
    ) -> Self {
        let declared: Vec<&'static Declared<F>> =
            families.iter().flat_map(|family| family.iter()).collect();
        let of_model = rows(model)
            .filter(|(name, ..)| !declared.iter().any(|declared| declared.name == *name));
        let served = declared.iter().filter_map(|declared| {
            let (method, uri) = declared.address?;
            Some((declared.name, method, uri))
        });
        let router = Router::new(served.chain(of_model));
        Self {
            service,
            declared,
            model,
            router,
        }
    }

    /// Finds the operation of a request by method and path.
    pub fn route(&self, request: &Request) -> Option<Route> {
        self.router.find(request)
    }

    /// Returns the names of all operations, served or not.
    pub fn names(&self) -> Vec<&'static str> {
        let declared = self.declared.iter().map(|declared| declared.name);
        let mut names: Vec<_> = rows(self.model)
            .map(|(name, ..)| name)
            .chain(declared)
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Returns the declaration of an operation that is served.
    pub fn served(&self, name: &str) -> Option<&'static Declared<F>> {
        self.declared
            .iter()
            .find(|declared| declared.name == name)
            .copied()
    }

    /// Returns the declaration of an operation.
    ///
    /// # Errors
    /// If the operation is not served, a fault that contains its name.
    pub fn find(&self, operation: &Operation) -> Result<&'static Declared<F>, Fault> {
        if !operation.is_routed {
            return Err(Fault::new(
                404,
                "UnknownOperationException",
                format!(
                    "The request must be an operation of {}, but was {}.",
                    self.service, operation.name
                ),
            ));
        }
        self.served(&operation.name)
            .ok_or_else(|| Fault::not_implemented(self.service, &operation.name))
    }

    /// Returns the declarations that do not match the model: unknown operations, and other
    /// addresses. For a test of each service.
    pub fn departures(&self) -> Vec<String> {
        let model: Vec<_> = rows(self.model).collect();
        self.declared
            .iter()
            .filter(|declared| {
                let row = model.iter().find(|(name, ..)| *name == declared.name);
                row.map(|(_, method, uri)| (*method, *uri)) != declared.address
            })
            .map(|declared| format!("{} {:?}", declared.name, declared.address))
            .collect()
    }
}

/// Returns name, method and address of each line that is not a comment.
fn rows(model: &'static str) -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    model
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let (name, address) = line.split_once(' ')?;
            let (method, uri) = address.split_once(' ')?;
            Some((name, method, uri))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Protocol;

    const MODEL: &str = "# Name, method, address\n\
        GetThing GET /things/{Id}\n\
        ListThings GET /things\n";
    const SERVED: &[Declared<u8>] = &[get("ListThings", "/things", 1)
        .malformed("Bad")
        .answers(202)];

    fn operation(name: &str, is_routed: bool) -> Operation {
        Operation {
            name: name.into(),
            protocol: Protocol::RestJson,
            path: Vec::new(),
            is_routed,
        }
    }

    #[test]
    fn declared_operations_are_served_and_others_named_in_the_refusal() {
        let operations = Operations::new("things", &[SERVED], MODEL);
        assert_eq!(operations.names(), ["GetThing", "ListThings"]);
        let list = operations.find(&operation("ListThings", true)).unwrap();
        assert_eq!(
            (list.serve, list.status, list.model.malformed),
            (1, 202, "Bad")
        );
        let lacking = operations.find(&operation("GetThing", true)).unwrap_err();
        assert_eq!(lacking.status, 501);
        assert!(lacking.message.contains("things:GetThing"), "{lacking}");
        let nothing = operations.find(&operation("GET /else", false)).unwrap_err();
        assert_eq!(
            (nothing.status, nothing.code.as_str()),
            (404, "UnknownOperationException")
        );
        assert!(nothing.message.contains("GET /else"), "{nothing}");
    }

    #[test]
    fn declarations_that_do_not_match_the_model_are_listed() {
        const ELSEWHERE: &[Declared<u8>] = &[
            put("ListThings", "/things", 1),
            get("Nothing", "/nothing", 2),
        ];
        assert!(
            Operations::new("things", &[SERVED], MODEL)
                .departures()
                .is_empty()
        );
        assert_eq!(
            Operations::new("things", &[ELSEWHERE], MODEL)
                .departures()
                .len(),
            2
        );
    }
}
