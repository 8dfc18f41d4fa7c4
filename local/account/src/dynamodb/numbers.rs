//! Refuses a number that is too large for the table store.

use local_wire::Fault;
use serde::Deserialize;
use serde_json::Number;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    limit: Option<Number>,
}

/// Refuses an invalid limit of ExecuteStatement. The table store itself validates those of other
/// operations, and bodies that are not JSON.
pub(super) fn check(operation: &str, body: &[u8]) -> Result<(), Fault> {
    if operation != "ExecuteStatement" {
        return Ok(());
    }
    let input: Result<Statement, _> = serde_json::from_slice(body);
    let Some(limit) = input.ok().and_then(|input| input.limit) else {
        return Ok(());
    };
    match limit.as_i64().map(i32::try_from) {
        Some(Ok(1..)) => Ok(()),
        Some(Ok(_)) => Err(Fault::new(
            400,
            "ValidationException",
            format!(
                "1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: \
                 Member must have value greater than or equal to 1"
            ),
        )),
        _ => Err(Fault::new(
            400,
            "SerializationException",
            format!(
                "Limit must be a whole number up to {}, not {limit}",
                i32::MAX
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_may_have_a_valid_limit_or_none() {
        for (limit, code) in [
            ("1", ""),
            ("2147483647", ""),
            ("null", ""),
            ("0", "ValidationException"),
            ("-1", "ValidationException"),
            ("2147483648", "SerializationException"),
            ("18446744073709551615", "SerializationException"),
            ("0.5", "SerializationException"),
        ] {
            let body = format!("{{\"Statement\":\"s\",\"Limit\":{limit}}}");
            let refused = check("ExecuteStatement", body.as_bytes());
            assert_eq!(
                refused.map_or_else(|fault| fault.code, |()| String::new()),
                code,
                "{limit}"
            );
        }
        assert!(check("Query", b"{\"Limit\":0}").is_ok());
    }
}
