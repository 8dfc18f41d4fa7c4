//! Damaged copies of every flow of the repository: each kind of damage breaks the rule that is about it, and
//! whatever the damage is, the checker ends with a code, a place in the file and a text in every format.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use connect_flow::FlowKind;
use connect_flow_check::render::{CheckedFile, Format, render};
use connect_flow_check::{FlowFile, Settings, TYPES, check};
use serde_json::{Value, json};

use crate::flows::json_files;
use crate::sarif::Sarif;

const PROGRAM: &str = env!("CARGO_BIN_EXE_connect-flow-check");

/// The text that stands in the place of a damaged reference.
const NOWHERE: &str = "no such block";

/// The places at which a flow is cut.
const CUTS: usize = 16;

/// The blocks of a flow that are damaged, from the first.
const BLOCKS: usize = 8;

/// Every flow of the repository that is JSON; the templates in `flows` are rendered and checked end to end.
const DIRECTORIES: [&str; 5] = [
    "src/rules/examples",
    "../flow/cases",
    "../connect/src/state/default_flows",
    "../connect/src/state/sample_flows",
    "../../tests/fuzz/corpus/flow_content",
];

/// A damaged copy of a flow.
struct Copy {
    /// The kind of damage, in a file's name.
    damage: String,
    text: String,
    /// The rule that the damage breaks, and a text in the lines of the finding; `None` where the damage may
    /// also leave a flow that is sound.
    expected: Option<(&'static str, &'static str)>,
}

/// The copies of a flow that AWS would accept. The rules are those whose summary (`flow rule`) is about what was
/// damaged.
fn copies(text: &str) -> Vec<Copy> {
    let mut copies = damaged_texts(text);
    let flow: Value = serde_json::from_str(text).unwrap();
    let mut add = |damage: String, rule, at, change: &dyn Fn(&mut Value)| {
        let mut flow = flow.clone();
        change(&mut flow);
        copies.push(Copy {
            damage,
            text: serde_json::to_string_pretty(&flow).unwrap(),
            expected: Some((rule, at)),
        });
    };
    for name in ["Version", "StartAction", "Actions"] {
        add(
            format!("without-{name}"),
            "service/invalid-field",
            "",
            &|flow| {
                flow.as_object_mut().unwrap().remove(name);
            },
        );
        add(
            format!("number-{name}"),
            "service/invalid-field",
            "20191030",
            &|flow| {
                flow[name] = json!(20_191_030);
            },
        );
    }
    add(
        "version".into(),
        "service/invalid-version",
        "2025-06-21",
        &|flow| {
            flow["Version"] = json!("2025-06-21");
        },
    );
    add("start".into(), "service/unknown-target", NOWHERE, &|flow| {
        flow["StartAction"] = json!(NOWHERE);
    });
    let actions = flow["Actions"].as_array().unwrap();
    for (at, action) in actions.iter().enumerate().take(BLOCKS) {
        for target in targets(action) {
            let damage = format!("target-{at}{}", target.replace('/', "-"));
            add(damage, "service/unknown-target", NOWHERE, &|flow| {
                *flow["Actions"][at].pointer_mut(&target).unwrap() = json!(NOWHERE);
            });
        }
        if at > 0 {
            let first = actions[0]["Identifier"].as_str().unwrap();
            add(
                format!("twice-{at}"),
                "service/invalid-identifier",
                "",
                &|flow| {
                    flow["Actions"][at]["Identifier"] = json!(first);
                },
            );
        }
        add(
            format!("type-{at}"),
            "service/unknown-block-type",
            NOWHERE,
            &|flow| {
                flow["Actions"][at]["Type"] = json!(NOWHERE);
            },
        );
        add(
            format!("property-{at}"),
            "service/unknown-property",
            NOWHERE,
            &|flow| {
                flow["Actions"][at]["Parameters"][NOWHERE] = json!("x");
            },
        );
        for name in ["Identifier", "Type"] {
            add(
                format!("without-{at}-{name}"),
                "service/missing-property",
                "",
                &|flow| {
                    flow["Actions"][at].as_object_mut().unwrap().remove(name);
                },
            );
        }
        for name in ["Identifier", "Type", "Parameters", "Transitions"] {
            add(
                format!("number-{at}-{name}"),
                "service/invalid-property",
                "",
                &|flow| {
                    flow["Actions"][at][name] = json!(7);
                },
            );
        }
        if action["Type"] == "DisconnectParticipant" {
            let rule = "service/transitions-of-terminal";
            add(format!("terminal-{at}"), rule, "", &|flow| {
                let next = flow["StartAction"].clone();
                flow["Actions"][at]["Transitions"] = json!({ "NextAction": next });
            });
        }
    }
    copies
}

