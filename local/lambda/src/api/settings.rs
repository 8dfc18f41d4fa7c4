//! What else can be set for a function: tags, concurrency, recursion and the like.

use local_wire::{Fault, Request, Response};
use serde_json::json;

use super::{
    Api, empty,
    functions::runtime_version_arn,
    input,
    input::{PutConcurrency, PutRecursion, Tags},
    json, named, validation,
};
use crate::{
    code::UNPACKED_LIMIT,
    faults,
    function::{Function, Program},
    names::{FunctionRef, LATEST},
};

/// What AWS always leaves to functions without a reservation.
const UNRESERVED_MINIMUM: u32 = 100;
const GIBIBYTE: u64 = 1 << 30;

impl Api {
    pub(super) fn list_tags(&self, request: &Request, arn: &str) -> Result<Response, Fault> {
        let name = tagged(request, arn)?;
        let mut functions = self.functions();
        json(200, &json!({ "Tags": functions.get(&name)?.tags }))
    }

    pub(super) fn tag_resource(&self, request: &Request, arn: &str) -> Result<Response, Fault> {
        let name = tagged(request, arn)?;
        let input: Tags = input(request)?;
        let mut functions = self.functions();
        let function = functions.get(&name)?;
        let mut tags = function.tags.clone();
        tags.extend(input.tags);
        validation::tags(&tags)?;
        function.tags = tags;
        empty(204)
    }

    pub(super) fn untag_resource(&self, request: &Request, arn: &str) -> Result<Response, Fault> {
        let name = tagged(request, arn)?;
        let keys = request.query_all("tagKeys");
        let mut functions = self.functions();
        functions
            .get(&name)?
            .tags
            .retain(|key, _| !keys.contains(key));
        empty(204)
    }

    pub(super) fn put_concurrency(&self, request: &Request, name: &str) -> Result<Response, Fault> {
        let name = unqualified(named(request, name)?)?;
        let input: PutConcurrency = input(request)?;
        let given = input.reserved_concurrent_executions;
        let wanted = u32::try_from(given).map_err(|_| {
            faults::constraint(
                &given.to_string(),
                "reservedConcurrentExecutions",
                "Member must have value greater than or equal to 0",
            )
        })?;
        let mut functions = self.functions();
        functions.get(&name)?;
        let taken = functions
            .reserved(&name.region, Some(&name.name))
            .saturating_add(wanted);
        // Taking nothing is always possible: that is how a function is switched off.
        if wanted > 0 && taken.saturating_add(UNRESERVED_MINIMUM) > self.concurrent_executions {
            return Err(faults::invalid(format!(
                "Specified ReservedConcurrentExecutions for function decreases account's \
                 UnreservedConcurrentExecution below its minimum value of [{UNRESERVED_MINIMUM}]."
            )));
        }
        functions.get(&name)?.reserved_concurrency = Some(wanted);
        json(200, &json!({ "ReservedConcurrentExecutions": wanted }))
    }

    pub(super) fn get_concurrency(&self, request: &Request, name: &str) -> Result<Response, Fault> {
        let name = named(request, name)?;
        let mut functions = self.functions();
        match functions.get(&name)?.reserved_concurrency {
            Some(reserved) => json(200, &json!({ "ReservedConcurrentExecutions": reserved })),
            None => json(200, &json!({})),
        }
    }

    pub(super) fn delete_concurrency(
        &self,
        request: &Request,
        name: &str,
    ) -> Result<Response, Fault> {
        let name = unqualified(named(request, name)?)?;
        self.functions().get(&name)?.reserved_concurrency = None;
        empty(204)
    }

    pub(super) fn get_code_signing(
        &self,
        request: &Request,
        name: &str,
    ) -> Result<Response, Fault> {
        let name = named(request, name)?;
        self.functions().get(&name)?;
        // There are no code signing configurations here; this is how AWS writes their absence.
        json(
            200,
            &json!({ "CodeSigningConfigArn": "", "FunctionName": name.name }),
        )
    }

    pub(super) fn get_recursion(&self, request: &Request, name: &str) -> Result<Response, Fault> {
        let name = unqualified(named(request, name)?)?;
        let mut functions = self.functions();
        let recursive_loop = &functions.get(&name)?.recursive_loop;
        json(200, &json!({ "RecursiveLoop": recursive_loop }))
    }

    pub(super) fn put_recursion(&self, request: &Request, name: &str) -> Result<Response, Fault> {
        let name = unqualified(named(request, name)?)?;
        let input: PutRecursion = input(request)?;
        let recursive_loop = validation::one_of(
            input.recursive_loop,
            &["Allow", "Terminate"],
            "recursiveLoop",
        )?;
        let shape = json!({ "RecursiveLoop": recursive_loop });
        self.functions().get(&name)?.recursive_loop = recursive_loop;
        json(200, &shape)
    }

    pub(super) fn get_runtime_management(
        &self,
        request: &Request,
        name: &str,
    ) -> Result<Response, Fault> {
        let name = named(request, name)?;
        let mut functions = self.functions();
        let function = functions.qualified(&name)?;
        let Some(version) = function.version(name.qualifier.as_deref()) else {
            return Err(faults::function_not_found(&name.qualified_arn()));
        };
        let qualifier = name.qualifier.as_deref().unwrap_or(LATEST);
        let mut shape = json!({
            "UpdateRuntimeOn": "Auto",
            "FunctionArn": format!("{}:{qualifier}", name.arn()),
        });
        // A container image brings its runtime along.
        if let Program::Zip { runtime, .. } = &version.settings.program {
            shape["RuntimeVersionArn"] = runtime_version_arn(&name.region, runtime).into();
        }
        json(200, &shape)
    }

    pub(super) fn get_account_settings(&self, request: &Request) -> Result<Response, Fault> {
        let mut functions = self.functions();
        let reserved = functions.reserved(&request.region, None);
        let region = functions.region(&request.region);
        let used: usize = region
            .values()
            .flat_map(Function::versions)
            .map(|(_, version)| version.code.size())
            .sum();
        json(
            200,
            &json!({
                "AccountLimit": {
                    "TotalCodeSize": 75 * GIBIBYTE,
                    "CodeSizeUnzipped": UNPACKED_LIMIT,
                    "CodeSizeZipped": 52_428_800,
                    "ConcurrentExecutions": self.concurrent_executions,
                    "UnreservedConcurrentExecutions":
                        self.concurrent_executions.saturating_sub(reserved),
                },
                "AccountUsage": { "TotalCodeSize": used, "FunctionCount": region.len() },
            }),
        )
    }
}

/// Tags belong to functions, which are named by ARN here.
fn tagged(request: &Request, arn: &str) -> Result<FunctionRef, Fault> {
    if !arn.starts_with("arn:") {
        return Err(faults::constraint(
            arn,
            "resource",
            "Member must satisfy regular expression pattern: \
             arn:(aws[a-zA-Z-]*):lambda:[a-z]{2}(-gov)?-[a-z]+-\\d{1}:\\d{12}:.*",
        ));
    }
    let name = FunctionRef::parse(arn, None, &request.region)?;
    if name.qualifier.is_some() {
        return Err(faults::invalid(
            "Tags on function aliases and versions are not supported. Please specify a function \
             ARN.",
        ));
    }
    Ok(name)
}

/// What is set for a function as a whole.
fn unqualified(name: FunctionRef) -> Result<FunctionRef, Fault> {
    match name.qualifier.as_deref() {
        None | Some(LATEST) => Ok(name),
        Some(_) => Err(faults::invalid(
            "This operation is permitted on Lambda functions only, not on versions or aliases.",
        )),
    }
}
