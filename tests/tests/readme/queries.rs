//! The queries of the guides for Logs Insights, run over the logs of calls.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types::QueryStatus;
use e2e::{Failure, REGION, TestAccount, press};
use local_account::{Effect, FaultRule};
use local_harness::sample::put_member;

use super::{FLOW_LOG, FUNCTION_LOG, MEMBERS, PIN, dial, guide};

/// A member whose message AWS throttles.
const THROTTLED_MEMBER: &str = "+819012345602";
/// A time behind all lines: calls have a clock of their own, which may be ahead.
const LATEST: i64 = 4_000_000_000;

/// The fields of a result.
type Row = BTreeMap<String, String>;

/// Fields that a result must have.
type Expected = [(&'static str, &'static str)];

/// A query, by a part of its text, with the log that its guide names and a result for each of the
/// purposes that the guide states.
const QUERIES: [(&str, &str, &[&Expected]); 10] = [
    (
        "filter caller = '+81*****5678'",
        FUNCTION_LOG,
        &[
            &[("command", "getMemberId"), ("outcome", "MEMBER")],
            &[("command", "sendSms"), ("outcome", "SENT")],
        ],
    ),
    (
        "filter contact_id = 'CONTACT_ID'",
        FUNCTION_LOG,
        &[
            &[("command", "getMemberId"), ("outcome", "MEMBER")],
            &[("command", "sendSms"), ("outcome", "SENT")],
        ],
    ),
    (
        "filter ContactId = 'CONTACT_ID'",
        FLOW_LOG,
        &[&[("ContactFlowModuleType", "PlayPrompt")]],
    ),
    (
        "by outcome, level",
        FUNCTION_LOG,
        &[&[("outcome", "SENT"), ("level", "INFO")]],
    ),
    (
        "level in ['WARN', 'ERROR']",
        FUNCTION_LOG,
        &[
            &[("outcome", "CAMPAIGN_INVALID")],
            &[("outcome", "SMS_FAILED")],
        ],
    ),
    (
        "or message = 'failed'",
        FUNCTION_LOG,
        &[
            &[("outcome", "CAMPAIGN_INVALID")],
            &[("outcome", "SMS_FAILED")],
        ],
    ),
    ("type = 'platform.report'", FUNCTION_LOG, &[&[]]),
    (
        "['PIN_NOT_FOUND', 'NOT_A_MEMBER'] and command = 'sendSms'",
        FUNCTION_LOG,
        &[&[("caller", "+81*****5678"), ("tries", "1")]],
    ),
    (
        "['SMS_FAILED', 'SMS_REFUSED']",
        FUNCTION_LOG,
        &[&[("outcome", "SMS_FAILED")]],
    ),
    (
        "by outcome, command",
        FUNCTION_LOG,
        &[&[("outcome", "SENT"), ("command", "sendSms")]],
    ),
];

/// Runs every query of the runbook and of the operations guide after calls that were answered with a
/// message, with a wrong PIN, with a broken campaign and, here, with a message that AWS throttles.
pub(super) async fn the_guides_queries_find_what_they_are_for(
    aws: &TestAccount,
    number: &str,
) -> Result<(), Failure> {
    put_member(&aws.client, REGION, MEMBERS, THROTTLED_MEMBER, "5678").await?;
    let throttle = FaultRule::new("sns", Effect::Throttle).operation("Publish");
    aws.account.faults().add(throttle)?;
    let mut call = dial(aws, number, THROTTLED_MEMBER).await?;
    press(&mut call, &format!("{PIN}#")).await;
    aws.account.faults().set(Vec::new())?;

    let logs = Client::new(&aws.sdk_config().await);
    let contacts = "filter outcome = 'SENT' | fields contact_id | sort @timestamp desc | limit 1";
    let contacts = run(&logs, FUNCTION_LOG, contacts).await?;
    let contact = &contacts.first().ok_or("a message must have been sent")?["contact_id"];

    let guides = guide("runbook.md") + guide("operations.md").as_str();
    let queries = guides.split("```text\nfields ").skip(1);
    let mut used = BTreeSet::new();
    for query in queries.filter_map(|rest| rest.split("```").next()) {
        let query = format!("fields {query}");
        let known = |(index, row): &(usize, &(&str, &str, _))| {
            query.contains(row.0) && !used.contains(index)
        };
        let found = QUERIES.iter().enumerate().find(known);
        let (index, (_, log, purposes)) =
            found.unwrap_or_else(|| panic!("a test must have the purpose of the query {query}"));
        used.insert(index);
        let text = query.replace("CONTACT_ID", contact);
        let rows = run(&logs, log, &text).await?;
        for purpose in *purposes {
            let has = |row: &Row| {
                let mut fields = purpose.iter();
                fields.all(|(name, value)| row.get(*name).is_some_and(|found| found == value))
            };
            assert!(
                rows.iter().any(has),
                "the query {text} must find {purpose:?}, but found {rows:#?}"
            );
        }
        if text.contains("contact_id = '") {
            // "One call has one contact_id: first a line with the command getMemberId".
            assert_eq!(rows[0]["command"], "getMemberId", "{text}");
        }
        if text.contains("platform.report") {
            let durations: Vec<f64> = rows
                .iter()
                .map(|row| row["record.metrics.durationMs"].parse())
                .collect::<Result<_, _>>()?;
            assert!(durations.is_sorted_by(|a, b| a >= b), "{durations:?}");
        }
    }
    assert_eq!(
        used.len(),
        QUERIES.len(),
        "the guides must have all queries"
    );
    Ok(())
}

/// Runs a query over a log and waits for its results.
async fn run(logs: &Client, log: &str, query: &str) -> Result<Vec<Row>, Failure> {
    let start = logs.start_query().log_group_name(log).query_string(query);
    let started = start.start_time(0).end_time(LATEST).send().await?;
    loop {
        let results = logs.get_query_results();
        let results = results
            .set_query_id(started.query_id.clone())
            .send()
            .await?;
        match results.status() {
            Some(QueryStatus::Scheduled | QueryStatus::Running) => {}
            Some(QueryStatus::Complete) => {
                let rows = results.results().iter();
                let field = |field: &aws_sdk_cloudwatchlogs::types::ResultField| {
                    Some((field.field.clone()?, field.value.clone()?))
                };
                return Ok(rows
                    .map(|row| row.iter().filter_map(field).collect())
                    .collect());
            }
            status => return Err(format!("the query {query} ended with {status:?}").into()),
        }
    }
}
