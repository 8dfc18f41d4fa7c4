//! The whole product: Terraform applies an example to a local account, callers call it, and Terraform
//! destroys it. The calls share one deployment, because applying takes most of the time.

mod browser;
mod shipped;

use std::collections::BTreeSet;
use std::fs;

use e2e::trials::{Group, Shared};
use e2e::{Failure, REGION, TestLine, press};
use local_account::RequestRecord;
use local_connect::{Call, CallEvent, CallerId};
use local_harness::Outputs;
use local_harness::sample::{put_campaign, put_member};
use local_toolchain::PlanOutcome;
use serde_json::Value;

use browser::the_shipped_line_is_called_seen_and_saved_as_a_test_in_a_browser;
use shipped::{
    every_shipped_test_passes_against_the_line,
    every_shipped_test_passes_through_the_api_of_the_line, the_function_passes_the_shipped_tests,
    the_tests_of_the_menu_pass_against_a_line_with_two_languages,
};

e2e::trials![the_minimal_example_answers_a_call];

/// Returns the calls to the complete example, which share one deployment.
pub(crate) fn group() -> Group<Complete> {
    let group = Group::new();
    e2e::members![group.member:
        a_member_with_the_right_pin_gets_one_message,
        a_wrong_pin_is_announced_and_sends_nothing,
        silence_is_announced_and_sends_nothing,
        a_cancelled_entry_counts_from_the_start,
        strangers_hear_that_they_are_not_members,
        a_withheld_caller_is_asked_to_show_the_number,
        hanging_up_in_the_middle_ends_the_call,
        calls_do_not_disturb_each_other,
        a_record_of_a_call_has_what_its_function_asked_for,
        a_broken_campaign_is_announced,
        a_failing_function_is_announced,
        a_function_that_may_not_be_invoked_is_announced,
        every_shipped_test_passes_against_the_line,
        every_shipped_test_passes_through_the_api_of_the_line,
        the_function_passes_the_shipped_tests,
        the_tests_of_the_menu_pass_against_a_line_with_two_languages,
        logs_follow_the_call_without_its_secrets,
        the_shipped_line_is_called_seen_and_saved_as_a_test_in_a_browser,
        another_language_changes_the_words_and_replaces_nothing,
        another_alias_changes_nothing,
        the_complete_example_lives_from_apply_to_destroy,
    ]
}

/// The deployed complete example.
pub(crate) struct Complete {
    line: TestLine,
    outputs: Outputs,
    destroyed: bool,
}

impl Shared for Complete {
    async fn create() -> Result<Self, Failure> {
        let line = TestLine::prepare("complete").await?;
        let outputs = line.apply().await?;
        load(&line, &outputs).await?;
        Ok(Self {
            line,
            outputs,
            destroyed: false,
        })
    }

    async fn reset(&mut self) -> Result<(), Failure> {
        let override_file = shipped::override_file(self);
        if override_file.try_exists()? {
            fs::remove_file(override_file)?;
        }
        self.line.deployment.set("language", "ja");
        self.line.deployment.set("instance_alias", ALIAS);
        self.line.apply().await.map(drop)
    }

    async fn remove(self) -> Result<(), Failure> {
        if !self.destroyed {
            destroy(&self.line).await?;
        }
        self.line.aws.account.shutdown().await;
        Ok(())
    }
}

/// The alias of the example's instance.
const ALIAS: &str = "campaign-line-complete";

const MEMBER: &str = "+819012345678";
/// A member gets two messages a day, so several tests have members of their own.
const OTHER_MEMBERS: [&str; 10] = [
    "+819012345601",
    "+819012345602",
    "+819012345603",
    "+819012345604",
    "+819012345605",
    "+819012345606",
    "+819012345607",
    "+819012345608",
    "+819012345609",
    "+819012345610",
];
const STRANGER: &str = "+818087654321";
const PIN: &str = "00420815";
const WRONG_PIN: &str = "99887766";
const URL: &str = "https://example.com/campaign/42";

const NOT_A_MEMBER: &str = "ご利用の電話は、会員登録されていません";
const WITHHELD: &str = "申し訳ございません。番号非通知のお電話では、ご利用いただけません。電話番号を通知して、おかけ直し下さい";
const WRONG_PIN_AGAIN: &str =
    "暗証番号が正しくありません。もう一度、暗証番号を入力し、最後にシャープを押して下さい";
