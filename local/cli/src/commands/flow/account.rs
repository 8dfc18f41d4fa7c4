//! Flows of a running account, by the operations of Amazon Connect that every client has.

use std::path::PathBuf;

use anyhow::{Context, bail};
use http::Method;
use local_account::{AwsCall, LocalClient};
use serde_json::Value;

use super::input::Input;
use crate::commands::region;
use crate::commands::test::shown;

/// The operations that list flows and modules, their members, and the operations that describe one.
const KINDS: [Kind; 2] = [
    Kind {
        list: "/contact-flows-summary",
        listed: "ContactFlowSummaryList",
        describe: "/contact-flows",
        described: "ContactFlow",
    },
    Kind {
        list: "/contact-flow-modules-summary",
        listed: "ContactFlowModulesSummaryList",
        describe: "/contact-flow-modules",
        described: "ContactFlowModule",
    },
];

struct Kind {
    list: &'static str,
    listed: &'static str,
    describe: &'static str,
    described: &'static str,
}

/// A flow or module of an instance.
struct Found {
    kind: &'static Kind,
    instance: String,
    id: String,
    name: String,
}

/// Reads the flow or module with this name, id or ARN.
///
/// # Errors
/// When no account answers, or none or several have the name.
pub(super) async fn describe(account: &LocalClient, wanted: &str) -> anyhow::Result<Input> {
    let region = region();
    let mut found = Vec::new();
    let mut names = Vec::new();
    for instance in list(account, &region, "/instance", "InstanceSummaryList").await? {
        let instance = text(&instance, "Id")?;
        for kind in &KINDS {
            let path = format!("{}/{instance}", kind.list);
            for flow in list(account, &region, &path, kind.listed).await? {
                let one = Found {
                    kind,
                    instance: instance.clone(),
                    id: text(&flow, "Id")?,
                    name: text(&flow, "Name")?,
                };
                let arn = text(&flow, "Arn")?;
                let given = [one.name.as_str(), one.id.as_str(), arn.as_str()];
                if given.contains(&wanted) {
                    found.push(one);
                } else {
                    names.push(one.name);
                }
            }
        }
    }
    let [flow] = found.as_slice() else {
        match found.len() {
            0 => bail!(
                "--flow must be the name, id or ARN of a flow or module in {region}, was {}; there are: {}",
                shown(wanted),
                shown(&names.join(", "))
            ),
            many => bail!(
                "--flow must name one flow, but {many} have the name {}: give the id",
                shown(wanted)
            ),
        }
    };
    let path = format!("{}/{}/{}", flow.kind.describe, flow.instance, flow.id);
    let answer = get(account, &region, &path).await?;
    let content = text(&answer[flow.kind.described], "Content")?;
    Input::new(
        PathBuf::from(flow.name.replace(['/', '\\'], "-")),
        flow.name.clone(),
        Some(flow.id.clone()),
        content,
    )
}

/// Returns all pages of a list.
async fn list(
    account: &LocalClient,
    region: &str,
    path: &str,
    member: &str,
) -> anyhow::Result<Vec<Value>> {
    let mut all = Vec::new();
    let mut query = String::new();
    loop {
        let page = get(account, region, &format!("{path}{query}")).await?;
        all.extend(page[member].as_array().into_iter().flatten().cloned());
        match page["NextToken"].as_str() {
            Some(token) => query = format!("?nextToken={}", escaped(token)),
            None => return Ok(all),
        }
    }
}

/// Returns a text as a part of a query.
fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte.is_ascii_alphanumeric() {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        })
        .collect()
}

async fn get(account: &LocalClient, region: &str, path: &str) -> anyhow::Result<Value> {
    let answer = account
        .aws(AwsCall {
            service: "connect",
            region,
            method: Method::GET,
            path,
            target: None,
            content_type: "application/json",
            body: String::new(),
        })
        .await?;
    serde_json::from_str(&answer).context("the answer of the account must be JSON")
}

fn text(value: &Value, member: &str) -> anyhow::Result<String> {
    let text = value[member].as_str();
    let text = text.with_context(|| format!("the answer of the account must have {member}"))?;
    Ok(text.to_owned())
}
