//! The flows of `cases/`, each made for one question.

use std::fs;
use std::path::Path;

use serde::Deserialize;

use super::*;

/// `Metadata.expected` of a case.
#[derive(Deserialize)]
struct Expected {
    kind: FlowKind,
    outcome: Outcome,
    /// The source of the outcome.
    because: String,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    Accepted,
    Refused,
}

#[test]
fn each_case_has_its_outcome() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let mut cases = 0;
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let content: Value = serde_json::from_str(&text).unwrap();
        let expected: Expected =
            serde_json::from_value(content["Metadata"]["expected"].clone()).unwrap();
        let problems = problems_of(&content, expected.kind);
        let outcome = match problems.is_empty() {
            true => Outcome::Accepted,
            false => Outcome::Refused,
        };
        assert_eq!(
            outcome,
            expected.outcome,
            "{}: {}: {problems:?}",
            path.display(),
            expected.because
        );
        cases += 1;
    }
    assert!(cases >= 29, "{cases} cases");
}
