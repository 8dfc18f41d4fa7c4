//! Helpers for reading requests, shared by the operations.

use local_wire::Fault;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::clock::seconds_of;

/// The end of the year 9999, after which no protocol can express a time.
const LAST_SECOND: f64 = 253_402_300_799.0;

/// A time: a number of seconds, or a date if the request is a form.
#[derive(Debug, Clone, Copy)]
pub(super) struct Instant {
    /// Since the epoch.
    pub(super) seconds: f64,
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        value
            .as_f64()
            .or_else(|| seconds_of(value.as_str()?))
            .filter(|seconds| (-LAST_SECOND..=LAST_SECOND).contains(seconds))
            .map(|seconds| Self { seconds })
            .ok_or_else(|| serde::de::Error::custom(format!("{value} is not a time")))
    }
}

/// Reads the members of a request as the operation's input.
pub(super) fn parse<T: DeserializeOwned>(input: Value) -> Result<T, Fault> {
    serde_json::from_value(input)
        .map_err(|error| Fault::new(400, "SerializationException", error.to_string()))
}

/// Reads a `NextToken`, which is the index of the next element.
pub(super) fn page_start(token: Option<&str>) -> Result<usize, Fault> {
    token.map_or(Ok(0), |token| {
        token
            .parse()
            .map_err(|_| Fault::new(400, "InvalidNextToken", "The NextToken is not valid."))
    })
}

/// Refuses a list with more elements than the operation accepts.
pub(super) fn check_count(member: &str, count: usize, most: usize) -> Result<(), Fault> {
    match count > most {
        true => Err(invalid(format!(
            "The collection {member} must not have a size greater than {most}."
        ))),
        false => Ok(()),
    }
}

/// Refuses a request for more periods than the operation returns at most.
pub(super) fn check_datapoints(count: i64, most: i64) -> Result<(), Fault> {
    if count <= most {
        return Ok(());
    }
    Err(Fault::new(
        400,
        "InvalidParameterCombinationException",
        format!(
            "You have requested up to {} datapoints, which exceeds the limit of {}. You may reduce \
             the datapoints requested by increasing Period, or decreasing the time range.",
            grouped(count),
            grouped(most)
        ),
    ))
}

/// Writes a number with commas between its thousands.
fn grouped(number: i64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

pub(super) fn missing(parameter: &str) -> Fault {
    Fault::new(
        400,
        "MissingRequiredParameterException",
        format!("The parameter {parameter} is required."),
    )
}

pub(super) fn invalid(message: impl Into<String>) -> Fault {
    Fault::new(400, "InvalidParameterValueException", message)
}

/// Returns the error for members that break the service model.
pub(super) fn validation(message: impl Into<String>) -> Fault {
    Fault::new(400, "ValidationError", message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn too_many_datapoints_are_refused_in_the_words_of_cloudwatch() {
        assert!(check_datapoints(1_440, 1_440).is_ok());
        let refused = check_datapoints(31_536_000, 1_440).unwrap_err();
        assert_eq!(
            refused.message,
            "You have requested up to 31,536,000 datapoints, which exceeds the limit of 1,440. You \
             may reduce the datapoints requested by increasing Period, or decreasing the time range."
        );
        assert_eq!(
            check_datapoints(999, 1).unwrap_err().message[..26],
            *"You have requested up to 9"
        );
    }

    #[test]
    fn times_after_the_year_9999_are_refused() {
        for time in [
            json!(0),
            json!(-1.5),
            json!(253_402_300_799_i64),
            json!("1970-01-01T00:00:00Z"),
        ] {
            assert!(parse::<Instant>(time).is_ok());
        }
        for time in [
            json!(1e300),
            json!(-1e300),
            json!(i64::MAX),
            json!("soon"),
            json!([]),
        ] {
            assert!(parse::<Instant>(time).is_err());
        }
    }
}
