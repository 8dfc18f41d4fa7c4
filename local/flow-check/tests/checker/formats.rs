//! The output formats.

use connect_flow_check::render::{CheckedFile, Format, render};
use connect_flow_check::{FlowFile, RULES, Settings, check};
use serde_json::{Value, json};

use crate::sarif::Sarif;

fn checked(name: &str, text: &str, settings: &Settings) -> CheckedFile {
    let file = FlowFile::read(name, text, None).unwrap();
    let findings = check(&file, settings);
    CheckedFile { file, findings }
}

/// All bad examples, in an answer of DescribeContactFlow as well.
fn everything() -> Vec<CheckedFile> {
    RULES
        .iter()
        .flat_map(|rule| {
            let settings = Settings::parse(rule.bad.settings).unwrap();
            let answer =
                json!({ "ContactFlow": { "Content": rule.bad.text, "Type": "CONTACT_FLOW" } });
            [
                checked(rule.bad.name, rule.bad.text, &settings),
                checked("線 a.json", &answer.to_string(), &settings),
            ]
        })
        .collect()
}

/// A flow with a fault after characters of several bytes, in lines that end with CR and LF.
const WIDE: &str = "{\"Version\": \"2019-10-30\",\r\n \"Metadata\": {\"名\": \"線𝄞\"}, \"StartAction\": \"無\",\r\n \
                    \"Actions\": []}\r\n";

fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        // A color ends with an m, a link with a backslash after its escape.
        rest = match after.strip_prefix('[') {
            Some(color) => color.split_once('m').unwrap().1,
            None => after.split_once('\\').unwrap().1,
        };
    }
    plain + rest
}

#[test]
fn sarif_follows_its_schema() {
    let sarif = Sarif::new();
    for checked in [everything(), Vec::new()] {
        let log: Value = serde_json::from_str(&render(Format::Sarif, &checked)).unwrap();
        sarif.validate(&log);
        let results = log["runs"][0]["results"].as_array().unwrap();
        let findings: usize = checked.iter().map(|checked| checked.findings.len()).sum();
        assert_eq!(results.len(), findings);
        for result in results {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(
                log["runs"][0]["tool"]["driver"]["rules"][index]["id"],
                result["ruleId"]
            );
        }
    }
}

#[test]
fn positions_count_characters_in_every_format() {
    let checked = [checked("wide.json", WIDE, &Settings::default())];
    let [finding] = checked[0].findings.as_slice() else {
        panic!("{checked:#?}");
    };
    assert_eq!((finding.start.line, finding.start.column), (2, 42));
    assert_eq!((finding.end.line, finding.end.column), (2, 45));
    let text = plain(&render(Format::Text, &checked));
    assert!(text.contains(" --> wide.json:2:42\n"), "{text}");
    assert!(!text.contains(['\r', '␍']), "{text}");
    // Two places, with a line's end between them.
    let twice = WIDE.replace(
        "\"StartAction\"",
        "\"Version\": \"2019-10-30\", \"StartAction\"",
    );
    let twice = [self::checked("wide.json", &twice, &Settings::default())];
    let text = plain(&render(Format::Text, &twice));
    assert!(
        text.contains("the first one") && text.contains(" --> wide.json:2:27\n"),
        "{text}"
    );
    assert!(!text.contains(['\r', '␍']), "{text}");
    let concise = render(Format::Concise, &checked);
    let sentence = "service/unknown-target Invalid StartAction. Identifier: 無";
    assert_eq!(concise, format!("wide.json:2:42: {sentence}\n"));
    let json: Value =
        serde_json::from_str(render(Format::Json, &checked).lines().next().unwrap()).unwrap();
    assert_eq!((&json["line"], &json["column"]), (&json!(2), &json!(42)));
    let github = render(Format::Github, &checked);
    assert!(
        github.starts_with("::error file=wide.json,line=2,col=42,endLine=2,endColumn=45,title="),
        "{github}"
    );
    let sarif: Value = serde_json::from_str(&render(Format::Sarif, &checked)).unwrap();
    let region = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"];
    assert_eq!(
        *region,
        json!({"startLine": 2, "startColumn": 42, "endLine": 2, "endColumn": 45})
    );
}

/// A byte order mark, a comment and a value that is cut have the place where the reader stops.
#[test]
fn what_is_not_json_has_its_place() {
    for (text, line, column) in [
        ("\u{feff}{}", 1, 1),
        ("{\r\n  \"線\": 1, // x\r\n}", 2, 11),
        ("{\"Version\": \"線", 1, 14),
    ] {
        let checked = checked("a.json", text, &Settings::default());
        let finding = &checked.findings[0];
        assert_eq!(finding.rule.id, "service/invalid-json", "{text}");
        assert_eq!(
            (finding.start.line, finding.start.column),
            (line, column),
            "{text}"
        );
    }
}

/// The place in the text is the place of the finding, and the text shows the rule, the line and the cure.
#[test]
fn text_shows_the_rule_the_line_and_the_cure() {
    for checked in everything() {
        let text = plain(&render(Format::Text, std::slice::from_ref(&checked)));
        for finding in &checked.findings {
            let name = match &checked.file.within {
                Some(within) => format!("{}[{}]", checked.file.name, within.member),
                None => checked.file.name.clone(),
            };
            let start = finding.start;
            for shown in [
                format!("{} {}\n", finding.rule.id, finding.message),
                format!("--> {name}:{}:{}\n", start.line, start.column),
                format!("= help: {}\n", finding.help),
                "^".to_owned(),
            ] {
                assert!(text.contains(&shown), "{shown}: {text}");
            }
        }
    }
}

/// In a file that contains the flow as a text, other tools get the place where that text begins.
#[test]
fn a_flow_in_an_answer_is_annotated_where_it_begins() {
    let content = r#"{"Version": "1", "StartAction": "a", "Actions": [{}]}"#;
    let answer = json!({ "ContactFlow": { "Content": content } });
    let answer = serde_json::to_string_pretty(&answer).unwrap();
    let checked = [checked("a.json", &answer, &Settings::default())];
    let github = render(Format::Github, &checked);
    assert!(github.contains("file=a.json,line=3,col=16,"), "{github}");
    assert!(
        github.contains("(line 1, column 13 of ContactFlow.Content)"),
        "{github}"
    );
    let json = render(Format::Json, &checked);
    assert!(
        json.contains("\"within\":\"ContactFlow.Content\""),
        "{json}"
    );
}

/// Names and texts from files move no cursor and end no line.
#[test]
fn control_characters_are_escaped_in_every_format() {
    let text = r#"{"Version": "2019-10-30", "StartAction": "\u001b[2Ja\nb\u202ec", "Actions": []}"#;
    let checked = [checked("a\u{1b}\n::error.json", text, &Settings::default())];
    for format in [Format::Concise, Format::Json, Format::Sarif, Format::Github] {
        let shown = render(format, &checked);
        assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{shown}");
        if format != Format::Sarif {
            let lines = if format == Format::Json { 2 } else { 1 };
            assert_eq!(shown.lines().count(), lines, "{shown}");
        }
    }
    let shown = plain(&render(Format::Text, &checked));
    assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{shown}");
}
