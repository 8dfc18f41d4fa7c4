//! The limits of rules: flows that are close to a bad example, and break it or not.

use connect_flow::FlowKind;
use connect_flow_check::{FlowFile, Settings, check, find};

/// Returns the ids that the bad example of a rule breaks after replacements, each of which must change it.
#[track_caller]
fn after(rule: &str, kind: FlowKind, replaced: &[(&str, &str)]) -> Vec<&'static str> {
    let rule = find(rule).unwrap();
    let mut text = rule.bad.text.to_owned();
    for (from, to) in replaced {
        assert!(text.contains(from), "{from}: {text}");
        text = text.replace(from, to);
    }
    let file = FlowFile::read("a.json", &text, Some(kind)).unwrap();
    let findings = check(&file, &Settings::default());
    findings.iter().map(|finding| finding.rule.id).collect()
}

/// The failure of a function matters where the flow waits for its answer and reads it.
#[test]
fn a_function_that_is_not_waited_for_may_fail() {
    let rule = "lint/function-without-error-branch";
    let limit = "\"InvocationTimeLimitSeconds\": \"8\"";
    let asynchronous = format!("{limit}, \"InvocationType\": \"ASYNCHRONOUS\"");
    let to = [(limit, asynchronous.as_str())];
    assert_eq!(after(rule, FlowKind::ContactFlow, &to), [""; 0]);
    // Nor does it matter where no block reads the answer.
    let unread = [("$.External.known", "$.Attributes.known")];
    assert_eq!(after(rule, FlowKind::ContactFlow, &unread), [""; 0]);
    let hangs_up = [(
        "{\"NextAction\": \"Known?\", \"ErrorType\"",
        "{\"NextAction\": \"Hang up\", \"ErrorType\"",
    )];
    assert_eq!(after(rule, FlowKind::ContactFlow, &hangs_up), [rule]);
}

/// The flow log keeps the state of the flow before (AWS's administrator guide, "Set logging behavior").
#[test]
fn digits_are_those_of_a_pin_or_a_card() {
    let rule = "lint/digits-in-flow-log";
    let none = [""; 0];
    let choice = [("\"MaximumLength\": \"8\"", "\"MaximumLength\": \"2\"")];
    assert_eq!(after(rule, FlowKind::ContactFlow, &choice), none);
    let encrypted = [(
        "\"StoreInput\": \"True\"",
        "\"StoreInput\": \"True\", \"InputEncryption\": {\"EncryptionKeyId\": \"k\", \"Key\": \"c\"}",
    )];
    assert_eq!(after(rule, FlowKind::ContactFlow, &encrypted), none);
    let off = [("\"Enabled\"", "\"Disabled\"")];
    assert_eq!(after(rule, FlowKind::ContactFlow, &off), none);
    // Without a switch, an inbound flow begins with the log off, and a transfer flow as the flow before left it.
    let unswitched = [(
        "\"StartAction\": \"Log on\"",
        "\"StartAction\": \"Ask for PIN\"",
    )];
    let unreachable = "lint/unreachable-block";
    assert_eq!(
        after(rule, FlowKind::ContactFlow, &unswitched),
        [unreachable]
    );
    assert_eq!(
        after(rule, FlowKind::QueueTransfer, &unswitched),
        [unreachable, rule]
    );
    // Digits that are stored unseen are seen where they are passed on.
    let passed = [
        ("\"Enabled\"", "\"X\""),
        ("\"Disabled\"", "\"Enabled\""),
        ("\"X\"", "\"Disabled\""),
    ];
    assert_eq!(after(rule, FlowKind::ContactFlow, &passed), [rule]);
}

