//! Tests of the control plane through its protocol.

mod agent_statuses;
mod bots;
mod contacts;
mod flows;
mod hierarchy;
mod instances;
mod metrics;
mod model_made;
mod numbers;
mod parts;
mod prompts;
mod quick_connects;
mod quotas;
mod routing_profiles;
mod search;
mod security_profiles;
mod storage;
mod test_case_executions;
mod test_cases;
mod users;
mod vocabularies;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{Method, StatusCode};
use local_wire::{
    Declarations, FunctionAnswer, FunctionInvoker, FunctionPolicies, InvokeRequest, LogEvent,
    LogSink, LogSinkError, Principal,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::*;
use crate::test_requests::{self, REGION};
use crate::{ConnectPorts, ConnectService, InstanceFacts};

const FUNCTION: &str = "arn:aws:lambda:ap-northeast-1:123456789012:function:pin";
const FLOW: &str = r#"{ "Version":"2019-10-30", "StartAction":"bye", "Metadata":{},
  "Actions":[{"Identifier":"bye","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}
"#;
const MODULE: &str = r#"{"Version":"2019-10-30","StartAction":"end","Metadata":{},
  "Actions":[{"Identifier":"end","Type":"EndFlowModuleExecution","Parameters":{},"Transitions":{}}],
  "Settings":{"InputParameters":[],"OutputParameters":[],"Transitions":[]}}"#;

/// Replaces the rest of the account, and records what it receives.
#[derive(Default)]
struct Neighbours {
    grants: Mutex<Vec<String>>,
    groups: Mutex<Vec<String>>,
}

impl FunctionPolicies for Neighbours {
    fn grant_invoke(
        &self,
        function_arn: &str,
        statement_id: &str,
        principal: &Principal,
    ) -> Result<(), Fault> {
        let qualifier = function_arn.strip_prefix(FUNCTION);
        if !qualifier.is_some_and(|rest| rest.is_empty() || rest.starts_with(':')) {
            return Err(Fault::new(404, "ResourceNotFoundException", "no function"));
        }
        let Principal::Service { source_arn, .. } = principal else {
            panic!("Connect acts for itself");
        };
        let grant = format!("{statement_id} {source_arn}");
        self.grants.lock().unwrap().push(grant);
        Ok(())
    }

    fn revoke_invoke(&self, _function_arn: &str, statement_id: &str) {
        let mut grants = self.grants.lock().unwrap();
        grants.retain(|grant| !grant.starts_with(statement_id));
    }
}

impl FunctionInvoker for Neighbours {
    fn invoke(&self, _request: InvokeRequest) -> BoxFuture<'_, Result<FunctionAnswer, Fault>> {
        panic!("the control plane invokes nothing")
    }
}

impl LogSink for Neighbours {
    fn ensure_group<'a>(
        &'a self,
        _region: &'a str,
        group: &'a str,
    ) -> BoxFuture<'a, Result<(), LogSinkError>> {
        self.groups.lock().unwrap().push(group.to_owned());
        async { Ok(()) }.boxed()
    }

    fn append<'a>(
        &'a self,
        _region: &'a str,
        group: &'a str,
        _stream: &'a str,
        _events: Vec<LogEvent>,
    ) -> BoxFuture<'a, Result<(), LogSinkError>> {
        async move { Err(LogSinkError::NoSuchGroup(group.to_owned())) }.boxed()
    }
}

struct Account {
    service: Arc<ConnectService>,
    neighbours: Arc<Neighbours>,
}

impl Account {
    fn new() -> Self {
        Self::with(crate::INSTANCES_PER_REGION, Duration::ZERO)
    }

    fn with(instances_per_region: u16, alias_hold: Duration) -> Self {
        let neighbours = Arc::new(Neighbours::default());
        let service = ConnectService::new(ConnectPorts {
            functions: neighbours.clone(),
            invoker: neighbours.clone(),
            logs: neighbours.clone(),
            time_limits: true,
            repeat_limit: crate::REPEAT_LIMIT,
            instances_per_region,
            alias_hold,
        });
        Self {
            service,
            neighbours,
        }
    }

    /// Sends a request, and returns status, error code and body.
    fn send(&self, method: Method, path: &str, body: Value) -> (StatusCode, String, Value) {
        let answer = test_requests::send(&self.service, method, path, &body);
        let code = answer.headers().get("x-amzn-errortype");
        let code = code.map_or(String::new(), |code| code.to_str().unwrap().to_owned());
        let body = serde_json::from_slice(answer.body()).unwrap();
        (answer.status(), code, body)
    }

    fn ok(&self, method: Method, path: &str, body: Value) -> Value {
        let (status, code, body) = self.send(method, path, body);
        assert_eq!(status, 200, "{path}: {code} {body}");
        body
    }

    fn refused(&self, method: Method, path: &str, body: Value) -> (u16, String) {
        let (status, code, body) = self.send(method, path, body);
        assert_ne!(status, 200, "{path}: {body}");
        (status.as_u16(), code)
    }

    fn instance(&self, alias: &str) -> (String, String) {
        let created = self.ok(Method::PUT, "/instance", new_instance(alias));
        (text(&created["Id"]), text(&created["Arn"]))
    }

    fn flow(&self, instance: &str, name: &str) -> (String, String) {
        let created = self.ok(
            Method::PUT,
            &format!("/contact-flows/{instance}"),
            json!({"Name": name, "Type": "CONTACT_FLOW", "Content": FLOW}),
        );
        (
            text(&created["ContactFlowId"]),
            text(&created["ContactFlowArn"]),
        )
    }

    fn offered(&self, target: &str, country: &str, kind: &str) -> Value {
        let found = self.ok(
            Method::POST,
            "/phone-number/search-available",
            json!({"TargetArn": target, "PhoneNumberCountryCode": country,
                   "PhoneNumberType": kind, "MaxResults": 1}),
        );
        found["AvailableNumbersList"][0]["PhoneNumber"].clone()
    }

    fn claim(&self, target: &str) -> (String, String, String) {
        let number = self.offered(target, "JP", "DID");
        let created = self.ok(
            Method::POST,
            "/phone-number/claim",
            json!({"TargetArn": target, "PhoneNumber": number}),
        );
        (
            text(&created["PhoneNumberId"]),
            text(&created["PhoneNumberArn"]),
            text(&number),
        )
    }

    fn facts(&self, instance: &str) -> InstanceFacts {
        self.service.instance(REGION, instance).unwrap()
    }
}

#[test]
fn every_declaration_matches_the_model() {
    assert_eq!(OPERATIONS.departures(), Vec::<String>::new());
    assert_eq!(OPERATIONS.names().len(), 405);
}

fn new_instance(alias: &str) -> Value {
    json!({"InstanceAlias": alias, "IdentityManagementType": "CONNECT_MANAGED",
           "InboundCallsEnabled": true, "OutboundCallsEnabled": false})
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn encoded(arn: &str) -> String {
    utf8_percent_encode(arn, NON_ALPHANUMERIC).to_string()
}

fn error(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}
