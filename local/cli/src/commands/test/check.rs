//! Reports what AWS would refuse about test cases.

use anyhow::bail;
use connect_test_cases::{Problem, ProblemKind, StartError, TestCase};
use serde_json::json;

use super::files::{self, Case};
use super::words::shown;
use crate::options::TestCheck;
use crate::screen::{Printed, Screen};

/// A problem of a file.
struct Finding {
    message: String,
    /// The place in the content; empty for all of it.
    place: String,
    /// True if the words are AWS's, as recorded.
    recorded: bool,
    /// The reason, in our words, if AWS's do not say it.
    reason: Option<String>,
}

/// Checks the files as CreateTestCase does with the status PUBLISHED.
///
/// # Errors
/// When a problem is found; [`Unreadable`](super::Unreadable) when a file cannot be read.
pub(super) fn run(options: &TestCheck, screen: Screen) -> anyhow::Result<()> {
    let cases = files::read(&files::find(&options.files)?)?;
    let mut problems = 0;
    for case in &cases {
        let (found, notes) = findings(case);
        problems += found.len();
        for finding in &found {
            show(case, finding, screen)?;
        }
        let path = case.path.display().to_string();
        for note in notes {
            screen.say(&format!("{}: note: {}", shown(&path), shown(&note)))?;
            screen.result(json!({ "type": "note", "file": path, "message": note }))?;
        }
    }
    screen.result(json!({ "type": "checked", "files": cases.len(), "problems": problems }))?;
    match (problems, cases.len()) {
        (0, 1) => screen.say("1 test case. No problems found.")?,
        (0, many) => screen.say(&format!("{many} test cases. No problems found."))?,
        (1, _) => bail!("1 problem must be corrected"),
        (many, _) => bail!("{many} problems must be corrected"),
    }
    Ok(())
}

fn findings(case: &Case) -> (Vec<Finding>, Vec<String>) {
    let mut found = Vec::new();
    if let Err(error) = case.file.start() {
        let recorded = matches!(error, StartError::FlowOrNumbers | StartError::NoSource);
        found.push(Finding {
            message: error.to_string(),
            place: match error {
                StartError::Data(_) => "InitializationData",
                _ => "EntryPoint",
            }
            .to_owned(),
            recorded,
            reason: None,
        });
    }
    match TestCase::publish(&case.file.content, case.file.channel()) {
        Ok(case) => (found, case.notes),
        Err(problems) => {
            found.extend(problems.into_iter().map(of_content));
            (found, Vec::new())
        }
    }
}

fn of_content(problem: Problem) -> Finding {
    // Of content with another shape, AWS's words are the sentence before the colon.
    let parts = match (problem.kind, problem.recorded) {
        (ProblemKind::InvalidContent, true) => problem.message.split_once(": "),
        _ => None,
    };
    let (message, reason) = match parts {
        Some((message, reason)) => (message.to_owned(), Some(reason.to_owned())),
        None => (problem.message.clone(), None),
    };
    Finding {
        message,
        place: problem.path,
        recorded: problem.recorded,
        reason,
    }
}

fn show(case: &Case, finding: &Finding, screen: Screen) -> Printed {
    let path = case.path.display().to_string();
    let whose = if finding.recorded { "AWS" } else { "here" };
    let place = match &*finding.place {
        "" => String::new(),
        place => format!(" {}", shown(place)),
    };
    let mut message = shown(&finding.message);
    if let Some(reason) = &finding.reason {
        message = format!("{message}; here: {}", shown(reason));
    }
    screen.say(&format!("{}:{place}: {whose}: {message}", shown(&path)))?;
    screen.result(json!({
        "type": "problem",
        "file": path,
        "place": finding.place,
        "message": finding.message,
        "wordsOfAws": finding.recorded,
        "reason": finding.reason,
    }))
}
