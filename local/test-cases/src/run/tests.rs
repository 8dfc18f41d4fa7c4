use super::*;
use crate::content::Channel;
use crate::event::{Heard, Speech};
use serde_json::json;

pub(super) struct Values(pub(super) &'static [(&'static str, &'static str)]);

impl Facts for Values {
    fn read(&self, path: &str) -> Option<String> {
        let (_, value) = self.0.iter().find(|(known, _)| *known == path)?;
        Some((*value).to_owned())
    }
}

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

fn case(observations: Value) -> Arc<TestCase> {
    let content = json!({"Version": "2019-10-30", "Metadata": {}, "Observations": observations});
    Arc::new(TestCase::publish(&content.to_string(), Channel::Voice).unwrap())
}

fn says(text: &str) -> Event {
    let heard = Heard {
        speech: Speech::Text(text.to_owned()),
        flow_id: "flow".to_owned(),
        block: "say".to_owned(),
        at: NOW,
    };
    Event::MessageReceived(Message {
        prompts: vec![heard],
    })
}

fn press(keys: &str) -> Value {
    json!({"Identifier": "press", "Type": "SendInstruction", "Parameters": {
        "ActionType": "SendInstruction", "Actor": "Customer",
        "Instruction": {"Type": "DtmfInput", "Properties": {"Value": keys}}}})
}

fn end() -> Value {
    json!({"Identifier": "end", "Type": "TestControl", "Parameters": {
        "ActionType": "TestControl", "Command": {"Type": "EndTest"}}})
}

fn observation(name: &str, event: Value, actions: Value, next: &[&str]) -> Value {
    json!({"Identifier": name, "Event": event, "Actions": actions,
           "Transitions": {"NextObservations": next}})
}

fn initiated() -> Value {
    json!({"Type": "TestInitiated", "Actor": "System", "Properties": {}})
}

fn hears(text: &str) -> Value {
    json!({"Type": "MessageReceived", "Actor": "System", "Properties": {
        "Text": text, "MatchingCriteria": {"Type": "Inclusion"}}})
}

#[test]
fn observations_are_matched_one_after_the_other() {
    let case = case(json!([
        observation("start", initiated(), json!([]), &["ask"]),
        observation("ask", hears("PIN"), json!([press("0042#")]), &["thanks"]),
        observation("thanks", hears("Thank you"), json!([end()]), &[]),
    ]));
    let mut run = Run::new(Arc::clone(&case), Matching::Strict, NOW);
    let nothing = Values(&[]);
    assert_eq!(run.observe(&Event::TestInitiated, &nothing, NOW), []);
    // Not active yet.
    let asked = run.observe(&says("Your PIN, please."), &nothing, NOW);
    assert_eq!(asked, [Effect::Press("0042#".to_owned())]);
    assert_eq!(
        run.observe(&says("Thank you."), &nothing, NOW),
        [Effect::End]
    );
    let report = run.report("contact", NOW);
    assert_eq!(report.status, ExecutionStatus::Passed);
    assert_eq!(report.counts(), (3, 0));
}

/// The administrator guide: the test waits for five minutes, and then fails.
#[test]
fn an_event_that_never_comes_fails_at_the_time_limit() {
    let case = case(json!([
        observation("start", initiated(), json!([]), &["ask"]),
        observation("ask", hears("your campaign PIN"), json!([]), &[]),
    ]));
    let mut run = Run::new(Arc::clone(&case), Matching::Similar, NOW);
    run.observe(&Event::TestInitiated, &Values(&[]), NOW);
    run.observe(&says("The campaign is over."), &Values(&[]), NOW);
    assert_eq!(run.deadline() - NOW, time::Duration::minutes(5));
    run.time_out();
    let report = run.report("contact", NOW);
    assert_eq!(report.completion, Completion::TimedOut);
    let (nearest, score) = report.observations[1].nearest.as_ref().unwrap();
    assert_eq!(nearest.words(), "The campaign is over.");
    assert!(*score > 0.0 && *score < 0.8);
    let last = report.records.last().unwrap();
    assert_eq!(last.status.name(), "FAILED");
    assert!(last.record.contains("\"TIMEOUT\""), "{}", last.record);
}

/// A public project saw Amazon Connect fail the pending observation itself.
#[test]
fn the_end_of_the_contact_fails_an_observation_that_waits() {
    let case = case(json!([
        observation("start", initiated(), json!([]), &["ask"]),
        observation("ask", hears("PIN"), json!([]), &[]),
    ]));
    let mut run = Run::new(Arc::clone(&case), Matching::Similar, NOW);
    run.observe(&Event::TestInitiated, &Values(&[]), NOW);
    run.observe(&Event::TestCompleted, &Values(&[]), NOW);
    run.contact_ended();
    assert_eq!(
        run.report("contact", NOW).completion,
        Completion::ContactEnded
    );
}

/// The administrator guide: observations without a predecessor are active from the start, and several can
/// be at once.
#[test]
fn two_observations_wait_at_once() {
    let case = case(json!([
        observation("start", initiated(), json!([]), &["one"]),
        observation("one", hears("one"), json!([]), &[]),
        observation("any", hears("two"), json!([press("2")]), &[]),
    ]));
    let mut run = Run::new(Arc::clone(&case), Matching::Strict, NOW);
    run.observe(&Event::TestInitiated, &Values(&[]), NOW);
    let two = run.observe(&says("two"), &Values(&[]), NOW);
    assert_eq!(two, [Effect::Press("2".to_owned())]);
    run.observe(&says("one"), &Values(&[]), NOW);
    // Each observation is matched once.
    assert_eq!(run.observe(&says("two"), &Values(&[]), NOW), []);
    run.observe(&Event::TestCompleted, &Values(&[]), NOW);
    run.contact_ended();
    assert_eq!(run.report("contact", NOW).status, ExecutionStatus::Passed);
}

#[test]
fn a_failed_check_ends_the_test() {
    let check = json!({"Identifier": "check", "Type": "Assert", "Parameters": {
        "Namespace": "$.Attributes.tier", "Operator": "Equals", "Operand": "gold"}});
    let case = case(json!([observation(
        "start",
        initiated(),
        json!([check]),
        &[]
    )]));
    let mut run = Run::new(Arc::clone(&case), Matching::Similar, NOW);
    let silver = Values(&[("$.Attributes.tier", "silver")]);
    assert_eq!(
        run.observe(&Event::TestInitiated, &silver, NOW),
        [Effect::End]
    );
    let report = run.report("contact", NOW);
    assert_eq!(report.status, ExecutionStatus::Failed);
    let (assertion, found) = report.observations[0].actions[0].failed.as_ref().unwrap();
    assert_eq!(
        (assertion.operand.as_str(), found.as_deref()),
        ("gold", Some("silver"))
    );
}
