//! The policy of a deployed line: without any of its statements a feature fails, and every part of it is
//! used.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, Ordering};

use aws_config::SdkConfig;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{KeySpec, KeyUsageType, MacAlgorithmSpec};
use aws_sdk_xray::primitives::DateTime;
use e2e::{Failure, REGION, TestAccount, TestModule};
use local_account::{Effect, FaultRule};
use local_connect::CallerId;
use serde_json::{Map, Value, json};

use crate::permissions::exact::{Own, Sender};
use crate::permissions::role::document;

e2e::trials![
    every_statement_is_needed,
    every_statement_is_needed_with_the_other_backend,
];

const SENT: &str = "メールをご確認下さい";
const WRONG_AGAIN: &str =
    "暗証番号が正しくありません。もう一度、暗証番号を入力し、最後にシャープを押して下さい";

// The PINs of a campaign without limits, one with a limit, and one that each member can redeem once.
const PLAIN: &str = "11110001";
const LIMITED: &str = "11110002";
const SINGLE: &str = "11110003";
const WRONG: &str = "99990001";

/// Statements that AWS's own policies have, but whose need no document confirms. The account does not
/// require them, so nothing fails without them; that they allow no more than they should is still checked.
const UNPROVEN: [&str; 1] = ["SendTextMessagesThroughSns"];

/// The role's inline policy.
const POLICY: &str = "function";

struct DeployedLine {
    module: TestModule,
    config: SdkConfig,
    iam: aws_sdk_iam::Client,
    outputs: Map<String, Value>,
    /// The service that sends messages.
    backend: &'static str,
    callers: AtomicU32,
}

/// The form in which PINs are stored.
enum Keys {
    Plain,
    /// As MACs with this key of KMS.
    Kms(String),
}

impl DeployedLine {
    /// Deploys the module with these variables, and writes the campaigns.
    async fn deploy(
        module: TestModule,
        variables: Value,
        backend: &'static str,
        keys: &Keys,
    ) -> Result<Self, Failure> {
        let mut all = json!({
            "instance_alias": "permissions",
            "phone_number": { "country_code": "JP", "type": "DID", "prefix": "+8150" },
        });
        for (name, value) in variables.as_object().unwrap() {
            all[name] = value.clone();
        }
        module.terraform.apply(all.as_object().unwrap()).await?;
        let outputs = module.terraform.outputs().await?;
        let config = module.aws.sdk_config().await;
        let line = Self {
            iam: aws_sdk_iam::Client::new(&config),
            config,
            outputs,
            module,
            backend,
            callers: AtomicU32::new(0),
        };
        for (pin, rule) in [
            (PLAIN, None),
            (
                LIMITED,
                Some(("maxRedemptions", AttributeValue::N("100000".into()))),
            ),
            (
                SINGLE,
                Some(("singleUsePerMember", AttributeValue::Bool(true))),
            ),
        ] {
            let key = line.key_of(keys, pin).await?;
            let mut row = vec![
                ("pinCode", AttributeValue::S(key)),
                (
                    "campaignUrl",
                    AttributeValue::S("https://example.com/a".into()),
                ),
            ];
            row.extend(rule);
            line.put("benefits_table_name", row).await?;
        }
        Ok(line)
    }

    async fn key_of(&self, keys: &Keys, pin: &str) -> Result<String, Failure> {
        Ok(match keys {
            Keys::Plain => pin.to_owned(),
            Keys::Kms(key) => {
                let mac = aws_sdk_kms::Client::new(&self.config)
                    .generate_mac()
                    .key_id(key)
                    .mac_algorithm(MacAlgorithmSpec::HmacSha256)
                    .message(Blob::new(format!("pin:v1:{pin}")))
                    .send()
                    .await?;
                let mac = mac.mac().unwrap().as_ref();
                mac.iter().map(|byte| format!("{byte:02x}")).collect()
            }
        })
    }

    fn output(&self, name: &str) -> &str {
        self.outputs[name].as_str().unwrap()
    }

    fn aws(&self) -> &TestAccount {
        &self.module.aws
    }

