//! Operations of the services whose requests are checked against a service model, with their evidence and
//! their tests.
//!
//! Unit tests record which operations they send requests for. The trials run them once more, with a
//! record.

use std::collections::{BTreeMap, BTreeSet};

use e2e::{Failure, unit_tests};
use serde_json::Value;
use tokio::sync::OnceCell;

use super::super::read;
use super::shown;

/// A service with a table of its model.
struct Described {
    name: &'static str,
    /// The name in the record of the tests.
    signing_name: &'static str,
    /// The library whose unit tests send requests to the service, and the filter that selects them.
    library: &'static str,
    filter: &'static str,
    /// The directory with `model.json` and `evidence.txt`.
    directory: &'static str,
    /// The address below which the AWS documentation has the pages of the operations.
    reference: &'static str,
}

const SERVICES: &[Described] = &[
    Described {
        name: "Amazon Connect",
        signing_name: "connect",
        library: "local_connect",
        filter: "",
        directory: "local/connect/src/control",
        reference: "https://docs.aws.amazon.com/connect/latest/APIReference/",
    },
    Described {
        name: "Amazon Lex V1",
        signing_name: "lex",
        library: "local_account",
        filter: "lex::",
        directory: "local/account/src/lex",
        reference: "https://docs.aws.amazon.com/lexv1/latest/APIReference/",
    },
    Described {
        name: "AWS End User Messaging SMS",
        signing_name: "sms-voice",
        library: "local_account",
        filter: "end_user_messaging::",
        directory: "local/account/src/end_user_messaging",
        reference: "https://docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2/",
    },
    Described {
        name: "Amazon Kinesis Video Streams",
        signing_name: "kinesisvideo",
        library: "local_account",
        filter: "kinesis_video::",
        directory: "local/account/src/kinesis_video",
        reference: "https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/",
    },
];

const EVIDENCE: [&str; 3] = ["recorded", "provider", "documented"];

/// An operation with what the tests recorded of it.
#[derive(Debug, Default)]
pub(super) struct Operation {
    evidence: Option<(String, String)>,
    tests: BTreeSet<String>,
    /// The requests made from the model that it refuses and allows, and of each how many were answered
    /// as it says.
    made: [(usize, usize); 2],
}

/// A service with its operations.
pub(super) struct Service {
    described: &'static Described,
    /// The model's version.
    source: String,
    operations: BTreeMap<String, Operation>,
}

/// Returns the services; their tests run once for all trials.
pub(super) async fn services() -> Result<&'static [Service], Failure> {
    static SERVICES_READ: OnceCell<Vec<Service>> = OnceCell::const_new();
    let read = SERVICES_READ.get_or_try_init(|| async {
        let mut services = Vec::new();
        for described in SERVICES {
            services.push(Service::read(described).await?);
        }
        Ok::<_, Failure>(services)
    });
    Ok(read.await?)
}

impl Service {
    async fn read(described: &'static Described) -> Result<Self, Failure> {
        let table = read(&format!("{}/model.json", described.directory));
        let table: Value = serde_json::from_str(&table)?;
        let served = table["operations"].as_object().into_iter().flatten();
        let mut operations: BTreeMap<String, Operation> = served
            .map(|(name, _)| (name.clone(), Operation::default()))
            .collect();
        for line in read(&format!("{}/evidence.txt", described.directory)).lines() {
            let mut words = line.splitn(3, ' ');
            let (Some(name), Some(evidence), Some(source)) =
                (words.next(), words.next(), words.next())
            else {
                return Err(format!("a line must have operation, evidence, source: {line}").into());
            };
            if name != "#" {
                let operation = operations.entry(name.to_owned()).or_default();
                operation.evidence = Some((evidence.to_owned(), source.to_owned()));
            }
        }
        let record = unit_tests::record(described.library, described.filter).await?;
        for line in record.lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            let (name, rest) = match fields[..] {
                [service, name, ref rest @ ..] if service == described.signing_name => (name, rest),
                _ => continue,
            };
            let Some(operation) = operations.get_mut(name) else {
                continue;
            };
            match rest {
                [unit_tests::MADE_FROM_MODEL, allowed, answered] => {
                    let (sent, as_it_says) = &mut operation.made[usize::from(*allowed == "true")];
                    *sent += 1;
                    *as_it_says += usize::from(*answered == "true");
                }
                [test] if !test.starts_with("requests_made_from_the_") => {
                    operation.tests.insert((*test).to_owned());
                }
                _ => {}
            }
        }
        Ok(Self {
            described,
            source: table["source"].as_str().unwrap_or_default().to_owned(),
            operations,
        })
    }

    /// Returns a sentence for each operation that lacks something.
    pub(super) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for (name, operation) in &self.operations {
            let mut problem = |text: &str| {
                problems.push(format!("{} {name} {text}", self.described.name));
            };
            match &operation.evidence {
                Some((evidence, _)) if EVIDENCE.contains(&evidence.as_str()) => {}
                Some(_) => problem("must have evidence of a known kind"),
                None => problem("must have a line in evidence.txt"),
            }
            if operation.tests.is_empty() {
                problem("must have a test of its own");
            }
            if operation
                .made
                .iter()
                .any(|(sent, answered)| sent != answered)
            {
                problem("must answer requests from the model as it says");
            }
        }
        problems
    }

    fn count(&self, kind: usize) -> (usize, usize) {
        let made = self.operations.values().map(|one| one.made[kind]);
        made.fold((0, 0), |sum, made| (sum.0 + made.0, sum.1 + made.1))
    }
}

/// Returns the section of each service.
pub(super) fn sections(services: &[Service]) -> String {
    let mut page = String::new();
    for service in services {
        let Described {
            name, reference, ..
        } = service.described;
        let operations = &service.operations;
        let with = |kind: &str| {
            let all = operations.values().filter_map(|one| one.evidence.as_ref());
            all.filter(|(evidence, _)| evidence == kind).count()
        };
        let ((refused, as_refused), (allowed, as_allowed)) = (service.count(0), service.count(1));
        page.push_str(&format!(
            "### {name}\n\n\
             {} operations by {}: the evidence of {} is *recorded*, of {} *provider*, of {} *documented*.\n\
             {} requests from the model: {allowed} allowed ({as_allowed}), {refused} refused ({as_refused}).\n\n\
             | operation | evidence | allowed | refused | tests |\n|---|---|---|---|---|\n",
            operations.len(),
            service.source,
            with("recorded"),
            with("provider"),
            with("documented"),
            allowed + refused,
        ));
        // Tests of few operations come first: they say more about this one.
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for test in operations.values().flat_map(|one| &one.tests) {
            *counts.entry(test).or_default() += 1;
        }
        for (name, operation) in operations {
            let mut tests: Vec<String> = operation.tests.iter().cloned().collect();
            tests.sort_by_key(|test| (counts.get(test.as_str()).copied(), test.clone()));
            let evidence = match &operation.evidence {
                Some((kind, source)) if kind == "documented" => {
                    format!("[{kind}]({reference}{source})")
                }
                Some((kind, source)) => format!("{kind}: {source}"),
                None => String::new(),
            };
            let [refused, allowed] = operation.made.map(|(sent, as_it_says)| match sent {
                0 => String::new(),
                sent => format!("{sent} ({as_it_says})"),
            });
            page.push_str(&format!(
                "| {name} | {evidence} | {allowed} | {refused} | {} |\n",
                shown(&tests)
            ));
        }
        page.push('\n');
    }
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}