const TROUBLE: &str =
    "申し訳ございません。ただいまご案内できません。しばらくしてから、おかけ直し下さい";
const SENT: &str = "メールをご確認下さい";

async fn the_minimal_example_answers_a_call() -> Result<(), Failure> {
    let line = TestLine::prepare("minimal").await?;
    let outputs = line.apply().await?;
    second_plan_is_empty(&line).await?;
    load(&line, &outputs).await?;
    let mut call = line.dial(&outputs, number(MEMBER)).await?;
    press(&mut call, &format!("{PIN}#")).await;
    assert_eq!(call.heard().last(), Some(&SENT));
    assert_eq!(line.aws.messages().len(), 1);
    destroy(&line).await?;
    line.aws.account.shutdown().await;
    Ok(())
}

/// Destroys the line, and asserts that nothing is left behind and the account's SMS preferences are cleared.
async fn destroy(line: &TestLine) -> Result<(), Failure> {
    line.deployment.destroy_unrefreshed().await?;
    line.aws.assert_empty().await?;
    let sms = aws_sdk_sns::Client::new(&line.aws.sdk_config().await)
        .get_sms_attributes()
        .send()
        .await?;
    assert_eq!(
        sms.attributes().map_or(0, |a| a.len()),
        0,
        "the SMS preferences must be cleared"
    );
    Ok(())
}

async fn second_plan_is_empty(line: &TestLine) -> Result<(), Failure> {
    let plan = line.deployment.plan().await?;
    assert_eq!(plan.outcome, PlanOutcome::Empty, "{}", plan.text);
    Ok(())
}

async fn load(line: &TestLine, outputs: &Outputs) -> Result<(), Failure> {
    let account = &line.aws.client;
    for member in [MEMBER].iter().chain(&OTHER_MEMBERS) {
        put_member(account, REGION, &outputs.member_table_name, member, "1234").await?;
    }
    put_campaign(account, REGION, &outputs.benefits_table_name, PIN, URL).await?;
    Ok(())
}

fn number(number: &str) -> CallerId {
    CallerId::Number(number.to_owned())
}

async fn a_member_with_the_right_pin_gets_one_message(complete: &Complete) -> Result<(), Failure> {
    let Complete { line, outputs, .. } = complete;
    let before = line.aws.messages().len();
    let mut call = line.dial(outputs, number(MEMBER)).await?;
    assert!(call.is_waiting(), "{:?}", call.events());
    assert_eq!(
        call.heard(),
        ["キャンペーンの暗証番号を入力し、最後にシャープを押して下さい"]
    );
    press(&mut call, &format!("{PIN}#")).await;
    assert_eq!(call.heard().last(), Some(&SENT));
    ended_regularly(&call);
    assert!(
        call.events().iter().all(|event| match event {
            CallEvent::Heard(spoken) => spoken.voice == "Kazuha",
            _ => true,
        }),
        "{:?}",
        call.events()
    );

    let messages = line.aws.messages();
    assert_eq!(messages.len(), before + 1);
    let message = &messages[before];
    assert_eq!(message.phone_number, MEMBER);
    assert_eq!(message.message, format!("キャンペーンページ {URL}"));
    Ok(())
}

async fn a_wrong_pin_is_announced_and_sends_nothing(complete: &Complete) -> Result<(), Failure> {
    let Complete { line, outputs, .. } = complete;
    let before = line.aws.messages().len();
    let mut call = line.dial(outputs, number(MEMBER)).await?;
    for _ in 0..2 {
        press(&mut call, &format!("{WRONG_PIN}#")).await;
        assert_eq!(call.heard().last(), Some(&WRONG_PIN_AGAIN));
        assert!(call.is_waiting());
    }
    press(&mut call, &format!("{WRONG_PIN}#")).await;
    assert_eq!(
        call.heard().last(),
        Some(&"暗証番号が正しくありません。お確かめの上、もう一度おかけ直し下さい")
    );
    ended_regularly(&call);
    assert_eq!(line.aws.messages().len(), before);
    Ok(())
}

