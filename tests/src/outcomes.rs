//! The codes that the function's answers have, out of its own source.

use std::collections::BTreeSet;
use std::fs;

use local_harness::repository;

use crate::Failure;

/// Every `reason` that a flow can be told.
///
/// # Errors
/// When the source cannot be read, or is not written as it was.
pub fn reasons() -> Result<BTreeSet<String>, Failure> {
    let source = fs::read_to_string(repository()?.join("lambda/src/outcome.rs"))?;
    let codes = source
        .split("fn true_code(")
        .nth(1)
        .and_then(|rest| rest.split("\n    }\n").next())
        .ok_or("lambda/src/outcome.rs has no fn true_code")?;
    let codes: BTreeSet<String> = codes
        .split('"')
        .skip(1)
        .step_by(2)
        .map(Into::into)
        .collect();
    if codes.contains("PIN_NOT_FOUND") && codes.contains("BUSY") {
        Ok(codes)
    } else {
        Err(format!("these are not the codes of lambda/src/outcome.rs: {codes:?}").into())
    }
}
