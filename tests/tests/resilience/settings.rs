//! Settings that are off by default, tested on the deployed function by changing its environment variables.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use e2e::{Failure, REGION};
use local_account::{AwsCall, Caller, Channel, Effect, FaultRule, sequential_round_trips};
use serde_json::{Value, json};

use crate::resilience::failures;
use crate::resilience::setup::{
    LOCKED, NOT_SENT, ResilienceSetup, SENT, TROUBLE, WRONG_AGAIN, avoid_end_of_hour,
};

impl ResilienceSetup {
    /// Returns the function's environment variables.
    pub(crate) async fn variables(&self) -> Result<HashMap<String, String>, Failure> {
        let configuration = self
            .lambda
            .get_function_configuration()
            .function_name(&self.outputs.function_name)
            .send()
            .await?;
        Ok(configuration
            .environment()
            .and_then(|environment| environment.variables().cloned())
            .unwrap_or_default())
    }

    pub(crate) async fn set_variables(
        &self,
        variables: HashMap<String, String>,
    ) -> Result<(), Failure> {
        let environment = aws_sdk_lambda::types::Environment::builder()
            .set_variables(Some(variables))
            .build();
        self.lambda
            .update_function_configuration()
            .function_name(&self.outputs.function_name)
            .environment(environment)
            .send()
            .await?;
        Ok(())
    }

    /// Changes environment variables, and returns their earlier values.
    pub(crate) async fn change(
        &self,
        changes: &[(&str, &str)],
    ) -> Result<HashMap<String, String>, Failure> {
        let before = self.variables().await?;
        let mut now = before.clone();
        for (name, value) in changes {
            now.insert((*name).to_owned(), (*value).to_owned());
        }
        self.set_variables(now).await?;
        Ok(before)
    }

    /// Replaces the function's processes with new ones, with the same environment variables.
    pub(crate) async fn renew_processes(&self) -> Result<(), Failure> {
        let variables = self.variables().await?;
        self.set_variables(variables).await
    }

    /// Allows the function an action that the deployed settings do not need. Returns the role's name for
    /// [`revoke`](Self::revoke).
    async fn grant(&self, action: &str) -> Result<String, Failure> {
        let configuration = self
            .lambda
            .get_function_configuration()
            .function_name(&self.outputs.function_name)
            .send()
            .await?;
        let role = configuration.role().unwrap_or_default();
        let role = role.rsplit('/').next().unwrap_or_default().to_owned();
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": { "Effect": "Allow", "Action": action, "Resource": "*" },
        });
        let policy = policy.to_string();
        self.iam("PutRolePolicy", &role, &[("PolicyDocument", &policy)])
            .await?;
        Ok(role)
    }

    async fn revoke(&self, role: String) -> Result<(), Failure> {
        self.iam("DeleteRolePolicy", &role, &[]).await
    }

    async fn iam(
        &self,
        action: &str,
        role: &str,
        parameters: &[(&str, &str)],
    ) -> Result<(), Failure> {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([
                ("Action", action),
                ("Version", "2010-05-08"),
                ("RoleName", role),
                ("PolicyName", "settings"),
            ])
            .extend_pairs(parameters)
            .finish();
        self.line
            .aws
            .client
            .aws(AwsCall {
                service: "iam",
                region: REGION,
                method: http::Method::POST,
                path: "/",
                target: None,
                content_type: "application/x-www-form-urlencoded",
                body,
            })
            .await?;
        Ok(())
    }

    async fn kms(&self, operation: &str, body: Value) -> Result<Value, Failure> {
        let answer = self
            .json("kms", &format!("TrentService.{operation}"), body)
            .await?;
        Ok(serde_json::from_str(&answer)?)
    }

    async fn json(&self, service: &str, target: &str, body: Value) -> Result<String, Failure> {
        let call = AwsCall {
            service,
            region: REGION,
            method: http::Method::POST,
            path: "/",
            target: Some(target),
            content_type: "application/x-amz-json-1.1",
            body: body.to_string(),
        };
        Ok(self.line.aws.client.aws(call).await?)
    }
}