async fn silence_is_announced_and_sends_nothing(complete: &Complete) -> Result<(), Failure> {
    let Complete { line, outputs, .. } = complete;
    let before = line.aws.messages().len();
    let mut call = line.dial(outputs, number(MEMBER)).await?;
    for _ in 0..2 {
        call.wait().await;
        assert_eq!(
            call.heard().last(),
            Some(
                &"入力を確認できませんでした。もう一度、暗証番号を入力し、最後にシャープを押して下さい"
            )
        );
    }
    call.wait().await;
    assert_eq!(
        call.heard().last(),
        Some(&"入力を確認できませんでした。恐れ入りますが、もう一度おかけ直し下さい")
    );
    ended_regularly(&call);
    assert_eq!(line.aws.messages().len(), before);
    Ok(())
}

/// `*` clears the keys pressed so far; the longest PIN ends the entry without `#`.
async fn a_cancelled_entry_counts_from_the_start(complete: &Complete) -> Result<(), Failure> {
    let Complete { line, outputs, .. } = complete;
    let before = line.aws.messages().len();
    let mut call = line.dial(outputs, number(OTHER_MEMBERS[0])).await?;
    press(&mut call, "123*").await;
    press(&mut call, PIN).await;
    assert_eq!(call.heard().last(), Some(&SENT));
    assert_eq!(line.aws.messages().len(), before + 1);
    Ok(())
}

async fn strangers_hear_that_they_are_not_members(complete: &Complete) -> Result<(), Failure> {
    let Complete { line, outputs, .. } = complete;
    let before = line.aws.messages().len();
    let call = line.dial(outputs, number(STRANGER)).await?;
    assert_eq!(call.heard(), [NOT_A_MEMBER]);
    ended_regularly(&call);
    assert_eq!(line.aws.messages().len(), before);
    Ok(())
}

async fn a_withheld_caller_is_asked_to_show_the_number(complete: &Complete) -> Result<(), Failure> {
    let Complete { line, outputs, .. } = complete;
    for caller in [
        CallerId::Withheld,
        CallerId::Anonymous("anonymous".into()),
        CallerId::Anonymous("Anonymous".into()),
    ] {
        let call = line.dial(outputs, caller.clone()).await?;
        assert_eq!(call.heard(), [WITHHELD], "{caller:?}");
        ended_regularly(&call);
    }
    Ok(())
}

async fn hanging_up_in_the_middle_ends_the_call(complete: &Complete) -> Result<(), Failure> {
    let Complete { line, outputs, .. } = complete;
    let before = line.aws.messages().len();
    let mut call = line.dial(outputs, number(MEMBER)).await?;
    press(&mut call, "0042").await;
    assert!(call.is_waiting());
    call.hang_up().await;
    ended_regularly(&call);
    assert_eq!(call.heard().len(), 1);
    assert_eq!(line.aws.messages().len(), before);
    Ok(())
}

async fn calls_do_not_disturb_each_other(complete: &Complete) -> Result<(), Failure> {
    let Complete { line, outputs, .. } = complete;
    let before = line.aws.messages().len();
    let mut one = line.dial(outputs, number(OTHER_MEMBERS[1])).await?;
    let mut other = line.dial(outputs, number(OTHER_MEMBERS[2])).await?;
    let pin = format!("{PIN}#");
    tokio::join!(press(&mut one, &pin), press(&mut other, &pin));
    assert_eq!(one.heard().last(), Some(&SENT));
    assert_eq!(other.heard().last(), Some(&SENT));
    assert_ne!(one.contact().id, other.contact().id);
    assert_eq!(line.aws.messages().len(), before + 2);
    Ok(())
}

/// The requests of both calls have one role, and overlap; each record has those of its own function. Their
/// number is that of the picture in the README.
async fn a_record_of_a_call_has_what_its_function_asked_for(
    complete: &Complete,
) -> Result<(), Failure> {
    let Complete { line, outputs, .. } = complete;
    let mut one = line.dial(outputs, number(OTHER_MEMBERS[7])).await?;
    let mut other = line.dial(outputs, number(OTHER_MEMBERS[8])).await?;
    let pin = format!("{PIN}#");
    tokio::join!(press(&mut one, &pin), press(&mut other, &pin));
    for call in [one, other] {
        let report = line
            .aws
            .account
            .client()
            .call_report(&call.contact().id)
            .await?;
        assert_eq!(
            report.record.summary.ended.as_deref(),
            Some("the line hung up")
        );
        let asked: Vec<Vec<_>> = report
            .requests
            .iter()
            .map(|function| {
                let name = |asked: &RequestRecord| format!("{} {}", asked.service, asked.operation);
                let mut names: Vec<_> = function.requests.iter().map(name).collect();
                names.sort_unstable();
                names
            })
            .collect();
        let [member, sent] = asked.as_slice() else {
            panic!("two functions must be on record, but were {asked:?}");
        };
        assert_eq!(*member, ["dynamodb GetItem"]);
        let expected = [
            "dynamodb GetItem",
            "dynamodb GetItem",
            "dynamodb GetItem",
            "dynamodb UpdateItem",
            "dynamodb UpdateItem",
            "dynamodb UpdateItem",
            "sns Publish",
        ];
        assert_eq!(*sent, expected);
        let text = serde_json::to_string(&report)?;
        assert!(!text.contains(PIN), "{text}");
    }
    Ok(())
}

