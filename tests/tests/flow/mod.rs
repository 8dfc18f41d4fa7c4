//! Calls that take every transition of every flow that the module ships. Terraform renders the flow, and a
//! scripted function answers it.

mod drawing;
pub(crate) mod fake_services;
mod renderer;
mod setup;
pub(crate) mod shipped;
pub(crate) mod stories;
mod walk;

use std::collections::{BTreeMap, BTreeSet};

use connect_flow::{Ending, Flow, FlowKind};
use connect_flow_check::{FlowFile, Settings, check};
use connect_flow_picture::{Graph, Marks, Options, svg};
use e2e::{Failure, REGION, outcomes};
use local_connect::{Call, CallEvent};
use serde_json::{Map, Value, json};

use crate::documents::pages;
use renderer::Renderer;
use setup::{Fallback, FlowSetup};
use stories::{Conversation, KEY_IN, Reply, Step, Story};

e2e::trials![
    calls_take_every_transition_of_every_shipped_flow,
    every_reason_has_a_story,
    a_voice_that_cannot_be_set_is_replaced_by_a_standard_one,
    without_any_voice_of_its_language_a_call_ends_in_trouble,
    only_a_hand_over_sets_the_language,
    answers_are_read_as_json,
    the_console_gets_every_condition,
    the_largest_flow_can_be_published,
    the_drawing_shows_the_shipped_flow,
    flow_check_finds_nothing_in_a_shipped_flow,
];

async fn calls_take_every_transition_of_every_shipped_flow() -> Result<(), Failure> {
    let renderer = Renderer::prepare().await?;
    for languages in [&["ja"][..], &["en"], &["ja", "en"]] {
        for fallback in Fallback::ALL {
            let setup = FlowSetup::new(&renderer, languages, fallback).await?;
            setup.walk().await?;
        }
    }
    Ok(())
}

/// The stories contain every reason of the function, so that each is heard.
async fn every_reason_has_a_story() -> Result<(), Failure> {
    let covered: BTreeSet<String> = stories::stories()
        .iter()
        .flat_map(|story| &story.replies)
        .filter_map(|reply| match reply {
            Reply::Reason(reason) => Some((*reason).to_owned()),
            _ => None,
        })
        .collect();
    let missing: Vec<_> = outcomes::reasons().difference(&covered).cloned().collect();
    assert!(missing.is_empty(), "a story must have each of {missing:?}");
    Ok(())
}

/// Without a voice, Amazon Connect falls back to Joanna (Amazon's administrator guide), who cannot speak
/// Japanese. So menu and conversation continue in a Standard voice of the language.
async fn a_voice_that_cannot_be_set_is_replaced_by_a_standard_one() -> Result<(), Failure> {
    let renderer = Renderer::prepare().await?;
    let setup = FlowSetup::new(&renderer, &["ja"], Fallback::None).await?;
    let conversation = |choice| Conversation {
        story: Story::new(&[KEY_IN], &[Reply::Member, Reply::Sent], &[]),
        choice,
        closed: false,
    };
    let failing = [("Set voice ja", "NoMatchingError")];
    let call = setup.call(&conversation(None), &failing).await?;
    let heard = ["ask_pin", "sent"].map(|name| ("Mizuki".to_owned(), setup.words("ja", name)));
    assert_eq!(spoken(&call), heard);

    let setup = FlowSetup::new(&renderer, &["ja", "en"], Fallback::None).await?;
    let failing = [
        ("Set menu voice ja", "NoMatchingError"),
        ("Set voice ja", "NoMatchingError"),
    ];
    let call = conversation(Some(Step::Press("1")));
    let call = setup.call(&call, &failing).await?;
    let voices: Vec<_> = spoken(&call).into_iter().map(|(voice, _)| voice).collect();
    assert_eq!(voices, ["Mizuki"; 3]);
    Ok(())
}

/// If the Standard voice fails as well, the call goes to the fallback, whose agent can speak the language.
async fn without_any_voice_of_its_language_a_call_ends_in_trouble() -> Result<(), Failure> {
    let renderer = Renderer::prepare().await?;
    let setup = FlowSetup::new(&renderer, &["ja"], Fallback::Queue).await?;
    let call = Conversation {
        story: Story::new(&[], &[], &[]),
        choice: None,
        closed: false,
    };
    let failing = ["Set voice ja", "Set standard voice ja"];
    let failing = failing.map(|block| (block, "NoMatchingError"));
    let call = setup.call(&call, &failing).await?;
    let (heard, queued) = walk::heard_before_queue(&call);
    assert_eq!(heard, [setup.words("ja", "handing_over")]);
    assert!(queued, "{:?}", call.ending());
    assert_eq!(call.ending(), Some(&Ending::CallerHungUp));
    Ok(())
}