    async fn put(&self, table: &str, row: Vec<(&str, AttributeValue)>) -> Result<(), Failure> {
        let row = row
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value));
        aws_sdk_dynamodb::Client::new(&self.config)
            .put_item()
            .table_name(self.output(table))
            .set_item(Some(row.collect()))
            .send()
            .await?;
        Ok(())
    }

    /// Creates a member who has never called.
    async fn member(&self) -> Result<String, Failure> {
        let n = self.callers.fetch_add(1, Ordering::Relaxed);
        let phone = format!("+8190{:08}", 20_000_000 + n);
        let row = vec![
            ("phone", AttributeValue::S(phone.clone())),
            ("id", AttributeValue::S(format!("member-{n}"))),
        ];
        self.put("member_table_name", row).await?;
        Ok(phone)
    }

    /// Calls with a PIN, and returns the last sentence that the member hears.
    async fn last_sentence(&self, phone: &str, pin: &str) -> Result<String, Failure> {
        let from = CallerId::Number(phone.to_owned());
        let number = self.output("phone_number");
        let mut call = self.aws().call(number, from, &[pin]).await?;
        call.hang_up().await;
        Ok(call.heard().last().copied().unwrap_or_default().to_owned())
    }

    async fn hears(&self, pin: &str, sentence: &str) -> Result<bool, Failure> {
        let member = self.member().await?;
        Ok(self.last_sentence(&member, pin).await? == sentence)
    }

    /// Reports whether a refused message leaves the member's single redemption unused.
    async fn gives_back(&self) -> Result<bool, Failure> {
        let member = self.member().await?;
        let faults = self.aws().account.faults();
        faults.add(FaultRule::new(self.backend, Effect::Throttle))?;
        let refused = self.last_sentence(&member, SINGLE).await?;
        faults.clear();
        Ok(refused != SENT && self.last_sentence(&member, SINGLE).await? == SENT)
    }

    async fn streams(&self) -> Result<usize, Failure> {
        let pages = aws_sdk_cloudwatchlogs::Client::new(&self.config)
            .describe_log_streams()
            .log_group_name(self.output("function_log_group_name"))
            .into_paginator()
            .send();
        let pages = pages.collect::<Result<Vec<_>, _>>().await?;
        Ok(pages.iter().map(|page| page.log_streams().len()).sum())
    }

    /// Asserts that the log has no phone number, although SNS's refusals name the recipient's.
    async fn assert_no_number_logged(&self) -> Result<(), Failure> {
        let mut pages = aws_sdk_cloudwatchlogs::Client::new(&self.config)
            .filter_log_events()
            .log_group_name(self.output("function_log_group_name"))
            .into_paginator()
            .send();
        let mut lines = 0;
        while let Some(page) = pages.next().await {
            for event in page?.events() {
                let line = event.message().unwrap_or_default();
                assert!(
                    !line.contains("9020000"),
                    "the log must not have a phone number: {line}"
                );
                lines += 1;
            }
        }
        assert!(lines > 0);
        Ok(())
    }

    async fn traces(&self) -> Result<usize, Failure> {
        let traces = aws_sdk_xray::Client::new(&self.config)
            .get_trace_summaries()
            .start_time(DateTime::from_secs(0))
            .end_time(DateTime::from_secs(i64::from(u32::MAX)))
            .send()
            .await?;
        Ok(traces.trace_summaries().len())
    }

    /// Restarts the function, because it reads some values only once.
    async fn restart(&self) -> Result<(), Failure> {
        aws_sdk_lambda::Client::new(&self.config)
            .update_function_configuration()
            .function_name(self.output("function_name"))
            .description(format!("{}", self.callers.load(Ordering::Relaxed)))
            .send()
            .await?;
        Ok(())
    }

    /// Returns the features that work with the present policy.
    async fn works(&self) -> Result<BTreeSet<&'static str>, Failure> {
        self.restart().await?;
        let (streams, traces) = (self.streams().await?, self.traces().await?);
        let seen = [
            (
                "a wrong PIN is announced",
                self.hears(WRONG, WRONG_AGAIN).await?,
            ),
            ("a message is sent", self.hears(PLAIN, SENT).await?),
            ("a redemption is counted", self.hears(LIMITED, SENT).await?),
            ("a single use is given back", self.gives_back().await?),
            ("lines are logged", self.streams().await? > streams),
            ("invocations are traced", self.traces().await? > traces),
        ];
        Ok(seen
            .into_iter()
            .filter_map(|(what, works)| works.then_some(what))
            .collect())
    }

    /// Returns the statements of the role's policy.
    async fn statements(&self) -> Result<Vec<Value>, Failure> {
        let policy = self
            .iam
            .get_role_policy()
            .role_name(self.output("function_role_name"))
            .policy_name(POLICY)
            .send()
            .await?;
        let text = percent_decoded(policy.policy_document());
        let document: Value = serde_json::from_str(&text)?;
        Ok(document["Statement"].as_array().cloned().unwrap())
    }

    /// Returns the line's own resources, to which variants add.
    fn own(&self, sender: Sender) -> Own {
        Own {
            members: self.output("member_table_name").to_owned(),
            benefits: self.output("benefits_table_name").to_owned(),
            attempts: Some(self.output("attempts_table_name").to_owned()),
            log_group: self.output("function_log_group_name").to_owned(),
            decrypted_by: Vec::new(),
            mac_key: None,
            sender,
        }
    }

    async fn write(&self, statements: &[Value]) -> Result<(), Failure> {
        self.iam
            .put_role_policy()
            .role_name(self.output("function_role_name"))
            .policy_name(POLICY)
            .policy_document(document(json!(statements)))
            .send()
            .await?;
        Ok(())
    }

    /// Asserts that every part of the policy is used, and that a feature fails without each statement.
    async fn assert_every_statement_needed(&self) -> Result<(), Failure> {
        let statements = self.statements().await?;
        self.aws().account.clear_authorizations();
        let all = self.works().await?;
        assert_eq!(
            all.len(),
            6,
            "all six features must work with the whole policy, but only these do: {all:?}"
        );
        self.assert_every_part_used(&statements);
        let mut missed = BTreeMap::new();
        for (index, statement) in statements.iter().enumerate() {
            let sid = statement["Sid"].as_str().unwrap().to_owned();
            if UNPROVEN.contains(&sid.as_str()) {
                continue;
            }
            let mut others = statements.clone();
            others.remove(index);
            self.write(&others).await?;
            let left = self.works().await?;
            let failed: Vec<_> = all.difference(&left).copied().collect();
            assert!(!failed.is_empty(), "a feature must fail without {sid}");
            missed.insert(sid, failed);
        }
        self.write(&statements).await?;
        assert_eq!(self.works().await?, all);
        self.assert_no_number_logged().await?;
        e2e::report!("features that fail without a statement: {missed:#?}");
        Ok(())
    }

    fn assert_every_part_used(&self, statements: &[Value]) {
        let role = self.output("function_role_arn");
        let records = self.aws().account.authorizations(Some(role));
        let denied: Vec<_> = records.iter().filter(|r| r.denied.is_some()).collect();
        assert!(
            denied.is_empty(),
            "the policy must allow every request of the line, but denied {denied:#?}"
        );
        let used = |sid: &str, of: fn(&local_account::Granted) -> Option<&String>, part: &str| {
            let grants = records.iter().flat_map(|record| &record.allowed_by);
            let mut of_statement = grants.filter(|grant| grant.statement == sid);
            of_statement.any(|grant| of(grant).is_some_and(|met| met == part))
        };
        for statement in statements {
            let sid = statement["Sid"].as_str().unwrap();
            if UNPROVEN.contains(&sid) {
                continue;
            }
            for action in texts(&statement["Action"]) {
                let met = used(sid, |grant| grant.action.as_ref(), action);
                assert!(met, "{action} of {sid} must be used");
            }
            for resource in texts(&statement["Resource"]) {
                let met = used(sid, |grant| grant.resource.as_ref(), resource);
                assert!(met, "{resource} of {sid} must be used");
            }
        }
    }
}

