//! Test cases.

use std::ops::RangeInclusive;

use local_wire::{Declared, Fault, Outcome, delete, done, get, post, put, reply};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use super::Serve::Now;
use super::{ControlRequest, Serve, description};
use crate::ConnectService;
use crate::state::{
    EntryPoint, Tags, TestCaseRecord, TestCaseStatus, TestCaseText, checksum, is_e164,
};

/// The operations that are served, one per line.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Declared<Serve>] = &[
    put("CreateTestCase", "/test-cases/{InstanceId}", Now(create_test_case)),
    get("DescribeTestCase", "/test-cases/{InstanceId}/{TestCaseId}", Now(describe_test_case)),
    post("UpdateTestCase", "/test-cases/{InstanceId}/{TestCaseId}", Now(update_test_case)),
    delete("DeleteTestCase", "/test-cases/{InstanceId}/{TestCaseId}", Now(delete_test_case)),
    get("ListTestCases", "/test-cases-summary/{InstanceId}", Now(list_test_cases)),
];

/// The sizes in characters that the service model leaves open: those of the CloudFormation schema of
/// AWS::Connect::TestCase.
const NAME: RangeInclusive<usize> = 1..=127;
const DESCRIPTION: RangeInclusive<usize> = 0..=500;
const CONTENT: RangeInclusive<usize> = 1..=256_000;
const INITIALIZATION_DATA: RangeInclusive<usize> = 1..=256_000;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateTestCase {
    name: String,
    #[serde(flatten)]
    changes: Changes,
    tags: Option<Tags>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateTestCase {
    name: Option<String>,
    #[serde(flatten)]
    changes: Changes,
}

/// The members that CreateTestCase and UpdateTestCase share.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Changes {
    description: Option<String>,
    content: Option<String>,
    entry_point: Option<EntryPoint>,
    initialization_data: Option<String>,
    status: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CreatedTestCase<'a> {
    test_case_id: &'a str,
    test_case_arn: &'a str,
}

/// `TestCase`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TestCaseShape<'a> {
    arn: &'a str,
    id: &'a str,
    name: &'a str,
    content: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    entry_point: Option<&'a EntryPoint>,
    #[serde(skip_serializing_if = "Option::is_none")]
    initialization_data: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    status: &'static str,
    last_modified_time: i64,
    last_modified_region: &'a str,
    tags: &'a Tags,
    test_case_sha256: String,
}

impl<'a> TestCaseShape<'a> {
    /// Returns the shape of a version.
    pub(super) fn of(case: &'a TestCaseRecord, status: TestCaseStatus) -> Result<Self, Fault> {
        let text = case.version(status)?;
        Ok(Self {
            arn: &case.arn,
            id: &case.id,
            name: &case.name,
            content: &text.content,
            entry_point: text.entry_point.as_ref(),
            initialization_data: text.initialization_data.as_deref(),
            description: case.description.as_deref(),
            status: status.name(),
            last_modified_time: case.modified,
            last_modified_region: &case.modified_region,
            tags: &case.tags,
            test_case_sha256: checksum(&text.content),
        })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DescribedTestCase<'a> {
    test_case: TestCaseShape<'a>,
}

/// `TestCaseSummary`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TestCaseSummary<'a> {
    id: &'a str,
    arn: &'a str,
    name: &'a str,
    status: &'static str,
    last_modified_time: i64,
    last_modified_region: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TestCaseList<'a> {
    test_case_summary_list: Vec<TestCaseSummary<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Changes {
    /// Checks what the service model does not: sizes, and the pattern of numbers, which it escapes twice.
    fn check(&self, request: &ControlRequest<'_>, name: Option<&str>) -> Result<(), Fault> {
        let blank = |text: Option<&str>| text.is_some_and(|text| text.trim().is_empty());
        if blank(name) {
            return Err(request.invalid("Name must have a character other than a space."));
        }
        // An empty description removes the description, as for other resources.
        if blank(self.description.as_deref().filter(|text| !text.is_empty())) {
            return Err(request.invalid("Description must have a character other than a space."));
        }
        for (member, text, sizes) in [
            ("Name", name, NAME),
            ("Description", self.description.as_deref(), DESCRIPTION),
            ("Content", self.content.as_deref(), CONTENT),
            (
                "InitializationData",
                self.initialization_data.as_deref(),
                INITIALIZATION_DATA,
            ),
        ] {
            let Some(length) = text.map(|text| text.chars().count()) else {
                continue;
            };
            if !sizes.contains(&length) {
                return Err(request.invalid(format!(
                    "{member} must have {} to {} characters, but has {length}.",
                    sizes.start(),
                    sizes.end()
                )));
            }
        }
        let voice = self.entry_point.as_ref();
        let voice = voice.and_then(|entry| entry.voice_call_entry_point_parameters.as_ref());
        let Some(voice) = voice else { return Ok(()) };
        for (member, number) in [
            ("SourcePhoneNumber", &voice.source_phone_number),
            ("DestinationPhoneNumber", &voice.destination_phone_number),
        ] {
            if number.as_ref().is_some_and(|number| !is_e164(number)) {
                return Err(request.invalid(format!("{member} must be in E.164 format.")));
            }
        }
        Ok(())
    }

    fn status(&self) -> Option<TestCaseStatus> {
        self.status.as_deref().map(TestCaseStatus::named)
    }

    /// Reports whether a version changes, not only the name or the description.
    fn concern_a_version(&self) -> bool {
        self.content.is_some()
            || self.entry_point.is_some()
            || self.initialization_data.is_some()
            || self.status.is_some()
    }

    /// Applies the changes. An absent member keeps its value.
    fn apply(self, case: &mut TestCaseRecord, status: TestCaseStatus) -> Result<(), Fault> {
        let base = case.base(self.status());
        if self.concern_a_version() {
            let text = TestCaseText {
                content: self.content.unwrap_or(base.content),
                entry_point: self.entry_point.or(base.entry_point),
                initialization_data: self.initialization_data.or(base.initialization_data),
            };
            match status {
                TestCaseStatus::Published => case.publish(text)?,
                TestCaseStatus::Saved => case.save(text),
            }
        }
        if self.description.is_some() {
            case.description = description(self.description);
        }
        Ok(())
    }
}

/// The headers with which a resource is replicated to another Region.
struct Replicated {
    modified: Option<i64>,
    region: Option<String>,
}

impl Replicated {
    fn of(request: &ControlRequest<'_>) -> Result<Self, Fault> {
        let modified = match header(request, "x-amz-last-modified-time") {
            None => None,
            Some(text) => {
                let moment = OffsetDateTime::parse(text, &Rfc2822).map_err(|error| {
                    request.invalid(format!(
                        "LastModifiedTime must be a date such as Tue, 29 Apr 2014 18:30:38 GMT: {error}"
                    ))
                })?;
                Some(moment.unix_timestamp())
            }
        };
        Ok(Self {
            modified,
            region: header(request, "x-amz-last-modified-region").map(str::to_owned),
        })
    }

