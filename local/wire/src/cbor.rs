//! Smithy's RPC v2 with CBOR, converted from and to JSON values.

use std::io;

use ciborium::Value as Cbor;
use serde_json::Value;

/// CBOR's tag for seconds since the epoch.
const EPOCH_TAG: u64 = 1;
/// The maximum nesting of values in a request. CloudWatch's model, with its lists and tags, needs
/// ten.
const DEEPEST: usize = 32;

/// The reason why CBOR cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It is not CBOR, or nests too deep.
    #[error("{0}")]
    Cbor(#[from] ciborium::de::Error<io::Error>),
    /// It contains values that JSON does not have.
    #[error("{0}")]
    Value(#[from] serde_json::Error),
}

/// Converts CBOR to JSON. Tags, which mark times, are dropped.
///
/// # Errors
/// When the input is not CBOR, nests too deep, or contains values that JSON does not have.
pub fn read(bytes: &[u8]) -> Result<Value, Unreadable> {
    let value: Cbor = ciborium::de::from_reader_with_recursion_limit(bytes, DEEPEST)?;
    Ok(serde_json::to_value(untagged(value))?)
}

/// Converts JSON to CBOR. Members with the names in `times` are seconds since the epoch.
///
/// # Errors
/// When a value cannot be written.
pub fn write(value: Value, times: &[&str]) -> Result<Vec<u8>, ciborium::ser::Error<io::Error>> {
    let mut bytes = Vec::new();
    ciborium::into_writer(&tagged(value, false, times), &mut bytes)?;
    Ok(bytes)
}

fn untagged(value: Cbor) -> Cbor {
    match value {
        Cbor::Tag(_, inner) => untagged(*inner),
        Cbor::Array(values) => Cbor::Array(values.into_iter().map(untagged).collect()),
        Cbor::Map(entries) => Cbor::Map(
            entries
                .into_iter()
                .map(|(key, value)| (key, untagged(value)))
                .collect(),
        ),
        other => other,
    }
}

fn tagged(value: Value, time: bool, times: &[&str]) -> Cbor {
    match value {
        Value::Null => Cbor::Null,
        Value::Bool(value) => Cbor::Bool(value),
        Value::String(text) => Cbor::Text(text),
        Value::Number(number) => {
            let plain = match number.as_i64() {
                Some(whole) if !time => Cbor::Integer(whole.into()),
                _ => Cbor::Float(number.as_f64().unwrap_or_default()),
            };
            match time {
                true => Cbor::Tag(EPOCH_TAG, Box::new(plain)),
                false => plain,
            }
        }
        Value::Array(values) => Cbor::Array(
            values
                .into_iter()
                .map(|value| tagged(value, time, times))
                .collect(),
        ),
        Value::Object(members) => Cbor::Map(
            members
                .into_iter()
                .map(|(name, value)| {
                    let time = times.contains(&name.as_str());
                    (Cbor::Text(name), tagged(value, time, times))
                })
                .collect(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn times_have_a_tag_in_cbor_only() {
        let time = Cbor::Tag(1, Box::new(Cbor::Float(0.5)));
        let asked = Cbor::Map(vec![(Cbor::Text("StartTime".into()), time.clone())]);
        let mut bytes = Vec::new();
        ciborium::into_writer(&asked, &mut bytes).unwrap();
        assert_eq!(read(&bytes).unwrap(), json!({ "StartTime": 0.5 }));

        let answer = json!({ "Timestamps": [0.5], "Values": [0.5] });
        let bytes = write(answer, &["Timestamps"]).unwrap();
        let Cbor::Map(answer) = ciborium::from_reader(&bytes[..]).unwrap() else {
            panic!("an object is a map");
        };
        assert_eq!(answer[0].1, Cbor::Array(vec![time]));
        assert_eq!(answer[1].1, Cbor::Array(vec![Cbor::Float(0.5)]));
    }

    #[test]
    fn values_that_nest_too_deep_are_refused() {
        let nested = |depth: usize| {
            let mut bytes = vec![0x81; depth];
            bytes.push(0x00);
            bytes
        };
        assert!(read(&nested(10)).is_ok());
        assert!(read(&nested(100_000)).is_err());
    }
}
