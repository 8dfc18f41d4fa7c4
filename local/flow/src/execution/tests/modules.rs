use super::*;

const ERRORS: &[(&str, &str)] = &[
    ("NoMatchingCondition", "other"),
    ("NoMatchingError", "failed"),
];

fn caller(input: Value) -> Vec<Value> {
    let lambda = json!({ "LambdaFunctionARN": "arn:l", "InvocationTimeLimitSeconds": "8" });
    vec![
        action(
            "fn",
            "InvokeLambdaFunction",
            lambda,
            "module",
            &[("NoMatchingError", "failed")],
        ),
        with_conditions(
            "module",
            "InvokeFlowModule",
            json!({ "FlowModuleId": "m", "Input": input }),
            "next",
            &[("Equals", "good", "good")],
            ERRORS,
        ),
        say(
            "good",
            "good [$.Modules.Result|$.Modules.ResultData.r|$.External.a|$.Modules.Input.i]",
            "bye",
        ),
        say(
            "next",
            "next [$.Modules.Result|$.Modules.ResultData.r]",
            "bye",
        ),
        say("other", "other", "bye"),
        say("failed", "failed", "bye"),
        bye(),
    ]
}

fn module(end: Value) -> LoadedFlow {
    load(
        "m",
        FlowKind::Module,
        &[
            say(
                "in",
                "in [$.Modules.Input.i|$.Modules.Input.n|$.External.a]",
                "end",
            ),
            terminal("end", "EndFlowModuleExecution", end),
        ],
    )
}

fn call(end: Value) -> Call {
    let input = json!({ "i": "$.External.a", "n": 5 });
    let mut call = Call::start_with(contact(), &caller(input), vec![module(end)]);
    call.answers(json!({ "a": "A" })).hear("in [A|5|]");
    call
}

#[test]
fn returns_a_branch_and_data() {
    let mut call = call(json!({ "Result": "good", "ResultData": { "r": "<$.Modules.Input.i>" } }));
    // The module's own input is no longer visible, and the caller's answer is back.
    call.hear("good [good|<A>|A|]").is_over();
    assert_eq!(
        call.way()[1..4],
        [
            "in -next-> end",
            "end -terminal-> end",
            "module -0=good-> good"
        ]
    );
}

#[test]
fn returns_without_a_branch_or_with_an_unknown_one() {
    call(json!({})).hear("next [|]");
    call(json!({ "Result": "bad" })).hear("other");
    call(json!({ "Result": "$.Attributes.gone" })).hear("other");
}

#[test]
fn a_missing_module_fails_the_block() {
    let mut call = Call::start(&caller(json!({})));
    call.answers(json!({})).hear("failed");
    // A flow is not a module.
    let main = load("main", FlowKind::ContactFlow, &caller(json!({})));
    let mut execution = Execution::new(contact(), main.clone(), datetime!(2026-11-23 01:00 UTC));
    execution.resume(Input::Start);
    let took = Duration::ZERO;
    let answer = Ok(b"{}".to_vec());
    let output = execution.resume(Input::FunctionAnswered { answer, took });
    assert!(matches!(output, Output::LoadFlow { module: true, .. }));
    let output = execution.resume(Input::FlowLoaded(Some(Box::new(main))));
    assert!(matches!(output, Output::Play(_)), "{output:?}");
}

#[test]
fn nesting_ends_at_five() {
    let itself = load(
        "m",
        FlowKind::Module,
        &[
            with_conditions(
                "again",
                "InvokeFlowModule",
                json!({ "FlowModuleId": "m" }),
                "end",
                &[],
                &[("NoMatchingError", "deep")],
            ),
            say("deep", "too deep", "end"),
            terminal("end", "EndFlowModuleExecution", json!({ "Result": "good" })),
        ],
    );
    let mut call = Call::start_with(contact(), &caller(json!({})), vec![itself]);
    call.answers(json!({}))
        .hear("too deep")
        .hear("good [good|||]")
        .is_over();
    let entered = call.execution.take_trace().into_iter().filter(
        |event| matches!(event, TraceEvent::Entered { action, .. } if &**action == "again"),
    );
    assert_eq!(entered.count(), 5);
}

#[test]
fn hanging_up_within_a_module_ends_the_call() {
    let module = load("m", FlowKind::Module, &[say("in", "in", "bye"), bye()]);
    let mut call = Call::start_with(contact(), &caller(json!({})), vec![module]);
    call.answers(json!({})).hear("in").is_over();
}

/// Values of a module's input and data keep their JSON type (a public project's checks of the wire format).
#[test]
fn json_keeps_its_type_into_a_module_and_out_of_it() {
    let module = load(
        "m",
        FlowKind::Module,
        &[terminal(
            "end",
            "EndFlowModuleExecution",
            json!({ "ResultData": { "back": "$.Modules.Input.who", "n": "$.Modules.Input.n",
                                    "text": "n is $.Modules.Input.n" } }),
        )],
    );
    let function = |id: &str, parameters: Value, next: &str| {
        action(
            id,
            "InvokeLambdaFunction",
            json!({ "LambdaFunctionARN": "arn:l", "InvocationTimeLimitSeconds": "8",
                    "LambdaInvocationAttributes": parameters,
                    "ResponseValidation": { "ResponseType": "JSON" } }),
            next,
            &[("NoMatchingError", "bye")],
        )
    };
    let actions = [
        function("first", json!({}), "module"),
        with_conditions(
            "module",
            "InvokeFlowModule",
            json!({ "FlowModuleId": "m", "Input": { "who": "$.External.who", "n": "$.External.n" } }),
            "second",
            &[],
            &[("NoMatchingCondition", "bye"), ("NoMatchingError", "bye")],
        ),
        function(
            "second",
            json!({ "who": "$.Modules.ResultData.back", "n": "$.Modules.ResultData.n",
                    "text": "$.Modules.ResultData.text" }),
            "bye",
        ),
        bye(),
    ];
    let mut call = Call::start_with(contact(), &actions, vec![module]);
    call.answers(json!({ "who": { "list": [1, false] }, "n": 7 }));
    assert_eq!(
        call.function().event["Details"]["Parameters"],
        json!({ "who": { "list": [1, false] }, "n": 7, "text": "n is 7" })
    );
}
