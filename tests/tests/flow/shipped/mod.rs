//! The shipped tests: a test case of Amazon Connect for each outcome and language, in `flows/tests`.
//!
//! They are generated from the conversations of [`cases`] and the sentences of `flows/texts`, and run against
//! the flow that Terraform renders, with every answer of the function replaced.

pub(crate) mod api;
pub(crate) mod cases;
pub(crate) mod cost;
mod file;
pub(crate) mod resource;
mod words;

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;

use connect_test_cases::{Completion, Matching, Start, TestCase};
use e2e::{Failure, REGION, generated};
use local_connect::{ConnectService, Stop, TestOutcome};
use local_harness::repository;
use serde_json::{Map, Value, json};

use crate::documents::pages;
use crate::flow::renderer::Renderer;
use crate::flow::setup::{Fallback, FlowSetup};
use cases::{LANGUAGES, LineKind, ShippedCase, cases, cases_in, key_of};

e2e::trials![
    the_shipped_tests_are_up_to_date,
    every_sentence_has_a_shipped_test,
    every_shipped_test_passes_against_the_shipped_flow,
    another_sentence_fails_a_shipped_test,
    the_tests_of_its_first_language_pass_against_a_line_with_two,
];

/// Returns the request of a shipped file.
///
/// # Panics
/// When there is no such file, or it is not JSON.
pub(crate) fn shipped(language: &str, name: &str) -> Value {
    let path = format!("flows/tests/{language}/{name}.json");
    let content = fs::read_to_string(repository().unwrap().join(&path)).unwrap();
    serde_json::from_str(&content).unwrap()
}

fn texts(language: &str) -> Map<String, Value> {
    let path = repository()
        .unwrap()
        .join(format!("flows/texts/{language}.json"));
    let shipped: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    shipped["texts"].as_object().unwrap().clone()
}

async fn the_shipped_tests_are_up_to_date() -> Result<(), Failure> {
    let filter = "the_shipped_tests_are";
    for language in LANGUAGES {
        let texts = texts(language);
        let mut wanted = BTreeSet::new();
        for case in cases_in(language) {
            let name = format!("{}.json", case.file_name());
            let request = file::request(&case, language, &texts);
            let page = format!("{}\n", serde_json::to_string_pretty(&request)?);
            generated::compare(&format!("flows/tests/{language}/{name}"), &page, filter)?;
            wanted.insert(name);
        }
        let folder = fs::read_dir(repository()?.join(format!("flows/tests/{language}")))?;
        let found: BTreeSet<String> = folder
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<Result<_, Failure>>()?;
        assert_eq!(found, wanted, "{language}");
    }
    pages::compare_part("docs/shipped-tests.md", "shipped-tests", &table(), filter);
    Ok(())
}

/// Returns the table of the files for the page that describes them.
fn table() -> String {
    let mut table = String::from(
        "| file | the call | the line | the words: `ja` | the words: `en` |\n|---|---|---|---|---|\n",
    );
    let texts = LANGUAGES.map(texts);
    // The languages' cases differ in keys alone.
    for case in cases_in(LANGUAGES[0]) {
        let (file, description) = (case.file_name(), case.description);
        let line = case.line.settings();
        table.push_str(&format!("| `{file}.json` | {description} | {line} |"));
        for texts in &texts {
            table.push_str(&format!(" {} |", words::of(case.sentence, texts)));
        }
        table.push('\n');
    }
    table
}

/// The question is part of other outcomes.
async fn every_sentence_has_a_shipped_test() -> Result<(), Failure> {
    for language in LANGUAGES {
        let covered: BTreeSet<String> = cases_in(language)
            .iter()
            .flat_map(|case| &case.story.heard)
            .map(|sentence| (*sentence).to_owned())
            .collect();
        let sentences: BTreeSet<String> = texts(language).keys().cloned().collect();
        assert_eq!(covered, sentences, "{language}");
    }
    Ok(())
}

/// Returns the languages and the fallback of a line of this kind.
fn settings(kind: LineKind, language: &'static str) -> (Vec<&'static str>, Fallback) {
    match kind {
        LineKind::Plain => (vec![language], Fallback::None),
        LineKind::SeveralLanguages => (LANGUAGES.to_vec(), Fallback::None),
        LineKind::HandingOver => (vec![language], Fallback::Queue),
    }
}

/// Returns the cases of a language that a line of this kind passes.
fn cases_of(kind: LineKind, language: &str) -> impl Iterator<Item = ShippedCase> {
    let cases = cases_in(language).into_iter();
    cases.filter(move |case| case.line == kind)
}

