//! Shows a call block by block, from the account's record of it.

use local_account::{AwsCall, CallReport, LocalClient, RequestRecord};
use local_connect::{BranchKind, InvokedFunction, TakenBranch, VisitedBlock};
use local_terminal::{Unwritten, print};
use serde_json::{Map, Value, json};

use crate::options::Format;

/// The most characters of a value that are shown on one line.
const LONGEST_VALUE: usize = 160;
/// The last lines of a function's log that are shown when it failed.
const LOG_LINES: usize = 10;

/// Prints the blocks that a call visited, each with its values, and the last log lines of functions that
/// failed.
///
/// # Errors
/// When the account does not answer, or the output cannot be written.
pub(super) async fn show(
    account: &LocalClient,
    contact_id: &str,
    format: Format,
) -> anyhow::Result<()> {
    let report = account.call_report(contact_id).await?;
    if format == Format::Json {
        print(json!({ "type": "trace", "trace": report }))?;
        return Ok(());
    }
    lines(&report).iter().try_for_each(print_line)?;
    for function in failed(&report) {
        let log = last_log_lines(account, &report.record.summary.region, function).await;
        print_line(&format!("  log of {}:", name(&function.arn)))?;
        log.iter()
            .try_for_each(|line| print_line(&format!("    {line}")))?;
    }
    Ok(())
}

fn print_line(line: &String) -> Result<(), Unwritten> {
    print(line)
}

/// Returns the functions that returned no answer.
fn failed(report: &CallReport) -> impl Iterator<Item = &InvokedFunction> {
    let functions = report.record.blocks.iter();
    let functions = functions.filter_map(|block| block.function.as_ref());
    functions.filter(|function| function.failure.is_some())
}

/// Returns the record of a call as lines of text.
fn lines(report: &CallReport) -> Vec<String> {
    let mut lines = vec!["\nThe way of the call:".to_owned()];
    let mut flow = None;
    for (position, block) in report.record.blocks.iter().enumerate() {
        if flow != Some(&block.flow_id) {
            lines.push(format!("  in the flow {}", shown(&block.flow_name)));
            flow = Some(&block.flow_id);
        }
        let asked = report.requests.iter().find(|asked| asked.block == position);
        let asked = asked.map_or(&[][..], |asked| &asked.requests);
        lines.extend(block_lines(block, asked));
    }
    if report.record.left_out > 0 {
        lines.push(format!(
            "  {} later blocks are not on record",
            report.record.left_out
        ));
    }
    lines
}

fn block_lines(block: &VisitedBlock, asked: &[RequestRecord]) -> Vec<String> {
    let seconds = block.at_ms / 1_000;
    let tenths = block.at_ms % 1_000 / 100;
    let way = block.left_by.as_ref().map(way).unwrap_or_default();
    let mut lines = vec![format!(
        "  {:>7}  {}  {}{way}",
        format!("{seconds}.{tenths} s"),
        shown(&block.block),
        block.block_type,
    )];
    let mut detail = |line: String| lines.push(format!("{:13}{line}", ""));
    for (name, value) in &block.parameters {
        detail(format!("{} = {}", shown(name), text_of(value)));
    }
    if !block.attributes.is_empty() {
        let pairs = block.attributes.iter();
        let pairs = pairs.map(|(name, value)| format!("{}={}", shown(name), shown(value)));
        detail(format!(
            "$.Attributes: {}",
            pairs.collect::<Vec<_>>().join(" ")
        ));
    }
    if !block.external.is_empty() {
        detail(format!("$.External: {}", members(&block.external)));
    }
    if let Some(function) = &block.function {
        let took = function.finished_at - function.started_at;
        let sent = &function.request["Details"]["Parameters"];
        detail(format!(
            "function {} was asked {}",
            name(&function.arn),
            text_of(sent)
        ));
        match (&function.answer, &function.failure) {
            (Some(answer), _) => {
                detail(format!(
                    "it answered {} after {} ms",
                    text_of(answer),
                    took.whole_milliseconds()
                ));
            }
            (None, failure) => {
                let failure = failure.as_deref().unwrap_or("it has not answered yet");
                detail(format!("{failure}, after {} ms", took.whole_milliseconds()));
            }
        }
        for request in asked {
            detail(request_line(request, function));
        }
    }
    for line in &block.log {
        detail(format!("flow log {}", log_line(line)));
    }
    lines
}

/// Returns a line of the flow log without the members that the block and the call have said already.
fn log_line(line: &Value) -> String {
    let Value::Object(all) = line else {
        return text_of(line);
    };
    const SAID: [&str; 5] = [
        "ContactId",
        "ContactFlowId",
        "ContactFlowName",
        "Identifier",
        "Timestamp",
    ];
    let new = all
        .iter()
        .filter(|(name, _)| !SAID.contains(&name.as_str()));
    let new = new.map(|(name, value)| (name.clone(), value.clone()));
    members(&new.collect())
}

/// Describes a request of a function, with the time from the function's start.
fn request_line(request: &RequestRecord, function: &InvokedFunction) -> String {
    let since = (request.started_at - function.started_at).whole_milliseconds();
    let took = (request.finished_at - request.started_at).whole_milliseconds();
    let status = match request.status {
        Some(status) => status.to_string(),
        None => "no answer".to_owned(),
    };
    let fault = request.fault.as_deref();
    let fault = fault
        .map(|fault| format!(", fault: {}", shown(fault)))
        .unwrap_or_default();
    format!(
        "  at {since} ms  {} {}  {status}, {took} ms{fault}",
        shown(&request.service),
        shown(&request.operation)
    )
}

