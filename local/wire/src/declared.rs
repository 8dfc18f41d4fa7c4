//! Operations as they are declared, beside the functions that serve them.

use crate::{ApiRequest, Fault, Operation, Outcome, OutcomeFuture, Request, Route, Router};

/// What a service's model says of an operation's input, beyond the types of its members. Required members,
/// bounds and patterns belong here.
#[derive(Debug, Clone, Copy)]
pub struct Model {
    /// The code with which malformed input is refused.
    pub malformed: &'static str,
}

/// The function that serves an operation of a service.
#[derive(Debug)]
pub enum Serve<S: 'static> {
    /// At once.
    Now(fn(&S, &ApiRequest) -> Outcome),
    /// When something is done that it waits for: another service, a process, long work.
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

/// An operation with the function that serves it: a [`Serve`], or one that a service defines for what its
/// operations work on.
#[derive(Debug, Clone, Copy)]
pub struct Declared<F> {
    /// Such as `CreateContactFlow`.
    pub name: &'static str,
    /// Method and address, where they are the operation.
    pub address: Option<(&'static str, &'static str)>,
    /// The status of its answers.
    pub status: u16,
    /// What its model says.
    pub model: Model,
    /// Serves it.
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

    /// An operation that answers with another status than 200.
    #[must_use]
    pub const fn answers(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// An operation that refuses malformed input with this code.
    #[must_use]
    pub const fn malformed(mut self, code: &'static str) -> Self {
        self.model.malformed = code;
        self
    }
}

/// An operation that is told by its name: in awsJson, Query and CBOR.
pub const fn named<F: Copy>(name: &'static str, serve: F) -> Declared<F> {
    Declared::new(name, None, serve)
}

/// An operation that is got.
pub const fn get<F: Copy>(name: &'static str, uri: &'static str, serve: F) -> Declared<F> {
    Declared::new(name, Some(("GET", uri)), serve)
}

/// An operation that is put.
pub const fn put<F: Copy>(name: &'static str, uri: &'static str, serve: F) -> Declared<F> {
    Declared::new(name, Some(("PUT", uri)), serve)
}

/// An operation that is posted.
pub const fn post<F: Copy>(name: &'static str, uri: &'static str, serve: F) -> Declared<F> {
    Declared::new(name, Some(("POST", uri)), serve)
}

/// An operation that deletes.
pub const fn delete<F: Copy>(name: &'static str, uri: &'static str, serve: F) -> Declared<F> {
    Declared::new(name, Some(("DELETE", uri)), serve)
}

/// All operations of a service: those that are served here, and those that its model has beside them.
#[derive(Debug)]
pub struct Operations<F: 'static> {
    /// The service as policies name it, such as `cloudwatch`.
    service: &'static str,
    declared: Vec<&'static Declared<F>>,
    /// Name, method and address of each operation of the model, one a line.
    model: &'static str,
    router: Router,
}

impl<F: Copy> Operations<F> {
    /// The operations of a service that policies call `service`. They are declared in families, a file
    /// each. `model` lists every operation of a REST service's model as `Name METHOD /address`, so that
    /// one which is not served can be named.
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

    /// The names of all operations, whether they are served or not.
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

    /// The declaration of an operation that is served here.
    pub fn served(&self, name: &str) -> Option<&'static Declared<F>> {
        self.declared
            .iter()
            .find(|declared| declared.name == name)
            .copied()
    }

    /// The declaration of an operation.
    ///
    /// # Errors
    /// A fault that names what was asked for, when it is not served.
    pub fn find(&self, operation: &Operation) -> Result<&'static Declared<F>, Fault> {
        if !operation.is_routed {
            return Err(Fault::new(
                404,
                "UnknownOperationException",
                format!(
                    "The request must be an operation of {}, and {} is none.",
                    self.service, operation.name
                ),
            ));
        }
        self.served(&operation.name)
            .ok_or_else(|| Fault::not_implemented(self.service, &operation.name))
    }

    /// What declarations and model do not agree in, for a test of each service: a declared operation that
    /// the model does not have, or has at another address.
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

/// Name, method and address in each line that is no comment.
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
    fn what_is_declared_is_served_and_the_rest_is_named() {
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
    fn declarations_that_are_not_of_the_model_are_told() {
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
