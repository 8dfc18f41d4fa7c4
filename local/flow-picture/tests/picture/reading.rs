//! Content that is read as a flow, and content that is refused.

use connect_flow_picture::{
    Graph, MOST_BLOCKS, MOST_BRANCHES, Marks, Options, mermaid, style_sheet, svg,
};
use serde_json::json;

use crate::drawn::Drawn;

/// The shape that AWS's Flow language documentation gives for a flow, and positions as the console writes
/// them.
const FLOW: &str = r#"{ "Version": "2019-10-30", "StartAction": "ask",
  "Metadata": { "ActionMetadata": { "ask": { "position": { "x": 10.5, "y": 20 }, "friendlyName": "Ask for PIN" } } },
  "Actions": [
    { "Identifier": "ask", "Type": "GetParticipantInput",
      "Parameters": { "Text": "<b>\"One\" & more?</b>", "StoreInput": "False", "InputTimeLimitSeconds": "5" },
      "Transitions": { "NextAction": "end",
        "Conditions": [
          { "NextAction": "say", "Condition": { "Operator": "Equals", "Operands": ["1"] } },
          { "NextAction": "gone", "Condition": { "Operator": "NumberGreaterThan", "Operands": ["7"] } } ],
        "Errors": [
          { "NextAction": "end", "ErrorType": "NoMatchingCondition" },
          { "NextAction": "end", "ErrorType": "InputTimeLimitExceeded" } ] } },
    { "Identifier": "say", "Type": "MessageParticipant", "Parameters": { "SSML": "<speak>暗証番号</speak>" },
      "Transitions": { "NextAction": "say" } },
    { "Identifier": "end", "Type": "DisconnectParticipant", "Parameters": {}, "Transitions": {} } ] }"#;

#[test]
fn a_block_has_name_type_and_beginning_of_its_text() {
    let graph = Graph::read(FLOW).unwrap();
    let drawn = Drawn::of(&graph, &Marks::default(), &Options::default());
    let ask = drawn.card("ask");
    assert_eq!(
        ask.texts,
        [
            "Get customer input",
            "Ask for PIN",
            "<b>\"One\" & more?</b>"
        ]
    );
    assert_eq!(ask.classes, ["block", "interact", "start"]);
    assert_eq!(drawn.card("say").texts, ["Play prompt", "say", "暗証番号"]);
    assert_eq!(drawn.card("end").classes, ["block", "end", "terminal"]);
    assert_eq!(drawn.card("gone").classes, ["missing"]);
    assert_eq!(graph.blocks()[0].position, Some((10.5, 20.0)));
}

#[test]
fn branches_have_labels_and_failures_look_different() {
    let graph = Graph::read(FLOW).unwrap();
    let picture = svg(&graph, &Marks::default(), &Options::default());
    for label in ["1", "&gt; 7", "No match", "InputTimeLimitExceeded"] {
        assert!(picture.contains(&format!(">{label}</text>")), "{label}");
    }
    let drawn = Drawn::read(&picture);
    let failures: Vec<_> = drawn
        .ways
        .iter()
        .filter(|way| way.classes.iter().any(|class| class == "failure"))
        .map(|way| &*way.names[2])
        .collect();
    assert_eq!(failures, ["InputTimeLimitExceeded"]);
}

#[test]
fn a_picture_is_told_to_those_who_do_not_see_it() {
    let graph = Graph::read(FLOW).unwrap();
    let picture = svg(&graph, &Marks::default(), &Options::default());
    assert!(picture.contains(
        "<desc>A flow of Amazon Connect with 3 blocks and 6 branches. It starts with ask. 1 block is named \
         that the flow does not have.</desc>"
    ));
    assert!(picture.contains(r#"role="img""#));
    assert!(picture.contains("<title>end, Disconnect / hang up</title>"));
}

/// GitHub shows pictures on white and on dark pages.
#[test]
fn the_style_sheet_has_the_same_rules_for_both_themes() {
    let (light, dark) = style_sheet()
        .split_once("@media (prefers-color-scheme:dark)")
        .unwrap();
    for line in dark.lines().filter(|line| line.contains("fill:")) {
        let selector = line.split('{').next().unwrap();
        assert!(light.contains(selector), "{selector}");
    }
    assert!(!style_sheet().contains("url("));
}

#[test]
fn mermaid_shows_markup_as_text() {
    let flow = json!({"StartAction": "end", "Actions": [
        {"Identifier": "end", "Type": "A\"]; click", "Transitions": {"NextAction": "<b>|end|</b>"}}]});
    let graph = Graph::read(&flow.to_string()).unwrap();
    assert_eq!(
        mermaid(&graph, &Marks::default()),
        "flowchart TD\n  start([\"Start\"])\n  b0[\"end<br>A#34;#93;#59; click\"]\n  \
         m0{{\"#60;b#62;#124;end#124;#60;/b#62;<br>does not exist\"}}\n  start --> b0\n  b0 --> m0\n"
    );
}

#[test]
fn content_that_is_no_flow_is_refused_with_the_place() {
    let many = |name: &str, entry: serde_json::Value, count: usize| {
        let entries = vec![entry; count];
        match name {
            "Actions" => json!({"Actions": entries}),
            _ => json!({"Actions": [{"Transitions": {"Errors": entries}}]}),
        }
        .to_string()
    };
    for (content, why) in [
        (
            "{".to_owned(),
            "the content of a flow must be JSON: EOF while parsing an object at line 1",
        ),
        (
            "[]".to_owned(),
            "the content must be an object, but was a list",
        ),
        ("{}".to_owned(), "Actions must be a list, but was missing"),
        (
            r#"{"modules": [], "start": "x"}"#.to_owned(),
            "the content must be in the Flow language (version 2019-10-30), but has `modules`",
        ),
        (
            r#"{"Actions": [{}, 7]}"#.to_owned(),
            "Actions[1] must be an object, but was a number",
        ),
        (
            r#"{"Actions": [{"Transitions": {"Conditions": [{"NextAction": []}]}}]}"#.to_owned(),
            "Actions[0].Transitions.Conditions[0].NextAction must be a text, but was a list",
        ),
        (
            many("Actions", json!({}), MOST_BLOCKS + 1),
            "Actions must have at most 500 blocks to be drawn, but has 501",
        ),
        (
            many(
                "Errors",
                json!({"NextAction": "x", "ErrorType": "e"}),
                MOST_BRANCHES + 1,
            ),
            "the flow must have at most 5000 branches to be drawn, but has more, up to Actions[0]",
        ),
    ] {
        let said = Graph::read(&content).unwrap_err().to_string();
        assert!(said.starts_with(why), "{said}");
    }
}

#[test]
fn a_flow_without_anything_has_a_picture() {
    let graph = Graph::read(r#"{"Actions": []}"#).unwrap();
    let drawn = Drawn::of(&graph, &Marks::default(), &Options::default());
    assert!(drawn.cards.is_empty());
    let graph = Graph::read(r#"{"Actions": [{}], "StartAction": "x"}"#).unwrap();
    let drawn = Drawn::of(&graph, &Marks::default(), &Options::default());
    assert_eq!(drawn.cards.len(), 2);
    assert_eq!(drawn.cards[0].block, "Actions[0]");
}
