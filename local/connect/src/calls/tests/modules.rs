//! Modules by version and alias.

use super::*;

fn module(said: &str) -> String {
    json!({
        "Version": "2019-10-30", "StartAction": "say",
        "Actions": [
            say("say", said, "end"),
            { "Identifier": "end", "Type": "EndFlowModuleExecution", "Parameters": {},
              "Transitions": {} },
        ],
        "Settings": { "InputParameters": [], "OutputParameters": [], "Transitions": [] },
    })
    .to_string()
}

/// The first version is 1, and an alias reads back bound to it: flow-as-code/hollow-hour-example-
/// typescript, VERIFY.md, row 7b. A caller runs an alias only by `<module ARN>:<alias id>`: changes of
/// flow-as-code 0.2.0. `$LATEST` is the published content.
#[tokio::test]
async fn a_caller_runs_a_module_by_version_or_by_the_id_of_an_alias() {
    let line = Line::new();
    let modules = format!("/contact-flow-modules/{}", line.instance);
    let new = json!({ "Name": "greet", "Content": module("one") });
    let created = line.send(Method::PUT, &modules, new);
    let path = format!("{modules}/{}", text(&created["Id"]));
    let arn = text(&created["Arn"]);
    let version = line.send(Method::PUT, &format!("{path}/version"), json!({}));
    assert_eq!(
        version,
        json!({ "ContactFlowModuleArn": arn, "Version": 1 })
    );
    let live = json!({ "AliasName": "live", "ContactFlowModuleVersion": 1 });
    let alias = line.send(Method::PUT, &format!("{path}/alias"), live);
    let alias = text(&alias["Id"]);
    let described = line.send(Method::GET, &format!("{path}/alias/{alias}"), json!({}));
    assert_eq!(described["ContactFlowModuleAlias"]["Version"], 1);
    assert_eq!(described["ContactFlowModuleAlias"]["Name"], "live");
    let two = json!({ "Content": module("two") });
    line.send(Method::POST, &format!("{path}/content"), two);

    for (qualifier, heard) in [
        (String::new(), "two"),
        (":$LATEST".to_owned(), "two"),
        (":1".to_owned(), "one"),
        (format!(":{alias}"), "one"),
        (":live".to_owned(), "failed"),
        (":2".to_owned(), "failed"),
    ] {
        let module = json!({ "FlowModuleId": format!("{arn}{qualifier}") });
        let errors = [
            ("NoMatchingCondition", "bye"),
            ("NoMatchingError", "failed"),
        ];
        let actions = [
            action("module", "InvokeFlowModule", module, "bye", &[], &errors),
            say("failed", "failed", "bye"),
            bye(),
        ];
        let call = line.call(&actions, CallScript::default()).await;
        assert_eq!(call.heard(), [heard], "{qualifier}");
    }

    line.send(Method::PUT, &format!("{path}/version"), json!({}));
    let moved = json!({ "ContactFlowModuleVersion": 2 });
    line.send(Method::POST, &format!("{path}/alias/{alias}"), moved);
    let listed = line.send(Method::GET, &format!("{path}/aliases"), json!({}));
    let listed = &listed["ContactFlowModuleAliasSummaryList"];
    assert_eq!(listed[0]["Version"], 2);
    assert_eq!(listed[0]["Arn"], format!("{arn}:{alias}"));
    let listed = line.send(Method::GET, &format!("{path}/versions"), json!({}));
    let listed = &listed["ContactFlowModuleVersionSummaryList"];
    assert_eq!(
        listed[1],
        json!({ "Arn": format!("{arn}:2"), "Version": 2 })
    );
    line.send(Method::DELETE, &format!("{path}/alias/{alias}"), json!({}));
    let listed = line.send(Method::GET, &format!("{path}/aliases"), json!({}));
    assert_eq!(listed["ContactFlowModuleAliasSummaryList"], json!([]));
}
