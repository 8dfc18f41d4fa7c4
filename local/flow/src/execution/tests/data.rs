use super::*;

fn set(kind: &str, parameters: Value) -> Vec<Value> {
    let errors: &[(&str, &str)] = match kind {
        "UpdateFlowLoggingBehavior" | "UpdateContactRecordingBehavior" => &[],
        _ => &[("NoMatchingError", "failed")],
    };
    vec![
        action("set", kind, parameters, "say", errors),
        say(
            "say",
            "[$.Attributes.a|$.FlowAttributes.f|$.Name|$.LanguageCode|$.Tags.t]",
            "bye",
        ),
        say("failed", "failed", "bye"),
        bye(),
    ]
}

#[test]
fn attributes_are_set_with_references_filled_in() {
    let mut call = Call::start(&set(
        "UpdateContactAttributes",
        json!({ "Attributes": { "a": "x$.Channel", "b$.AwsRegion": "y" }, "TargetContact": "Current" }),
    ));
    call.hear("[xVOICE||||]");
    assert_eq!(call.attribute("bap-northeast-1"), Some("y"));
}

#[test]
fn attributes_are_all_or_nothing() {
    for attributes in [
        json!({ "a": "x", "b.c": "y" }),
        json!({ "a": "x", "b$": "y" }),
        json!({ "a": "x", "b": "y".repeat(33_000) }),
    ] {
        let mut call = Call::start(&set(
            "UpdateContactAttributes",
            json!({ "Attributes": attributes }),
        ));
        call.hear("failed");
        assert_eq!(call.attribute("a"), None);
    }
    let related = json!({ "Attributes": { "a": "x" }, "TargetContact": "Related" });
    Call::start(&set("UpdateContactAttributes", related)).hear("failed");
}

#[test]
fn an_undefined_value_removes_the_attribute() {
    let mut contact = contact();
    contact.attributes.insert("a".into(), "old".into());
    let actions = set(
        "UpdateContactAttributes",
        json!({ "Attributes": { "a": "$.External.x" } }),
    );
    let mut call = Call::start_with(contact, &actions, vec![]);
    call.hear("[||||]");
    assert_eq!(call.attribute("a"), None);
    assert_eq!(call.warnings()[0], "$.External.x is undefined");
}

#[test]
fn flow_attributes_in_both_spellings() {
    for f in [
        json!({ "Value": "v" }),
        json!({ "Value": "v", "Type": "String" }),
    ] {
        let mut call = Call::start(&set(
            "UpdateFlowAttributes",
            json!({ "FlowAttributes": { "f": f } }),
        ));
        call.hear("[|v|||]");
        assert!(call.execution.contact().attributes.is_empty());
    }
}

#[test]
fn contact_data_is_set() {
    let data = json!({ "Name": "n", "LanguageCode": "ja-JP", "CustomerId": "$.ContactId", "Description": "d" });
    let mut call = Call::start(&set("UpdateContactData", data));
    assert!(matches!(&call.output, Output::Play(p) if p.language_code.as_deref() == Some("ja-JP")));
    call.hear("[||n|ja-JP|]");
    let contact = call.execution.contact();
    assert_eq!(contact.customer_id.as_deref(), Some("c-1"));
    assert_eq!(contact.description.as_deref(), Some("d"));
}

/// Administrator guide, "Set voice": a voice that is not available takes the error branch, in any language.
#[test]
fn a_voice_that_polly_does_not_have_fails_the_block() {
    for (voice, known) in [
        ("Kazuya", false),
        ("Hanz", false),
        ("joanna", false),
        ("Kazuha", true),
        ("Vicki", true),
        ("Lennart", true),
    ] {
        let parameters = json!({ "TextToSpeechVoice": voice });
        let actions = set("UpdateContactTextToSpeechVoice", parameters);
        let mut call = Call::start_with(contact(), &actions, vec![]);
        let Output::Play(prompt) = &call.output else {
            panic!("{:?}", call.output);
        };
        assert_eq!(prompt.voice.name, if known { voice } else { "Joanna" });
        let warnings = call.warnings().join(" ");
        assert_eq!(
            warnings.contains("is not a known voice"),
            !known,
            "{voice}: {warnings}"
        );
        call.hear(if known { "[||||]" } else { "failed" });
    }
}