/// Copies that are damaged as text: any file has them, flow or not.
fn damaged_texts(text: &str) -> Vec<Copy> {
    let no_json = "service/invalid-json";
    let mut copies = Vec::new();
    let mut add = |damage: String, text: String, expected| {
        copies.push(Copy {
            damage,
            text,
            expected,
        });
    };
    let whole = text.trim_end();
    for cut in 1..CUTS {
        let end = (0..=whole.len() * cut / CUTS)
            .rfind(|end| whole.is_char_boundary(*end))
            .unwrap();
        add(
            format!("cut-{cut}"),
            whole[..end].to_owned(),
            Some((no_json, "")),
        );
    }
    add(
        "empty".into(),
        String::new(),
        Some(("service/invalid-content", "")),
    );
    add(
        "mark".into(),
        format!("\u{feff}{text}"),
        Some((no_json, "{")),
    );
    add("lines".into(), text.replace('\n', "\r\n"), None);
    add(
        "commented".into(),
        format!("{text}// x\n"),
        Some((no_json, "// x")),
    );
    let member = |member: String| text.replacen('{', &format!("{{{member}, "), 1);
    let nested = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    add(
        "nested".into(),
        member(format!("\"X\": {nested}")),
        Some((no_json, "[")),
    );
    // JSON has numbers without bounds, and AWS does not say which it reads.
    for (name, number) in [
        ("exponent", "1e999999".to_owned()),
        ("digits", "9".repeat(5_000)),
    ] {
        add(
            format!("number-{name}"),
            member(format!("\"X\": {number}")),
            None,
        );
    }
    let twice = member("\"Version\": \"2019-10-30\"".to_owned());
    add(
        "key-twice".into(),
        twice,
        Some(("lint/duplicate-key", "Version")),
    );
    add(
        "half-surrogate".into(),
        member("\"X\": \"\\ud800\"".to_owned()),
        None,
    );
    copies
}

/// Returns the JSON pointers of the references of an action.
fn targets(action: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let transitions = &action["Transitions"];
    if transitions["NextAction"].is_string() {
        found.push("/Transitions/NextAction".to_owned());
    }
    for list in ["Errors", "Conditions"] {
        let count = transitions[list].as_array().map_or(0, Vec::len);
        found.extend((0..count).map(|at| format!("/Transitions/{list}/{at}/NextAction")));
    }
    found
}

/// A flow of the repository with its copies.
struct Original {
    path: PathBuf,
    /// The name of the first kind of flow as which AWS would accept it; `None` if it is refused as any.
    accepted: Option<&'static str>,
    copies: Vec<Copy>,
}

impl Original {
    fn kind(&self) -> Option<FlowKind> {
        let known = TYPES.iter().find(|(name, _)| Some(*name) == self.accepted);
        known.map(|(_, kind)| *kind)
    }

    /// Returns the copy with its findings, each of which stands in the file.
    fn checked(&self, copy: &Copy) -> CheckedFile {
        let name = format!("{}.json", copy.damage);
        let file = FlowFile::read(&name, &copy.text, self.kind()).unwrap();
        let findings = check(&file, &Settings::default());
        let lines = file.content.matches('\n').count() + 1;
        for finding in &findings {
            let context = format!("{name} of {}: {finding:?}", self.path.display());
            assert!(
                file.content.get(finding.span.clone()).is_some(),
                "{context}"
            );
            assert!((1..=lines).contains(&finding.start.line), "{context}");
            assert!(finding.start <= finding.end, "{context}");
            assert!(finding.start.column > 0, "{context}");
        }
        CheckedFile { file, findings }
    }
}

fn originals() -> Vec<Original> {
    let paths = DIRECTORIES
        .iter()
        .flat_map(|directory| json_files(directory));
    let originals = paths.map(|path| {
        let text = fs::read_to_string(&path).unwrap();
        let kinds = TYPES.iter().filter(|(_, kind)| is_accepted(&text, *kind));
        let accepted = kinds.map(|(name, _)| *name).next();
        Original {
            path,
            accepted,
            copies: match accepted {
                Some(_) => copies(&text),
                None => damaged_texts(&text),
            },
        }
    });
    originals.collect()
}

