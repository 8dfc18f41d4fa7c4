//! Where services put what they trace.

use serde_json::Value;

/// Takes trace segments. Implemented by the account's X-Ray, used by Lambda.
pub trait TraceSink: Send + Sync + 'static {
    /// Keeps segment documents of a Region, as `PutTraceSegments` does.
    fn put_segments(&self, region: &str, documents: Vec<Value>);
}
