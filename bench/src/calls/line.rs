//! Times and throughput of the whole line: Terraform, Amazon Connect, Lambda, the function's processes, tables,
//! messages.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, ensure};
use futures_util::{StreamExt, TryStreamExt, stream};
use http::Method;
use local_account::{Account, AccountConfig, AwsCall, LocalClient};
use local_connect::CallerId;
use local_harness::sample::{put_campaign, put_member};
use local_harness::{Deployment, Outputs};
use local_toolchain::{PlanOutcome, Progress, Toolchain};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::connect::finish;
use super::memory::now;
use super::{Effort, PIN};
use crate::functions::number;
use crate::statistics::Summary;

const REGION: &str = "ap-northeast-1";
/// Parallel calls, which need about as many processes.
const AT_ONCE: usize = 8;

/// Terraform's times for the complete example, in seconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TerraformFigures {
    /// The first `terraform apply`.
    pub apply: Summary,
    /// A `terraform plan` without changes.
    pub plan: Summary,
    /// `terraform destroy`.
    pub destroy: Summary,
}

/// Calls of the deployed line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LineCalls {
    /// The number of calls, of which eight run in parallel.
    pub calls: usize,
    pub per_second: f64,
    /// Memory of the account's process after the calls, in MiB.
    pub account_mib: f64,
}

/// The figures of the line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LineFigures {
    pub terraform: TerraformFigures,
    /// The measurements, by the number of calls.
    pub calls: Vec<LineCalls>,
}

/// Deploys the complete example and calls it. Returns the figures and the flow's content.
pub(super) async fn run(
    toolchain: &Toolchain,
    repository: &Path,
    effort: &Effort,
    progress: &dyn Progress,
) -> anyhow::Result<(LineFigures, String)> {
    let package = toolchain.build_function_zip(repository).await?;
    let directory = tempfile::tempdir()?;
    let account = Account::start(AccountConfig::new(
        SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        directory.path(),
    ))
    .await?;
    let endpoint = account.endpoint_url();
    let mut deployment =
        Deployment::prepare(toolchain, repository, "complete", &endpoint, REGION).await?;
    deployment.carry(&package)?;
    let (mut apply, mut plan, mut destroy) = (Vec::new(), Vec::new(), Vec::new());
    let mut found = None;
    for turn in 0..effort.applies {
        progress.detail(&format!("terraform apply, {turn} of {}", effort.applies));
        let started = Instant::now();
        let outputs = deployment.apply().await?;
        apply.push(started.elapsed().as_secs_f64());
        let started = Instant::now();
        let changes = deployment.plan().await?;
        plan.push(started.elapsed().as_secs_f64());
        ensure!(
            changes.outcome == PlanOutcome::Empty,
            "the second plan must be empty, but was:\n{}",
            changes.text
        );
        if found.is_none() {
            let content = content(&endpoint, &outputs).await?;
            let calls = call(&account, &outputs, effort, progress).await?;
            found = Some((calls, content));
        }
        let started = Instant::now();
        deployment.destroy().await?;
        destroy.push(started.elapsed().as_secs_f64());
    }
    account.shutdown().await;
    let (calls, content) = found.context("there must be at least one apply")?;
    let terraform = TerraformFigures {
        apply: Summary::of(apply)?,
        plan: Summary::of(plan)?,
        destroy: Summary::of(destroy)?,
    };
    Ok((LineFigures { terraform, calls }, content))
}

async fn content(endpoint: &str, outputs: &Outputs) -> anyhow::Result<String> {
    let path = format!(
        "/contact-flows/{}/{}",
        outputs.instance_id, outputs.contact_flow_id
    );
    let answer = LocalClient::new(endpoint)
        .aws(AwsCall {
            service: "connect",
            region: REGION,
            method: Method::GET,
            path: &path,
            target: None,
            content_type: "application/json",
            body: String::new(),
        })
        .await?;
    let answer: Value = serde_json::from_str(&answer)?;
    let content = answer["ContactFlow"]["Content"].as_str();
    Ok(content.context("the flow must have content")?.to_owned())
}

async fn call(
    account: &Account,
    outputs: &Outputs,
    effort: &Effort,
    progress: &dyn Progress,
) -> anyhow::Result<Vec<LineCalls>> {
    let client = LocalClient::new(account.endpoint_url());
    let url = "https://example.com/campaign";
    put_campaign(&client, REGION, &outputs.benefits_table_name, PIN, url).await?;
    let mut found = Vec::new();
    let mut next = 0;
    for &calls in &effort.calls {
        progress.detail(&format!("{calls} calls"));
        let callers: Vec<String> = (next..next + calls)
            .map(|caller| u32::try_from(caller).map(number))
            .collect::<Result<_, _>>()?;
        next += calls;
        for caller in &callers {
            put_member(&client, REGION, &outputs.member_table_name, caller, "1").await?;
        }
        let before = account.outbox().messages().len();
        let started = Instant::now();
        stream::iter(&callers)
            .map(|caller| async move {
                let from = CallerId::Number(caller.clone());
                let mut call = account.connect().dial(&outputs.phone_number, from).await?;
                finish(&mut call).await
            })
            .buffer_unordered(AT_ONCE)
            .try_collect::<()>()
            .await?;
        let took = started.elapsed();
        let sent = account.outbox().messages().len() - before;
        ensure!(
            sent == calls,
            "{calls} calls must send as many messages, but sent {sent}"
        );
        found.push(LineCalls {
            calls,
            per_second: calls as f64 / took.as_secs_f64(),
            account_mib: now("VmRSS")?,
        });
    }
    Ok(found)
}
