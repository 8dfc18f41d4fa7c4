//! The prompts that are one message. The rules are those that one public project described.

use super::*;

fn menu(id: &str, text: &str, next: &str, errors: &str) -> Value {
    action(
        id,
        "GetParticipantInput",
        json!({ "Text": text, "StoreInput": "False", "InputTimeLimitSeconds": "5" }),
        errors,
        &[("Equals", "1", next)],
        &[
            ("NoMatchingError", errors),
            ("NoMatchingCondition", errors),
            ("InputTimeLimitExceeded", errors),
        ],
    )
}

fn started() -> [Value; 1] {
    [observation("start", initiated(), json!([]), &[])]
}

/// Consecutive prompts are one message; a block without a prompt divides them.
#[tokio::test]
async fn prompts_without_a_block_between_them_are_one_message() {
    let set = action(
        "set",
        "UpdateContactAttributes",
        json!({ "Attributes": { "tier": "gold" }, "TargetContact": "Current" }),
        "three",
        &[],
        &[("NoMatchingError", "three")],
    );
    let outcome = run(
        &[
            say("one", "One.", "two"),
            say("two", "Two.", "set"),
            set,
            say("three", "Three.", "bye"),
            bye(),
        ],
        &[observation("start", initiated(), json!([]), &[])],
    )
    .await;
    let words: Vec<_> = outcome
        .report
        .messages
        .iter()
        .map(|message| message.words())
        .collect();
    assert_eq!(words, ["One. Two.", "Three."]);
    assert_eq!(outcome.report.status, ExecutionStatus::Passed);
}

#[tokio::test]
async fn an_input_ends_the_message_of_its_prompt() {
    let actions = [
        say("one", "One.", "menu"),
        menu("menu", "Press 1.", "three", "three"),
        say("three", "Three.", "four"),
        say("four", "Four.", "bye"),
        bye(),
    ];
    assert_eq!(
        heard(&run(&actions, &started()).await),
        ["One. Press 1.", "Three. Four."]
    );
    // A key that was pressed before the prompt ends it; the message ends with it all the same.
    let pressed = [
        observation("start", initiated(), json!([]), &["one"]),
        observation("one", hears("first"), press("1"), &[]),
    ];
    let first = action(
        "set",
        "UpdateContactAttributes",
        json!({ "Attributes": { "k": "v" }, "TargetContact": "Current" }),
        "one",
        &[],
        &[("NoMatchingError", "one")],
    );
    let actions = [
        [say("first", "first", "set"), first].as_slice(),
        &[
            menu("one", "Press 1.", "three", "bye"),
            say("three", "Three.", "bye"),
            bye(),
        ],
    ]
    .concat();
    assert_eq!(
        heard(&run(&actions, &pressed).await),
        ["first", "Press 1.", "Three."]
    );
    // Recorded: without a branch for the key, prompt and error are one message.
    let wrong = [
        pressed[0].clone(),
        observation("one", hears("first"), press("9"), &[]),
    ];
    let actions = [
        actions[..2].to_vec(),
        vec![
            menu("one", "Press 1.", "bye", "three"),
            say("three", "Wrong.", "bye"),
            bye(),
        ],
    ]
    .concat();
    assert_eq!(
        heard(&run(&actions, &wrong).await),
        ["first", "Press 1. Wrong."]
    );
}

/// An input block that leads back to itself gives no new message, and the test waits to its end.
#[tokio::test]
async fn an_input_block_that_repeats_gives_no_new_message() {
    let actions = [menu("menu", "Press 1.", "bye", "menu"), bye()];
    let outcome = run(
        &actions,
        &[
            observation("start", initiated(), json!([]), &["once"]),
            observation("once", hears("Press"), json!([]), &["again"]),
            observation("again", hears("Press"), end(), &[]),
        ],
    )
    .await;
    assert_eq!(heard(&outcome), ["Press 1."]);
    assert_eq!(outcome.report.completion, Completion::TimedOut);
    assert_eq!(
        outcome.report.ended - outcome.report.started,
        time::Duration::minutes(5)
    );
}

#[tokio::test]
async fn a_message_goes_on_in_the_next_flow() {
    let line = Line::new();
    let other = line.publish("other", &[say("two", "Two.", "bye"), bye()]);
    let transfer = action(
        "transfer",
        "TransferToFlow",
        json!({ "ContactFlowId": other }),
        "bye",
        &[],
        &[("NoMatchingError", "bye")],
    );
    let outcome = line
        .tested(
            &[say("one", "One.", "transfer"), transfer, bye()],
            &started(),
        )
        .await;
    assert_eq!(heard(&outcome), ["One. Two."]);
}

/// The prompt of a bot's block is in no message.
#[tokio::test]
async fn the_prompt_of_a_bot_is_not_heard() {
    let bot = action(
        "bot",
        "ConnectParticipantWithLexBot",
        json!({ "Text": "How can I help?", "LexV2Bot": { "AliasArn": BOT } }),
        "two",
        &[],
        &[("NoMatchingCondition", "two"), ("NoMatchingError", "two")],
    );
    let actions = [
        say("one", "One.", "bot"),
        bot,
        say("two", "Two.", "bye"),
        bye(),
    ];
    assert_eq!(heard(&run(&actions, &started()).await), ["One.", "Two."]);
}

/// Our assumption: in a loop of prompts each one is a message. The loop has no end, but the test has one.
#[tokio::test]
async fn a_loop_of_prompts_reaches_the_time_limit() {
    let line = Line::new();
    let queue = line.queue("waiting");
    let looped = action(
        "loop",
        "MessageParticipantIteratively",
        json!({ "Messages": [{ "Text": "All lines are busy." }, { "Text": "Please wait." }] }),
        "bye",
        &[],
        &[],
    );
    let hooked = line.publish_as("hooked", "CUSTOMER_QUEUE", &[looped, bye()]);
    let hook = action(
        "hook",
        "UpdateContactEventHooks",
        json!({ "EventHooks": { "CustomerQueue": hooked } }),
        "set",
        &[],
        &[("NoMatchingError", "bye")],
    );
    let [set, enter] = into_queue(&queue, "bye");
    let actions = [hook, set, enter, bye()];
    let outcome = line.tested(&actions, &started()).await;
    assert_eq!(
        heard(&outcome)[..3],
        ["All lines are busy.", "Please wait.", "All lines are busy."]
    );
    let report = &outcome.report;
    assert_eq!(report.completion, Completion::TimedOutWithoutWaiting);
    assert_eq!(report.ended - report.started, time::Duration::minutes(5));

    // A test that waits for the second prompt ends when it was played.
    let outcome = line
        .tested(
            &actions,
            &[
                observation("start", initiated(), json!([]), &["wait"]),
                observation("wait", hears("Please wait"), end(), &[]),
            ],
        )
        .await;
    assert_eq!(outcome.report.completion, Completion::Success);
    assert!(outcome.report.ended - outcome.report.started < time::Duration::minutes(1));
}
