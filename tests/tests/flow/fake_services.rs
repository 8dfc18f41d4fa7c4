//! Fakes of the services that Amazon Connect calls.

use std::collections::VecDeque;
use std::sync::Mutex;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use local_wire::{
    Fault, FunctionAnswer, FunctionInvoker, FunctionPolicies, InvokeRequest, LogEvent, LogSink,
    LogSinkError, Principal,
};
use serde_json::{Value, json};

use crate::flow::stories::Reply;

pub(crate) const FUNCTION: &str =
    "arn:aws:lambda:ap-northeast-1:123456789012:function:campaign-line";

/// A member's id with characters that an answer of type STRING_MAP cannot have: the customer chooses the ids.
pub(crate) const MEMBER_ID: &str = "山田.taro@example.com";

/// Services that answer by script, and record invocations and log lines.
#[derive(Default)]
pub(crate) struct FakeServices {
    pub(crate) script: Mutex<VecDeque<Reply>>,
    /// The parameters of each invocation.
    pub(crate) invocations: Mutex<Vec<Value>>,
    pub(crate) logged: Mutex<Vec<String>>,
}

/// Returns the function's answer, or the error of an invocation that fails.
pub(crate) fn answer(reply: Reply) -> Result<Value, Value> {
    match reply {
        Reply::Member => Ok(json!({"memberId": MEMBER_ID})),
        Reply::Stranger => Ok(json!({"memberId": "-1"})),
        Reply::Sent => Ok(json!({"result": "Success"})),
        Reply::Reason(reason) => Ok(json!({"result": "Failed", "reason": reason})),
        Reply::Crash => Err(json!({"errorType": "Broken", "errorMessage": "broken"})),
    }
}

impl FunctionInvoker for FakeServices {
    fn invoke(&self, request: InvokeRequest) -> BoxFuture<'_, Result<FunctionAnswer, Fault>> {
        let event: Value = serde_json::from_slice(&request.payload).unwrap();
        let parameters = event["Details"]["Parameters"].clone();
        let reply = self.script.lock().unwrap().pop_front();
        let reply = reply.unwrap_or_else(|| panic!("the script has no reply to {parameters}"));
        let command = match reply {
            Reply::Member | Reply::Stranger => Some("getMemberId"),
            Reply::Sent | Reply::Reason(_) => Some("sendSms"),
            Reply::Crash => None,
        };
        if let Some(command) = command {
            assert_eq!(parameters["cmd"], command, "{reply:?}");
        }
        self.invocations.lock().unwrap().push(parameters);
        let answer = answer(reply);
        async move {
            let function_error = answer.is_err().then(|| "Unhandled".to_owned());
            Ok(FunctionAnswer {
                payload: answer.unwrap_or_else(|error| error).to_string().into(),
                function_error,
                executed_version: "$LATEST".to_owned(),
            })
        }
        .boxed()
    }
}

impl FunctionPolicies for FakeServices {
    fn grant_invoke(&self, _: &str, _: &str, _: &Principal) -> Result<(), Fault> {
        Ok(())
    }

    fn revoke_invoke(&self, _: &str, _: &str) {}
}

impl LogSink for FakeServices {
    fn ensure_group<'a>(
        &'a self,
        _: &'a str,
        _: &'a str,
    ) -> BoxFuture<'a, Result<(), LogSinkError>> {
        async { Ok(()) }.boxed()
    }

    fn append<'a>(
        &'a self,
        _: &'a str,
        _: &'a str,
        _: &'a str,
        events: Vec<LogEvent>,
    ) -> BoxFuture<'a, Result<(), LogSinkError>> {
        let mut logged = self.logged.lock().unwrap();
        logged.extend(events.into_iter().map(|event| event.message));
        async { Ok(()) }.boxed()
    }
}
