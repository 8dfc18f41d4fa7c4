//! Traces: the trace header of an invocation, and the two segments of a traced one.
//!
//! Formats and names follow the X-Ray Developer Guide, "Tracing header" and "Segment documents", and its
//! examples of Lambda's segments. Every invocation is sampled unless its caller has decided otherwise;
//! AWS samples one per second and 5 % of the others. A segment contains times, names and the outcome of
//! an invocation, never its event or response.

use std::sync::Arc;

use local_wire::{ACCOUNT_ID, Fault, RoleRights, TraceSink};
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::environment::{FunctionSpec, Invocation, Outcome};
use crate::reported::ReportedFunctions;

/// The parts of `X-Amzn-Trace-Id` that Lambda uses.
#[derive(Debug, Clone, PartialEq, Eq)]
struct TraceHeader {
    /// `1-<8 digits of time>-<24 more>`
    root: String,
    /// Id of the parent segment.
    parent: Option<String>,
    /// The sampling decision; `None` if it is still open.
    sampled: Option<bool>,
}

impl TraceHeader {
    fn new() -> Self {
        let random = Uuid::new_v4().simple().to_string();
        let seconds = OffsetDateTime::now_utc().unix_timestamp();
        Self {
            root: format!("1-{seconds:08x}-{}", &random[..24]),
            parent: None,
            sampled: None,
        }
    }

    /// Parses a header. Returns `None` if it has no valid root.
    fn parse(text: &str) -> Option<Self> {
        let field = |name: &str| {
            text.split(';')
                .filter_map(|field| field.trim().split_once('='))
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value.to_owned())
        };
        Some(Self {
            root: field("Root").filter(|root| is_trace_id(root))?,
            parent: field("Parent").filter(|id| is_hex(id, 16)),
            sampled: match field("Sampled").as_deref() {
                Some("1") => Some(true),
                Some("0") => Some(false),
                _ => None,
            },
        })
    }

    fn write(&self) -> String {
        let mut text = format!("Root={}", self.root);
        if let Some(parent) = &self.parent {
            text.push_str(&format!(";Parent={parent}"));
        }
        if let Some(sampled) = self.sampled {
            text.push_str(&format!(";Sampled={}", u8::from(sampled)));
        }
        text
    }
}

/// Returns a header for an invocation without one: a new trace without a sampling decision.
pub(crate) fn fresh_header() -> String {
    TraceHeader::new().write()
}

/// Returns the header of a trace whose sampling is not decided.
pub(crate) fn header_of(trace_id: &str) -> String {
    format!("Root={trace_id}")
}

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
        let given = TraceHeader::parse(&invocation.trace_id).unwrap_or_else(TraceHeader::new);
        match (spec.traced, given.sampled) {
            // The caller has decided, so the header is passed on unchanged.
            (_, Some(false)) | (false, Some(true)) => return (invocation.trace_id.clone(), None),
            (false, None) => {
                let passed = TraceHeader {
                    parent: given.parent.or_else(|| Some(segment_id())),
                    sampled: Some(false),
                    ..given
                };
                return (passed.write(), None);
            }
            (true, Some(true) | None) => {}
        }
        let trace = Trace {
            root: given.root.clone(),
            parent: given.parent,
            service_segment: segment_id(),
            function_segment: segment_id(),
            request_id: invocation.request_id.clone(),
            started_at: OffsetDateTime::now_utc(),
        };
        let header = TraceHeader {
            root: given.root,
            parent: Some(trace.function_segment.clone()),
            sampled: Some(true),
        };
        (header.write(), Some(trace))
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
            "id": segment_id(),
            "start_time": begun,
            "end_time": end,
            "aws": { "function_arn": spec.arn },
        })];
        if init.is_some() {
            subsegments.insert(
                0,
                json!({
                    "name": "Initialization",
                    "id": segment_id(),
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

/// Returns half of a UUID's digits: segment ids have 16.
fn segment_id() -> String {
    Uuid::new_v4().simple().to_string()[..16].to_owned()
}

fn is_trace_id(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    matches!(parts[..], ["1", time, rest] if is_hex(time, 8) && is_hex(rest, 24))
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Returns seconds since the epoch with their fraction, as in segment documents.
fn seconds(moment: OffsetDateTime) -> f64 {
    moment.unix_timestamp_nanos() as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ROOT: &str = "1-5759e988-bd862e3fe1be46a994272793";

    #[test]
    fn headers_are_read_and_written() {
        let full = format!("Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1");
        let read = TraceHeader::parse(&full).unwrap();
        assert_eq!(read.sampled, Some(true));
        assert_eq!(read.write(), full);
        let lineage = format!("Self=1-67891234-def; Root={ROOT};Lineage=a:1;Sampled=?");
        let read = TraceHeader::parse(&lineage).unwrap();
        assert_eq!((read.parent.as_deref(), read.sampled), (None, None));
        for none in ["", "Root=", "Root=1-2-3", "Parent=53995c3f42cd8ad8", "x"] {
            assert_eq!(TraceHeader::parse(none), None, "{none}");
        }
        let fresh = TraceHeader::parse(&fresh_header()).unwrap();
        assert!(fresh.root.starts_with("1-") && fresh.sampled.is_none());
    }

    proptest! {
        #[test]
        fn what_is_read_of_a_header_is_written_as_it_was_read(
            before in ".{0,30}", root in "1-[0-9a-fx]{8}-[0-9a-f]{23,24}", parent in ".{0,17}", after in ".{0,30}",
        ) {
            for text in [
                before.clone(),
                format!("{before};Root={root};Parent={parent};{after}"),
                format!("Root={root};{after};Sampled=1"),
            ] {
                if let Some(read) = TraceHeader::parse(&text) {
                    let written = read.write();
                    prop_assert!(written.is_ascii() && written.len() <= 80, "{}", written);
                    prop_assert_eq!(TraceHeader::parse(&written), Some(read));
                }
            }
        }
    }
}
