use super::*;

fn compare(value: &str, conditions: &[(&str, &str, &str)]) -> Vec<Value> {
    vec![
        with_conditions(
            "check",
            "Compare",
            json!({ "ComparisonValue": value }),
            "bye",
            conditions,
            &[("NoMatchingCondition", "no")],
        ),
        say("yes", "yes", "bye"),
        say("no", "no", "bye"),
        bye(),
    ]
}

#[test]
fn compare_takes_the_first_true_condition() {
    let mut contact = contact();
    contact.attributes.insert("n".into(), "15".into());
    contact.attributes.insert("limit".into(), "20".into());
    for (value, operator, operand, heard) in [
        ("$.Attributes.n", "Equals", "15", "yes"),
        ("$.Attributes.n", "Equals", "015", "no"),
        (
            "$.Attributes.n",
            "NumberLessThan",
            "$.Attributes.limit",
            "yes",
        ),
        (
            "$.Attributes.n",
            "NumberLessThan",
            "$.Attributes.gone",
            "no",
        ),
        ("$.Attributes.n", "TextStartsWith", "1", "yes"),
        ("$.Attributes.gone", "Equals", "15", "no"),
        ("$.Attributes.gone", "NumberLessThan", "15", "no"),
        ("$.Channel", "Equals", "VOICE", "yes"),
        ("$.External.object", "KeyExists", "x", "no"),
    ] {
        let actions = compare(
            value,
            &[("Equals", "never", "no"), (operator, operand, "yes")],
        );
        let mut call = Call::start_with(contact.clone(), &actions, vec![]);
        call.hear(heard).is_over();
    }
    let mut call = Call::start_with(
        contact,
        &compare(
            "$.Attributes.n",
            &[("TextContains", "5", "no"), ("Equals", "15", "yes")],
        ),
        vec![],
    );
    call.hear("no");
    assert_eq!(
        call.way(),
        ["check -0=5-> no", "no -next-> bye", "bye -terminal-> end"]
    );
}

#[test]
fn loops_count_per_block_and_start_over() {
    let each = &[
        ("Equals", "ContinueLooping", "body"),
        ("Equals", "DoneLooping", "done"),
    ];
    let actions = |count: Value| {
        [
            with_conditions(
                "loop",
                "Loop",
                json!({ "LoopCount": count }),
                "bye",
                each,
                &[],
            ),
            say("body", "body", "loop"),
            say("done", "done", "loop"),
            bye(),
        ]
    };
    let mut call = Call::start(&actions(json!("2")));
    for _ in 0..3 {
        call.hear("body").hear("body").hear("done");
    }
    Call::start(&actions(json!(1))).hear("body").hear("done");
    Call::start(&actions(json!("0"))).hear("done").hear("done");
    Call::start(&actions(json!("$.Attributes.x"))).ends(Ending::Stopped(StopReason::NoBranch {
        identifier: "loop".into(),
        error: "NoMatchingError".into(),
    }));
}

/// fitthejob/connect-terraform: a loop of 2 that is entered after the first try gives two more.
#[test]
fn a_loop_after_the_first_try_gives_as_many_more_as_it_counts() {
    let actions = [
        say("try", "try", "loop"),
        with_conditions(
            "loop",
            "Loop",
            json!({ "LoopCount": "2" }),
            "bye",
            &[
                ("Equals", "ContinueLooping", "try"),
                ("Equals", "DoneLooping", "done"),
            ],
            &[],
        ),
        say("done", "done", "bye"),
        bye(),
    ];
    let mut call = Call::start(&actions);
    call.hear("try").hear("try").hear("try").hear("done");
    call.is_over();
}

#[test]
fn distributes_by_percentage() {
    let actions = [
        with_conditions(
            "split",
            "DistributeByPercentage",
            json!({}),
            "bye",
            &[
                ("NumberLessThan", "4", "three"),
                ("NumberLessThan", "10", "six"),
            ],
            &[("NoMatchingCondition", "rest")],
        ),
        say("three", "three", "bye"),
        say("six", "six", "bye"),
        say("rest", "rest", "bye"),
        bye(),
    ];
    for (drawn, heard) in [
        (1, "three"),
        (3, "three"),
        (4, "six"),
        (9, "six"),
        (10, "rest"),
        (100, "rest"),
    ] {
        let mut call = Call::start(&actions);
        assert_eq!(call.output, Output::DrawPercent);
        call.input(Input::Drawn(drawn)).hear(heard);
    }
    for drawn in [0, 101] {
        let mut call = Call::start(&actions);
        call.input(Input::Drawn(drawn))
            .ends(Ending::Stopped(StopReason::WrongInput {
                input: "Drawn".into(),
                output: "DrawPercent".into(),
            }));
    }
}

#[test]
fn hours_of_operation_select_a_branch() {
    let hours = |parameters: Value| {
        [
            with_conditions(
                "hours",
                "CheckHoursOfOperation",
                parameters,
                "bye",
                &[("Equals", "True", "open"), ("Equals", "False", "closed")],
                &[("NoMatchingError", "failed")],
            ),
            say("open", "open", "bye"),
            say("closed", "closed", "bye"),
            say("failed", "failed", "bye"),
            bye(),
        ]
    };
    for (answer, heard) in [
        (Some(true), "open"),
        (Some(false), "closed"),
        (None, "failed"),
    ] {
        let mut call = Call::start(&hours(json!({ "HoursOfOperationId": "h-1" })));
        assert_eq!(
            call.output,
            Output::CheckHours {
                hours_of_operation_id: Some("h-1".into()),
                at: datetime!(2026-11-23 01:00 UTC)
            }
        );
        call.input(Input::Hours(answer)).hear(heard);
    }
    // Without hours and without a queue, no output is needed.
    Call::start(&hours(json!({}))).hear("failed");
    let mut with_queue = contact();
    with_queue.queue = Some(Queue {
        arn: "arn:q".into(),
        name: "q".into(),
        outbound_caller_id: None,
    });
    let mut call = Call::start_with(with_queue, &hours(json!({})), vec![]);
    call.input(Input::Hours(Some(true))).hear("open");
}
