//! The way of a call, from a file.

use std::path::Path;

use anyhow::{Context, bail};
use connect_flow_picture::Step;
use serde::Deserialize;
use serde_json::{Deserializer, Value};

use super::input::{self, Input};
use crate::commands::test::shown;

/// A file with steps.
#[derive(Deserialize)]
struct Steps {
    steps: Vec<FlowStep>,
}

/// A step of a call, as a report of a test has it too, without the branch.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FlowStep {
    flow_id: Option<String>,
    block: String,
    branch: Option<String>,
}

/// Reads the steps that a call took in a flow.
///
/// # Errors
/// When the file cannot be read, or has no step in the flow.
pub(super) fn read(path: &Path, flow: &Input) -> anyhow::Result<Vec<Step>> {
    let name = path.display().to_string();
    let text = input::text(path, &name)?;
    let steps = steps(&text)
        .with_context(|| format!("{} must be JSON with the way of a call", shown(&name)))?;
    let here = |step: &FlowStep| match (&step.flow_id, &flow.id) {
        (Some(step), Some(flow)) => step.rsplit('/').next() == Some(flow),
        _ => true,
    };
    let steps: Vec<_> = steps
        .into_iter()
        .filter(here)
        .map(|step| Step {
            block: step.block,
            branch: step.branch,
        })
        .collect();
    let blocks = flow.graph.blocks();
    let known = |step: &Step| blocks.iter().any(|block| block.identifier == step.block);
    if !steps.iter().any(known) {
        bail!(
            "{} must have a step at a block of the flow {}, but has none",
            shown(&name),
            shown(&flow.title)
        );
    }
    Ok(steps)
}

/// Returns the steps of a file, or the way of the test that it reports.
fn steps(text: &str) -> anyhow::Result<Vec<FlowStep>> {
    let values = Deserializer::from_str(text).into_iter::<Value>();
    let values = values.collect::<Result<Vec<_>, _>>()?;
    if let [value] = values.as_slice()
        && value.get("steps").is_some()
    {
        let steps: Steps = serde_json::from_value(value.clone())?;
        return Ok(steps.steps);
    }
    let ways: Vec<_> = values
        .iter()
        .filter_map(|value| value.get("report").unwrap_or(value).get("way"))
        .collect();
    match ways.as_slice() {
        [way] => Ok(serde_json::from_value((*way).clone())?),
        ways => bail!(
            "it must have `steps`, or be the output of one test, but has {} tests",
            ways.len()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_and_reports_of_a_test_are_ways() {
        let found =
            steps(r#"{"steps": [{"block": "a", "branch": "1"}, {"block": "b", "branch": null}]}"#);
        let found = found.unwrap();
        assert_eq!(found[0].branch.as_deref(), Some("1"));
        assert_eq!((found[1].block.as_str(), &found[1].branch), ("b", &None));
        let found = steps(
            r#"{"type": "test", "report": {"way": [{"flowId": "f", "block": "a", "blockType": "Compare"}]}}
               {"type": "tested", "passed": 1}"#,
        );
        assert_eq!(found.unwrap()[0].flow_id.as_deref(), Some("f"));
    }

    #[test]
    fn other_files_are_refused() {
        let two = r#"{"report": {"way": []}} {"report": {"way": []}}"#;
        for (text, why) in [
            ("{}", "has 0 tests"),
            (two, "has 2 tests"),
            ("[", "EOF"),
            (r#"{"steps": [{}]}"#, "missing field `block`"),
        ] {
            let said = steps(text).unwrap_err().to_string();
            assert!(said.contains(why), "{said}");
        }
    }
}