/// Queues and flows may read `$.LanguageCode`. Speech needs only the voice, and a public report describes
/// updates of a contact that were refused because of the language.
async fn only_a_hand_over_sets_the_language() -> Result<(), Failure> {
    let renderer = Renderer::prepare().await?;
    for (fallback, times) in [
        (Fallback::None, 0),
        (Fallback::Phone, 0),
        (Fallback::Queue, 3),
        (Fallback::Flow, 3),
    ] {
        let setup = FlowSetup::new(&renderer, &["ja"], fallback).await?;
        let facts = setup.connect.instance(REGION, "line").unwrap();
        let flow = setup.connect.load_flow(&facts, &setup.flow).unwrap();
        let actions = flow.flow.actions();
        let set = actions.filter(|(_, kind)| *kind == "UpdateContactData");
        assert_eq!(set.count(), times, "{fallback:?}");

        let sent = language_after(&setup, &[Reply::Member, Reply::Sent]).await?;
        assert_eq!(sent, None);
        let locked = [Reply::Member, Reply::Reason("LOCKED")];
        let handed_over = language_after(&setup, &locked).await?;
        let expected = (times > 0).then(|| "ja-JP".to_owned());
        assert_eq!(handed_over, expected, "{fallback:?}");
    }
    Ok(())
}

async fn language_after(
    setup: &FlowSetup<'_>,
    replies: &[Reply],
) -> Result<Option<String>, Failure> {
    let call = Conversation {
        story: Story::new(&[KEY_IN], replies, &[]),
        choice: None,
        closed: false,
    };
    let call = setup.call(&call, &[]).await?;
    Ok(call.contact().language_code.clone())
}

/// A public project saw the real service accept names with dots and whole sentences with `JSON`. With
/// `STRING_MAP`, Amazon's guide allows letters, digits, dash and underscore.
async fn answers_are_read_as_json() -> Result<(), Failure> {
    let renderer = Renderer::prepare().await?;
    let flow: Value = serde_json::from_str(&renderer.render(&["ja", "en"], json!({})).await?)?;
    let actions = flow["Actions"].as_array().unwrap().iter();
    let invoked: Vec<_> = actions
        .filter(|action| action["Type"] == "InvokeLambdaFunction")
        .map(|action| &action["Parameters"]["ResponseValidation"]["ResponseType"])
        .collect();
    assert_eq!(invoked, ["JSON"; 4]);
    Ok(())
}

/// The metadata has the form of the console's own exports: one entry for each condition, in order, with an
/// operator in a block that compares and none in a menu. `Equals` and the form are from AWS's samples; the
/// words for the other two operators follow `GreaterThan`, `Contains` and the flow log.
async fn the_console_gets_every_condition() -> Result<(), Failure> {
    let renderer = Renderer::prepare().await?;
    let content = renderer.render(&["ja", "en"], json!({})).await?;
    let again = renderer.render(&["ja", "en"], json!({})).await?;
    assert_eq!(content, again, "a second plan must be empty");
    let flow: Value = serde_json::from_str(&content)?;
    let operators = BTreeMap::from([
        ("Equals", ("Equals", "=")),
        ("NumberGreaterOrEqualTo", ("GreaterThanOrEqualTo", ">=")),
        ("TextStartsWith", ("StartsWith", "starts with")),
    ]);
    let (mut ids, mut checked) = (BTreeSet::new(), 0);
    for action in flow["Actions"].as_array().unwrap() {
        let shown = &flow["Metadata"]["ActionMetadata"][action["Identifier"].as_str().unwrap()];
        let conditions = action["Transitions"]["Conditions"].as_array();
        let conditions = conditions.map_or(&[][..], Vec::as_slice);
        let compares = action["Type"] == "Compare";
        if !compares && action["Type"] != "GetParticipantInput" || conditions.is_empty() {
            assert_eq!(shown.get("conditionMetadata"), None, "{action}");
            continue;
        }
        let shown = shown["conditionMetadata"].as_array().unwrap();
        assert_eq!(shown.len(), conditions.len(), "{action}");
        for (shown, condition) in shown.iter().zip(conditions) {
            let condition = &condition["Condition"];
            assert_eq!(shown["value"], condition["Operands"][0], "{action}");
            let operator = operators[condition["Operator"].as_str().unwrap()];
            let operator = compares.then_some(operator);
            assert_eq!(
                shown["operator"]["value"].as_str(),
                operator.map(|(value, _)| value)
            );
            assert_eq!(
                shown["operator"]["shortDisplay"].as_str(),
                operator.map(|(_, short)| short)
            );
            let id = shown["id"].as_str().unwrap();
            assert!(id.len() == 36 && ids.insert(id.to_owned()), "{id}");
            checked += 1;
        }
    }
    assert!(checked > 50, "{checked}");
    Ok(())
}

