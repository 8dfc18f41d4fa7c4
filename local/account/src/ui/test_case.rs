//! A call as a test case.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use local_connect::{CallEvent, CallRecord, Stroke, conversation, strokes};
use serde::Deserialize;

use super::Ui;
use super::refusal::{no_record, refuse};

/// A test case to write.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TestCaseRequest {
    /// The name of the test case.
    name: String,
    /// The keys that the caller pressed, one entry for each time. The account does not keep them: they may be
    /// a PIN.
    #[serde(default)]
    keys: Vec<String>,
}

/// Answers with a call as the input of CreateTestCase.
pub(super) async fn test_case(
    State(ui): State<Arc<Ui>>,
    Path(contact_id): Path<String>,
    Json(request): Json<TestCaseRequest>,
) -> Response {
    let Some(record) = ui.connect.call_record(&contact_id) else {
        return no_record(&contact_id);
    };
    match write(record, &request) {
        Ok(case) => Json(case).into_response(),
        Err(impossible) => refuse(StatusCode::CONFLICT, &impossible.to_string()),
    }
}

/// Why a call cannot be written as a test case.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum Impossible {
    #[error("the call must be over before it is saved as a test case, but it goes on")]
    GoesOn,
    #[error("the call must be one to a number to be saved as a test case, but was a chat")]
    Chat,
    #[error("all steps of the call must be on record, but {0} later ones are not kept")]
    LeftOut(usize),
    #[error(
        "the call must have ended by the flow or the caller, but it stopped with an error: {0}"
    )]
    Stopped(String),
    #[error(
        "the keys that the caller pressed must be given, since they may be a PIN and are not kept: {expected} \
         entries with {presses} keys in all, but {given} with {pressed} were given. A call of this page has \
         them until the page is closed"
    )]
    Keys {
        expected: usize,
        presses: usize,
        given: usize,
        pressed: usize,
    },
}

fn write(record: CallRecord, request: &TestCaseRequest) -> Result<serde_json::Value, Impossible> {
    if record.summary.ended.is_none() {
        return Err(Impossible::GoesOn);
    }
    let to = record.summary.to.ok_or(Impossible::Chat)?;
    if record.left_out > 0 {
        return Err(Impossible::LeftOut(record.left_out));
    }
    let events = record.blocks.into_iter().flat_map(|block| block.events);
    let events: Vec<CallEvent> = events.collect();
    for event in &events {
        if let CallEvent::Ended {
            how,
            regular: false,
        } = event
        {
            return Err(Impossible::Stopped(how.clone()));
        }
    }
    let (events, expected) = joined(events);
    let keys = match_keys(&expected, &request.keys)?;
    let conversation = conversation(record.summary.from, to, &events, &keys);
    Ok(conversation.test_case(&request.name))
}

/// Joins presses that follow one another, such as the digits of a PIN, into one event: the caller of a test case
/// sends them as one input. Returns the lengths of the presses as well, those of one event together.
fn joined(events: Vec<CallEvent>) -> (Vec<CallEvent>, Vec<Vec<usize>>) {
    let mut expected: Vec<Vec<usize>> = Vec::new();
    let mut left: Vec<CallEvent> = Vec::new();
    for event in events {
        let CallEvent::Pressed { keys } = event else {
            left.push(event);
            continue;
        };
        match (left.last_mut(), expected.last_mut()) {
            (Some(CallEvent::Pressed { keys: before }), Some(together)) => {
                *before += keys;
                together.push(keys);
            }
            _ => {
                left.push(CallEvent::Pressed { keys });
                expected.push(vec![keys]);
            }
        }
    }
    (left, expected)
}

/// Returns the keys of each event, if the entries are as many and as long as the presses on record.
fn match_keys(expected: &[Vec<usize>], given: &[String]) -> Result<Vec<String>, Impossible> {
    let presses = expected.iter().flatten();
    // What cannot be read as keys has none.
    let lengths = given.iter().map(|keys| {
        let read = strokes(keys).unwrap_or_default();
        let keys = read
            .iter()
            .filter(|stroke| matches!(stroke, Stroke::Key(_)));
        keys.count()
    });
    if !presses.clone().copied().eq(lengths.clone()) {
        return Err(Impossible::Keys {
            expected: presses.clone().count(),
            presses: presses.sum(),
            given: given.len(),
            pressed: lengths.sum(),
        });
    }
    let mut given = given.iter();
    let together = expected.iter().map(|presses| {
        let keys = given.by_ref().take(presses.len());
        keys.map(String::as_str).collect()
    });
    Ok(together.collect())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn record(events: &Value, ended: Option<&str>) -> CallRecord {
        let mut record = json!({
            "contactId": "c", "contactIds": ["c"], "region": "ap-northeast-1", "instanceAlias": "line",
            "channel": "VOICE", "from": "+819000000001", "to": "+815000000002",
            "startedAt": "2026-01-02T03:04:05Z", "waiting": false, "leftOut": 0,
            "blocks": [{
                "flowId": "f", "flowName": "line", "block": "ask", "blockType": "GetParticipantInput",
                "atMs": 0, "parameters": {}, "attributes": {}, "external": {}, "events": events, "log": [],
            }],
        });
        if let Some(how) = ended {
            record["ended"] = how.into();
        }
        serde_json::from_value(record).unwrap()
    }

    fn request(keys: &[&str]) -> TestCaseRequest {
        TestCaseRequest {
            name: "mine".to_owned(),
            keys: keys.iter().copied().map(str::to_owned).collect(),
        }
    }

    fn heard(text: &str) -> Value {
        json!({ "event": "heard", "text": text, "voice": "Kazuha", "languageCode": "ja-JP" })
    }

    fn events() -> Value {
        let end = json!({ "event": "ended", "how": "the line hung up", "regular": true });
        let pressed = json!({ "event": "pressed", "keys": 1 });
        json!([heard("PIN"), pressed, pressed, heard("Sent"), end])
    }

    /// `DtmfInput` takes the whole input of a block: the Test case language of Amazon Connect's administrator
    /// guide.
    #[test]
    fn keys_that_follow_one_another_are_one_input() {
        let over = record(&events(), Some("the line hung up"));
        let case = write(over, &request(&["4", "2"])).unwrap();
        let content: Value = serde_json::from_str(case["Content"].as_str().unwrap()).unwrap();
        let content = content.to_string();
        assert!(content.contains(r#""Value":"42""#), "{content}");
        assert_eq!(case["Name"], "mine");
    }

    #[test]
    fn a_call_whose_keys_are_not_given_is_refused_with_what_is_missing() {
        for keys in [&[][..], &["42"], &["4", "2", "0"], &["4", "x"]] {
            let over = record(&events(), Some("the line hung up"));
            let refused = write(over, &request(keys)).unwrap_err();
            let Impossible::Keys {
                expected, presses, ..
            } = refused
            else {
                panic!("{refused}");
            };
            assert_eq!((expected, presses), (2, 2));
        }
    }

    #[test]
    fn a_call_that_goes_on_or_stopped_is_refused() {
        let refused = write(record(&events(), None), &request(&["4", "2"]));
        assert_eq!(refused, Err(Impossible::GoesOn));
        let stopped = json!([{ "event": "ended", "how": "no branch", "regular": false }]);
        let refused = write(record(&stopped, Some("no branch")), &request(&[]));
        assert_eq!(refused, Err(Impossible::Stopped("no branch".to_owned())));
    }
}