/// A comparison of the channel keeps calls from a block only on the branches of other channels.
#[test]
fn the_channel_is_followed() {
    let rule = "lint/not-for-voice";
    let start = "\"StartAction\": \"Show form\",\n  \"Actions\": [\n";
    let compared = |conditions: &str, other: &str| {
        format!(
            "\"StartAction\": \"Channel?\",\n  \"Actions\": [\n    {{\"Identifier\": \"Channel?\", \"Type\": \
             \"Compare\", \"Parameters\": {{\"ComparisonValue\": \"$.Channel\"}}, \"Transitions\": \
             {{\"NextAction\": \"{other}\", \"Errors\": [{{\"NextAction\": \"{other}\", \"ErrorType\": \
             \"NoMatchingCondition\"}}], \"Conditions\": [{conditions}]}}}},\n"
        )
    };
    let condition = |channel: &str, to: &str| {
        format!(
            "{{\"NextAction\": \"{to}\", \"Condition\": {{\"Operator\": \"Equals\", \"Operands\": \
             [\"{channel}\"]}}}}"
        )
    };
    for (conditions, other, found) in [
        (condition("CHAT", "Show form"), "Hang up", false),
        (condition("VOICE", "Hang up"), "Show form", false),
        (condition("CHAT", "Hang up"), "Show form", true),
        (condition("VOICE", "Show form"), "Hang up", true),
    ] {
        let to = compared(&conditions, other);
        let ids = after(rule, FlowKind::ContactFlow, &[(start, &to)]);
        assert_eq!(ids.contains(&rule), found, "{conditions} {other}: {ids:?}");
    }
}

/// A menu whose silence leads back to it holds a silent caller, unless the flow counts.
#[test]
fn silence_of_a_menu_is_bounded() {
    let rule = find("lint/loop-without-exit").unwrap();
    let back = rule.good.text.replacen(
        "{\"NextAction\": \"Count\", \"ErrorType\": \"InputTimeLimitExceeded\"}",
        "{\"NextAction\": \"Menu\", \"ErrorType\": \"InputTimeLimitExceeded\"}",
        1,
    );
    assert_ne!(back, rule.good.text);
    let file = FlowFile::read("a.json", &back, None).unwrap();
    let findings = check(&file, &Settings::default());
    let ids: Vec<_> = findings.iter().map(|finding| finding.rule.id).collect();
    assert_eq!(ids, ["lint/unhandled-silence"]);
}

/// Loops of queue and hold flows end when an agent comes.
#[test]
fn loops_of_hold_flows_are_exempt() {
    let rule = find("lint/loop-without-exit").unwrap();
    for (kind, found) in [
        (FlowKind::ContactFlow, true),
        (FlowKind::CustomerQueue, false),
    ] {
        let file = FlowFile::read("a.json", rule.bad.text, Some(kind)).unwrap();
        let findings = check(&file, &Settings::default());
        let any = findings.iter().any(|finding| finding.rule.id == rule.id);
        assert_eq!(any, found, "{findings:#?}");
    }
}

/// Polly's neural voices have no `<emphasis>` ("Supported SSML tags"); its standard ones have.
#[test]
fn ssml_is_that_of_the_engine_of_the_voices() {
    let rule = "lint/invalid-ssml";
    for (engine, found) in [("Neural", true), ("Standard", false)] {
        let voice = format!(
            "\"Actions\": [\n    {{\"Identifier\": \"Voice\", \"Type\": \"UpdateContactTextToSpeechVoice\", \
             \"Parameters\": {{\"TextToSpeechVoice\": \"Joanna\", \"TextToSpeechEngine\": \"{engine}\"}}, \
             \"Transitions\": {{\"NextAction\": \"Greet\", \"Errors\": []}}}},\n"
        );
        let replaced = [
            ("\"Actions\": [\n", voice.as_str()),
            ("\"StartAction\": \"Greet\"", "\"StartAction\": \"Voice\""),
            ("Smith & Sons", "<emphasis>Smith</emphasis>"),
        ];
        let ids = after(rule, FlowKind::ContactFlow, &replaced);
        assert_eq!(ids.contains(&rule), found, "{engine}: {ids:?}");
    }
}

/// Without a setting, a message may take 60 seconds.
#[test]
fn a_long_message_takes_more_than_a_minute() {
    let rule = "lint/long-message";
    let none = [""; 0];
    assert_eq!(after(rule, FlowKind::ContactFlow, &[]), none);
    let long = "x".repeat(430);
    let to = [("Welcome to the", long.as_str())];
    assert_eq!(after(rule, FlowKind::ContactFlow, &to), [rule]);
}
