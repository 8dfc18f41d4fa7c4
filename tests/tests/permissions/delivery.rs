//! The role with which SNS writes the delivery log: every part of it is needed, and it allows nothing else.

use std::collections::BTreeSet;

use aws_sdk_iam::Client as Iam;
use e2e::{Failure, REGION, TestAccount};
use local_harness::{environment, repository};
use local_toolchain::stage_example;
use serde_json::{Value, json};

use crate::permissions::exact::{Attempt, assert_exact};
use crate::permissions::line::{percent_decoded, texts};
use crate::permissions::role::document;

e2e::trials![every_part_of_the_role_of_the_delivery_log_is_needed,];

const ROLE: &str = "sns-sms-delivery-logs-ap-northeast-1";
const POLICY: &str = "delivery-logs";
const REACHED: &str = "+819012345678";
const OPTED_OUT: &str = "+818012345678";
const LOG: &str = "sns/ap-northeast-1/123456789012/DirectPublishToPhoneNumber";

struct DeliverySetup {
    aws: TestAccount,
    iam: Iam,
    sns: aws_sdk_sns::Client,
    logs: aws_sdk_cloudwatchlogs::Client,
}

impl DeliverySetup {
    /// Sends a message that is delivered and one that is not, and returns which of the two were logged.
    async fn logged(&self) -> Result<BTreeSet<&'static str>, Failure> {
        let before = [self.lines("").await?, self.lines("/Failure").await?];
        for number in [REACHED, OPTED_OUT] {
            let send = self.sns.publish().phone_number(number).message("text");
            send.send().await?;
        }
        let after = [self.lines("").await?, self.lines("/Failure").await?];
        let seen = ["delivered", "failed"].into_iter().zip(before).zip(after);
        Ok(seen
            .filter_map(|((what, before), after)| (after > before).then_some(what))
            .collect())
    }

    async fn lines(&self, suffix: &str) -> Result<usize, Failure> {
        let group = format!("{LOG}{suffix}");
        let mut pages = self
            .logs
            .filter_log_events()
            .log_group_name(group)
            .into_paginator()
            .send();
        let mut count = 0;
        while let Some(page) = pages.next().await {
            count += page?.events().len();
        }
        Ok(count)
    }

    async fn statements(&self) -> Result<Vec<Value>, Failure> {
        let policy = self.iam.get_role_policy();
        let policy = policy.role_name(ROLE).policy_name(POLICY).send().await?;
        let text = percent_decoded(policy.policy_document());
        let document: Value = serde_json::from_str(&text)?;
        Ok(document["Statement"].as_array().cloned().unwrap())
    }

    async fn write(&self, statements: &Value) -> Result<(), Failure> {
        let put = self.iam.put_role_policy();
        let put = put.role_name(ROLE).policy_name(POLICY);
        let put = put.policy_document(document(statements.clone()));
        put.send().await?;
        Ok(())
    }

    async fn trust(&self, statement: &Value) -> Result<(), Failure> {
        let update = self.iam.update_assume_role_policy().role_name(ROLE);
        let update = update.policy_document(document(json!([statement])));
        update.send().await?;
        Ok(())
    }

    async fn trusted(&self) -> Result<Value, Failure> {
        let role = self.iam.get_role().role_name(ROLE).send().await?;
        let role = role.role().ok_or("the role must exist")?;
        let text = percent_decoded(role.assume_role_policy_document().unwrap_or_default());
        let document: Value = serde_json::from_str(&text)?;
        Ok(document["Statement"][0].clone())
    }
}

