//! The trace header of requests and invocations.
//!
//! Format and names follow the X-Ray Developer Guide, "Tracing header".

use std::fmt;

use time::OffsetDateTime;
use uuid::Uuid;

/// The parts of a header `X-Amzn-Trace-Id` that the services use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceHeader {
    /// The id of the trace: `1-<8 hexadecimal digits of time>-<24 more>`
    pub root: String,
    /// The id of the parent segment, of 16 hexadecimal digits.
    pub parent: Option<String>,
    /// The sampling decision; `None` if it is still open.
    pub sampled: Option<bool>,
}

impl TraceHeader {
    /// Returns the header of a new trace, whose sampling is not decided.
    pub fn fresh() -> Self {
        let seconds = OffsetDateTime::now_utc().unix_timestamp();
        Self::of(format!("1-{seconds:08x}-{:.24}", random_digits()))
    }

    /// Returns the header of the trace with this id, whose sampling is not decided.
    pub fn of(root: String) -> Self {
        Self {
            root,
            parent: None,
            sampled: None,
        }
    }

    /// Parses a header. Returns `None` if it has no valid root.
    pub fn parse(text: &str) -> Option<Self> {
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

    /// Returns a new id for a segment, of 16 hexadecimal digits.
    pub fn segment_id() -> String {
        format!("{:.16}", random_digits())
    }
}

impl fmt::Display for TraceHeader {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Root={}", self.root)?;
        if let Some(parent) = &self.parent {
            write!(formatter, ";Parent={parent}")?;
        }
        if let Some(sampled) = self.sampled {
            write!(formatter, ";Sampled={}", u8::from(sampled))?;
        }
        Ok(())
    }
}

fn random_digits() -> String {
    Uuid::new_v4().simple().to_string()
}

fn is_trace_id(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    matches!(parts[..], ["1", time, rest] if is_hex(time, 8) && is_hex(rest, 24))
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit())
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
        assert_eq!(read.to_string(), full);
        let lineage = format!("Self=1-67891234-def; Root={ROOT};Lineage=a:1;Sampled=?");
        let read = TraceHeader::parse(&lineage).unwrap();
        assert_eq!((read.parent.as_deref(), read.sampled), (None, None));
        for none in ["", "Root=", "Root=1-2-3", "Parent=53995c3f42cd8ad8", "x"] {
            assert_eq!(TraceHeader::parse(none), None, "{none}");
        }
        let fresh = TraceHeader::parse(&TraceHeader::fresh().to_string()).unwrap();
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
                    let written = read.to_string();
                    prop_assert!(written.is_ascii() && written.len() <= 80, "{}", written);
                    prop_assert_eq!(TraceHeader::parse(&written), Some(read));
                }
            }
        }
    }
}