async fn a_broken_campaign_is_announced(complete: &Complete) -> Result<(), Failure> {
    let Complete { line, outputs, .. } = complete;
    let account = &line.aws.client;
    let pin = "55554444";
    put_campaign(account, REGION, &outputs.benefits_table_name, pin, "no URL").await?;
    let before = line.aws.messages().len();
    let mut call = line.dial(outputs, number(MEMBER)).await?;
    press(&mut call, &format!("{pin}#")).await;
    assert_eq!(call.heard().last(), Some(&TROUBLE));
    assert_eq!(line.aws.messages().len(), before);
    Ok(())
}

/// Without a table's name the function stops during its start, and every invocation fails.
async fn a_failing_function_is_announced(complete: &Complete) -> Result<(), Failure> {
    let Complete { line, outputs, .. } = complete;
    let lambda = aws_sdk_lambda::Client::new(&line.aws.sdk_config().await);
    let configuration = lambda
        .get_function_configuration()
        .function_name(&outputs.function_name)
        .send()
        .await?;
    let variables = configuration
        .environment()
        .and_then(|environment| environment.variables().cloned())
        .unwrap_or_default();
    let set = |variables| {
        lambda
            .update_function_configuration()
            .function_name(&outputs.function_name)
            .environment(
                aws_sdk_lambda::types::Environment::builder()
                    .set_variables(Some(variables))
                    .build(),
            )
            .send()
    };
    let mut broken = variables.clone();
    broken.remove("MEMBER_TABLE_NAME");
    set(broken).await?;
    let call = line.dial(outputs, number(MEMBER)).await?;
    hears_trouble(&call);
    set(variables).await?;
    second_plan_is_empty(line).await
}

async fn a_function_that_may_not_be_invoked_is_announced(
    complete: &Complete,
) -> Result<(), Failure> {
    let Complete { line, outputs, .. } = complete;
    let lambda = aws_sdk_lambda::Client::new(&line.aws.sdk_config().await);
    let policy = lambda
        .get_policy()
        .function_name(&outputs.function_name)
        .send()
        .await?;
    let policy: Value = serde_json::from_str(policy.policy().unwrap_or_default())?;
    let statements: Vec<String> = policy["Statement"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|statement| statement["Sid"].as_str().map(str::to_owned))
        .collect();
    assert!(
        statements.contains(&"AllowAmazonConnect".to_owned()),
        "{statements:?}"
    );
    for statement in &statements {
        lambda
            .remove_permission()
            .function_name(&outputs.function_name)
            .statement_id(statement)
            .send()
            .await?;
    }
    let call = line.dial(outputs, number(MEMBER)).await?;
    hears_trouble(&call);

    // Terraform notices the missing permission and creates it again.
    line.apply().await?;
    let call = line.dial(outputs, number(STRANGER)).await?;
    assert_eq!(call.heard(), [NOT_A_MEMBER]);
    Ok(())
}