async fn every_part_of_the_role_of_the_delivery_log_is_needed() -> Result<(), Failure> {
    let repository = repository()?;
    let toolchain = e2e::toolchain().await?;
    let aws = TestAccount::start().await?;
    let stage = stage_example(&repository, "minimal")?;
    let variables = environment(&aws.account.endpoint_url(), REGION);
    let mut terraform = toolchain.terraform(stage.module().join("modules/sms"), variables)?;
    terraform.init().await?;
    terraform.keep_provider().await?;
    let settings = json!({ "delivery_logs": {}, "monthly_spend_limit": 1 });
    let settings = settings.as_object().unwrap();
    terraform.apply(settings).await?;

    let config = aws.sdk_config().await;
    aws.client.opt_out(REGION, OPTED_OUT).await?;
    let setup = DeliverySetup {
        iam: Iam::new(&config),
        sns: aws_sdk_sns::Client::new(&config),
        logs: aws_sdk_cloudwatchlogs::Client::new(&config),
        aws,
    };
    let both = BTreeSet::from(["delivered", "failed"]);
    assert_eq!(setup.logged().await?, both);
    let statements = setup.statements().await?;
    let denied = setup.aws.account.authorizations(Some(ROLE));
    assert!(denied.iter().all(|record| record.denied.is_none()));

    // Remove each action and each log group in turn.
    let [statement] = &statements[..] else {
        panic!("{statements:?}");
    };
    for action in texts(&statement["Action"]) {
        let mut less = statement.clone();
        less["Action"]
            .as_array_mut()
            .unwrap()
            .retain(|one| one != action);
        setup.write(&json!([less])).await?;
        assert_eq!(setup.logged().await?, BTreeSet::new(), "without {action}");
    }
    for resource in texts(&statement["Resource"]) {
        let mut less = statement.clone();
        let list = less["Resource"].as_array_mut().unwrap();
        list.retain(|one| one != resource);
        assert_eq!(list.len(), 1);
        setup.write(&json!([less])).await?;
        let left = match resource.contains("/Failure:") {
            true => BTreeSet::from(["delivered"]),
            false => BTreeSet::from(["failed"]),
        };
        assert_eq!(setup.logged().await?, left, "without {resource}");
    }
    setup.write(&json!(statements)).await?;

    // The role trusts SNS in this account only.
    let trusted = setup.trusted().await?;
    let mut another_account = trusted.clone();
    another_account["Condition"]["StringEquals"]["aws:SourceAccount"] = "210987654321".into();
    let mut another_service = trusted.clone();
    another_service["Principal"]["Service"] = "lambda.amazonaws.com".into();
    for other in [another_account, another_service] {
        assert_ne!(other, trusted);
        setup.trust(&other).await?;
        assert_eq!(setup.logged().await?, BTreeSet::new(), "{other}");
    }
    setup.trust(&trusted).await?;
    assert_eq!(setup.logged().await?, both);
    assert_exact(&statements, &forbidden());

    terraform.without_refresh().destroy(settings).await?;
    setup.aws.assert_empty().await?;
    setup.aws.account.shutdown().await;
    Ok(())
}

fn forbidden() -> Vec<Attempt> {
    let stream =
        |group: &str| format!("arn:aws:logs:{REGION}:123456789012:log-group:{group}:log-stream:s");
    let mut all = Vec::new();
    let own = stream(LOG);
    for other in [
        stream("/aws/lambda/campaign-line"),
        stream(&format!("{LOG}2")),
        stream(&format!("{LOG}/Other")),
        stream("sns/ap-northeast-1/123456789012/topic"),
        stream(&format!("{LOG}/Failure2")),
        own.replacen(REGION, "eu-west-1", 1),
        own.replacen(":123456789012:", ":210987654321:", 1),
        stream(&format!("{LOG}/Failure")).replacen(REGION, "eu-west-1", 1),
        stream(&format!("{LOG}/Failure")).replacen(":123456789012:", ":210987654321:", 1),
    ] {
        for action in ["logs:CreateLogStream", "logs:PutLogEvents"] {
            all.push(Attempt::new(action, &other));
        }
        let group = other.replace("log-stream:s", "log-stream:");
        all.push(Attempt::new("logs:CreateLogGroup", group));
    }
    for action in [
        "logs:DeleteLogGroup",
        "logs:GetLogEvents",
        "logs:PutRetentionPolicy",
    ] {
        all.push(Attempt::new(action, &own));
    }
    all
}
