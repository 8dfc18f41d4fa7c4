//! The search for test cases.

use local_wire::{Declared, Outcome, post};
use serde::Deserialize;

use super::Serve::Now;
use super::search::{Condition, NoConditions, Search, Searchable};
use super::test_cases::TestCaseShape;
use super::{ControlRequest, Serve};
use crate::ConnectService;
use crate::state::{Instance, Tags, TestCaseRecord};

/// The operations that are served, one per line.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Declared<Serve>] = &[
    post("SearchTestCases", "/search-test-cases", Now(search_test_cases)),
];

/// The conditions of `TestCaseSearchCriteria` beside those that all searches have.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TestCaseConditions {
    status_condition: Option<String>,
}

impl Condition<TestCaseRecord> for TestCaseConditions {
    fn accept(&self, case: &TestCaseRecord, _instance: &Instance) -> bool {
        let wanted = self.status_condition.as_deref();
        wanted.is_none_or(|wanted| wanted == case.status().name())
    }
}

impl Searchable for TestCaseRecord {
    /// The API reference names no fields; these are those of flows.
    const FIELDS: &'static [&'static str] = &["name", "description", "resourceID"];
    type Conditions = TestCaseConditions;
    type Attributes = NoConditions;

    fn has(&self, field: &str, matches: &dyn Fn(&str) -> bool) -> bool {
        match field {
            "name" => matches(&self.name),
            "description" => self.description.as_deref().is_some_and(matches),
            _ => matches(&self.id),
        }
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }
}

fn search_test_cases(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let search: Search<TestCaseRecord> = Search::of(request)?;
    let state = service.state();
    let instance = search.instance(request, &state)?;
    let cases = instance.test_cases.iter();
    search.reply(request, ("TestCases", instance), cases, |case| {
        TestCaseShape::of(case, case.status())
    })
}
