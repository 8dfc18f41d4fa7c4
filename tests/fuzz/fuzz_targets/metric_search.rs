//! Fuzzes the parser of SEARCH expressions: it reads or refuses any text.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../../local/account/src/cloudwatch/math/search_expression.rs"]
mod search_expression;
use search_expression::Search;

fuzz_target!(|text: &str| {
    let Some(search) = Search::parse(text) else {
        return;
    };
    assert!(text.contains(&search.namespace));
    for (name, value) in &search.terms {
        assert!(text.contains(value.as_str()));
        assert!(name == "MetricName" || search.dimensions.contains(name));
    }
});
