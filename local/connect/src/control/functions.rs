//! Functions that an instance may invoke.

use local_wire::{
    ACCOUNT_ID, Declared, Outcome, Principal, delete, done, get, partition, put, reply,
};
use serde::{Deserialize, Serialize};

use super::Serve::Now;
use super::{ControlRequest, Serve};
use crate::ConnectService;
use crate::state::no_such;

/// The operations that are served, one per line.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Declared<Serve>] = &[
    put("AssociateLambdaFunction", "/instance/{InstanceId}/lambda-function", Now(associate_lambda_function)),
    delete("DisassociateLambdaFunction", "/instance/{InstanceId}/lambda-function", Now(disassociate_lambda_function)),
    get("ListLambdaFunctions", "/instance/{InstanceId}/lambda-functions", Now(list_lambda_functions)),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Associate {
    function_arn: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct FunctionList<'a> {
    lambda_functions: Vec<&'a String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

fn associate_lambda_function(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let Associate { function_arn } = request.input()?;
    if !function_arn.starts_with(&format!("arn:{}:lambda:", partition(request.region()))) {
        return Err(request.invalid(format!(
            "FunctionArn must be a function's ARN, but was {function_arn}"
        )));
    }
    let (statement_id, principal) = {
        let state = service.state();
        let instance = request.instance(&state)?;
        instance.may_associate(&function_arn)?;
        let principal = Principal::Service {
            name: "connect.amazonaws.com".into(),
            source_arn: instance.arn.clone(),
            source_account: ACCOUNT_ID.into(),
        };
        (instance.statement_id(), principal)
    };
    // Without the lock: the functions belong to another service, which has a lock of its own.
    let functions = &service.ports.functions;
    functions.grant_invoke(&function_arn, &statement_id, &principal)?;
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    instance.may_associate(&function_arn)?;
    instance.functions.push(function_arn);
    done()
}

fn disassociate_lambda_function(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let function_arn = request.query("functionArn").unwrap_or_default();
    let statement_id = {
        let mut state = service.state();
        let instance = request.instance_mut(&mut state)?;
        let known = instance.functions.len();
        instance.functions.retain(|known| *known != function_arn);
        if instance.functions.len() == known {
            return Err(no_such("Association", &function_arn));
        }
        instance.statement_id()
    };
    let functions = &service.ports.functions;
    functions.revoke_invoke(&function_arn, &statement_id);
    done()
}

fn list_lambda_functions(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let page = request.query_page(25)?;
    let state = service.state();
    let (lambda_functions, next_token) = page.cut(request.instance(&state)?.functions.iter());
    reply(&FunctionList {
        lambda_functions,
        next_token,
    })
}
