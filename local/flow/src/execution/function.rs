//! InvokeLambdaFunction.

use std::time::Duration;

use serde_json::{Map, Value};

use super::pending::Pending;
use super::{Execution, Step};
use crate::action::{Action, Block, InvokeFunction};
use crate::event::event;
use crate::{FunctionCall, FunctionFailure, Output, ResponseType};

/// The maximum size of a function's answer, in bytes: 64 KB (administrator guide; 32 KB until 2026).
const LARGEST_ANSWER: usize = 64 * 1024;
/// The maximum time of consecutive functions without a prompt between them.
const LONGEST_CHAIN: Duration = Duration::from_secs(20);
/// The flow log's text for most failures, a time-out among them (a line that Classmethod published in 2024).
const FUNCTION_FAILED: &str = "The Lambda Function Returned An Error.";

impl Execution {
    pub(super) fn invoke_function(&mut self, action: &Action, call: &InvokeFunction) -> Step {
        let mut parameters = Map::new();
        for (key, value) in &call.parameters {
            let value = self.json(value);
            parameters.insert(self.render(key), value);
        }
        let Some(function_arn) = self.needed(&call.arn) else {
            self.log_call(action, call, Some(FUNCTION_FAILED));
            return self.fail("the function must be set");
        };
        let left = LONGEST_CHAIN.saturating_sub(self.in_functions);
        if left.is_zero() {
            self.log_call(action, call, Some(FUNCTION_FAILED));
            return self.fail("consecutive functions must not take more than 20 seconds together");
        }
        let output = Output::InvokeFunction(FunctionCall {
            function_arn,
            event: event(&self.contact, parameters),
            time_limit: call.time_limit.min(left),
            asynchronous: call.asynchronous,
            response_type: call.response_type,
        });
        Step::Ask(output, Pending::Function)
    }

    pub(super) fn function_answered(
        &mut self,
        answer: Result<Vec<u8>, FunctionFailure>,
        took: Duration,
    ) -> Step {
        self.with_action(|this, action| {
            let Block::InvokeFunction(call) = &action.block else {
                return super::broken("a function's answer outside of its block");
            };
            if call.asynchronous {
                return this.invoked_asynchronously(action, call, answer);
            }
            this.in_functions = this.in_functions.saturating_add(took);
            let answer = match answer {
                _ if this.in_functions > LONGEST_CHAIN => Err((
                    FUNCTION_FAILED.to_owned(),
                    "consecutive functions must not take more than 20 seconds together".to_owned(),
                )),
                Ok(answer) => read_answer(&answer, call.response_type)
                    .map_err(|why| (FUNCTION_FAILED.to_owned(), why)),
                Err(failure) => Err((results(&failure), describe(&failure))),
            };
            match answer {
                Ok(answer) => {
                    if let Some(record) = this.log_call(action, call, None) {
                        record.external_results = Some(answer.clone());
                    }
                    // The whole map is replaced: no value of an earlier answer remains.
                    this.scope.external = answer;
                    Step::Done
                }
                // The answer of an earlier function remains. The AWS documentation does not mention
                // this case; flows should not read the answer on an error branch.
                Err((results, why)) => {
                    this.log_call(action, call, Some(&results));
                    this.fail(why)
                }
            }
        })
    }

    /// Continues without the answer; only a refusal of the invocation fails the block.
    fn invoked_asynchronously(
        &mut self,
        action: &Action,
        call: &InvokeFunction,
        answer: Result<Vec<u8>, FunctionFailure>,
    ) -> Step {
        match answer {
            Err(failure @ FunctionFailure::Refused { .. }) => {
                self.log_call(action, call, Some(&results(&failure)));
                self.fail(describe(&failure))
            }
            _ => {
                self.log_call(action, call, None);
                Step::Done
            }
        }
    }

    fn log_call(
        &mut self,
        action: &Action,
        call: &InvokeFunction,
        results: Option<&str>,
    ) -> Option<&mut crate::FlowLogRecord> {
        if !self.logging {
            return None;
        }
        let view = self.view();
        let arn = view.render(&call.arn, |_| {});
        let passed: Map<_, _> = call
            .parameters
            .iter()
            .map(|(key, value)| (view.render(key, |_| {}), view.fill(value, &mut |_| {})))
            .collect();
        let record = self.log(action, "InvokeExternalResource", results, || {
            let response_type = match call.response_type {
                ResponseType::StringMap => "ResponseType=STRING_MAP",
                ResponseType::Json => "ResponseType=JSON",
            };
            vec![
                ("FunctionArn", arn),
                ("TimeLimit", call.time_limit.as_millis().to_string()),
                ("ResponseValidation", response_type.to_owned()),
            ]
        })?;
        // As on the service, the log shows all parameters that the flow passes to the function, so a
        // PIN among them shows in the log unless the flow turns logging off.
        if !passed.is_empty() {
            record.parameters.push(("Parameters", passed.into()));
        }
        Some(record)
    }
}

/// Returns the failure as in `Results` of real flow logs. The text of a refusal is that of re:Post's article on
/// function failures.
fn results(failure: &FunctionFailure) -> String {
    match failure {
        FunctionFailure::FunctionError | FunctionFailure::TimedOut => FUNCTION_FAILED.to_owned(),
        FunctionFailure::Refused {
            status,
            code,
            request_id,
        } => format!("Status Code: {status}; Error Code: {code}; RequestId: {request_id}"),
    }
}

fn describe(failure: &FunctionFailure) -> String {
    match failure {
        FunctionFailure::FunctionError => "the function failed".to_owned(),
        FunctionFailure::Refused { status, code, .. } => {
            format!("invoking the function was refused with {status} {code}")
        }
        FunctionFailure::TimedOut => "the function did not answer in time".to_owned(),
    }
}

/// Parses an answer; the error is a sentence.
///
/// A map of strings takes numbers as text: the function of AWS's own tutorial returns one and the flow
/// speaks it. That booleans, null and nested values are refused is inferred from "flat object of
/// key/value pairs" (administrator guide).
fn read_answer(answer: &[u8], response_type: ResponseType) -> Result<Map<String, Value>, String> {
    if answer.len() > LARGEST_ANSWER {
        return Err(format!(
            "the function's answer must not exceed 64 KB, but had {} bytes",
            answer.len()
        ));
    }
    let Ok(Value::Object(mut answer)) = serde_json::from_slice(answer) else {
        return Err("the function's answer must be a JSON object".to_owned());
    };
    if response_type == ResponseType::StringMap {
        for (key, value) in &mut answer {
            match value {
                Value::String(_) => {}
                Value::Number(number) => *value = Value::String(number.to_string()),
                Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                    return Err(format!(
                        "the function's answer must be a map of strings and numbers, but \"{key}\" is \
                         {}; return text, or set the response type to JSON",
                        kind(value)
                    ));
                }
            }
        }
    }
    Ok(answer)
}

/// Returns the name of a value's JSON type, but never its content.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