pub(crate) fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(values) => values.iter().filter_map(Value::as_str).collect(),
        value => value.as_str().into_iter().collect(),
    }
}

/// Decodes a policy document, which IAM percent-encodes and some emulators do not.
pub(crate) fn percent_decoded(text: &str) -> String {
    if text.starts_with('{') {
        return text.to_owned();
    }
    let form = format!("document={}", text.replace('+', "%2B"));
    form_urlencoded::parse(form.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

async fn every_statement_is_needed() -> Result<(), Failure> {
    let module = TestModule::prepare().await?;
    let line = DeployedLine::deploy(module, json!({}), "sns", &Keys::Plain).await?;
    line.own(Sender::Sns)
        .assert_no_excess(&line.statements().await?);
    line.assert_every_statement_needed().await
}

async fn every_statement_is_needed_with_the_other_backend() -> Result<(), Failure> {
    for (origin, sender) in [
        (
            json!({ "sender_id": "Campaign1" }),
            Sender::Name("Campaign1"),
        ),
        (
            json!({ "origination_number": "+815012345678" }),
            Sender::Number,
        ),
    ] {
        let module = TestModule::prepare().await?;
        let config = module.aws.sdk_config().await;
        let kms = aws_sdk_kms::Client::new(&config);
        let arn = |created: aws_sdk_kms::operation::create_key::CreateKeyOutput| {
            let arn = created.key_metadata().and_then(|key| key.arn());
            arn.expect("a key has an ARN").to_owned()
        };
        let key = kms
            .create_key()
            .key_spec(KeySpec::Hmac256)
            .key_usage(KeyUsageType::GenerateVerifyMac);
        let key = arn(key.send().await?);
        let of_tables = arn(kms.create_key().send().await?);
        assert!(key.contains(REGION));
        let mut sms = origin;
        sms["backend"] = "end_user_messaging".into();
        let variables = json!({
            "pin": { "key_mode": "hmac", "pepper": { "kms_key_arn": key } },
            "kms_key": { "arn": of_tables },
            "sms": sms,
        });
        let keys = Keys::Kms(key.clone());
        let line = DeployedLine::deploy(module, variables, "sms-voice", &keys).await?;
        let own = Own {
            decrypted_by: vec![("dynamodb", of_tables)],
            mac_key: Some(key),
            ..line.own(sender)
        };
        own.assert_no_excess(&line.statements().await?);
        line.assert_every_statement_needed().await?;
    }
    Ok(())
}
