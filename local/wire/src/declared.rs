//! Operations, declared next to the functions that serve them.

use crate::{
    ApiRequest, Fault, Operation, Outcome, OutcomeFuture, Protocol, Request, Route, Router,
};

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
            serve,
        }
    }

    /// Sets a status other than 200.
    #[must_use]
    pub const fn answers(mut self, status: u16) -> Self {
        self.status = status;
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
    declared: Vec<Declared<F>>,
    /// The service's model: the name of each operation, with method and address if they determine
    /// it. Empty if the repository has no list of them.
    model: Vec<Row>,
    router: Router,
}

/// An operation of a service's model: its name, and its method and address.
type Row = (&'static str, Option<(&'static str, &'static str)>);

/// Marks the operations of a model that an embedded crate does not serve.
const NOT_EMBEDDED: char = '-';

impl<F: Copy> Operations<F> {
    /// Creates the operations of a service that policies call `service`. They are declared in
    /// groups, one per file. `model` lists every operation of a REST service's model as `Name
    /// METHOD /address`, so that refusals can name an operation that is not served.
    pub fn new(
        service: &'static str,
        families: &[&'static [Declared<F>]],
        model: &'static str,
    ) -> Self {
        let declared: Vec<Declared<F>> = families.iter().copied().flatten().copied().collect();
        let model: Vec<Row> = rows(model).collect();
        let is_declared = |name: &str| declared.iter().any(|declared| declared.name == name);
        let served = declared
            .iter()
            .map(|declared| (declared.name, declared.address));
        let others = model.iter().filter(|(name, _)| !is_declared(name)).copied();
        let router = Router::new(served.chain(others).filter_map(|(name, address)| {
            let (method, uri) = address?;
            Some((name, method, uri))
        }));
        Self {
            service,
            declared,
            model,
            router,
        }
    }

    /// Adds the operations that an embedded crate serves, through `serve`, to those that the service
    /// serves itself. `model` lists every operation of the service's model, one per line, with `-`
    /// before the name of an operation that the crate does not serve.
    #[must_use]
    pub fn embedding(mut self, model: &'static str, serve: F) -> Self {
        for (name, _) in rows(model) {
            let known = name.trim_start_matches(NOT_EMBEDDED);
            self.model.push((known, None));
            if known == name && self.served(name).is_none() {
                self.declared.push(named(name, serve));
            }
        }
        self
    }

    /// Returns the declaration of an operation that is served.
    pub fn served(&self, name: &str) -> Option<&Declared<F>> {
        self.declared.iter().find(|declared| declared.name == name)
    }

    /// Returns the declaration of an operation.
    ///
    /// # Errors
    /// If the operation is not served, a fault that contains its name.
    pub fn find(&self, operation: &Operation) -> Result<&Declared<F>, Fault> {
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
        let name = operation.name.as_str();
        let is_of_model = || self.model.is_empty() || self.model.iter().any(|row| row.0 == name);
        match self.served(name) {
            Some(declared) => Ok(declared),
            None if !name.is_empty() && is_of_model() => {
                Err(Fault::not_implemented(self.service, name))
            }
            None => Err(unknown(self.service, operation)),
        }
    }
}

impl<S: Sync> Operations<Serve<S>> {
    /// Carries out the operation of a request.
    ///
    /// # Errors
    /// The fault of the operation, or that of [`find`](Self::find).
    pub async fn carry_out(&self, service: &S, request: &ApiRequest) -> Outcome {
        let declared = self.find(&request.operation)?;
        declared.carry_out(service, request).await
    }
}

/// The operations of a service without the functions that serve them, as the gateway, the fault
/// rules and the router of a REST service read them.
pub trait Declarations: Sync {
    /// Finds the operation of a request by method and path, in a REST service.
    fn route(&self, request: &Request) -> Option<Route>;

    /// Returns the names of all operations, served or not.
    fn names(&self) -> Vec<&'static str>;

    /// Verifies that an operation is served.
    ///
    /// # Errors
    /// If it is not, a fault that contains its name.
    fn check(&self, operation: &Operation) -> Result<(), Fault>;

    /// Returns the declarations that do not match the service's model, if the repository has it:
    /// unknown operations, and other addresses. For tests.
    fn departures(&self) -> Vec<String>;
}

impl<F: Copy + Sync> Declarations for Operations<F> {
    fn route(&self, request: &Request) -> Option<Route> {
        self.router.find(request)
    }

    fn names(&self) -> Vec<&'static str> {
        let declared = self.declared.iter().map(|declared| declared.name);
        let of_model = self.model.iter().map(|(name, _)| *name);
        let mut names: Vec<_> = of_model.chain(declared).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    fn check(&self, operation: &Operation) -> Result<(), Fault> {
        self.find(operation).map(|_| ())
    }

    fn departures(&self) -> Vec<String> {
        if self.model.is_empty() {
            return Vec::new();
        }
        self.declared
            .iter()
            .filter(|declared| !self.model.contains(&(declared.name, declared.address)))
            .map(|declared| format!("{} {:?}", declared.name, declared.address))
            .collect()
    }
}

/// Returns the error for an operation that is not in the service's model, under the code of its
/// protocol: "Common Errors" in the API references of AWS's services.
fn unknown(service: &str, operation: &Operation) -> Fault {
    let (code, message) = match (operation.protocol, operation.name.as_str()) {
        (Protocol::Query, "") => (
            "MissingAction",
            format!("The request must have the parameter Action, an operation of {service}."),
        ),
        (Protocol::Query, name) => (
            "InvalidAction",
            format!("The action must be an operation of {service}, but was {name}."),
        ),
        (_, "") => (
            "UnknownOperationException",
            format!("The request must name an operation of {service}, but names none."),
        ),
        (_, name) => (
            "UnknownOperationException",
            format!("The request must be an operation of {service}, but was {name}."),
        ),
    };
    Fault::new(400, code, message)
}

/// Returns name and address of each line that is not a comment.
fn rows(model: &'static str) -> impl Iterator<Item = Row> {
    let lines = model.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| match line.split_once(' ') {
        Some((name, address)) => (name, address.split_once(' ')),
        None => (line, None),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Protocol;

    const MODEL: &str = "# Name, method, address\n\
        GetThing GET /things/{Id}\n\
        ListThings GET /things\n";
    const SERVED: &[Declared<u8>] = &[get("ListThings", "/things", 1).answers(202)];

    fn operation(name: &str, is_routed: bool) -> Operation {
        Operation {
            is_routed,
            ..of(Protocol::RestJson, name)
        }
    }

    fn of(protocol: Protocol, name: &str) -> Operation {
        Operation {
            name: name.into(),
            protocol,
            path: Vec::new(),
            is_routed: true,
        }
    }

    #[test]
    fn declared_operations_are_served_and_others_named_in_the_refusal() {
        let operations = Operations::new("things", &[SERVED], MODEL);
        assert_eq!(operations.names(), ["GetThing", "ListThings"]);
        let list = operations.find(&operation("ListThings", true)).unwrap();
        assert_eq!((list.serve, list.status), (1, 202));
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
    fn an_embedded_crate_serves_the_operations_of_its_list() {
        const OWN: &[Declared<u8>] = &[named("GetThing", 1), named("PutThing", 1)];
        let list = "# Things\nGetThing\nListThings\n-DropThing\n-PutThing\n";
        let things = Operations::new("things", &[OWN], "").embedding(list, 2);
        let served = |name| {
            things
                .find(&of(Protocol::Query, name))
                .map(|found| found.serve)
        };
        assert_eq!(served("GetThing"), Ok(1));
        assert_eq!(served("PutThing"), Ok(1));
        assert_eq!(served("ListThings"), Ok(2));
        let lacking = served("DropThing").unwrap_err();
        assert_eq!(lacking.status, 501);
        assert!(lacking.message.contains("things:DropThing"), "{lacking}");
        assert_eq!(
            things.names(),
            ["DropThing", "GetThing", "ListThings", "PutThing"]
        );
        assert!(things.departures().is_empty());
    }

    /// The codes are those of "Common Errors" in the API references of IAM and DynamoDB.
    #[test]
    fn an_operation_outside_the_model_has_the_error_of_its_protocol() {
        let things = Operations::new("things", &[], "").embedding("GetThing\n", 1);
        for (protocol, name, code) in [
            (Protocol::Query, "Else", "InvalidAction"),
            (Protocol::Query, "", "MissingAction"),
            (Protocol::Json, "Else", "UnknownOperationException"),
            (Protocol::Json, "", "UnknownOperationException"),
        ] {
            let refused = things.find(&of(protocol, name)).unwrap_err();
            assert_eq!((refused.status, refused.code.as_str()), (400, code));
            assert!(refused.message.contains(name), "{refused}");
        }
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