fn is_accepted(text: &str, kind: FlowKind) -> bool {
    let file = FlowFile::read("a.json", text, Some(kind)).unwrap();
    let findings = check(&file, &Settings::default());
    let refused = |id: &str| id.starts_with("service/") || id == "lint/old-export-format";
    file.within.is_none() && !findings.iter().any(|finding| refused(finding.rule.id))
}

/// A finding of the rule stands in lines with the damage.
#[track_caller]
fn finds(checked: &CheckedFile, (rule, at): (&str, &str)) {
    let content = &checked.file.content;
    let found = checked.findings.iter().any(|finding| {
        let (start, end) = (finding.span.start, finding.span.end);
        let from = content[..start].rfind('\n').map_or(0, |at| at + 1);
        let to = content[end..]
            .find('\n')
            .map_or(content.len(), |to| end + to);
        finding.rule.id == rule && content[from..to].contains(at)
    });
    let (name, findings) = (&checked.file.name, &checked.findings);
    assert!(
        found,
        "{name}: {rule} must be found at {at:?}, found {findings:#?}"
    );
}

#[test]
fn each_damaged_copy_breaks_its_rule_and_is_rendered_in_every_format() {
    let sarif = Sarif::new();
    let (mut accepted, mut damaged) = (0, 0);
    for original in originals() {
        let checked: Vec<_> = original
            .copies
            .iter()
            .map(|copy| original.checked(copy))
            .collect();
        accepted += usize::from(original.accepted.is_some());
        damaged += checked.len();
        for (copy, checked) in original.copies.iter().zip(&checked) {
            // What AWS refuses anyway may break other rules first.
            if let (Some(expected), Some(_)) = (copy.expected, original.accepted) {
                finds(checked, expected);
            }
        }
        let findings: Vec<_> = checked.iter().flat_map(|one| &one.findings).collect();
        let log: Value = serde_json::from_str(&render(Format::Sarif, &checked)).unwrap();
        sarif.validate(&log);
        let results = log["runs"][0]["results"].as_array().unwrap();
        assert_eq!(results.len(), findings.len());
        for line in render(Format::Json, &checked).lines() {
            serde_json::from_str::<Value>(line).unwrap();
        }
        for format in [Format::Concise, Format::Github] {
            assert_eq!(render(format, &checked).lines().count(), findings.len());
        }
        let text = render(Format::Text, &checked);
        for finding in findings {
            assert!(
                text.contains(finding.rule.id),
                "{}: {finding:?}",
                original.path.display()
            );
        }
    }
    assert!(
        accepted > 60 && damaged > 4_000,
        "{accepted} flows, {damaged} copies"
    );
}

/// The copies of one in so many flows are given to the program, since each run is a process.
const RUN: usize = 5;

/// The code is 0 without findings, 1 with findings, and 2 if a file cannot be read, as one that is not UTF-8.
#[test]
fn the_program_ends_with_its_code_for_each_damaged_copy() {
    let formats = ["text", "concise", "json", "sarif", "github"];
    for (position, original) in originals().iter().step_by(RUN).enumerate() {
        let directory = tempfile::tempdir().unwrap();
        let mut found = false;
        for copy in &original.copies {
            found |= !original.checked(copy).findings.is_empty();
            let path = directory.path().join(format!("{}.json", copy.damage));
            fs::write(path, &copy.text).unwrap();
        }
        let run = |more: Option<&str>| {
            let mut program = Command::new(PROGRAM);
            program
                .current_dir(directory.path())
                .args(["check", "--format"]);
            program.arg(formats[position % formats.len()]);
            if let Some(kind) = original.accepted {
                program.args(["--type", kind]);
            }
            let names = original
                .copies
                .iter()
                .map(|copy| format!("{}.json", copy.damage));
            let output = program
                .args(names.chain(more.map(str::to_owned)))
                .output()
                .unwrap();
            output.status.code()
        };
        let path = original.path.display();
        assert_eq!(run(None), Some(i32::from(found)), "{path}");
        let mut bytes = fs::read(&original.path).unwrap();
        bytes.insert(bytes.len() / 2, 0xe9);
        fs::write(directory.path().join("latin.json"), bytes).unwrap();
        assert_eq!(run(Some("latin.json")), Some(2), "{path}");
    }
}
