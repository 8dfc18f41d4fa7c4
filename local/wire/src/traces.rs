//! The port for trace segments.

use serde_json::Value;

/// Stores trace segments. Implemented by the account's X-Ray, used by Lambda.
pub trait TraceSink: Send + Sync + 'static {
    /// Stores segment documents of a Region, as `PutTraceSegments` does.
    fn put_segments(&self, region: &str, documents: Vec<Value>);
}
