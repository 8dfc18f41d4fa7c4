//! A flow file alone: an instance of Amazon Connect in this process that has nothing else.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, bail};
use connect_test_cases::{Channel, Origin, Start, TestFile};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::Method;
use local_connect::{ConnectPorts, ConnectService};
use local_wire::{Alone, Fault, FunctionAnswer, FunctionInvoker, InvokeRequest, Request, Service};
use serde_json::{Value, json};

use super::files::named;
use crate::commands::region;

/// A Lambda without functions.
#[derive(Default)]
struct NoFunctions {
    /// The functions that flows invoked.
    invoked: Mutex<BTreeSet<String>>,
}

impl FunctionInvoker for NoFunctions {
    fn invoke(&self, request: InvokeRequest) -> BoxFuture<'_, Result<FunctionAnswer, Fault>> {
        let message = format!("Function not found: {}", request.function_arn);
        let mut invoked = self.invoked.lock().unwrap_or_else(PoisonError::into_inner);
        invoked.insert(request.function_arn);
        async { Err(Fault::new(404, "ResourceNotFoundException", message)) }.boxed()
    }
}

/// An instance with one flow.
pub(super) struct FlowAlone {
    pub(super) connect: Arc<ConnectService>,
    functions: Arc<NoFunctions>,
    pub(super) flow_id: String,
}

impl FlowAlone {
    /// Publishes the content of a flow file.
    ///
    /// # Errors
    /// When the service would refuse the flow; all reasons are named.
    pub(super) async fn new(file: &Path, content: &str) -> anyhow::Result<Self> {
        let functions = Arc::new(NoFunctions::default());
        let connect = ConnectService::new(ConnectPorts {
            functions: Arc::new(Alone),
            invoker: functions.clone(),
            logs: Arc::new(Alone),
            time_limits: true,
            repeat_limit: local_connect::REPEAT_LIMIT,
            instances_per_region: local_connect::INSTANCES_PER_REGION,
            alias_hold: Duration::ZERO,
        });
        let instance = put(
            &connect,
            "/instance",
            &json!({ "InstanceAlias": "tests", "IdentityManagementType": "CONNECT_MANAGED",
                     "InboundCallsEnabled": true, "OutboundCallsEnabled": true }),
        )
        .await?;
        let path = format!("/contact-flows/{}", member(&instance, "Id")?);
        let flow = json!({ "Name": name_of(file), "Type": "CONTACT_FLOW", "Content": content });
        let flow = put(&connect, &path, &flow)
            .await
            .with_context(|| format!("{} must be a flow that AWS accepts", named(file)))?;
        let flow_id = member(&flow, "ContactFlowId")?.to_owned();
        Ok(Self {
            connect,
            functions,
            flow_id,
        })
    }

    /// Returns the entry point of a test case with this flow in place of its own flow or numbers. One
    /// that AWS would refuse is returned as it is.
    pub(super) fn entry_point(&self, file: &TestFile) -> Option<Value> {
        let start = match file.start() {
            Ok(start) => start,
            Err(_) => return file.entry_point.clone(),
        };
        let flow_id = &self.flow_id;
        Some(match start {
            None => voice(json!({ "FlowId": flow_id })),
            Some(Start {
                channel: Channel::Chat,
                ..
            }) => json!({ "Type": "CHAT", "ChatEntryPointParameters": { "FlowId": flow_id } }),
            Some(Start { origin, .. }) => {
                let source = match origin {
                    Origin::Flow { source, .. } => source,
                    Origin::Numbers { source, .. } => Some(source),
                };
                match source.filter(|source| !source.is_empty()) {
                    Some(source) => {
                        voice(json!({ "FlowId": flow_id, "SourcePhoneNumber": source }))
                    }
                    None => voice(json!({ "FlowId": flow_id })),
                }
            }
        })
    }

    /// Takes the functions that the flow invoked since the last time.
    pub(super) fn take_invoked(&self) -> Vec<String> {
        let invoked = self.functions.invoked.lock();
        let mut invoked = invoked.unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *invoked).into_iter().collect()
    }
}

fn voice(parameters: Value) -> Value {
    json!({ "Type": "VOICE_CALL", "VoiceCallEntryPointParameters": parameters })
}

/// Returns the name of a flow: that of its file, which the service takes.
fn name_of(file: &Path) -> String {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    stem.chars().take(127).collect()
}

fn member<'a>(answer: &'a Value, name: &str) -> anyhow::Result<&'a str> {
    let found = answer[name].as_str();
    found.with_context(|| format!("bug: the answer of the service must have {name}"))
}

async fn put(connect: &ConnectService, path: &str, body: &Value) -> anyhow::Result<Value> {
    let request = Request::rest(&region(), "connect", Method::PUT, path.parse()?, body);
    let answer = connect.handle(request).await;
    let text = String::from_utf8_lossy(answer.body()).into_owned();
    if !answer.status().is_success() {
        bail!("{}", refusal(&text));
    }
    serde_json::from_str(&text).context("bug: the answer of the service must be JSON")
}

/// Returns the problems of a refused flow, or the whole answer if it has none.
fn refusal(answer: &str) -> String {
    let parsed: Value = serde_json::from_str(answer).unwrap_or_default();
    let problems = parsed["problems"].as_array().into_iter().flatten();
    let messages: Vec<_> = problems
        .filter_map(|problem| problem["message"].as_str())
        .collect();
    match messages.is_empty() {
        true => answer.to_owned(),
        false => messages.join("\n  "),
    }
}