async fn logs_follow_the_call_without_its_secrets(complete: &Complete) -> Result<(), Failure> {
    let Complete { line, outputs, .. } = complete;
    let mut call = line.dial(outputs, number(OTHER_MEMBERS[5])).await?;
    press(&mut call, &format!("{WRONG_PIN}#")).await;
    press(&mut call, &format!("{PIN}#")).await;
    assert_eq!(call.heard().last(), Some(&SENT));
    for caller in [number(STRANGER), CallerId::Withheld] {
        line.dial(outputs, caller).await?;
    }

    let logs = aws_sdk_cloudwatchlogs::Client::new(&line.aws.sdk_config().await);
    let read = async |group: &str| -> Result<Vec<String>, Failure> {
        let mut lines = Vec::new();
        let mut pages = logs
            .filter_log_events()
            .log_group_name(group)
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            lines.extend(
                page?
                    .events()
                    .iter()
                    .filter_map(|event| event.message().map(str::to_owned)),
            );
        }
        Ok(lines)
    };
    let of_flow = read(&outputs.flow_log_group_name).await?;
    let of_function = read(&outputs.function_log_group_name).await?;

    let blocks: BTreeSet<String> = of_flow
        .iter()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter_map(|line| line["Identifier"].as_str().map(str::to_owned))
        .collect();
    for block in [
        "Set voice ja",
        "Was it sent? ja",
        "Say sent ja",
        "Say not a member ja",
        "Say withheld ja",
    ] {
        assert!(
            blocks.contains(block),
            "the flow log must have a line of \"{block}\": {blocks:?}"
        );
    }
    for silent in [
        "Is the number shown? ja",
        // Some customers use phone numbers as the ids of members.
        "Look up member ja",
        "Is it a member? ja",
        "Ask for PIN ja",
        "Ask again after wrong PIN ja",
        "What was keyed? ja",
        "Send SMS ja",
    ] {
        assert!(!blocks.contains(silent), "\"{silent}\" must not be logged");
    }

    let functions = of_function.join("\n");
    for word in ["SENT", "NOT_A_MEMBER", "PIN_NOT_FOUND", "+81*****5606"] {
        assert!(
            functions.contains(word),
            "the log must have {word}: {functions}"
        );
    }
    assert!(functions.contains("platform.report"), "{functions}");
    for (name, text) in [("flow", of_flow.join("\n")), ("function", functions)] {
        for secret in [PIN, WRONG_PIN, "55554444"] {
            assert!(
                !text.contains(secret),
                "the {name}'s log must not have a PIN"
            );
        }
        for number in [MEMBER, STRANGER].iter().chain(&OTHER_MEMBERS) {
            assert!(
                !text.contains(&number[3..]),
                "the {name}'s log must not have a phone number"
            );
        }
    }
    Ok(())
}

async fn another_language_changes_the_words_and_replaces_nothing(
    complete: &mut Complete,
) -> Result<(), Failure> {
    let Complete { line, outputs, .. } = complete;
    line.deployment.set("language", "en");
    let now = line.apply().await?;
    assert_eq!(
        now, *outputs,
        "number, flow and tables must stay as they were"
    );
    second_plan_is_empty(line).await?;
    let mut call = line.dial(&now, number(OTHER_MEMBERS[3])).await?;
    press(&mut call, &format!("{PIN}#")).await;
    assert_eq!(
        call.heard(),
        [
            "Please enter your campaign PIN, then press the pound key.",
            "Thank you. Please check your text messages."
        ]
    );
    line.deployment.set("language", "ja");
    assert_eq!(line.apply().await?, *outputs);
    Ok(())
}

async fn another_alias_changes_nothing(complete: &mut Complete) -> Result<(), Failure> {
    let Complete { line, .. } = complete;
    line.deployment.set("instance_alias", "campaign-line-moved");
    second_plan_is_empty(line).await?;
    line.deployment.set("instance_alias", ALIAS);
    Ok(())
}

/// The second plan is empty, the right PIN sends one message and a wrong one none, and destroy leaves
/// nothing behind.
async fn the_complete_example_lives_from_apply_to_destroy(
    complete: &mut Complete,
) -> Result<(), Failure> {
    let Complete { line, outputs, .. } = &*complete;
    second_plan_is_empty(line).await?;
    let before = line.aws.messages().len();
    for (pin, sentence, sent) in [(WRONG_PIN, WRONG_PIN_AGAIN, 0), (PIN, SENT, 1)] {
        let mut call = line.dial(outputs, number(OTHER_MEMBERS[4])).await?;
        press(&mut call, &format!("{pin}#")).await;
        assert_eq!(call.heard().last(), Some(&sentence));
        call.hang_up().await;
        assert_eq!(line.aws.messages().len(), before + sent);
    }
    destroy(line).await?;
    complete.destroyed = true;
    Ok(())
}

fn hears_trouble(call: &Call) {
    assert_eq!(call.heard(), [TROUBLE]);
    ended_regularly(call);
}

fn ended_regularly(call: &Call) {
    assert!(
        matches!(
            call.events().last(),
            Some(CallEvent::Ended { regular: true, .. })
        ),
        "{:?}",
        call.events()
    );
}
