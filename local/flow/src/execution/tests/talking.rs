use super::*;

#[test]
fn a_prompt_is_played_before_hanging_up() {
    let mut call = Call::start(&[say("hi", "Hello", "bye"), bye()]);
    call.hear("Hello").is_over();
    assert_eq!(call.way(), ["hi -next-> bye", "bye -terminal-> end"]);
    assert_eq!(call.execution.now(), datetime!(2026-11-23 01:00:01 UTC));
}

#[test]
fn every_source_of_a_prompt_is_played() {
    for (parameters, source) in [
        (json!({ "Text": " " }), PromptSource::Text(" ".into())),
        (
            json!({ "Text": "$.CustomerEndpoint.Address is calling" }),
            PromptSource::Text("+819000000001 is calling".into()),
        ),
        (
            json!({ "SSML": "<speak>$.Channel</speak>" }),
            PromptSource::Ssml("<speak>VOICE</speak>".into()),
        ),
        (
            json!({ "PromptId": "p-1" }),
            PromptSource::Recording("p-1".into()),
        ),
        (
            json!({ "Media": { "Uri": "s3://b/$.ContactId.wav", "SourceType": "S3", "MediaType": "Audio" } }),
            PromptSource::Media("s3://b/c-1.wav".into()),
        ),
    ] {
        let hi = action("hi", "MessageParticipant", parameters, "bye", &[]);
        let call = Call::start(&[hi, bye()]);
        assert_eq!(
            call.output,
            Output::Play(Prompt {
                source,
                voice: Voice::default(),
                language_code: None,
                interruptible: false,
                cut_at: None,
            })
        );
    }
}

#[test]
fn a_prompt_that_cannot_be_played_fails() {
    for parameters in [
        json!({ "Text": "$.Attributes.nothing" }),
        json!({ "PromptId": "$.Attributes.nothing" }),
        json!({ "SSML": "no root" }),
        json!({ "SSML": "<speak>a & b</speak>" }),
        json!({ "SSML": "<speak><sub alias=\"A & B\">x</sub></speak>" }),
        json!({ "SSML": "<speak><sub alias=x>x</sub></speak>" }),
        json!({ "SSML": "<speak><sub alias='x' alias='y'>x</sub></speak>" }),
        json!({ "SSML": "<speak><voice name='Amy'>x</voice></speak>" }),
        json!({ "Text": "x".repeat(3001) }),
    ] {
        let errors = [("NoMatchingError", "sorry")];
        let hi = action(
            "hi",
            "MessageParticipant",
            parameters.clone(),
            "bye",
            &errors,
        );
        let mut call = Call::start(&[hi, say("sorry", "Sorry", "bye"), bye()]);
        call.hear("Sorry").is_over();
        let hi = action("hi", "MessageParticipant", parameters, "bye", &[]);
        Call::start(&[hi, bye()]).ends(Ending::Stopped(StopReason::NoBranch {
            identifier: "hi".into(),
            error: "NoMatchingError".into(),
        }));
    }
}

/// Polly's page "Supported SSML tags": `<emphasis>` is not available for neural voices.
#[test]
fn ssml_is_checked_for_the_engine_of_the_voice() {
    for (engine, heard) in [
        ("Standard", "<speak><emphasis>x</emphasis></speak>"),
        ("Neural", "sorry"),
    ] {
        let errors = [("NoMatchingError", "sorry")];
        let voice = json!({ "TextToSpeechVoice": "Joanna", "TextToSpeechEngine": engine });
        let ssml = json!({ "SSML": "<speak><emphasis>x</emphasis></speak>" });
        Call::start(&[
            action(
                "voice",
                "UpdateContactTextToSpeechVoice",
                voice,
                "say",
                &errors,
            ),
            action("say", "MessageParticipant", ssml, "bye", &errors),
            say("sorry", "sorry", "bye"),
            bye(),
        ])
        .hear(heard);
    }
}

#[test]
fn undefined_references_in_text_are_empty_and_cause_a_warning() {
    let mut call = Call::start(&[say("hi", "[$.Attributes.x|$.External.y]", "bye"), bye()]);
    call.hear("[|]").is_over();
    assert_eq!(
        call.warnings(),
        ["$.Attributes.x is undefined", "$.External.y is undefined"]
    );
}

#[test]
fn the_caller_hangs_up() {
    let mut call = Call::start(&[say("hi", "Hello", "bye"), bye()]);
    call.hearing("Hello")
        .input(Input::HungUp)
        .ends(Ending::CallerHungUp);
    assert_eq!(
        call.execution.resume(Input::HungUp),
        Output::Ended(Ending::Stopped(StopReason::WrongInput {
            input: "HungUp".into(),
            output: "Ended".into(),
        }))
    );
}

#[test]
fn prompts_loop_until_interrupted() {
    let queue = load(
        "queue-flow",
        FlowKind::CustomerQueue,
        &[
            with_conditions(
                "music",
                "MessageParticipantIteratively",
                json!({ "Messages": [{ "Text": "la" }, { "PromptId": "p" }], "InterruptFrequencySeconds": "3" }),
                "bye",
                &[("Equals", "MessagesInterrupted", "sorry")],
                &[],
            ),
            say("sorry", "Still busy", "music"),
            bye(),
        ],
    );
    let mut execution = Execution::new(contact(), queue.clone(), datetime!(2026-11-23 01:00 UTC));
    let output = execution.resume(Input::Start);
    let mut call = Call {
        execution,
        output,
        flows: HashMap::new(),
    };
    call.hear("la")
        .hear("p")
        .hear("la")
        .hear("Still busy")
        .hear("la")
        .hearing("p");
    // Prompts that take no time would repeat forever.
    for _ in 0..20_000 {
        if matches!(call.output, Output::Play(_)) {
            let took = Duration::ZERO;
            call.input(Input::Played { took });
        }
    }
    assert!(matches!(
        call.output,
        Output::Ended(Ending::Stopped(
            StopReason::EndlessLoop { .. } | StopReason::WrongInput { .. }
        ))
    ));
}
