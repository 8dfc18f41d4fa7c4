//! Fuzzes queries of Logs Insights: a query is read or refused with its place, and what is read runs over
//! any event.
#![no_main]

use libfuzzer_sys::fuzz_target;
use local_insights::{Event, Query};

fuzz_target!(|texts: (&str, &str)| {
    let (text, message) = texts;
    match Query::parse(text) {
        Ok(query) => {
            let mut run = query.run(Some(1), 0);
            let group = "123456789012:/aws/lambda/f";
            let event = |timestamp_ms| Event {
                timestamp_ms,
                ingested_ms: 0,
                message,
                stream: "s",
                group,
            };
            let added = run
                .add(&event(i64::MAX), String::new)
                .and_then(|()| run.add(&event(1), String::new));
            if added.is_ok()
                && let Ok(results) = run.finish()
            {
                assert!(results.rows.len() <= 1);
                assert!(results.matched <= 2);
            }
        }
        Err(error) => {
            assert!(!error.message.is_empty());
            assert!(error.characters.end <= text.chars().count());
        }
    }
});
