//! X-Ray: stores trace segments and returns them.
//!
//! Shapes follow the service model of 2016-04-12. Filter expressions, groups, sampling rules and
//! insights are not supported, and are refused by name.

use std::collections::{BTreeMap, HashMap};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use local_wire::{
    ApiRequest, Declared, Dialect, Fault, Operations, Outcome, OutcomeFuture, Service, TraceSink,
    done, post,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

type Serve = fn(&mut Region, &ApiRequest) -> Outcome;

/// The operations that this module serves.
const SERVED: &[Declared<Serve>] = &[
    post("BatchGetTraces", "/Traces", |region, request| {
        region.traces(&request.input::<BatchGetTraces>()?.trace_ids)
    }),
    post("GetTraceSummaries", "/TraceSummaries", |region, request| {
        region.summaries(&request.input()?)
    }),
    post("PutTelemetryRecords", "/TelemetryRecords", |_, request| {
        request.input::<PutTelemetryRecords>()?;
        done()
    }),
    post("PutTraceSegments", "/TraceSegments", |region, request| {
        let input: PutTraceSegments = request.input()?;
        let unprocessed = region.put(input.trace_segment_documents);
        Ok(json!({ "UnprocessedTraceSegments": unprocessed }).into())
    }),
];

static OPERATIONS: LazyLock<Operations<Serve>> =
    LazyLock::new(|| Operations::new("xray", &[SERVED], ""));

/// The dialect of X-Ray.
pub(crate) static DIALECT: Dialect = Dialect {
    message: "Message",
    unreadable: INVALID,
    mistyped: INVALID,
    throttled: (429, "ThrottledException"),
    ..Dialect::rest_json("xray", || &*OPERATIONS)
};

const INVALID: &str = "InvalidRequestException";
/// The most traces of a Region, and the most bytes of them; the oldest are dropped first.
const MAX_STORED_TRACES: usize = 10_000;
const MAX_BYTES: usize = 64 * 1_024 * 1_024;
/// The most segments of a trace, and the most bytes of a segment: AWS's limit for a document.
const MAX_SEGMENTS: usize = 1_000;
const MAX_SEGMENT_BYTES: usize = 64 * 1_024;
/// The most bytes of an id. AWS's have 35.
const MAX_ID_LENGTH: usize = 64;
/// The bytes that a segment counts in addition to its document.
const SEGMENT_OVERHEAD: usize = 256;
/// The most traces that one request names.
const MAX_REQUESTED_TRACES: usize = 5;

/// X-Ray of the account.
#[derive(Debug, Default)]
pub(crate) struct XRay {
    regions: Mutex<HashMap<String, Region>>,
}

/// The traces of one Region.
#[derive(Debug, Default)]
struct Region {
    /// By trace id, which begins with the trace's time.
    traces: BTreeMap<String, Vec<Segment>>,
    /// The bytes of all segments.
    bytes: usize,
}

/// A segment, or a subsegment that arrived separately.
#[derive(Debug, Clone)]
struct Segment {
    id: String,
    start: f64,
    /// `None` while it is in progress.
    end: Option<f64>,
    fault: bool,
    error: bool,
    throttle: bool,
    /// The status of the response, for the first segment of a trace.
    status: Option<i64>,
    /// As text, which takes less memory than the parsed document.
    document: String,
}

impl Segment {
    fn bytes(&self) -> usize {
        self.document.len() + SEGMENT_OVERHEAD
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutTraceSegments {
    trace_segment_documents: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutTelemetryRecords {
    /// Parsed for validation only: no operation returns the records.
    #[serde(rename = "TelemetryRecords")]
    _records: Vec<Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct BatchGetTraces {
    trace_ids: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetTraceSummaries {
    /// Seconds since the epoch.
    start_time: f64,
    end_time: f64,
    filter_expression: Option<String>,
}

impl XRay {
    fn regions(&self) -> MutexGuard<'_, HashMap<String, Region>> {
        self.regions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Region {
    /// Stores the valid documents; returns the others with the reasons.
    fn put(&mut self, documents: Vec<String>) -> Vec<Value> {
        let mut unprocessed = Vec::new();
        for document in documents {
            if document.len() > MAX_SEGMENT_BYTES {
                unprocessed.push(too_large(document.len()));
                continue;
            }
            match serde_json::from_str(&document) {
                Ok(document) => unprocessed.extend(self.keep(&document)),
                Err(error) => unprocessed.push(json!({
                    "ErrorCode": "InvalidJson",
                    "Message": format!("The document must be valid JSON: {error}"),
                })),
            }
        }
        unprocessed
    }

    /// Stores a segment; a later document with the same id replaces an earlier one.
    fn keep(&mut self, document: &Value) -> Option<Value> {
        let text = |member: &str| document[member].as_str().map(str::to_owned);
        let (id, trace_id) = (text("id"), text("trace_id"));
        let start = document["start_time"].as_f64();
        let (Some(id), Some(trace_id), Some(start), Some(_)) =
            (id.clone(), trace_id, start, text("name"))
        else {
            return Some(json!({
                "Id": id,
                "ErrorCode": "MissingField",
                "Message": "A segment must have a name, an id, a trace_id and a start_time.",
            }));
        };
        let text = document.to_string();
        if text.len() > MAX_SEGMENT_BYTES {
            return Some(too_large(text.len()));
        }
        if id.len() > MAX_ID_LENGTH || trace_id.len() > MAX_ID_LENGTH {
            return Some(json!({
                "ErrorCode": "InvalidId",
                "Message": format!("An id must have at most {MAX_ID_LENGTH} characters."),
            }));
        }
        let marked = |member: &str| document[member] == true;
        let is_root = document.get("parent_id").is_none();
        let segment = Segment {
            start,
            end: document["end_time"].as_f64(),
            fault: marked("fault"),
            error: marked("error"),
            throttle: marked("throttle"),
            status: document["http"]["response"]["status"]
                .as_i64()
                .filter(|_| is_root),
            document: text,
            id,
        };
        let segments = self.traces.entry(trace_id).or_default();
        let known = segments.iter().position(|known| known.id == segment.id);
        if known.is_none() && segments.len() == MAX_SEGMENTS {
            return Some(json!({
                "Id": segment.id,
                "ErrorCode": "TraceTooLarge",
                "Message": format!(
                    "The local account keeps at most {MAX_SEGMENTS} segments of a trace."
                ),
            }));
        }
        self.bytes += segment.bytes();
        if let Some(known) = known {
            self.bytes -= segments.remove(known).bytes();
        }
        segments.push(segment);
        while self.traces.len() > MAX_STORED_TRACES || self.bytes > MAX_BYTES {
            let Some((_, forgotten)) = self.traces.pop_first() else {
                break;
            };
            self.bytes -= forgotten.iter().map(Segment::bytes).sum::<usize>();
        }
        None
    }

    fn traces(&self, ids: &[String]) -> Outcome {
        if ids.len() > MAX_REQUESTED_TRACES {
            return Err(invalid(format!(
                "TraceIds must have at most {MAX_REQUESTED_TRACES} elements, but has {}",
                ids.len()
            )));
        }
        let (mut found, mut missing) = (Vec::new(), Vec::new());
        for id in ids {
            let Some(segments) = self.traces.get(id) else {
                missing.push(id.as_str());
                continue;
            };
            let segments: Vec<Value> = segments
                .iter()
                .map(|segment| json!({ "Id": segment.id, "Document": segment.document }))
                .collect();
            let (start, end) = self.span(id);
            found.push(json!({ "Id": id, "Duration": end - start, "Segments": segments }));
        }
        Ok(json!({ "Traces": found, "UnprocessedTraceIds": missing }).into())
    }

    /// Returns the traces that began in a time range, all on one page.
    fn summaries(&self, input: &GetTraceSummaries) -> Outcome {
        if input.filter_expression.is_some() {
            return Err(invalid(
                "The local account does not support filter expressions for traces.".into(),
            ));
        }
        let mut summaries = Vec::new();
        for (id, segments) in &self.traces {
            let (start, end) = self.span(id);
            if start < input.start_time || start > input.end_time {
                continue;
            }
            let any = |marked: fn(&Segment) -> bool| segments.iter().any(marked);
            let mut summary = json!({
                "Id": id,
                "StartTime": start,
                "Duration": end - start,
                "HasFault": any(|segment| segment.fault),
                "HasError": any(|segment| segment.error),
                "HasThrottle": any(|segment| segment.throttle),
                "IsPartial": any(|segment| segment.end.is_none()),
            });
            if let Some(status) = segments.iter().find_map(|segment| segment.status) {
                summary["Http"] = json!({ "HttpStatus": status });
            }
            summaries.push(summary);
        }
        let count = self.traces.len();
        Ok(json!({ "TracesProcessedCount": count, "TraceSummaries": summaries }).into())
    }

    /// Returns the begin and the end of a trace, in seconds.
    fn span(&self, id: &str) -> (f64, f64) {
        let segments = self.traces.get(id).map_or(&[][..], Vec::as_slice);
        let start = segments.iter().map(|segment| segment.start);
        let start = start.fold(f64::INFINITY, f64::min);
        let end = segments.iter().filter_map(|segment| segment.end);
        (start, end.fold(start, f64::max))
    }
}

impl TraceSink for XRay {
    fn put_segments(&self, region: &str, documents: Vec<Value>) {
        let mut regions = self.regions();
        let region = regions.entry(region.to_owned()).or_default();
        for document in documents {
            if let Some(refused) = region.keep(&document) {
                tracing::error!(%refused, "a segment of the account's own is incomplete");
            }
        }
    }
}

impl Service for XRay {
    fn dialect(&self) -> &'static Dialect {
        &DIALECT
    }

    fn call(&self, request: ApiRequest) -> OutcomeFuture<'_> {
        async move {
            let declared = OPERATIONS.find(&request.operation)?;
            let mut regions = self.regions();
            let region = regions.entry(request.region.clone()).or_default();
            (declared.serve)(region, &request)
        }
        .boxed()
    }
}

fn too_large(bytes: usize) -> Value {
    json!({
        "ErrorCode": "DocumentTooLarge",
        "Message": format!("A segment must have at most {MAX_SEGMENT_BYTES} bytes, not {bytes}."),
    })
}

fn invalid(message: String) -> Fault {
    Fault::new(400, INVALID, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(trace: usize, id: usize, padding: usize) -> Value {
        json!({
            "name": "n", "id": format!("{id:016x}"), "trace_id": format!("1-{trace:08x}-0"),
            "start_time": trace, "end_time": trace + 1, "fault": id == 1,
            "metadata": "x".repeat(padding),
        })
    }

    #[test]
    fn only_the_latest_traces_of_a_region_are_stored() {
        let mut region = Region::default();
        for trace in 0..MAX_STORED_TRACES + 5 {
            assert_eq!(region.keep(&segment(trace, 0, 0)), None);
        }
        assert_eq!(region.traces.len(), MAX_STORED_TRACES);
        assert!(!region.traces.contains_key("1-00000004-0"));
        for trace in 0..2_000 {
            assert_eq!(
                region.keep(&segment(MAX_STORED_TRACES + trace, 1, 60_000)),
                None
            );
        }
        assert!(region.bytes <= MAX_BYTES);
        let counted: usize = region.traces.values().flatten().map(Segment::bytes).sum();
        assert_eq!(counted, region.bytes);
        let all = GetTraceSummaries {
            start_time: 0.0,
            end_time: 1e9,
            filter_expression: None,
        };
        let summaries = region.summaries(&all).unwrap();
        let first = &summaries.output()["TraceSummaries"][0];
        assert_eq!(
            (&first["HasFault"], &first["Duration"]),
            (&json!(true), &json!(1.0))
        );
    }

    #[test]
    fn segments_beyond_the_limits_are_not_processed() {
        let mut region = Region::default();
        for id in 0..MAX_SEGMENTS {
            assert_eq!(region.keep(&segment(1, id, 0)), None);
        }
        let refused = region.keep(&segment(1, MAX_SEGMENTS, 0)).unwrap();
        assert_eq!(refused["ErrorCode"], "TraceTooLarge");
        // A later document replaces an earlier one.
        assert_eq!(region.keep(&segment(1, 1, 10)), None);
        let mut long = segment(1, 1, 0);
        long["trace_id"] = "1".repeat(65).into();
        assert_eq!(region.keep(&long).unwrap()["ErrorCode"], "InvalidId");
        let large = region.put(vec![segment(2, 1, MAX_SEGMENT_BYTES).to_string()]);
        assert_eq!(large[0]["ErrorCode"], "DocumentTooLarge");
        let deep = region.put(vec!["[".repeat(MAX_SEGMENT_BYTES)]);
        assert_eq!(deep[0]["ErrorCode"], "InvalidJson");
    }
}
