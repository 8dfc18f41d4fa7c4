//! The rules on their examples, and on the flows of this repository.

use std::collections::BTreeSet;
use std::path::Path;

use connect_flow::FlowKind;
use connect_flow_check::{Example, Finding, FlowFile, RULES, Settings, check, find};

use crate::flows::json_files;

fn findings_of(example: &Example) -> Vec<Finding> {
    let file = FlowFile::read(example.name, example.text, Some(example.kind)).unwrap();
    check(&file, &Settings::parse(example.settings).unwrap())
}

fn ids(findings: &[Finding]) -> BTreeSet<&'static str> {
    findings.iter().map(|finding| finding.rule.id).collect()
}

#[test]
fn each_bad_example_breaks_its_rule_alone() {
    for rule in RULES {
        let findings = findings_of(&rule.bad);
        assert_eq!(
            ids(&findings),
            BTreeSet::from([rule.id]),
            "{}: {findings:#?}",
            rule.id
        );
    }
}

#[test]
fn each_good_example_breaks_no_rule() {
    for rule in RULES {
        let findings = findings_of(&rule.good);
        assert!(findings.is_empty(), "{}: {findings:#?}", rule.id);
    }
}

#[test]
fn ids_are_kebab_case_in_two_groups_and_in_order() {
    let ids: Vec<_> = RULES.iter().map(|rule| rule.id).collect();
    assert!(ids.is_sorted(), "{ids:?}");
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    for id in ids {
        let (group, name) = id.split_once('/').unwrap();
        assert!(["service", "lint"].contains(&group), "{id}");
        let kebab = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
        assert!(name.split('-').all(kebab), "{id}");
        assert!(std::ptr::eq(find(id).unwrap(), find(id).unwrap()));
        let rule = find(id).unwrap();
        assert_eq!(rule.bad.name, format!("{name}.bad.json"));
        assert_eq!(rule.good.name, format!("{name}.good.json"));
        for sentence in [rule.summary, rule.explanation, rule.remedy] {
            assert!(
                sentence.ends_with('.') && !sentence.contains('\n'),
                "{id}: {sentence}"
            );
        }
    }
}

/// An allowed rule reports nothing, in all files or in those of a path.
#[test]
fn an_allowed_rule_reports_nothing() {
    for rule in RULES {
        let file = FlowFile::read("flows/a.json", rule.bad.text, Some(rule.bad.kind)).unwrap();
        let mut settings = Settings::parse(rule.bad.settings).unwrap();
        settings.allow(rule.id).unwrap();
        assert!(check(&file, &settings).is_empty(), "{}", rule.id);
        let there = format!(r#"{{"allowIn": {{"flows": ["{}"]}}}}"#, rule.id);
        assert!(
            check(&file, &Settings::parse(&there).unwrap()).is_empty(),
            "{}",
            rule.id
        );
    }
}

fn read(path: &Path, kind: Option<FlowKind>) -> FlowFile {
    let text = std::fs::read_to_string(path).unwrap();
    FlowFile::read(&path.display().to_string(), &text, kind).unwrap()
}

fn kind(name: &str) -> FlowKind {
    let known = connect_flow_check::TYPES
        .iter()
        .find(|(known, _)| *known == name);
    known.unwrap().1
}

/// The cases of the flow engine say in their `Metadata` whether the service accepts them, and where that is
/// known from.
#[test]
fn the_service_refuses_the_cases_that_it_is_known_to_refuse() {
    for path in json_files("../flow/cases") {
        let text = std::fs::read_to_string(&path).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let expected = &value["Metadata"]["expected"];
        let file = read(&path, expected["kind"].as_str().map(kind));
        let findings = check(&file, &Settings::default());
        let refused = findings
            .iter()
            .any(|finding| finding.rule.id.starts_with("service/"));
        let expected = expected["outcome"] == "refused";
        assert_eq!(refused, expected, "{}: {findings:#?}", path.display());
    }
}

/// The flows of this repository with the kinds under which the account publishes them, and the findings that
/// are right. The two samples that store a number stand for samples of AWS, which treat silence like digits. Of
/// the seeds of a fuzz target, one has a menu without `StoreInput`, which the service refuses.
#[test]
fn the_flows_of_the_repository_have_the_findings_that_are_known() {
    let kinds = [
        ("agent_hold", "AGENT_HOLD"),
        ("agent_transfer", "AGENT_TRANSFER"),
        ("agent_whisper", "AGENT_WHISPER"),
        ("customer_hold", "CUSTOMER_HOLD"),
        ("customer_queue", "CUSTOMER_QUEUE"),
        ("customer_whisper", "CUSTOMER_WHISPER"),
        ("interruptible_queue", "CUSTOMER_QUEUE"),
        ("outbound", "OUTBOUND_WHISPER"),
        ("queue_transfer", "QUEUE_TRANSFER"),
        ("secure_input_agent", "QUEUE_TRANSFER"),
    ];
    let known: [(&str, &[&str]); 4] = [
        (
            "secure_input_agent",
            &["lint/digits-in-flow-log", "lint/unhandled-silence"],
        ),
        ("secure_input_no_agent", &["lint/unhandled-silence"]),
        (
            "seed-asking",
            &["lint/function-without-error-branch", "lint/not-for-voice"],
        ),
        (
            "seed-talking",
            &[
                "lint/digits-in-flow-log",
                "lint/unhandled-silence",
                "service/missing-property",
            ],
        ),
    ];
    for directory in [
        "../connect/src/state/default_flows",
        "../connect/src/state/sample_flows",
        "../../tests/fuzz/corpus/flow_content",
    ] {
        for path in json_files(directory) {
            let name = path.file_stem().unwrap().to_str().unwrap();
            let kind = kinds
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, of)| kind(of));
            let findings = check(&read(&path, kind), &Settings::default());
            let expected = known.iter().find(|(known, _)| *known == name);
            let expected = expected.map_or(&[][..], |(_, ids)| ids);
            let found: Vec<_> = ids(&findings).into_iter().collect();
            assert_eq!(found, expected, "{name}: {findings:#?}");
        }
    }
}
