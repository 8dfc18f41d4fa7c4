//! Traces: the decision of sampling, and the two segments of a traced invocation.
//!
//! Formats and names follow the X-Ray Developer Guide, "Segment documents", and its
//! examples of Lambda's segments. Every invocation is sampled unless its caller has decided otherwise;
//! AWS samples one per second and 5 % of the others. A segment contains times, names and the outcome of
//! an invocation, never its event or response.

use std::sync::Arc;

use local_wire::{ACCOUNT_ID, Fault, RoleRights, TraceHeader, TraceSink};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::environment::{FunctionSpec, Invocation, Outcome};
use crate::reported::ReportedFunctions;

/// The trace of an invocation.
pub(crate) struct Trace {
    root: String,
    /// Id of the parent segment, which is the caller's.
    parent: Option<String>,
    /// Id of Lambda's own segment.
    service_segment: String,
    /// Id of the function's segment, the parent of what the function itself traces.
    function_segment: String,
    request_id: String,
    started_at: OffsetDateTime,
}

/// Sends segments with the rights of the functions' roles.
pub(crate) struct Tracer {
    rights: Arc<dyn RoleRights>,
    sink: Arc<dyn TraceSink>,
    /// Functions whose lost traces have been reported.
    warned: ReportedFunctions,
}

impl Tracer {
    pub(crate) fn new(rights: Arc<dyn RoleRights>, sink: Arc<dyn TraceSink>) -> Self {
        Self {
            rights,
            sink,
            warned: ReportedFunctions::default(),
        }
    }

    /// Returns the header for the function, and the trace if the invocation is sampled.
    pub(crate) fn begin(
        &self,
        spec: &FunctionSpec,
        invocation: &Invocation,
    ) -> (String, Option<Trace>) {
        let given = TraceHeader::parse(&invocation.trace_id).unwrap_or_else(TraceHeader::fresh);
        match (spec.traced, given.sampled) {
            // The caller has decided, so the header is passed on unchanged.
            (_, Some(false)) | (false, Some(true)) => return (invocation.trace_id.clone(), None),
            (false, None) => {
                let passed = TraceHeader {
                    parent: given.parent.or_else(|| Some(TraceHeader::segment_id())),
                    sampled: Some(false),
                    ..given
                };
                return (passed.to_string(), None);
            }
            (true, Some(true) | None) => {}
        }
        let trace = Trace {
            root: given.root.clone(),
            parent: given.parent,
            service_segment: TraceHeader::segment_id(),
            function_segment: TraceHeader::segment_id(),
            request_id: invocation.request_id.clone(),
            started_at: OffsetDateTime::now_utc(),
        };
        let header = TraceHeader {
            root: given.root,
            parent: Some(trace.function_segment.clone()),
            sampled: Some(true),
        };
        (header.to_string(), Some(trace))
    }

    /// Sends the segments of a finished invocation. Without the right to do so they are lost, as in AWS,
    /// which is reported once per function.
    pub(crate) async fn end(&self, spec: &FunctionSpec, trace: Trace, outcome: &Outcome) {
        let segments = trace.segments(spec, outcome, OffsetDateTime::now_utc());
        match self.authorize(spec, "xray:PutTraceSegments").await {
            Ok(()) => self.sink.put_segments(&spec.region, segments),
            Err(denied) => self.warn_once(spec, &denied.message),
        }
        // Telemetry records are only checked, not sent: X-Ray has no operation that returns them.
        if let Err(denied) = self.authorize(spec, "xray:PutTelemetryRecords").await {
            self.warn_once(spec, &denied.message);
        }
    }

    async fn authorize(&self, spec: &FunctionSpec, action: &str) -> Result<(), Fault> {
        self.rights
            .authorize(&spec.identity(), &spec.region, action, "*")
            .await
    }

    fn warn_once(&self, spec: &FunctionSpec, reason: &str) {
        if self.warned.is_first(&spec.arn) {
            tracing::warn!(
                function = spec.arn,
                reason,
                "the function's traces are lost"
            );
        }
    }
}

impl Trace {
    /// Returns Lambda's own segment, and below it the function's.
    fn segments(
        &self,
        spec: &FunctionSpec,
        outcome: &Outcome,
        ended_at: OffsetDateTime,
    ) -> Vec<Value> {
        let (start, end) = (seconds(self.started_at), seconds(ended_at));
        let mut service = json!({
            "name": spec.name,
            "id": self.service_segment,
            "trace_id": self.root,
            "start_time": start,
            "end_time": end,
            "origin": "AWS::Lambda",
            "resource_arn": spec.arn,
            "http": { "response": { "status": 200 } },
            "aws": { "request_id": self.request_id, "resource_names": [spec.name] },
        });
        if let Some(parent) = &self.parent {
            service["parent_id"] = parent.as_str().into();
        }
        // The invocation starts when the environment is initialized.
        let init = outcome.init.map(|init| init.as_secs_f64());
        let begun = (start + init.unwrap_or_default()).min(end);
        let mut subsegments = vec![json!({
            "name": "Invocation",
            "id": TraceHeader::segment_id(),
            "start_time": begun,
            "end_time": end,
            "aws": { "function_arn": spec.arn },
        })];
        if init.is_some() {
            subsegments.insert(
                0,
                json!({
                    "name": "Initialization",
                    "id": TraceHeader::segment_id(),
                    "start_time": start,
                    "end_time": begun,
                    "aws": { "function_arn": spec.arn },
                }),
            );
        }
        let mut function = json!({
            "name": spec.name,
            "id": self.function_segment,
            "parent_id": self.service_segment,
            "trace_id": self.root,
            "start_time": start,
            "end_time": end,
            "origin": "AWS::Lambda::Function",
            "resource_arn": spec.arn,
            "aws": { "account_id": ACCOUNT_ID, "function_arn": spec.arn },
            "subsegments": subsegments,
        });
        if outcome.failed {
            service["error"] = true.into();
            function["fault"] = true.into();
        }
        vec![service, function]
    }
}

/// Returns seconds since the epoch with their fraction, as in segment documents.
fn seconds(moment: OffsetDateTime) -> f64 {
    moment.unix_timestamp_nanos() as f64 / 1e9
}
