//! Lambda functions and modules.

use serde_json::{Map, Value};

use crate::ResponseType;
use crate::action::{Block, InvokeFunction, JsonTemplate};
use crate::check::fields::{Class, Fields};
use crate::check::rules::{ConditionRule, NO_CONDITION, NO_MATCH, Rules};
use crate::reference::Template;

const LONGEST_INVOCATION: u64 = 8;

pub(super) fn function(fields: Fields<'_>) -> (Option<Block>, Rules) {
    let arn = fields.required_template("LambdaFunctionARN", Class::Any);
    fields.require("InvocationTimeLimitSeconds");
    let time_limit = fields.seconds("InvocationTimeLimitSeconds", 1, LONGEST_INVOCATION);
    let kind = "InvocationType";
    let asynchronous = match fields.has(kind) {
        true => fields
            .choice(kind, &["SYNCHRONOUS", "ASYNCHRONOUS"])
            .map(|kind| kind == "ASYNCHRONOUS"),
        false => Some(false),
    };
    let attributes = "LambdaInvocationAttributes";
    let parameters = match fields.has(attributes) {
        true => fields.json_map(attributes).map(|map| {
            map.iter()
                .map(|(key, value)| (Template::parse(key), JsonTemplate::new(value)))
                .collect()
        }),
        false => Some(Vec::new()),
    };
    let mut response_type = Some(ResponseType::StringMap);
    if let Some(validation) = fields.object("ResponseValidation") {
        validation.require("ResponseType");
        response_type = validation
            .choice("ResponseType", &["STRING_MAP", "JSON"])
            .map(|kind| match kind {
                "JSON" => ResponseType::Json,
                _ => ResponseType::StringMap,
            });
        validation.finish();
    }
    fields.finish();
    let block = (|| {
        Some(Block::InvokeFunction(Box::new(InvokeFunction {
            arn: arn?,
            time_limit: time_limit?,
            asynchronous: asynchronous?,
            parameters: parameters?,
            response_type: response_type?,
        })))
    })();
    (block, Rules::errors(&[NO_MATCH], &[]))
}

pub(super) fn module(fields: Fields<'_>) -> (Option<Block>, Rules) {
    let module = fields.required_template("FlowModuleId", Class::Any);
    let input = json_templates(&fields, "Input");
    fields.finish();
    let block = module
        .zip(input)
        .map(|(module, input)| Block::InvokeModule { module, input });
    let rules = Rules::errors(&[], &[NO_CONDITION, NO_MATCH]).with(ConditionRule::Branches);
    (block, rules)
}

pub(super) fn end_module(fields: Fields<'_>) -> (Option<Block>, Rules) {
    let data = json_templates(&fields, "ResultData");
    let given = fields.has("Result");
    let result = fields.template("Result", Class::One);
    fields.finish();
    let block = data
        .filter(|_| given == result.is_some())
        .map(|data| Block::ReturnFromModule { result, data });
    (block, Rules::TERMINAL)
}

fn json_templates(fields: &Fields<'_>, name: &'static str) -> Option<Vec<(String, JsonTemplate)>> {
    let empty = Map::<String, Value>::new();
    let map = match fields.has(name) {
        true => fields.json_map(name)?,
        false => &empty,
    };
    let read = map
        .iter()
        .map(|(key, value)| (key.clone(), JsonTemplate::new(value)));
    Some(read.collect())
}
