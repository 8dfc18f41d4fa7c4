//! Runs a set of test cases once.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use local_account::{ClientError, LocalClient};
use local_connect::{JudgedTest, TestRequest, TestedFlow};
use serde_json::json;

use super::alone::FlowAlone;
use super::coverage::Branches;
use super::files::{self, Case, FlowSource, named};
use super::words::shown;
use super::{junit, report};
use crate::options::{Reach, TestRun};
use crate::screen::Screen;

/// The numbers of tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Totals {
    pub(super) passed: usize,
    pub(super) failed: usize,
}

/// A test that was run, or that could not be.
#[derive(Debug)]
pub(super) struct Tested {
    pub(super) path: PathBuf,
    pub(super) name: String,
    /// The outcome, or the reason for which the test case was refused.
    pub(super) outcome: Result<JudgedTest, String>,
    /// The functions that the flow invoked and the test case did not mock; only for a flow file alone.
    pub(super) unmocked: Vec<String>,
    /// The real time that it took.
    pub(super) took: Duration,
}

impl Tested {
    pub(super) fn passed(&self) -> bool {
        self.outcome.as_ref().is_ok_and(JudgedTest::passed)
    }
}

/// The line under test.
enum Line {
    /// A flow file alone.
    Alone(FlowAlone),
    /// The line of a running account.
    Deployed(Box<LocalClient>),
}

impl Line {
    async fn test(&self, case: &Case, strict: bool) -> anyhow::Result<Tested> {
        let begun = Instant::now();
        let mut request = TestRequest {
            content: case.file.content.clone(),
            entry_point: case.file.entry_point.clone(),
            initialization_data: case.file.initialization_data.clone(),
            strict,
        };
        let (outcome, unmocked) = match self {
            Self::Alone(alone) => {
                request.entry_point = alone.entry_point(&case.file);
                let judged = alone.connect.judge_test(&request).await;
                let judged = judged.map_err(|refused| refused.to_string());
                (judged, alone.take_invoked())
            }
            Self::Deployed(account) => match account.run_test(&request).await {
                Ok(judged) => (Ok(judged), Vec::new()),
                Err(ClientError::Refused(why)) => (Err(why), Vec::new()),
                Err(error) => return Err(error.into()),
            },
        };
        Ok(Tested {
            path: case.path.clone(),
            name: case.name(),
            outcome,
            unmocked,
            took: begun.elapsed(),
        })
    }
}

/// Runs test cases against a flow alone, and returns its branches; `None` if no test entered it.
///
/// # Errors
/// When a file cannot be read, or the flow or a test case is not accepted. A failed test is none.
pub(crate) async fn coverage_of_flow(
    cases: &[PathBuf],
    flow: &Path,
    content: &str,
) -> anyhow::Result<Option<TestedFlow>> {
    let alone = FlowAlone::new(flow, content).await?;
    let id = alone.flow_id.clone();
    let flows = coverage(cases, &Line::Alone(alone)).await?;
    Ok(flows.into_iter().find(|flow| flow.flow_id == id))
}

/// Runs test cases against a running account, and returns the branches of all flows that they entered.
///
/// # Errors
/// When a file cannot be read, no account answers, or a test case is not accepted.
pub(crate) async fn coverage_of_account(
    cases: &[PathBuf],
    reach: &Reach,
) -> anyhow::Result<Vec<TestedFlow>> {
    coverage(cases, &Line::Deployed(Box::new(reach.client()))).await
}

async fn coverage(cases: &[PathBuf], line: &Line) -> anyhow::Result<Vec<TestedFlow>> {
    let mut branches = Branches::default();
    for case in &files::read(&files::find(cases)?)? {
        let tested = line.test(case, false).await?;
        match &tested.outcome {
            Ok(judged) => branches.add(&judged.flows),
            Err(why) => bail!("{} cannot be run: {}", named(&tested.path), shown(why)),
        }
    }
    Ok(branches.into_flows())
}

/// Runs the test cases in order, and prints each result.
///
/// # Errors
/// [`Unreadable`](super::Unreadable) when a file cannot be read; when no account answers, or the results
/// cannot be written. A failed test is counted.
pub(super) async fn run(
    options: &TestRun,
    reach: &Reach,
    screen: Screen,
) -> anyhow::Result<Totals> {
    let cases = files::read(&files::find(&options.files)?)?;
    let source = options.flow.as_deref().map(FlowSource::read).transpose()?;
    let line = match &source {
        Some(source) => Line::Alone(FlowAlone::new(&source.path, &source.content).await?),
        None => Line::Deployed(Box::new(reach.client())),
    };
    let mut totals = Totals::default();
    let mut branches = Branches::default();
    let mut all = Vec::new();
    for case in &cases {
        let tested = line.test(case, options.strict).await?;
        match tested.passed() {
            true => totals.passed += 1,
            false => totals.failed += 1,
        }
        if let Ok(judged) = &tested.outcome {
            branches.add(&judged.flows);
        }
        report::test(&tested, source.as_ref(), screen)?;
        if options.junit.is_some() {
            all.push(tested);
        }
    }
    if let Some(file) = &options.junit {
        let written = fs::write(file, junit::report(&all, source.as_ref()));
        written.with_context(|| format!("cannot write {}", file.display()))?;
    }
    branches.print(options.coverage, screen)?;
    let Totals { passed, failed } = totals;
    screen.say(&format!("{passed} passed, {failed} failed"))?;
    screen.result(json!({
        "type": "tested",
        "passed": passed,
        "failed": failed,
        "coverage": branches.summary(),
    }))?;
    Ok(totals)
}
