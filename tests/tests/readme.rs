//! The stack in README.md, applied unchanged, called, planned again and destroyed. The figures of the guides
//! are compared with its calls, and README's picture is drawn from one.

mod queries;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use e2e::call_picture::{Invocation, draw};
use e2e::readme::{Stack, module_block};
use e2e::{Failure, REGION, TestAccount, press};
use local_connect::{Call, CallerId};
use local_harness::sample::{put, put_campaign, put_member};
use local_harness::{environment, repository};
use local_toolchain::{PlanOutcome, Terraform};
use serde_json::{Map, Value};

use crate::documents::pages;

e2e::trials![the_block_of_the_readme_deploys_a_line,];

const MEMBER: &str = "+819012345678";
/// A member gets two messages a day, and the other member gets two already.
const OTHER_MEMBER: &str = "+819012345601";
const PIN: &str = "00420815";
const WRONG_PIN: &str = "99887766";
const BROKEN_PIN: &str = "55554444";
const URL: &str = "https://example.com/campaign/42";
const SENT: &str = "メールをご確認下さい";

// Default names, because the block does not set any.
const MEMBERS: &str = "campaign_member_table";
const BENEFITS: &str = "campaign_benefits_table";
const FUNCTION_LOG: &str = "/aws/lambda/campaign-line";
const FLOW_LOG: &str = "/aws/connect/example-campaign";

async fn the_block_of_the_readme_deploys_a_line() -> Result<(), Failure> {
    let toolchain = e2e::toolchain().await?;
    let package = e2e::function().await?;
    let aws = TestAccount::start().await?;
    let stack = Stack::stage(package)?;
    let mut terraform = toolchain.terraform(
        stack.path(),
        environment(&aws.account.endpoint_url(), REGION),
    )?;
    terraform.init().await?;
    terraform.keep_provider().await?;

    let number = apply(&terraform).await?;
    let plan = terraform.plan(&Map::new(), None).await?;
    assert_eq!(plan.outcome, PlanOutcome::Empty, "{}", plan.text);

    put_member(&aws.client, REGION, MEMBERS, OTHER_MEMBER, "1234").await?;
    // The documents have commands that write the rows of the first member and of the campaign.
    let mut written = BTreeSet::new();
    for text in [guide("first-deployment.md"), guide("data.md")] {
        let items = put_items(&text);
        assert_eq!(
            items.len(),
            2,
            "each document must write a member and a campaign: {items:?}"
        );
        for (table, item) in items {
            put(&aws.client, REGION, &table, item).await?;
            written.insert(table);
        }
    }
    assert_eq!(
        written,
        BTreeSet::from([MEMBERS, BENEFITS].map(str::to_owned))
    );
    put_campaign(&aws.client, REGION, BENEFITS, BROKEN_PIN, "no URL").await?;
    the_counts_of_the_cost_guide_are_those_of_calls(&aws, &number).await?;
    the_readme_shows_what_a_call_does(&aws, &number).await?;
    let mut messages = aws.messages().into_iter();
    assert!(messages.any(|message| message.message.contains(URL)));
    let mut broken = dial(&aws, &number, OTHER_MEMBER).await?;
    press(&mut broken, &format!("{BROKEN_PIN}#")).await;
    the_fields_in_the_guides_queries_exist(&aws).await?;
    queries::the_guides_queries_find_what_they_are_for(&aws, &number).await?;

    // The tables are protected, so destroy is refused before it deletes number and instance.
    let refused = terraform.destroy(&Map::new()).await.unwrap_err();
    assert!(
        refused.to_string().contains("eletion protection"),
        "{refused}"
    );
    let addresses = addresses(&terraform.show(None).await?);
    for kept in [
        "module.line.module.connect.aws_connect_instance.this[0]",
        "module.line.module.connect.aws_connect_phone_number.this[0]",
        "module.line.module.tables.aws_dynamodb_table.this[\"members\"]",
        "module.line.module.tables.aws_dynamodb_table.this[\"benefits\"]",
        "module.line.module.tables.aws_dynamodb_table.this[\"attempts\"]",
    ] {
        assert!(addresses.contains(kept), "{kept} must stay: {addresses:?}");
    }
    assert_eq!(apply(&terraform).await?, number, "the number must stay");
    let mut call = dial(&aws, &number, OTHER_MEMBER).await?;
    press(&mut call, &format!("{PIN}#")).await;
    assert_eq!(call.heard().last(), Some(&SENT), "the rows must stay");

    // As the guide describes: first remove the protection, then destroy.
    let block = module_block()?;
    let unprotected = block.replacen(
        "\n\n  instance_alias",
        "\n\n  tables = {\n    deletion_protection = false\n  }\n\n  instance_alias",
        1,
    );
    assert_ne!(unprotected, block);
    stack.write(&unprotected)?;
    assert_eq!(apply(&terraform).await?, number);
    terraform.destroy(&Map::new()).await?;
    aws.assert_empty().await?;

    the_number_can_be_kept_without_the_line(&aws, &stack, &terraform).await?;
    aws.account.shutdown().await;
    Ok(())
}

