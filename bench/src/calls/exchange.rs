//! Amazon Connect of the local account, with a function in process.

use std::sync::Arc;

use anyhow::{Context, ensure};
use bytes::Bytes;
use connect_flow::Ending;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{HeaderMap, Method};
use local_connect::{Call, CallerId, ConnectPorts, ConnectService};
use local_wire::{
    Fault, FunctionAnswer, FunctionInvoker, FunctionPolicies, InvokeRequest, LogEvent, LogSink,
    LogSinkError, Principal, Request, Service,
};
use serde_json::{Value, json};

use super::{Effort, PIN, Throughput, function, thread_time};
use crate::statistics::Summary;

const REGION: &str = "ap-northeast-1";

/// An instance with the flow on a number.
pub(super) struct Exchange {
    connect: Arc<ConnectService>,
    number: String,
}

impl Exchange {
    pub(super) async fn new(content: &str) -> anyhow::Result<Self> {
        let connect = ConnectService::new(ConnectPorts {
            functions: Arc::new(Neighbours),
            invoker: Arc::new(Neighbours),
            logs: Arc::new(Neighbours),
            time_limits: true,
        });
        let ask = async |method: Method, path: String, body: Value| {
            let request = Request {
                region: REGION.to_owned(),
                service: "connect".to_owned(),
                access_key_id: "bench".to_owned(),
                method,
                uri: path.parse()?,
                headers: HeaderMap::new(),
                body: Bytes::from(body.to_string()),
            };
            let answer = connect.handle(request).await;
            let said = String::from_utf8_lossy(answer.body());
            ensure!(answer.status().is_success(), "{path}: {said}");
            anyhow::Ok(serde_json::from_str::<Value>(&said).unwrap_or_default())
        };
        let text = |value: &Value, name: &str| {
            let text = value[name].as_str().map(str::to_owned);
            text.with_context(|| format!("Amazon Connect gave no {name}"))
        };
        let instance = json!({
            "InstanceAlias": "bench", "IdentityManagementType": "CONNECT_MANAGED",
            "InboundCallsEnabled": true, "OutboundCallsEnabled": false
        });
        let instance = ask(Method::PUT, "/instance".to_owned(), instance).await?;
        let (id, arn) = (text(&instance, "Id")?, text(&instance, "Arn")?);
        let flow = json!({ "Name": "line", "Type": "CONTACT_FLOW", "Content": content });
        let flow = ask(Method::PUT, format!("/contact-flows/{id}"), flow).await?;
        let offer = json!({
            "TargetArn": arn, "PhoneNumberCountryCode": "JP", "PhoneNumberType": "DID",
            "MaxResults": 1
        });
        let path = "/phone-number/search-available".to_owned();
        let offer = ask(Method::POST, path, offer).await?;
        let number = text(&offer["AvailableNumbersList"][0], "PhoneNumber")?;
        let claim = json!({ "TargetArn": arn, "PhoneNumber": number });
        let claimed = ask(Method::POST, "/phone-number/claim".to_owned(), claim).await?;
        let path = format!(
            "/phone-number/{}/contact-flow",
            text(&claimed, "PhoneNumberId")?
        );
        let way = json!({ "InstanceId": id, "ContactFlowId": text(&flow, "ContactFlowId")? });
        ask(Method::PUT, path, way).await?;
        Ok(Self { connect, number })
    }

    /// A call that waits for its PIN.
    pub(super) async fn dial(&self, caller: usize) -> anyhow::Result<Call> {
        let from = CallerId::Number(format!("+8190{caller:08}"));
        let call = self.connect.dial(&self.number, from).await?;
        ensure!(call.is_waiting(), "the line does not ask for a PIN");
        Ok(call)
    }
}

/// Keys the PIN in and hears the call to its end.
pub(super) async fn finish(call: &mut Call) -> anyhow::Result<()> {
    let keys = local_connect::keys(&format!("{PIN}#"))
        .map_err(|symbol| anyhow::anyhow!("{symbol} is on no telephone"))?;
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
        let exchange = Exchange::new(content).await?;
        let mut found = Vec::new();
        for &calls in &effort.calls {
            let mut rates = Vec::with_capacity(effort.repetitions);
            for _ in 0..effort.repetitions {
                let started = thread_time();
                for caller in 0..calls {
                    finish(&mut exchange.dial(caller).await?).await?;
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

/// The rest of the account.
struct Neighbours;

impl FunctionInvoker for Neighbours {
    fn invoke(&self, request: InvokeRequest) -> BoxFuture<'_, Result<FunctionAnswer, Fault>> {
        // What cannot be read is answered as an unknown command.
        let event: Value = serde_json::from_slice(&request.payload).unwrap_or_default();
        let answer = FunctionAnswer {
            payload: Bytes::from_static(function::answer(&event)),
            function_error: None,
            executed_version: "$LATEST".to_owned(),
        };
        async move { Ok(answer) }.boxed()
    }
}

impl FunctionPolicies for Neighbours {
    fn grant_invoke(&self, _: &str, _: &str, _: &Principal) -> Result<(), Fault> {
        Ok(())
    }

    fn revoke_invoke(&self, _: &str, _: &str) {}
}

impl LogSink for Neighbours {
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
        _: Vec<LogEvent>,
    ) -> BoxFuture<'a, Result<(), LogSinkError>> {
        async { Ok(()) }.boxed()
    }
}
