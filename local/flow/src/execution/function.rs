//! InvokeLambdaFunction.

use std::time::Duration;

use serde_json::{Map, Value};

use super::pending::Pending;
use super::{Execution, Step};
use crate::action::{Action, Block, InvokeFunction};
use crate::event::event;
use crate::{FunctionCall, FunctionFailure, Output, ResponseType};

/// A function's answer may have this many bytes.
const LARGEST_ANSWER: usize = 32 * 1024;
/// Functions one after another, without a prompt between them, get this long together.
const LONGEST_CHAIN: Duration = Duration::from_secs(20);
/// What the flow log says of most failures.
const FUNCTION_FAILED: &str = "The Lambda Function Returned An Error.";
const TIMED_OUT: &str = "Timeout";

impl Execution {
    pub(super) fn invoke_function(&mut self, action: &Action, call: &InvokeFunction) -> Step {
        let mut parameters = Map::new();
        for (key, value) in &call.parameters {
            let value = self.json(value);
            parameters.insert(self.render(key), value);
        }
        let Some(function_arn) = self.needed(&call.arn) else {
            self.log_call(action, call, Some(FUNCTION_FAILED));
            return self.fail("the function is not given");
        };
        let left = LONGEST_CHAIN.saturating_sub(self.in_functions);
        if left.is_zero() {
            self.log_call(action, call, Some(TIMED_OUT));
            return self.fail("functions one after another took 20 seconds together");
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
                    TIMED_OUT.to_owned(),
                    "functions one after another took 20 seconds together".to_owned(),
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
                    // The whole map: nothing of an earlier answer stays readable.
                    this.scope.external = answer;
                    Step::Done
                }
                // What an earlier function answered stays readable. AWS documentation does not
                // say; flows should not read it on an error branch.
                Err((results, why)) => {
                    this.log_call(action, call, Some(&results));
                    this.fail(why)
                }
            }
        })
    }

    /// Nobody waits for what the function says; only a refusal to invoke it is noticed.
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
        let arn = self.view().render(&call.arn, |_| {});
        self.log(action, "InvokeExternalResource", results, || {
            let response_type = match call.response_type {
                ResponseType::StringMap => "ResponseType=STRING_MAP",
                ResponseType::Json => "ResponseType=JSON",
            };
            vec![
                ("FunctionArn", arn),
                ("TimeLimit", call.time_limit.as_millis().to_string()),
                ("ResponseValidation", response_type.to_owned()),
            ]
        })
    }
}

/// The failure as real flow logs have it in `Results`; for a timeout the nearest text seen.
fn results(failure: &FunctionFailure) -> String {
    match failure {
        FunctionFailure::FunctionError => FUNCTION_FAILED.to_owned(),
        FunctionFailure::Refused { status, code } => {
            format!("Status Code: {status}; Error Code: {code}")
        }
        FunctionFailure::TimedOut => TIMED_OUT.to_owned(),
    }
}

fn describe(failure: &FunctionFailure) -> String {
    match failure {
        FunctionFailure::FunctionError => "the function failed".to_owned(),
        FunctionFailure::Refused { status, code } => {
            format!("invoking the function was refused with {status} {code}")
        }
        FunctionFailure::TimedOut => "the function did not answer in time".to_owned(),
    }
}

/// Judges an answer; says what is wrong with it otherwise. A map of strings is taken strictly:
/// the service seems to tolerate numbers, but a flow that leans on that should fail early.
fn read_answer(answer: &[u8], response_type: ResponseType) -> Result<Map<String, Value>, String> {
    if answer.len() > LARGEST_ANSWER {
        return Err("the function's answer exceeds 32 KB".to_owned());
    }
    let Ok(Value::Object(answer)) = serde_json::from_slice(answer) else {
        return Err("the function's answer is not a JSON object".to_owned());
    };
    if response_type == ResponseType::StringMap
        && let Some((key, _)) = answer.iter().find(|(_, value)| !value.is_string())
    {
        return Err(format!(
            "the function's answer is no map of strings: look at \"{key}\""
        ));
    }
    Ok(answer)
}
