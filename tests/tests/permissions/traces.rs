//! X-Ray, used through its SDK.

use aws_sdk_xray::primitives::DateTime;
use aws_sdk_xray::types::TelemetryRecord;
use e2e::Failure;
use serde_json::{Value, json};

use crate::permissions::role::{FUNCTION, PermissionsSetup, SESSION, refused};

e2e::trials![segments_are_stored_and_returned,];

const TRACE: &str = "1-5759e988-bd862e3fe1be46a994272793";

async fn segments_are_stored_and_returned() -> Result<(), Failure> {
    let setup = PermissionsSetup::new().await?;
    let root = aws_sdk_xray::Client::new(&setup.root);
    let function = aws_sdk_xray::Client::new(&setup.function);
    let segment = |id: &str, end: Value| {
        json!({
            "name": "line", "id": id, "trace_id": TRACE, "start_time": 100.25, "end_time": end,
            "fault": id == "53995c3f42cd8ad8",
        })
        .to_string()
    };
    let put = |client: &aws_sdk_xray::Client| {
        client
            .put_trace_segments()
            .trace_segment_documents(segment("53995c3f42cd8ad8", json!(101.5)))
            .trace_segment_documents(segment("6226467e3f845502", json!(null)))
            .trace_segment_documents("{}")
    };
    let refusal = refused(put(&function).send().await);
    assert_eq!(
        (refusal.status, refusal.code.as_str()),
        (403, "AccessDeniedException")
    );
    assert_eq!(
        refusal.message,
        format!(
            "User: {SESSION} is not authorized to perform: xray:PutTraceSegments on resource: * \
             because no identity-based policy allows the xray:PutTraceSegments action"
        )
    );
    setup.allow("xray:Put*", "*").await?;
    let answer = put(&function).send().await?;
    assert_eq!(answer.unprocessed_trace_segments().len(), 1);
    let telemetry = TelemetryRecord::builder()
        .timestamp(DateTime::from_secs(100))
        .segments_sent_count(2)
        .build()?;
    function
        .put_telemetry_records()
        .telemetry_records(telemetry)
        .send()
        .await?;

    let summaries = |from: i64, to: i64| {
        root.get_trace_summaries()
            .start_time(DateTime::from_secs(from))
            .end_time(DateTime::from_secs(to))
    };
    let found = summaries(99, 102).send().await?;
    let [summary] = found.trace_summaries() else {
        panic!("{found:?}");
    };
    assert_eq!(summary.id(), Some(TRACE));
    assert_eq!(summary.duration(), Some(1.25));
    assert_eq!(
        (summary.has_fault(), summary.is_partial()),
        (Some(true), Some(true))
    );
    assert!(
        summaries(102, 103)
            .send()
            .await?
            .trace_summaries()
            .is_empty()
    );
    let filtered = summaries(99, 102)
        .filter_expression("fault = true")
        .send()
        .await;
    assert_eq!(refused(filtered).code, "InvalidRequestException");

    let traces = root
        .batch_get_traces()
        .trace_ids(TRACE)
        .trace_ids("1-00000000-000000000000000000000000")
        .send()
        .await?;
    assert_eq!(
        traces.unprocessed_trace_ids(),
        ["1-00000000-000000000000000000000000"]
    );
    let segments = traces.traces()[0].segments();
    assert_eq!(segments.len(), 2);
    let document: Value = serde_json::from_str(segments[0].document().unwrap())?;
    assert_eq!(document["name"], FUNCTION);
    assert!(
        refused(function.batch_get_traces().trace_ids(TRACE).send().await)
            .message
            .contains("does not know")
    );
    setup.aws.account.shutdown().await;
    Ok(())
}
