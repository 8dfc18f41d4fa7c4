//! The queries of the guides, over lines with the fields that the guides name.

use std::fs;
use std::path::Path;

use local_insights::{Event, Query};

/// Lines of the function's and of the flow's log.
const LINES: [&str; 5] = [
    r#"{"level":"INFO","message":"answered","contact_id":"CONTACT_ID","command":"getMemberId","caller":"+81*****5678","outcome":"MEMBER"}"#,
    r#"{"level":"INFO","message":"answered","contact_id":"CONTACT_ID","command":"sendSms","caller":"+81*****5678","outcome":"PIN_NOT_FOUND"}"#,
    r#"{"level":"ERROR","message":"failed","contact_id":"CONTACT_ID","command":"sendSms","caller":"+81*****5678","outcome":"SMS_FAILED","cause":"Throttled"}"#,
    r#"{"type":"platform.report","record":{"requestId":"r","metrics":{"durationMs":12.5}}}"#,
    r#"{"Results":"Success","ContactId":"CONTACT_ID","ContactFlowModuleType":"PlayPrompt","Identifier":"welcome"}"#,
];

/// An operator copies a query from a guide; the service would refuse one that is not in the language.
#[test]
fn every_query_of_the_guides_is_read_and_finds_lines() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let mut queries = 0;
    for guide in ["runbook.md", "operations.md"] {
        let guide = fs::read_to_string(docs.join(guide)).unwrap();
        for query in guide.split("```text\nfields ").skip(1) {
            let query = format!("fields {}", query.split("```").next().unwrap());
            let mut run = Query::parse(&query)
                .unwrap_or_else(|error| panic!("{query}: {error}"))
                .run(None, 0);
            for (number, message) in LINES.into_iter().enumerate() {
                let event = Event {
                    timestamp_ms: number as i64,
                    ingested_ms: 0,
                    message,
                    stream: "stream",
                    group: "123456789012:/aws/lambda/campaign-line",
                };
                run.add(&event, || number.to_string()).unwrap();
            }
            let results = run.finish().unwrap();
            assert!(!results.rows.is_empty(), "{query} must find a line");
            assert!(
                results.rows.len() < LINES.len(),
                "{query} must not find all lines"
            );
            queries += 1;
        }
    }
    assert_eq!(
        queries, 10,
        "the guides must have their queries in blocks of text"
    );
}
