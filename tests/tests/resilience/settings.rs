//! The choices that are off by default, tried on the live function by changing its environment.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use e2e::{Failure, REGION};
use local_account::{AwsCall, Caller, Channel, Effect, FaultRule, sequential_round_trips};
use serde_json::{Value, json};

use crate::resilience::failures;
use crate::resilience::world::{
    LOCKED, NOT_SENT, ResilienceWorld, SENT, TROUBLE, WRONG_AGAIN, room_in_this_hour,
};

impl ResilienceWorld {
    /// The function's variables as Terraform set them.
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

    /// Changes variables; returns what they were.
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

    /// Lets new processes answer from now on, with the same variables.
    pub(crate) async fn renew_processes(&self) -> Result<(), Failure> {
        let variables = self.variables().await?;
        self.set_variables(variables).await
    }

    /// Lets the function do what the deployed settings do not need; returns what to hand to
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

/// Two round trips when nothing is counted.
pub(crate) async fn without_protection_a_message_takes_two_round_trips(
    world: &ResilienceWorld,
) -> Result<(), Failure> {
    let account = &world.line.aws.account;
    let caller = world.member(11, 1).await?;
    let pin = world.campaign("11220001", []).await?;
    let before = world.change(&[("ATTEMPTS_TABLE_NAME", "")]).await?;
    let mut call = world.dial(&caller).await?;
    world.slow_answers_down()?;
    world.forget_requests()?;
    call.press(pin).await;
    account.faults().clear();
    assert_eq!(call.heard().last(), Some(&SENT));
    let requests = world.asked_by_function();
    let trips = sequential_round_trips(&requests);
    assert!(trips <= 2, "sendSms made {trips} round trips: {requests:?}");
    world.set_variables(before).await
}

/// The day's limit and everybody's: the one holds when the hour's does not, the other when callers
/// change their numbers.
pub(crate) async fn the_day_and_everybody_have_limits_of_their_own(
    world: &ResilienceWorld,
) -> Result<(), Failure> {
    room_in_this_hour().await;
    let caller = world.member(11, 9).await?;
    let pin = world.campaign("11220005", []).await?;
    let before = world
        .change(&[("ATTEMPTS_PER_HOUR", "100"), ("ATTEMPTS_PER_DAY", "2")])
        .await?;
    let call = world.call(&caller, &["91220005", "91220006", pin]).await?;
    assert_eq!(call.heard()[1..], [WRONG_AGAIN, WRONG_AGAIN, LOCKED]);
    world.set_variables(before).await?;

    // Other members have used the hour up.
    let other = world.member(11, 10).await?;
    let left = world.attempts().await?.left;
    world.set_hour(0).await?;
    assert_eq!(world.last_words(&other, &[pin]).await?, LOCKED);
    assert_eq!(world.sent_to(&other), 0);
    // As the runbook says it for operators who let callers in again.
    world.set_hour(left).await?;
    assert_eq!(world.last_words(&other, &[pin]).await?, SENT);
    Ok(())
}

/// Numbers outside the allowed ones, and messages that are too long, are refused in words.
pub(crate) async fn numbers_and_lengths_are_judged_before_sending(
    world: &ResilienceWorld,
) -> Result<(), Failure> {
    let caller = world.member(11, 11).await?;
    let long = AttributeValue::S(format!("{}{{url}}", "長".repeat(200)));
    let pin = world.campaign("11220006", [("message", long)]).await?;
    assert_eq!(world.last_words(&caller, &[pin]).await?, NOT_SENT);

    let pin = world.campaign("11220007", []).await?;
    let before = world
        .change(&[("SMS_MOBILE_PATTERN", "^\\+81[678]0.*")])
        .await?;
    assert_eq!(world.last_words(&caller, &[pin]).await?, NOT_SENT);
    world.set_variables(before).await?;
    let before = world.change(&[("SMS_COUNTRY_PREFIXES", "+1,+44")]).await?;
    assert_eq!(world.last_words(&caller, &[pin]).await?, NOT_SENT);
    world.set_variables(before).await?;
    assert_eq!(world.sent_to(&caller), 0);
    Ok(())
}

pub(crate) async fn the_other_backend_sends_as_well(
    world: &ResilienceWorld,
) -> Result<(), Failure> {
    let caller = world.member(11, 4).await?;
    let pin = world.campaign("11220003", []).await?;
    let role = world.grant("sms-voice:SendTextMessage").await?;
    let before = world
        .change(&[("SMS_BACKEND", "end_user_messaging")])
        .await?;
    assert_eq!(world.last_words(&caller, &[pin]).await?, SENT);
    let messages = world.line.aws.messages();
    let message = messages
        .iter()
        .rfind(|message| message.phone_number == caller)
        .expect("a message was sent");
    assert_eq!(message.channel, Channel::EndUserMessaging);

    failures::every_failure_of_the_other_sender_is_spoken(world).await?;
    world.set_variables(before).await?;
    world.revoke(role).await
}

/// The text of a message is that of the language the caller heard.
pub(crate) async fn messages_speak_the_callers_language(
    world: &ResilienceWorld,
) -> Result<(), Failure> {
    let caller = world.member(11, 12).await?;
    let pin = world.campaign("11220008", []).await?;
    let templates = r#"{ "ja": "日本語のご案内 {url}", "en": "In English {url}" }"#;
    let before = world.change(&[("SMS_TEMPLATES", templates)]).await?;
    assert_eq!(world.last_words(&caller, &[pin]).await?, SENT);
    let messages = world.line.aws.messages();
    let message = messages
        .iter()
        .rfind(|message| message.phone_number == caller)
        .expect("a message was sent");
    assert!(message.message.starts_with("日本語のご案内 https://"));
    world.set_variables(before).await
}

/// PINs that the table does not tell: their keys are made by KMS, and its failures are spoken.
pub(crate) async fn pins_may_be_kept_as_macs(world: &ResilienceWorld) -> Result<(), Failure> {
    let made = world
        .kms(
            "CreateKey",
            json!({ "KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC" }),
        )
        .await?;
    let key = made["KeyMetadata"]["KeyId"].as_str().expect("an id");
    let pin = "11220004";
    world.secret(pin);
    let mac = world
        .kms(
            "GenerateMac",
            json!({
                "KeyId": key,
                "MacAlgorithm": "HMAC_SHA_256",
                "Message": STANDARD.encode(format!("pin:v1:{pin}")),
            }),
        )
        .await?;
    let mac = hex(mac["Mac"].as_str().expect("a MAC"));
    world.campaign_row(&mac, "https://example.com/mac").await?;

    let role = world.grant("kms:GenerateMac").await?;
    let before = world
        .change(&[("PIN_KEY_MODE", "hmac"), ("PIN_PEPPER_KMS_KEY_ID", key)])
        .await?;
    let caller = world.member(11, 5).await?;
    assert_eq!(world.last_words(&caller, &["91220004"]).await?, WRONG_AGAIN);
    assert_eq!(world.last_words(&caller, &[pin]).await?, SENT);

    let faults = world.line.aws.account.faults();
    for effect in [
        Effect::Throttle,
        Effect::ServerError,
        Effect::Unavailable,
        Effect::Reset,
        Effect::LostAnswer,
        Effect::WrongBody,
        Effect::Latency { ms: 4_000 },
    ] {
        let before = world.attempts().await?;
        world.forget_requests()?;
        faults.add(
            FaultRule::new("kms", effect.clone())
                .operation("GenerateMac")
                .caller(Caller::Functions),
        )?;
        let words = world.last_words(&caller, &[pin]).await?;
        faults.clear();
        world.line.aws.account.settled().await;
        assert_eq!(words, TROUBLE, "{effect:?}");
        let struck = world.asked_by_function();
        let struck = struck.iter().filter(|request| request.fault.is_some());
        assert!(struck.count() >= 1, "{effect:?}: nothing failed");
        // Nothing is left of the attempt.
        let after = world.attempts().await?;
        assert_eq!(after.days, before.days, "{effect:?}");
    }
    assert_eq!(world.sent_to(&caller), 1);

    // Members hear that there is trouble, so somebody who did not would be no member.
    world.change(&[("UNKNOWN_CALLER", "uniform")]).await?;
    for caller in [world.member(11, 18).await?, world.phone(11, 14)] {
        let mut call = world.dial(&caller).await?;
        assert!(call.is_waiting(), "{:?}", call.events());
        faults.add(FaultRule::new("kms", Effect::ServerError).operation("GenerateMac"))?;
        call.press("91220018").await;
        faults.clear();
        assert_eq!(call.heard().last(), Some(&TROUBLE));
    }
    world.set_variables(before).await?;
    world
        .kms("ScheduleKeyDeletion", json!({ "KeyId": key }))
        .await?;
    world.revoke(role).await
}

impl ResilienceWorld {
    async fn campaign_row(&self, key: &str, url: &str) -> Result<(), Failure> {
        let row = [
            ("pinCode", AttributeValue::S(key.to_owned())),
            ("campaignUrl", AttributeValue::S(url.to_owned())),
        ];
        self.put(&self.outputs.benefits_table_name, row).await
    }
}

/// KMS speaks base64, the table hexadecimal.
fn hex(base64: &str) -> String {
    let bytes = STANDARD.decode(base64).expect("base64");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