/// The page "Available voices" of Polly's developer guide.
#[test]
fn every_voice_has_the_engines_that_polly_lists() {
    for (voice, engine, good) in [
        ("Vicki", "Generative", true),
        ("Vicki", "Long-form", false),
        ("Lea", "neural", true),
        ("Mathieu", "neural", false),
        ("Alba", "long-form", true),
        ("Alba", "neural", false),
        ("Sofie", "standard", false),
        ("Naja", "neural", false),
        ("Brian", "generative", true),
        ("Emma", "generative", false),
        ("Arlet", "generative", false),
        ("Lisa", "generative", true),
        ("Zeina", "standard", true),
        ("Matthew", "Generative", true),
        ("Conchita", "neural", false),
    ] {
        let parameters = json!({ "TextToSpeechVoice": voice, "TextToSpeechEngine": engine });
        Call::start(&set("UpdateContactTextToSpeechVoice", parameters)).hear(if good {
            "[||||]"
        } else {
            "failed"
        });
    }
}

#[test]
fn a_voice_that_its_engine_lacks_fails_and_resets_the_voice() {
    for (voice, engine, good) in [
        ("Kazuha", Some("Neural"), true),
        ("Kazuha", Some("neural"), true),
        ("Tomoko", Some("neural"), true),
        ("Takumi", Some("Standard"), true),
        ("Mizuki", Some("standard"), true),
        ("Kazuha", None, true),
        ("Ruth", Some("generative"), true),
        ("Danielle", Some("long-form"), true),
        ("Mizuki", Some("Neural"), false),
        ("Kazuha", Some("Standard"), false),
        ("Takumi", Some("Generative"), false),
        ("Joanna", Some("Quantum"), false),
        ("$.Attributes.gone", None, false),
    ] {
        let mut parameters = json!({ "TextToSpeechVoice": voice, "TextToSpeechStyle": "None" });
        if let Some(engine) = engine {
            parameters["TextToSpeechEngine"] = engine.into();
        }
        let mut contact = contact();
        contact.voice.name = "Matthew".into();
        let actions = set("UpdateContactTextToSpeechVoice", parameters);
        let mut call = Call::start_with(contact, &actions, vec![]);
        let Output::Play(prompt) = &call.output else {
            panic!("{:?}", call.output);
        };
        let expected = match good {
            true => Voice {
                name: voice.into(),
                engine: engine.map(Into::into),
                style: Some("None".into()),
            },
            false => Voice::default(),
        };
        assert_eq!(prompt.voice, expected, "{voice} {engine:?}");
        call.hear(if good { "[||||]" } else { "failed" });
    }
}

#[test]
fn tags_are_added_and_removed() {
    let mut call = Call::start(&set(
        "TagContact",
        json!({ "Tags": { "t": "1", "u": "$.Channel" } }),
    ));
    call.hear("[||||1]");
    assert_eq!(call.execution.contact().tags["u"], "VOICE");
    let mut tagged = contact();
    tagged.tags.insert("t".into(), "1".into());
    let actions = set("UntagContact", json!({ "TagKeys": ["t", "x"] }));
    Call::start_with(tagged, &actions, vec![]).hear("[||||]");
}

/// API reference of TagContact: keys must not begin with `aws:`. The service's own tag was recorded in events.
#[test]
fn tags_of_the_service_are_read_only() {
    let mut system = contact();
    system.attributes.insert("key".into(), "AWS:owner".into());
    let tag = set("TagContact", json!({ "Tags": { "$.Attributes.key": "x" } }));
    Call::start_with(system.clone(), &tag, vec![]).hear("failed");
    system
        .attributes
        .insert("key".into(), "aws:connect:instanceId".into());
    let untag = set(
        "UntagContact",
        json!({ "TagKeys": ["t", "$.Attributes.key"] }),
    );
    let mut call = Call::start_with(system, &untag, vec![]);
    call.hear("failed");
    assert_eq!(
        call.execution.contact().tags["aws:connect:instanceId"],
        "i-1"
    );
}

#[test]
fn hooks_are_stored() {
    let hook = json!({ "EventHooks": { "CustomerRemaining": "f-9" } });
    let mut call = Call::start(&set("UpdateContactEventHooks", hook));
    call.hear("[||||]");
    assert_eq!(call.execution.event_hook("CustomerRemaining"), Some("f-9"));
    assert_eq!(call.execution.event_hook("CustomerQueue"), None);
    let hook = json!({ "EventHooks": { "CustomerQueue": "$.Attributes.gone" } });
    Call::start(&set("UpdateContactEventHooks", hook)).hear("failed");
}

#[test]
fn recording_has_no_effect() {
    for participants in [json!([]), json!(["Agent", "Customer"])] {
        let recording = json!({ "RecordingBehavior": { "RecordedParticipants": participants } });
        Call::start(&set("UpdateContactRecordingBehavior", recording)).hear("[||||]");
    }
}
