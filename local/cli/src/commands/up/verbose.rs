//! Prints each request to a running account as it ends.

use local_account::{Fed, RequestFeed, RequestRecord};
use local_terminal::shown;

use crate::screen::{Printed, Screen, utc};

/// The most characters of a name that are shown. A client may send any.
const MAX_NAME: usize = 64;

/// Prints requests until the account ends or the output cannot be written, which the command's own next
/// line reports.
pub(super) async fn print_requests(mut feed: RequestFeed, screen: Screen) {
    while let Some(fed) = feed.next().await {
        if let Err(error) = print(&fed, screen) {
            tracing::debug!(%error, "cannot print a request");
            return;
        }
    }
}

fn print(fed: &Fed, screen: Screen) -> Printed {
    match fed {
        Fed::Request(record) => screen.request(record, &line(record)),
        Fed::Missed(count) => screen.say(&format!("({count} requests are left out here)")),
    }
}

/// Returns a request as a line: time, service, operation, caller, status and duration. It has nothing of
/// what the request contains.
fn line(record: &RequestRecord) -> String {
    let caller = match &record.role {
        Some(role) => {
            let name = role.rsplit('/').next().unwrap_or(role);
            format!("role {}", shown(name, MAX_NAME))
        }
        None => format!("key {}", shown(&record.access_key_id, MAX_NAME)),
    };
    let status = match record.status {
        Some(status) => status.to_string(),
        None => "no answer".to_owned(),
    };
    let took = record.finished_at - record.started_at;
    let mut line = format!(
        "{}  {} {}  {caller}  {status}  {} ms",
        utc(record.started_at),
        shown(&record.service, MAX_NAME),
        shown(&record.operation, MAX_NAME),
        took.whole_milliseconds()
    );
    if let Some(fault) = &record.fault {
        line.push_str(&format!("  fault rule: {}", shown(fault, MAX_NAME)));
    }
    if record.upstream {
        line.push_str("  went to the upstream");
    }
    line
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_request_is_a_line_without_its_content() {
        let record = |changes: serde_json::Value| -> RequestRecord {
            let mut record = json!({
                "service": "dynamodb",
                "operation": "GetItem",
                "region": "ap-northeast-1",
                "accessKeyId": "ASIA1",
                "role": "arn:aws:iam::123456789012:role/campaign-line",
                "startedAt": "2026-02-03T04:05:06Z",
                "finishedAt": "2026-02-03T04:05:06.007Z",
                "status": 200,
                "fault": null,
            });
            for (name, value) in changes.as_object().unwrap() {
                record[name] = value.clone();
            }
            serde_json::from_value(record).unwrap()
        };
        assert_eq!(
            line(&record(json!({}))),
            "2026-02-03T04:05:06Z  dynamodb GetItem  role campaign-line  200  7 ms"
        );
        let strange = json!({
            "role": null, "accessKeyId": "\u{1b}[2J", "status": null, "fault": "latency",
        });
        assert_eq!(
            line(&record(strange)),
            "2026-02-03T04:05:06Z  dynamodb GetItem  key \\u{1b}[2J  no answer  7 ms  \
             fault rule: latency"
        );
    }
}