async fn the_drawing_shows_the_shipped_flow() -> Result<(), Failure> {
    let renderer = Renderer::prepare().await?;
    let content = renderer.render(&["ja"], json!({})).await?;
    let flow =
        Flow::publish(&content, FlowKind::ContactFlow).expect("the service must accept the flow");
    pages::compare("docs/flow.md", &drawing::page(&flow, "ja"), "the_drawing");
    let graph = Graph::read(&content)?;
    let options = Options {
        title: Some("The conversation of the line, in Japanese".to_owned()),
        ..Options::default()
    };
    let picture = svg(&graph, &Marks::default(), &options);
    pages::compare("docs/pictures/flow.ja.svg", &picture, "the_drawing");
    Ok(())
}

fn spoken(call: &Call) -> Vec<(String, String)> {
    call.events()
        .iter()
        .filter_map(|event| match event {
            CallEvent::Heard(spoken) => Some((spoken.voice.clone(), spoken.text.clone())),
            _ => None,
        })
        .collect()
}

/// The most languages that the module accepts, most of them not shipped, each with every fallback. A flow
/// can have at most 250 blocks.
async fn the_largest_flow_can_be_published() -> Result<(), Failure> {
    let renderer = Renderer::prepare().await?;
    let of_other_languages = |value: &Value| {
        let others = ["de", "fr", "pt-BR"].map(|language| (language.to_owned(), value.clone()));
        Value::Object(Map::from_iter(others))
    };
    let queue = format!("arn:aws:connect:{REGION}:123456789012:instance/i/queue/q");
    let other = format!("arn:aws:connect:{REGION}:123456789012:instance/i/contact-flow/f");
    for to in [json!({"queue_arn": queue}), json!({"flow_arn": other})] {
        let content = renderer
            .render_with(
                &["ja", "en", "de", "fr", "pt-BR"],
                json!({"withheld": to, "locked": to, "trouble": to}),
                &of_other_languages(&renderer.texts["en"]),
                &of_other_languages(
                    &json!({"name": "Vicki", "engine": "Neural", "language_code": "de-DE"}),
                ),
            )
            .await?;
        let flow = Flow::publish(&content, FlowKind::ContactFlow)
            .expect("the service must accept the flow");
        let (blocks, letters) = (flow.actions().count(), content.chars().count());
        e2e::report!("the largest flow has {blocks} blocks and {letters} characters");
    }
    Ok(())
}

/// Of a shipped flow, `flow check` reports the ARNs that Terraform has rendered for one instance, and nothing
/// else.
async fn flow_check_finds_nothing_in_a_shipped_flow() -> Result<(), Failure> {
    let renderer = Renderer::prepare().await?;
    let mut settings = Settings::default();
    settings.allow("lint/hard-coded-account")?;
    let instance = "arn:aws:connect:ap-northeast-1:000000000000:instance/i";
    for languages in [&["ja"][..], &["en"], &["ja", "en"]] {
        for to in [
            Value::Null,
            json!({"queue_arn": format!("{instance}/queue/q")}),
            json!({"phone_number": "+81312345678"}),
            json!({"flow_arn": format!("{instance}/contact-flow/f")}),
        ] {
            let fallbacks = json!({"withheld": to, "locked": to, "trouble": to});
            let content = renderer.render(languages, fallbacks).await?;
            let file = FlowFile::read("line.json", &content, Some(FlowKind::ContactFlow))?;
            let findings = check(&file, &settings);
            assert!(findings.is_empty(), "{languages:?} {to}: {findings:#?}");
        }
    }
    Ok(())
}
