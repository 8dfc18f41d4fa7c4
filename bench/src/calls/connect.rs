//! Throughput of the local account's Amazon Connect, with a function in this process.

use std::sync::Arc;

use anyhow::{Context, ensure};
use bytes::Bytes;
use connect_flow::Ending;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::Method;
use local_connect::{Call, CallerId, ConnectPorts, ConnectService};
use local_wire::{Alone, Fault, FunctionAnswer, FunctionInvoker, InvokeRequest, Request, Service};
use serde_json::{Value, json};

use super::{Effort, PIN, Throughput, function, thread_time};
use crate::statistics::Summary;

const REGION: &str = "ap-northeast-1";

/// An instance with the flow and a phone number that it answers.
pub(super) struct ConnectSetup {
    connect: Arc<ConnectService>,
    number: String,
}

impl ConnectSetup {
    pub(super) async fn new(content: &str) -> anyhow::Result<Self> {
        let connect = ConnectService::new(ConnectPorts {
            functions: Arc::new(Alone),
            invoker: Arc::new(FakeFunctions),
            logs: Arc::new(Alone),
            time_limits: true,
            repeat_limit: local_connect::REPEAT_LIMIT,
            instances_per_region: local_connect::INSTANCES_PER_REGION,
            alias_hold: std::time::Duration::ZERO,
        });
        let send = async |method: Method, path: String, body: Value| {
            let request = Request::rest(REGION, "connect", method, path.parse()?, &body);
            let answer = connect.handle(request).await;
            let text = String::from_utf8_lossy(answer.body());
            ensure!(answer.status().is_success(), "{path}: {text}");
            anyhow::Ok(serde_json::from_str::<Value>(&text).unwrap_or_default())
        };
        let text = |value: &Value, name: &str| {
            let text = value[name].as_str().map(str::to_owned);
            text.with_context(|| format!("Amazon Connect's answer must have {name}"))
        };
        let instance = json!({
            "InstanceAlias": "bench", "IdentityManagementType": "CONNECT_MANAGED",
            "InboundCallsEnabled": true, "OutboundCallsEnabled": false
        });
        let instance = send(Method::PUT, "/instance".to_owned(), instance).await?;
        let (id, arn) = (text(&instance, "Id")?, text(&instance, "Arn")?);
        let flow = json!({ "Name": "line", "Type": "CONTACT_FLOW", "Content": content });
        let flow = send(Method::PUT, format!("/contact-flows/{id}"), flow).await?;
        let offer = json!({
            "TargetArn": arn, "PhoneNumberCountryCode": "JP", "PhoneNumberType": "DID",
            "MaxResults": 1
        });
        let path = "/phone-number/search-available".to_owned();
        let offer = send(Method::POST, path, offer).await?;
        let number = text(&offer["AvailableNumbersList"][0], "PhoneNumber")?;
        let claim = json!({ "TargetArn": arn, "PhoneNumber": number });
        let claimed = send(Method::POST, "/phone-number/claim".to_owned(), claim).await?;
        let path = format!(
            "/phone-number/{}/contact-flow",
            text(&claimed, "PhoneNumberId")?
        );
        let answered_by =
            json!({ "InstanceId": id, "ContactFlowId": text(&flow, "ContactFlowId")? });
        send(Method::PUT, path, answered_by).await?;
        Ok(Self { connect, number })
    }

    /// Places a call, which then waits for the PIN.
    pub(super) async fn dial(&self, caller: usize) -> anyhow::Result<Call> {
        let from = CallerId::Number(format!("+8190{caller:08}"));
        let call = self.connect.dial(&self.number, from).await?;
        ensure!(call.is_waiting(), "the line must wait for a PIN");
        Ok(call)
    }
}

/// Keys the PIN, and waits for the end of the call.
pub(super) async fn finish(call: &mut Call) -> anyhow::Result<()> {
    let keys = local_connect::keys(&format!("{PIN}#"))
        .map_err(|symbol| anyhow::anyhow!("'{symbol}' is not a key of a phone"))?;
    call.press(&keys).await;
    ensure!(
        call.ending() == Some(&Ending::Disconnected) && call.heard().len() == 2,
        "the call ended with {:?} after {:?}",
        call.ending(),
        call.heard()
    );
    Ok(())
}

pub(super) fn throughput(content: &str, effort: &Effort) -> anyhow::Result<Vec<Throughput>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()?;
    runtime.block_on(async {
        let setup = ConnectSetup::new(content).await?;
        let mut found = Vec::new();
        for &calls in &effort.calls {
            let mut rates = Vec::with_capacity(effort.repetitions);
            for _ in 0..effort.repetitions {
                let started = thread_time();
                for caller in 0..calls {
                    finish(&mut setup.dial(caller).await?).await?;
                }
                rates.push(calls as f64 / (thread_time() - started));
            }
            found.push(Throughput {
                calls,
                per_second: Summary::of(rates)?,
            });
        }
        Ok(found)
    })
}

/// A Lambda whose functions run in this process.
struct FakeFunctions;

impl FunctionInvoker for FakeFunctions {
    fn invoke(&self, request: InvokeRequest) -> BoxFuture<'_, Result<FunctionAnswer, Fault>> {
        // An event that cannot be read is answered like an unknown command.
        let event: Value = serde_json::from_slice(&request.payload).unwrap_or_default();
        let answer = FunctionAnswer {
            payload: Bytes::from_static(function::answer(&event)),
            function_error: None,
            executed_version: "$LATEST".to_owned(),
        };
        async move { Ok(answer) }.boxed()
    }
}