/// Returns table and item of each command `aws dynamodb put-item` in a document.
fn put_items(text: &str) -> Vec<(String, Value)> {
    let commands = text.split("aws dynamodb put-item --table-name ").skip(1);
    commands
        .map(|command| {
            let (table, rest) = command.split_once(" \\\n  --item '").unwrap();
            let (item, _) = rest.split_once('\'').unwrap();
            (table.to_owned(), serde_json::from_str(item).unwrap())
        })
        .collect()
}

/// Replaces the line with the guide's `removed` blocks.
async fn the_number_can_be_kept_without_the_line(
    aws: &TestAccount,
    stack: &Stack,
    terraform: &Terraform,
) -> Result<(), Failure> {
    apply(terraform).await?;
    let guide = guide("keeping-the-number.md");
    let blocks = guide
        .split("```hcl\n")
        .find(|rest| rest.starts_with("removed {"))
        .and_then(|rest| rest.split("```").next());
    stack.write(blocks.ok_or("docs/keeping-the-number.md must have removed blocks")?)?;
    terraform.apply(&Map::new()).await?;
    let left = aws.client.inventory(REGION).await?;
    let (kept, lost): (Vec<_>, Vec<_>) = left
        .iter()
        .partition(|one| one.contains("instance") || one.contains("number"));
    assert_eq!((kept.len(), lost.len()), (2, 0), "{left:?}");
    Ok(())
}

/// Applies the stack and returns the line's number.
async fn apply(terraform: &Terraform) -> Result<String, Failure> {
    terraform.apply(&Map::new()).await?;
    let outputs = terraform.outputs().await?;
    let number = outputs.get("phone_number").and_then(Value::as_str);
    Ok(number
        .ok_or("the stack must have the output phone_number")?
        .to_owned())
}

async fn dial(aws: &TestAccount, number: &str, from: &str) -> Result<Call, Failure> {
    let caller = CallerId::Number(from.to_owned());
    aws.call(number, caller, &[]).await
}

/// Returns the addresses of all resources in a state.
fn addresses(state: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut modules = vec![&state["values"]["root_module"]];
    while let Some(module) = modules.pop() {
        modules.extend(module["child_modules"].as_array().into_iter().flatten());
        let resources = module["resources"].as_array().into_iter().flatten();
        found.extend(resources.filter_map(|one| one["address"].as_str().map(str::to_owned)));
    }
    found
}

fn guide(name: &str) -> String {
    fs::read_to_string(repository().unwrap().join("docs").join(name)).unwrap()
}