pub(crate) async fn without_protection_a_message_takes_two_round_trips(
    setup: &ResilienceSetup,
) -> Result<(), Failure> {
    let account = &setup.line.aws.account;
    let caller = setup.member(11, 1).await?;
    let pin = setup.campaign("11220001", []).await?;
    let before = setup.change(&[("ATTEMPTS_TABLE_NAME", "")]).await?;
    let mut call = setup.dial(&caller).await?;
    setup.slow_answers_down()?;
    setup.clear_requests()?;
    call.press(pin).await;
    account.faults().clear();
    assert_eq!(call.heard().last(), Some(&SENT));
    let requests = setup.function_requests();
    let trips = sequential_round_trips(&requests);
    assert!(trips <= 2, "sendSms made {trips} round trips: {requests:?}");
    setup.set_variables(before).await
}

/// The limit of a caller's day also holds if the hour's limit is not reached, and the limit of all callers
/// also holds if a caller changes numbers.
pub(crate) async fn a_callers_day_and_all_callers_have_limits_of_their_own(
    setup: &ResilienceSetup,
) -> Result<(), Failure> {
    avoid_end_of_hour().await;
    let caller = setup.member(11, 9).await?;
    let pin = setup.campaign("11220005", []).await?;
    let before = setup
        .change(&[("ATTEMPTS_PER_HOUR", "100"), ("ATTEMPTS_PER_DAY", "2")])
        .await?;
    let call = setup.call(&caller, &["91220005", "91220006", pin]).await?;
    assert_eq!(call.heard()[1..], [WRONG_AGAIN, WRONG_AGAIN, LOCKED]);
    setup.set_variables(before).await?;

    // Other members have used up the hour of all callers.
    let other = setup.member(11, 10).await?;
    let left = setup.attempts().await?.left;
    setup.set_hour(0).await?;
    assert_eq!(setup.last_sentence(&other, &[pin]).await?, LOCKED);
    assert_eq!(setup.sent_to(&other), 0);
    // The runbook's procedure for letting callers in again.
    setup.set_hour(left).await?;
    assert_eq!(setup.last_sentence(&other, &[pin]).await?, SENT);
    Ok(())
}

/// A caller whose number is not allowed, or whose message is too long, hears that no message was sent.
pub(crate) async fn numbers_and_lengths_are_checked_before_sending(
    setup: &ResilienceSetup,
) -> Result<(), Failure> {
    let caller = setup.member(11, 11).await?;
    let long = AttributeValue::S(format!("{}{{url}}", "長".repeat(200)));
    let pin = setup.campaign("11220006", [("message", long)]).await?;
    assert_eq!(setup.last_sentence(&caller, &[pin]).await?, NOT_SENT);

    let pin = setup.campaign("11220007", []).await?;
    let before = setup
        .change(&[("SMS_MOBILE_PATTERN", "^\\+81[678]0.*")])
        .await?;
    assert_eq!(setup.last_sentence(&caller, &[pin]).await?, NOT_SENT);
    setup.set_variables(before).await?;
    let before = setup.change(&[("SMS_COUNTRY_PREFIXES", "+1,+44")]).await?;
    assert_eq!(setup.last_sentence(&caller, &[pin]).await?, NOT_SENT);
    setup.set_variables(before).await?;
    assert_eq!(setup.sent_to(&caller), 0);
    Ok(())
}

pub(crate) async fn the_other_backend_sends_as_well(
    setup: &ResilienceSetup,
) -> Result<(), Failure> {
    let caller = setup.member(11, 4).await?;
    let pin = setup.campaign("11220003", []).await?;
    let role = setup.grant("sms-voice:SendTextMessage").await?;
    let before = setup
        .change(&[("SMS_BACKEND", "end_user_messaging")])
        .await?;
    assert_eq!(setup.last_sentence(&caller, &[pin]).await?, SENT);
    let messages = setup.line.aws.messages();
    let message = messages
        .iter()
        .rfind(|message| message.phone_number == caller)
        .expect("a message was sent");
    assert_eq!(message.channel, Channel::EndUserMessaging);

    failures::the_caller_hears_of_every_failure_of_the_other_sender(setup).await?;
    setup.set_variables(before).await?;
    setup.revoke(role).await
}

