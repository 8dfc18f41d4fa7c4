//! The way of a call, from a file or from the record of a running account.

use std::path::Path;

use anyhow::{Context, bail};
use connect_flow_picture::Step;
use local_account::LocalClient;
use local_connect::{TakenBranch, VisitedBlock};
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

/// Reads the steps that a call took in a flow: those of a file or, if there is no such file and the text is a
/// contact id, those that the account has on record.
///
/// # Errors
/// When the file cannot be read, the account has no such call, or no step is in the flow.
pub(super) async fn read(
    path: &Path,
    account: &LocalClient,
    flow: &Input,
) -> anyhow::Result<Vec<Step>> {
    let name = path.display().to_string();
    let steps = match is_contact_id(&name) && !path.exists() {
        true => {
            let report = account.call_report(&name).await?;
            report
                .record
                .blocks
                .into_iter()
                .map(FlowStep::from)
                .collect()
        }
        false => {
            let text = input::text(path, &name)?;
            steps(&text)
                .with_context(|| format!("{} must be JSON with the way of a call", shown(&name)))?
        }
    };
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

impl From<VisitedBlock> for FlowStep {
    fn from(visited: VisitedBlock) -> Self {
        let branch = visited.left_by.as_ref().and_then(TakenBranch::label);
        Self {
            branch: branch.map(str::to_owned),
            flow_id: Some(visited.flow_id),
            block: visited.block,
        }
    }
}

/// Reports whether a text has the form of a contact id, a UUID.
fn is_contact_id(text: &str) -> bool {
    let mut parts = text.split('-');
    let hex = |part: &str, length| {
        part.len() == length && part.bytes().all(|digit| digit.is_ascii_hexdigit())
    };
    let fits = [8, 4, 4, 4, 12]
        .into_iter()
        .all(|length| parts.next().is_some_and(|part| hex(part, length)));
    fits && parts.next().is_none()
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
    fn a_contact_id_is_a_uuid() {
        assert!(is_contact_id("50a91ca1-6fd0-445c-8c53-ed3da23c0096"));
        for other in [
            "way.json",
            "50a91ca1-6fd0-445c-8c53",
            "50a91ca1-6fd0-445c-8c53-ed3da23c0096-1",
            "50a91ca1-6fd0-445c-8c53-ed3da23c009x",
        ] {
            assert!(!is_contact_id(other), "{other}");
        }
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