    fn mark(self, case: &mut TestCaseRecord, own: &str) {
        case.modified_region = self.region.unwrap_or_else(|| own.to_owned());
        if let Some(modified) = self.modified {
            case.modified = modified;
        }
    }
}

fn header<'r>(request: &'r ControlRequest<'_>, name: &str) -> Option<&'r str> {
    // The service model has checked the others.
    request.headers.get(name)?.to_str().ok()
}

/// Returns the id that a replica has in its own Region.
fn replica_id(request: &ControlRequest<'_>) -> Result<Option<String>, Fault> {
    let Some(id) = header(request, "x-amz-resource-id") else {
        return Ok(None);
    };
    match uuid::Uuid::try_parse(id) {
        Ok(_) => Ok(Some(id.to_owned())),
        Err(_) => Err(request.invalid("TestCaseId must be the id of a test case, a UUID.")),
    }
}

fn create_test_case(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let input: CreateTestCase = request.input()?;
    input.changes.check(request, Some(&input.name))?;
    let (id, replicated) = (replica_id(request)?, Replicated::of(request)?);
    let tags = input.tags.unwrap_or_default();
    // AWS does not document the default status. That of CreateContactFlow is this one.
    let status = input.changes.status().unwrap_or(TestCaseStatus::Published);

    let mut state = service.state();
    state.room_for_flow(request.body.len())?;
    let region = request.region();
    let instance = request.instance_mut(&mut state)?;
    if let Some(id) = &id {
        instance.free_test_case_id(id)?;
    }
    let arn = instance.arn.clone();
    let cases = &mut instance.test_cases;
    let created = cases.create(&arn, input.name, tags, |mut identity| {
        if let Some(id) = id {
            identity.arn = format!("{arn}/test-case/{id}");
            identity.id = id;
        }
        TestCaseRecord::new(identity, region)
    })?;
    let id = created.id.clone();
    let written = input.changes.apply(created, status);
    replicated.mark(created, region);
    if let Err(refusal) = written {
        cases.remove(&id)?;
        return Err(refusal);
    }
    let created = cases.get(&id)?;
    reply(&CreatedTestCase {
        test_case_id: &created.id,
        test_case_arn: &created.arn,
    })
}

fn describe_test_case(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let state = service.state();
    let cases = &request.instance(&state)?.test_cases;
    let case = cases.get(request.path("TestCaseId"))?;
    let status = request.query("status");
    let status = status.map_or(case.status(), |status| TestCaseStatus::named(&status));
    reply(&DescribedTestCase {
        test_case: TestCaseShape::of(case, status)?,
    })
}

/// Changes a test case. Without `Status`, the version changes that DescribeTestCase shows by itself; with
/// `SAVED`, the published text stays.
fn update_test_case(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let input: UpdateTestCase = request.input()?;
    input.changes.check(request, input.name.as_deref())?;
    let replicated = Replicated::of(request)?;
    let given = request.path("TestCaseId");

    let mut state = service.state();
    state.room_for_flow(request.body.len())?;
    let cases = &mut request.instance_mut(&mut state)?.test_cases;
    // A refused change leaves all of the test case as it was.
    let mut changed = cases.get(given)?.clone();
    let status = input.changes.status().unwrap_or(changed.status());
    input.changes.apply(&mut changed, status)?;
    cases.change(given, input.name, |case| {
        changed.identity = case.identity.clone();
        *case = changed;
    })?;
    // The time of the change is that of the other Region, if it is given.
    let mut known = cases.iter_mut();
    if let Some(case) = known.find(|case| case.id == given || case.arn == given) {
        replicated.mark(case, request.region());
    }
    done()
}

/// Deletes a test case. AWS does not say what becomes of its executions: here they stay listed, and those
/// that wait or run go on.
fn delete_test_case(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let mut state = service.state();
    let cases = &mut request.instance_mut(&mut state)?.test_cases;
    cases.remove(request.path("TestCaseId"))?;
    done()
}

fn list_test_cases(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let page = request.query_page(100)?;
    let state = service.state();
    let cases = request.instance(&state)?.test_cases.iter();
    let (test_case_summary_list, next_token) = page.cut(cases.map(|case| TestCaseSummary {
        id: &case.id,
        arn: &case.arn,
        name: &case.name,
        status: case.status().name(),
        last_modified_time: case.modified,
        last_modified_region: &case.modified_region,
    }));
    reply(&TestCaseList {
        test_case_summary_list,
        next_token,
    })
}
