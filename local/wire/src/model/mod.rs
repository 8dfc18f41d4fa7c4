//! A service's model: the shapes of its operations' inputs and outputs, with their constraints, as
//! AWS publishes them.
//!
//! `.ci/service-model` writes the table of a service. Every request is checked against it before the
//! operation's function sees it, so a function need not check a length, a pattern or an enumeration
//! itself.

mod input;
mod pattern;
mod shape;
mod value;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::{ApiRequest, Fault};
use shape::Shape;
use value::{Extent, Problem};

/// The model of a service, for the operations that it serves.
#[derive(Debug, Deserialize)]
pub struct ServiceModel {
    operations: BTreeMap<String, OperationModel>,
    shapes: BTreeMap<String, Shape>,
}

#[derive(Debug, Deserialize)]
struct OperationModel {
    input: Option<String>,
    output: Option<String>,
    /// The errors, with their status.
    errors: BTreeMap<String, u16>,
}

/// The errors for a request that breaks the model, in the order in which a service that has several
/// of them uses them.
const MALFORMED: [&str; 5] = [
    "InvalidParameterException",
    "InvalidRequestException",
    "ValidationException",
    "BadRequestException",
    "InvalidArgumentException",
];

impl ServiceModel {
    /// Reads the table of a service.
    ///
    /// # Errors
    /// If it does not have the format that `.ci/service-model` writes.
    pub fn read(table: &str) -> serde_json::Result<Self> {
        serde_json::from_str(table)
    }

    /// Returns the error code of an operation for a request that breaks the model.
    pub fn malformed(&self, operation: &str) -> &'static str {
        let errors = self.operations.get(operation).map(|known| &known.errors);
        let mut codes = MALFORMED.into_iter();
        codes
            .find(|code| errors.is_some_and(|errors| errors.contains_key(*code)))
            .unwrap_or("ValidationException")
    }

    /// Returns the names of the operations.
    pub fn operations(&self) -> impl Iterator<Item = &str> {
        self.operations.keys().map(String::as_str)
    }

    /// Checks a request against the input of its operation. An operation that the model does not have
    /// is not checked.
    ///
    /// # Errors
    /// The operation's error for malformed requests, with the first constraint that is broken; the
    /// protocol's, for a body that cannot be read or a member of another type.
    pub fn check(&self, request: &ApiRequest) -> Result<(), Fault> {
        let name = request.operation.name.as_str();
        let input = self.operations.get(name).map(|known| &known.input);
        let Some(shape) = self.shape(input.and_then(Option::as_deref)) else {
            return Ok(());
        };
        let problem = match input::members(self, shape, request)? {
            Ok(members) => self.problem(Extent::Input, shape, &members, ""),
            Err(problem) => Some(problem),
        };
        match problem {
            None => Ok(()),
            Some(Problem::Mistyped(why)) => Err(request.mistyped(why)),
            Some(Problem::Broken(why)) => Err(Fault::new(400, self.malformed(name), why)),
        }
    }

    /// Returns the first difference between a response's body and the output of an operation: a
    /// member of another type, one that is missing, or one that the model does not have.
    pub fn output_problem(&self, operation: &str, body: &Value) -> Option<String> {
        let output = self.operations.get(operation)?.output.as_deref();
        let Some(shape) = self.shape(output) else {
            let empty = body.as_object().is_none_or(serde_json::Map::is_empty);
            return (!empty).then(|| format!("{operation} has no output, but was {body}"));
        };
        if let Some(unknown) = self.unknown_member(shape, body, "") {
            return Some(format!("{unknown} must be a member of the output"));
        }
        let problem = self.problem(Extent::Output, shape, body, "");
        problem.map(Problem::into_text)
    }

    /// Returns the patterns that are not enforced, with the shape of each: they contain lookaheads
    /// within the text, or are escaped twice in the model and match nothing that a client would send.
    pub fn patterns_left_out(&self) -> impl Iterator<Item = (&str, &str)> {
        self.shapes.iter().filter_map(|(name, shape)| {
            let pattern = shape.pattern.as_ref()?;
            (!pattern.is_enforced()).then_some((name.as_str(), pattern.text()))
        })
    }

    fn shape(&self, name: Option<&str>) -> Option<&Shape> {
        self.shapes.get(name?)
    }
}

#[cfg(test)]
mod tests;