async fn every_shipped_test_passes_against_the_shipped_flow() -> Result<(), Failure> {
    let renderer = Renderer::prepare().await?;
    for language in LANGUAGES {
        for kind in LineKind::ALL {
            let (languages, fallback) = settings(kind, language);
            let setup = FlowSetup::new(&renderer, &languages, fallback).await?;
            pass(&setup, language, cases_of(kind, language)).await;
        }
    }
    // A phone number is announced by the same words as a queue.
    let setup = FlowSetup::new(&renderer, &["ja"], Fallback::Phone).await?;
    pass(&setup, "ja", cases_of(LineKind::HandingOver, "ja")).await;
    Ok(())
}

/// Runs the tests of these cases, which pass without an invocation of the function.
async fn pass(setup: &FlowSetup<'_>, language: &str, cases: impl Iterator<Item = ShippedCase>) {
    for case in cases {
        let mut request = shipped(language, &case.file_name());
        enter(&mut request, &setup.flow);
        let outcome = run(&setup.connect, &setup.instance, &request).await;
        assert_passed(&outcome, &request);
    }
    let invoked = setup.services.invocations.lock().unwrap();
    assert!(
        invoked.is_empty(),
        "each answer must be replaced: {invoked:?}"
    );
}

/// A caller who presses no key gets the first language, so tests that do not choose one are about it.
async fn the_tests_of_its_first_language_pass_against_a_line_with_two() -> Result<(), Failure> {
    let renderer = Renderer::prepare().await?;
    for languages in [["ja", "en"], ["en", "ja"]] {
        let setup = FlowSetup::new(&renderer, &languages, Fallback::None).await?;
        pass(&setup, languages[0], cases().into_iter()).await;
    }
    Ok(())
}

/// Each test fails on a flow that speaks any other sentence in the place of the one that the test is about.
async fn another_sentence_fails_a_shipped_test() -> Result<(), Failure> {
    let renderer = Renderer::prepare().await?;
    for language in LANGUAGES {
        let texts = spoken_texts(language);
        for kind in LineKind::ALL {
            let (languages, fallback) = settings(kind, language);
            let setup = FlowSetup::new(&renderer, &languages, fallback).await?;
            let content = setup.content().await;
            for case in cases_of(kind, language) {
                let right = texts[case.sentence].to_string();
                assert!(content.contains(&right), "{language}: {right}");
                for (other, wrong) in texts.iter().filter(|(name, _)| *name != case.sentence) {
                    setup
                        .publish(&content.replace(&right, &wrong.to_string()))
                        .await;
                    let mut request = shipped(language, &case.file_name());
                    enter(&mut request, &setup.flow);
                    let outcome = run(&setup.connect, &setup.instance, &request).await;
                    assert_ne!(
                        outcome.report.completion,
                        Completion::Success,
                        "{language}: {} as {other}",
                        case.sentence
                    );
                }
            }
        }
    }
    Ok(())
}

/// Returns the texts as a line with several languages speaks them.
fn spoken_texts(language: &str) -> Map<String, Value> {
    let mut texts = texts(language);
    for text in texts.values_mut() {
        *text = json!(text.as_str().unwrap().replace("{key}", key_of(language)));
    }
    texts
}

/// Replaces the example's flow by another one.
pub(crate) fn enter(request: &mut Value, flow: &str) {
    let entry = &mut request["EntryPoint"]["VoiceCallEntryPointParameters"];
    assert_eq!(entry["FlowId"], file::FLOW);
    entry["FlowId"] = json!(flow);
}

/// Runs the test of a request of CreateTestCase. Only words that are really contained match.
pub(crate) async fn run(
    connect: &Arc<ConnectService>,
    instance: &str,
    request: &Value,
) -> TestOutcome {
    let data = request["InitializationData"].as_str();
    let start = Start::read(&request["EntryPoint"], data).unwrap();
    let content = request["Content"].as_str().unwrap();
    let case = TestCase::publish(content, start.channel).unwrap();
    assert!(case.notes.is_empty(), "{:?}", case.notes);
    let facts = connect.instance(REGION, instance).unwrap();
    let run = connect.run_test(
        facts,
        Arc::new(case),
        &start,
        Matching::Strict,
        Stop::default(),
    );
    run.await.unwrap()
}

/// Asserts that every observation was made and every override used.
pub(crate) fn assert_passed(outcome: &TestOutcome, request: &Value) {
    let report = &outcome.report;
    let name = &request["Name"];
    assert_eq!(
        report.completion,
        Completion::Success,
        "{name}: {report:#?}"
    );
    let (passed, failed) = report.counts();
    assert_eq!((passed, failed), (report.observations.len(), 0), "{name}");
    assert!(report.unused_overrides.is_empty(), "{name}: {report:#?}");
}
