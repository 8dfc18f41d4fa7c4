//! Fuzzes IAM policies: a policy is read or refused, and decides any request.
#![no_main]

use libfuzzer_sys::fuzz_target;
use local_iam::{Context, Document, Named, Policies, Request};

fuzz_target!(|texts: (&str, &str, &str)| {
    let (json, action, resource) = texts;
    let context = Context::new()
        .with("aws:SourceArn", resource)
        .with("aws:username", action);
    if let Ok(document) = Document::trust(json) {
        document.lets_assume(action, &context);
    }
    if let Ok(document) = Document::identity(json) {
        let name = "inline".to_owned();
        let policies = Policies {
            identity: vec![Named { name, document }],
            boundary: None,
        };
        policies.decide(Request {
            action,
            resource,
            context: &context,
        });
    }
});
