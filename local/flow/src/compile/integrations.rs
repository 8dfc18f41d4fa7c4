//! Lambda functions and modules.

use super::parameters::Parameters;
use super::templates;
use crate::ResponseType;
use crate::action::{Block, InvokeFunction, JsonTemplate};
use crate::reference::Template;

pub(super) fn function(parameters: Parameters<'_>) -> Option<Block> {
    let attributes = parameters
        .members("LambdaInvocationAttributes")
        .into_iter()
        .flatten()
        .map(|(key, value)| (Template::parse(key), JsonTemplate::new(value)));
    let response_type = parameters
        .object("ResponseValidation")
        .and_then(|validation| validation.text("ResponseType"));
    Some(Block::InvokeFunction(Box::new(InvokeFunction {
        arn: parameters.template("LambdaFunctionARN")?,
        time_limit: parameters.seconds("InvocationTimeLimitSeconds")?,
        asynchronous: parameters.text("InvocationType") == Some("ASYNCHRONOUS"),
        parameters: attributes.collect(),
        response_type: match response_type {
            Some("JSON") => ResponseType::Json,
            _ => ResponseType::StringMap,
        },
    })))
}

pub(super) fn module(parameters: Parameters<'_>) -> Option<Block> {
    Some(Block::InvokeModule {
        module: parameters.template("FlowModuleId")?,
        input: json(parameters, "Input"),
    })
}

pub(super) fn end_module(parameters: Parameters<'_>) -> Option<Block> {
    Some(Block::ReturnFromModule {
        result: parameters.template("Result"),
        data: json(parameters, "ResultData"),
    })
}

fn json(parameters: Parameters<'_>, name: &str) -> Vec<(String, JsonTemplate)> {
    parameters.members(name).map(templates).unwrap_or_default()
}