fn way(branch: &TakenBranch) -> String {
    let name = branch.name.as_deref().map(shown).unwrap_or_default();
    let target = branch.target.as_deref().map(shown).unwrap_or_default();
    match branch.kind {
        BranchKind::Next => format!(" → {target}"),
        BranchKind::Condition => format!(" → {target} (if {name})"),
        BranchKind::Error => format!(" → {target} (error {name})"),
        BranchKind::End => " (the end)".to_owned(),
    }
}

/// Returns a function's name from its ARN.
fn name(arn: &str) -> String {
    // arn:aws:lambda:REGION:ACCOUNT:function:NAME, perhaps with a version or alias.
    shown(arn.split(':').nth(6).unwrap_or(arn))
}

fn members(members: &Map<String, Value>) -> String {
    text_of(&Value::Object(members.clone()))
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => shown(text),
        value => shown(&value.to_string()),
    }
}

/// Returns a text on one line: its start, with control characters escaped.
fn shown(text: &str) -> String {
    local_terminal::shown(text, LONGEST_VALUE)
}

/// Returns the last lines of a function's log, or the reason why there are none.
async fn last_log_lines(
    account: &LocalClient,
    region: &str,
    function: &InvokedFunction,
) -> Vec<String> {
    let group = format!("/aws/lambda/{}", name(&function.arn));
    let request = AwsCall {
        service: "logs",
        region,
        method: http::Method::POST,
        path: "/",
        target: Some("Logs_20140328.FilterLogEvents"),
        content_type: "application/x-amz-json-1.1",
        body: json!({
            "logGroupName": group,
            "startTime": function.started_at.unix_timestamp() * 1_000,
        })
        .to_string(),
    };
    let answer = match account.aws(request).await {
        Ok(answer) => answer,
        Err(error) => return vec![format!("cannot be read: {error}")],
    };
    let answer: Value = match serde_json::from_str(&answer) {
        Ok(answer) => answer,
        Err(error) => return vec![format!("cannot be read: {error}")],
    };
    let events = answer["events"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let messages = events.iter().filter_map(|event| event["message"].as_str());
    let mut messages: Vec<_> = messages.map(|message| shown(message.trim_end())).collect();
    messages.drain(..messages.len().saturating_sub(LOG_LINES));
    match messages.is_empty() {
        true => vec!["it wrote nothing".to_owned()],
        false => messages,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> CallReport {
        serde_json::from_value(json!({
            "contactId": "c-1", "contactIds": ["c-1"], "region": "ap-northeast-1",
            "instanceAlias": "line", "channel": "VOICE", "startedAt": "2026-11-27T01:00:00Z",
            "waiting": false, "ended": "the line hung up", "leftOut": 0,
            "blocks": [
                {
                    "flowId": "f-1", "flowName": "line", "block": "Send SMS",
                    "blockType": "InvokeLambdaFunction", "atMs": 12_345,
                    "parameters": { "LambdaInvocationAttributes": { "pin": "••••" } },
                    "attributes": { "language": "ja" }, "external": {},
                    "leftBy": { "kind": "error", "name": "NoMatchingError", "target": "Say\nsorry" },
                    "function": {
                        "arn": "arn:aws:lambda:ap-northeast-1:000000000000:function:line:live",
                        "traceId": "1-0-0",
                        "request": { "Details": { "Parameters": { "cmd": "sendSms" } } },
                        "failure": "the function did not answer in time",
                        "startedAt": "2026-11-27T01:00:10Z", "finishedAt": "2026-11-27T01:00:18.012Z",
                    },
                    "events": [], "log": [{ "Results": "Timeout", "ContactId": "c-1" }],
                },
                {
                    "flowId": "f-1", "flowName": "line", "block": "Say\nsorry",
                    "blockType": "MessageParticipant", "atMs": 20_345,
                    "parameters": { "Text": "申し訳ございません" }, "attributes": {}, "external": {},
                    "leftBy": { "kind": "end" }, "events": [], "log": [],
                },
            ],
            "requests": [{ "block": 0, "requests": [{
                "service": "dynamodb", "operation": "GetItem", "region": "ap-northeast-1",
                "accessKeyId": "k", "role": null, "startedAt": "2026-11-27T01:00:10.020Z",
                "finishedAt": "2026-11-27T01:00:10.024Z", "status": null, "fault": "dropped",
            }] }],
        }))
        .unwrap()
    }

    #[test]
    fn a_block_is_shown_with_all_that_it_met_and_its_way_on() {
        let expected = [
            "\nThe way of the call:",
            "  in the flow line",
            "   12.3 s  Send SMS  InvokeLambdaFunction → Say\\nsorry (error NoMatchingError)",
            "             LambdaInvocationAttributes = {\"pin\":\"••••\"}",
            "             $.Attributes: language=ja",
            "             function line was asked {\"cmd\":\"sendSms\"}",
            "             the function did not answer in time, after 8012 ms",
            "               at 20 ms  dynamodb GetItem  no answer, 4 ms, fault: dropped",
            "             flow log {\"Results\":\"Timeout\"}",
            "   20.3 s  Say\\nsorry  MessageParticipant (the end)",
            "             Text = 申し訳ございません",
        ];
        assert_eq!(lines(&report()), expected);
        assert_eq!(failed(&report()).count(), 1);
    }

    #[test]
    fn long_values_are_cut() {
        let shown = shown(&"あ".repeat(10_000));
        assert_eq!(shown, "あ".repeat(LONGEST_VALUE) + "…");
    }
}