/// The message is in the language that the caller heard.
pub(crate) async fn messages_are_in_the_callers_language(
    setup: &ResilienceSetup,
) -> Result<(), Failure> {
    let caller = setup.member(11, 12).await?;
    let pin = setup.campaign("11220008", []).await?;
    let templates = r#"{ "ja": "日本語のご案内 {url}", "en": "In English {url}" }"#;
    let before = setup.change(&[("SMS_TEMPLATES", templates)]).await?;
    assert_eq!(setup.last_sentence(&caller, &[pin]).await?, SENT);
    let messages = setup.line.aws.messages();
    let message = messages
        .iter()
        .rfind(|message| message.phone_number == caller)
        .expect("a message was sent");
    assert!(message.message.starts_with("日本語のご案内 https://"));
    setup.set_variables(before).await
}

/// With PINs stored as MACs, KMS computes the keys, and the caller hears of KMS's failures.
pub(crate) async fn pins_can_be_stored_as_macs(setup: &ResilienceSetup) -> Result<(), Failure> {
    let created = setup
        .kms(
            "CreateKey",
            json!({ "KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC" }),
        )
        .await?;
    let key = created["KeyMetadata"]["KeyId"]
        .as_str()
        .expect("a key has an id");
    let pin = "11220004";
    setup.secret(pin);
    let mac = setup
        .kms(
            "GenerateMac",
            json!({
                "KeyId": key,
                "MacAlgorithm": "HMAC_SHA_256",
                "Message": STANDARD.encode(format!("pin:v1:{pin}")),
            }),
        )
        .await?;
    let mac = hex(mac["Mac"].as_str().expect("the answer has a MAC"));
    setup.campaign_row(&mac, "https://example.com/mac").await?;

    let role = setup.grant("kms:GenerateMac").await?;
    let before = setup
        .change(&[("PIN_KEY_MODE", "hmac"), ("PIN_PEPPER_KMS_KEY_ID", key)])
        .await?;
    let caller = setup.member(11, 5).await?;
    assert_eq!(
        setup.last_sentence(&caller, &["91220004"]).await?,
        WRONG_AGAIN
    );
    assert_eq!(setup.last_sentence(&caller, &[pin]).await?, SENT);

    let faults = setup.line.aws.account.faults();
    for effect in [
        Effect::Throttle,
        Effect::ServerError,
        Effect::Unavailable,
        Effect::Reset,
        Effect::LostAnswer,
        Effect::WrongBody,
        Effect::Latency { ms: 4_000 },
    ] {
        let before = setup.attempts().await?;
        setup.clear_requests()?;
        faults.add(
            FaultRule::new("kms", effect.clone())
                .operation("GenerateMac")
                .caller(Caller::Functions),
        )?;
        let sentence = setup.last_sentence(&caller, &[pin]).await?;
        faults.clear();
        setup.line.aws.account.settled().await;
        assert_eq!(sentence, TROUBLE, "{effect:?}");
        let requests = setup.function_requests();
        let failed = requests.iter().filter(|request| request.fault.is_some());
        assert!(failed.count() >= 1, "{effect:?}: a request must fail");
        // The attempt was not recorded.
        let after = setup.attempts().await?;
        assert_eq!(after.days, before.days, "{effect:?}");
    }
    assert_eq!(setup.sent_to(&caller), 1);

    // Members and strangers both hear of trouble, so the sentence does not reveal who is a member.
    setup.change(&[("UNKNOWN_CALLER", "uniform")]).await?;
    for caller in [setup.member(11, 18).await?, setup.phone(11, 14)] {
        let mut call = setup.dial(&caller).await?;
        assert!(call.is_waiting(), "{:?}", call.events());
        faults.add(FaultRule::new("kms", Effect::ServerError).operation("GenerateMac"))?;
        call.press("91220018").await;
        faults.clear();
        assert_eq!(call.heard().last(), Some(&TROUBLE));
    }
    setup.set_variables(before).await?;
    setup
        .kms("ScheduleKeyDeletion", json!({ "KeyId": key }))
        .await?;
    setup.revoke(role).await
}

impl ResilienceSetup {
    async fn campaign_row(&self, key: &str, url: &str) -> Result<(), Failure> {
        let row = [
            ("pinCode", AttributeValue::S(key.to_owned())),
            ("campaignUrl", AttributeValue::S(url.to_owned())),
        ];
        self.put(&self.outputs.benefits_table_name, row).await
    }
}

/// Converts a MAC from KMS's base64 to the hexadecimal form in the table.
fn hex(base64: &str) -> String {
    let bytes = STANDARD.decode(base64).expect("KMS answers in base64");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
