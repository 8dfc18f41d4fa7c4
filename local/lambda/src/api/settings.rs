//! Operations on other settings of a function: tags, concurrency, recursion and so on.

use std::sync::Arc;

use local_wire::Serve::Now;
use local_wire::{Answer, ApiRequest, Declared, Fault, Outcome, Serve, delete, get, post, put};
use serde_json::json;

use super::{
    Api, answer,
    functions::runtime_version_arn,
    input::{PutConcurrency, PutRecursion, Tags},
    named, validation,
};
use crate::{
    code::UNPACKED_LIMIT,
    faults,
    function::{Function, Program},
    names::{FunctionRef, LATEST},
};

/// The operations that this file serves, one per line.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Declared<Serve<Arc<Api>>>] = &[
    post("TagResource", "/2017-03-31/tags/{Resource}", Now(Api::tag_resource)).answers(204),
    delete("UntagResource", "/2017-03-31/tags/{Resource}", Now(Api::untag_resource)).answers(204),
    get("ListTags", "/2017-03-31/tags/{Resource}", Now(Api::list_tags)),
    put("PutFunctionConcurrency", "/2017-10-31/functions/{FunctionName}/concurrency", Now(Api::put_concurrency)),
    get("GetFunctionConcurrency", "/2019-09-30/functions/{FunctionName}/concurrency", Now(Api::get_concurrency)),
    delete("DeleteFunctionConcurrency", "/2017-10-31/functions/{FunctionName}/concurrency", Now(Api::delete_concurrency)).answers(204),
    get("GetFunctionCodeSigningConfig", "/2020-06-30/functions/{FunctionName}/code-signing-config", Now(Api::get_code_signing)),
    get("GetFunctionRecursionConfig", "/2024-08-31/functions/{FunctionName}/recursion-config", Now(Api::get_recursion)),
    put("PutFunctionRecursionConfig", "/2024-08-31/functions/{FunctionName}/recursion-config", Now(Api::put_recursion)),
    get("GetRuntimeManagementConfig", "/2021-07-20/functions/{FunctionName}/runtime-management-config", Now(Api::get_runtime_management)),
    get("GetAccountSettings", "/2016-08-19/account-settings", Now(Api::get_account_settings)),
];

/// The concurrency that AWS always keeps for functions without a reservation.
const UNRESERVED_MINIMUM: u32 = 100;
const GIBIBYTE: u64 = 1 << 30;

impl Api {
    fn list_tags(self: &Arc<Self>, request: &ApiRequest) -> Outcome {
        let name = tagged(request)?;
        let mut functions = self.functions();
        answer(json!({ "Tags": functions.get(&name)?.tags }))
    }

    fn tag_resource(self: &Arc<Self>, request: &ApiRequest) -> Outcome {
        let name = tagged(request)?;
        let input: Tags = request.input()?;
        let mut functions = self.functions();
        let function = functions.get(&name)?;
        let mut tags = function.tags.clone();
        tags.extend(input.tags);
        validation::tags(&tags)?;
        function.tags = tags;
        Ok(Answer::nothing())
    }

    fn untag_resource(self: &Arc<Self>, request: &ApiRequest) -> Outcome {
        let name = tagged(request)?;
        let keys = request.query_all("tagKeys");
        let mut functions = self.functions();
        functions
            .get(&name)?
            .tags
            .retain(|key, _| !keys.contains(key));
        Ok(Answer::nothing())
    }

    fn put_concurrency(self: &Arc<Self>, request: &ApiRequest) -> Outcome {
        let name = unqualified(named(request)?)?;
        let input: PutConcurrency = request.input()?;
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
        // Zero is always allowed: it switches a function off.
        if wanted > 0 && taken.saturating_add(UNRESERVED_MINIMUM) > self.concurrent_executions {
            return Err(faults::invalid(format!(
                "Specified ReservedConcurrentExecutions for function decreases account's \
                 UnreservedConcurrentExecution below its minimum value of [{UNRESERVED_MINIMUM}]."
            )));
        }
        functions.get(&name)?.reserved_concurrency = Some(wanted);
        answer(json!({ "ReservedConcurrentExecutions": wanted }))
    }

    fn get_concurrency(self: &Arc<Self>, request: &ApiRequest) -> Outcome {
        let name = named(request)?;
        let mut functions = self.functions();
        match functions.get(&name)?.reserved_concurrency {
            Some(reserved) => answer(json!({ "ReservedConcurrentExecutions": reserved })),
            None => answer(json!({})),
        }
    }

    fn delete_concurrency(self: &Arc<Self>, request: &ApiRequest) -> Outcome {
        let name = unqualified(named(request)?)?;
        self.functions().get(&name)?.reserved_concurrency = None;
        Ok(Answer::nothing())
    }

    fn get_code_signing(self: &Arc<Self>, request: &ApiRequest) -> Outcome {
        let name = named(request)?;
        self.functions().get(&name)?;
        // The account has no code signing configurations; AWS represents their absence like this.
        answer(json!({ "CodeSigningConfigArn": "", "FunctionName": name.name }))
    }

    fn get_recursion(self: &Arc<Self>, request: &ApiRequest) -> Outcome {
        let name = unqualified(named(request)?)?;
        let mut functions = self.functions();
        let recursive_loop = &functions.get(&name)?.recursive_loop;
        answer(json!({ "RecursiveLoop": recursive_loop }))
    }

    fn put_recursion(self: &Arc<Self>, request: &ApiRequest) -> Outcome {
        let name = unqualified(named(request)?)?;
        let input: PutRecursion = request.input()?;
        let recursive_loop = validation::one_of(
            input.recursive_loop,
            &["Allow", "Terminate"],
            "recursiveLoop",
        )?;
        let shape = json!({ "RecursiveLoop": recursive_loop });
        self.functions().get(&name)?.recursive_loop = recursive_loop;
        Ok(shape.into())
    }

    fn get_runtime_management(self: &Arc<Self>, request: &ApiRequest) -> Outcome {
        let name = named(request)?;
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
        // A container image contains its own runtime.
        if let Program::Zip { runtime, .. } = &version.settings.program {
            shape["RuntimeVersionArn"] = runtime_version_arn(&name.region, runtime).into();
        }
        Ok(shape.into())
    }

    fn get_account_settings(self: &Arc<Self>, request: &ApiRequest) -> Outcome {
        let mut functions = self.functions();
        let reserved = functions.reserved(&request.region, None);
        let region = functions.region(&request.region);
        let used: usize = region
            .values()
            .flat_map(Function::versions)
            .map(|(_, version)| version.code.size())
            .sum();
        answer(json!({
            "AccountLimit": {
                "TotalCodeSize": 75 * GIBIBYTE,
                "CodeSizeUnzipped": UNPACKED_LIMIT,
                "CodeSizeZipped": 52_428_800,
                "ConcurrentExecutions": self.concurrent_executions,
                "UnreservedConcurrentExecutions":
                    self.concurrent_executions.saturating_sub(reserved),
            },
            "AccountUsage": { "TotalCodeSize": used, "FunctionCount": region.len() },
        }))
    }
}

/// Returns the function whose tags are requested, which is named by ARN.
fn tagged(request: &ApiRequest) -> Result<FunctionRef, Fault> {
    let arn = request.path("Resource");
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

/// Rejects published versions and aliases: the setting applies to the function as a whole.
fn unqualified(name: FunctionRef) -> Result<FunctionRef, Fault> {
    match name.qualifier.as_deref() {
        None | Some(LATEST) => Ok(name),
        Some(_) => Err(faults::invalid(
            "This operation is permitted on Lambda functions only, not on versions or aliases.",
        )),
    }
}