/// Compares the columns of the guide's table with calls: one with the right PIN at once, and one with a wrong
/// PIN before it.
async fn the_counts_of_the_cost_guide_are_those_of_calls(
    aws: &TestAccount,
    number: &str,
) -> Result<(), Failure> {
    let guide = guide("cost.md");
    let mut wrong = Vec::new();
    for (column, keys) in [(2, format!("{PIN}#")), (3, format!("{WRONG_PIN}#{PIN}#"))] {
        let before = (
            aws.account.requests().len(),
            log(aws, FUNCTION_LOG).await?.len(),
        );
        let flow_before = bytes(&log(aws, FLOW_LOG).await?);
        let function_before = bytes(&log(aws, FUNCTION_LOG).await?);
        let mut call = dial(aws, number, MEMBER).await?;
        press(&mut call, &keys).await;
        assert_eq!(call.heard().last(), Some(&SENT));

        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for request in aws.account.requests().into_iter().skip(before.0) {
            if request.role.is_some() {
                *counts.entry(request.operation).or_default() += 1;
            }
        }
        let lines = log(aws, FUNCTION_LOG).await?.split_off(before.1);
        let invocations = lines.iter().filter(|line| line.get("_aws").is_some());
        counts.insert("Invoke".into(), invocations.count());
        counts.retain(|operation, _| !operation.starts_with("PutT"));

        let stated: BTreeMap<String, usize> = rows(&guide)
            .filter_map(|row| {
                let operation = row.get(1)?.trim_matches('`').to_owned();
                Some((operation, row.get(column)?.parse().ok()?))
            })
            .filter(|(operation, _)| !operation.ends_with("log"))
            .collect();
        assert_eq!(stated, counts, "docs/cost.md, column {column}");

        for (name, group, start) in [
            ("function's log", FUNCTION_LOG, function_before),
            ("flow's log", FLOW_LOG, flow_before),
        ] {
            let written = bytes(&log(aws, group).await?) - start;
            let stated: usize = rows(&guide)
                .find(|row| row.get(1).is_some_and(|cell| cell == name))
                .and_then(|row| row.get(column)?.parse().ok())
                .unwrap_or_else(|| panic!("docs/cost.md must have the row {name}"));
            // The lines contain times, whose number of digits depends on the machine.
            if written > stated || stated > written * 5 / 4 {
                wrong.push(format!(
                    "{name}, column {column}: must be a little more than {written} bytes, but was {stated}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "docs/cost.md: {wrong:#?}");
    Ok(())
}

/// Draws README's picture from a call with the right PIN, with the sentences of the English texts.
async fn the_readme_shows_what_a_call_does(aws: &TestAccount, number: &str) -> Result<(), Failure> {
    let function_requests = || {
        let requests = aws.account.requests().into_iter();
        requests
            .filter(|request| request.role.is_some())
            .filter(|request| ["dynamodb", "sns"].contains(&request.service.as_str()))
    };
    let logged = log(aws, FUNCTION_LOG).await?.len();
    let before = function_requests().count();
    let mut call = dial(aws, number, OTHER_MEMBER).await?;
    let between = function_requests().count();
    press(&mut call, &format!("{PIN}#")).await;
    let mut requests: Vec<_> = function_requests().skip(before).collect();
    let second = requests.split_off(between - before);

    let lines = log(aws, FUNCTION_LOG).await?.split_off(logged);
    let outcomes = lines.iter().filter_map(|line| {
        let field = |name| line.get(name).and_then(Value::as_str).map(str::to_owned);
        Some((field("command")?, field("outcome")?))
    });
    let invocations: Vec<Invocation> = outcomes
        .zip([requests, second])
        .map(|((command, outcome), requests)| Invocation {
            command,
            outcome,
            requests,
        })
        .collect();
    let [japanese, english] = ["ja", "en"].map(texts);
    let words = japanese
        .into_iter()
        .filter_map(|(key, text)| Some((text, english.get(&key)?.clone())))
        .collect();
    let picture = draw(
        call.events(),
        &invocations,
        &words,
        "text message with the campaign's link",
    )?;
    pages::compare_part("README.md", "call", &picture, "the_block_of_the_readme");
    Ok(())
}

/// Returns the shipped sentences of a language.
fn texts(language: &str) -> BTreeMap<String, String> {
    let path = repository()
        .unwrap()
        .join(format!("flows/texts/{language}.json"));
    let shipped: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    serde_json::from_value(shipped["texts"].clone()).unwrap()
}

/// Returns the rows of all tables of a document.
fn rows(document: &str) -> impl Iterator<Item = Vec<String>> {
    document
        .lines()
        .filter(|line| line.starts_with('|'))
        .map(|line| {
            line.split('|')
                .map(|cell| cell.trim().to_owned())
                .skip(1)
                .collect()
        })
}

async fn the_fields_in_the_guides_queries_exist(aws: &TestAccount) -> Result<(), Failure> {
    let mut known: BTreeSet<String> = BTreeSet::new();
    for group in [FUNCTION_LOG, FLOW_LOG] {
        for line in log(aws, group).await? {
            collect_names("", &line, &mut known);
        }
    }
    let guides = guide("runbook.md") + guide("operations.md").as_str();
    let queries: Vec<&str> = guides
        .split("```text\nfields ")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert!(queries.len() >= 4, "{}", queries.len());
    for query in queries {
        for name in names_in(query) {
            assert!(
                known.contains(&name),
                "a log line must have the field {name} of the query {query}; there are {known:?}"
            );
        }
    }
    Ok(())
}

/// Collects the names that CloudWatch Logs Insights gives to the fields of a JSON object.
fn collect_names(prefix: &str, value: &Value, into: &mut BTreeSet<String>) {
    for (name, value) in value.as_object().into_iter().flatten() {
        let name = format!("{prefix}{name}");
        collect_names(&format!("{name}."), value, into);
        into.insert(name);
    }
}

/// Returns the names of fields in a query: words that are neither keywords, nor quoted, nor defined by the
/// query itself.
fn names_in(query: &str) -> Vec<String> {
    const KEYWORDS: [&str; 18] = [
        "fields",
        "filter",
        "stats",
        "sort",
        "limit",
        "by",
        "count",
        "as",
        "desc",
        "asc",
        "in",
        "and",
        "or",
        "like",
        "ispresent",
        "bin",
        "pct",
        "max",
    ];
    let unquoted: String = query.split('\'').step_by(2).collect::<Vec<_>>().join(" ");
    let words: Vec<&str> = unquoted
        .split(|c: char| !c.is_ascii_alphanumeric() && !"_.@".contains(c))
        .filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic()))
        .collect();
    let defined: BTreeSet<&str> = words
        .windows(2)
        .filter(|pair| pair[0] == "as")
        .map(|pair| pair[1])
        .collect();
    words
        .into_iter()
        .filter(|word| !KEYWORDS.contains(word) && !defined.contains(word))
        .map(str::to_owned)
        .collect()
}

async fn log(aws: &TestAccount, group: &str) -> Result<Vec<Value>, Failure> {
    let logs = aws_sdk_cloudwatchlogs::Client::new(&aws.sdk_config().await);
    let mut pages = logs
        .filter_log_events()
        .log_group_name(group)
        .into_paginator()
        .send();
    let mut lines = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page?;
        let messages = page.events().iter().filter_map(|event| event.message());
        lines.extend(messages.map(|line| serde_json::from_str(line).unwrap_or(Value::Null)));
    }
    Ok(lines)
}

/// Returns the size that CloudWatch bills: the text of each line and 26 bytes.
fn bytes(lines: &[Value]) -> usize {
    lines.iter().map(|line| line.to_string().len() + 26).sum()
}
