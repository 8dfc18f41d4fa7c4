//! Fuzzes the check of DynamoDB expressions: it measures them without recursion, in any request.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::json;

#[path = "../../../local/account/src/dynamodb/expressions.rs"]
mod expressions;

fuzz_target!(|bytes: &[u8]| {
    // The table store refuses bytes that are not a request.
    drop(expressions::check(bytes));
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    for member in ["ConditionExpression", "UpdateExpression"] {
        let request = json!({ "TransactItems": [{ "Update": { member: text } }] });
        match expressions::check(request.to_string().as_bytes()) {
            Ok(()) => assert!(text.len() <= 4_096),
            Err(fault) => assert_eq!(fault.status, 400),
        }
    }
});
