//! The account's existing SMS preferences and roles, as Terraform handles them.

use std::collections::BTreeMap;

use e2e::{Failure, REGION, TestAccount, TestLine};
use local_harness::{environment, repository};
use local_toolchain::{PlanOutcome, stage_example};
use serde_json::json;

e2e::trials![
    existing_sms_preferences_show_in_every_plan_until_they_are_stated,
    the_role_of_the_delivery_log_is_created_minutes_before_its_use,
    an_alarm_on_spending_without_data_is_not_ok,
];

/// AWS keeps a setting that is left out, and the provider reads it and shows it as a change in every plan
/// (docs of `SetSMSAttributes`; the provider's `aws_sns_sms_preferences`). A plan that states the existing
/// value shows no change.
async fn existing_sms_preferences_show_in_every_plan_until_they_are_stated() -> Result<(), Failure>
{
    let aws = TestAccount::start().await?;
    let sns = aws_sdk_sns::Client::new(&aws.sdk_config().await);
    sns.set_sms_attributes()
        .attributes("DefaultSenderID", "Company")
        .attributes("DefaultSMSType", "Transactional")
        .send()
        .await?;
    let stage = stage_example(&repository()?, "minimal")?;
    let variables = environment(&aws.account.endpoint_url(), REGION);
    let mut terraform = e2e::toolchain()
        .await?
        .terraform(stage.module().join("modules/sms"), variables)?;
    terraform.init().await?;
    terraform.keep_provider().await?;

    let some = json!({ "monthly_spend_limit": 1 });
    let some = some.as_object().unwrap();
    for _ in 0..2 {
        terraform.apply(some).await?;
        let plan = terraform.plan(some, None).await?;
        assert_ne!(plan.outcome, PlanOutcome::Empty);
        for setting in ["default_sender_id", "default_sms_type"] {
            assert!(plan.text.contains(setting), "{setting}: {}", plan.text);
        }
        let kept = sns.get_sms_attributes().send().await?;
        let kept: BTreeMap<_, _> = kept.attributes().into_iter().flatten().collect();
        let sender = kept.get(&"DefaultSenderID".to_owned());
        assert_eq!(sender.map(|sender| sender.as_str()), Some("Company"));
    }

    let all = json!({
        "monthly_spend_limit": 1, "default_sender_id": "Company", "default_sms_type": "Transactional",
    });
    let all = all.as_object().unwrap();
    terraform.apply(all).await?;
    let plan = terraform.plan(all, None).await?;
    assert_eq!(plan.outcome, PlanOutcome::Empty, "{}", plan.text);
    aws.account.shutdown().await;
    Ok(())
}

/// A new role can be used everywhere only after some time. Creating an instance takes a minute on AWS (58 to
/// 68 s were seen), and the number follows, so both come between the role and the setting that names it.
async fn the_role_of_the_delivery_log_is_created_minutes_before_its_use() -> Result<(), Failure> {
    let line = TestLine::prepare("complete").await?;
    line.apply().await?;
    let records = line.aws.account.requests();
    let first = |service: &str, operation: &str| {
        let mut records = records.iter();
        let record = records
            .find(|record| record.service == service && record.operation == operation)
            .ok_or_else(|| format!("Terraform must send {operation} to {service}"))?;
        Ok::<_, Failure>(record.started_at)
    };
    // The function's role may be created at any time, so it may be this role or the delivery log's.
    let instance = first("connect", "CreateInstance")?;
    let roles = records
        .iter()
        .filter(|record| record.operation == "PutRolePolicy" && record.started_at < instance);
    let (number, settings) = (
        first("connect", "ClaimPhoneNumber")?,
        first("sns", "SetSMSAttributes")?,
    );
    assert!(
        roles.count() > 0,
        "a role must be created before the instance"
    );
    assert!(instance < number && number < settings);
    line.aws.account.shutdown().await;
    Ok(())
}

/// The spending of End User Messaging is unknown until its role exists and a value was measured, and until
/// then the alarm is in INSUFFICIENT_DATA. The role belongs to the account, and is deleted with the line
/// that created it.
async fn an_alarm_on_spending_without_data_is_not_ok() -> Result<(), Failure> {
    let aws = TestAccount::start().await?;
    let config = aws.sdk_config().await;
    let stage = stage_example(&repository()?, "minimal")?;
    let variables = environment(&aws.account.endpoint_url(), REGION);
    let mut terraform = e2e::toolchain()
        .await?
        .terraform(stage.module().join("modules/monitoring"), variables)?;
    terraform.init().await?;
    terraform.keep_provider().await?;
    let settings = json!({
        "alarms": {
            "duration_ms": 1, "errors": 1, "faults_per_hour": 1, "locks_per_hour": 1,
            "sms_failures_per_hour": 1, "throttles": 1,
            "unguarded_tries_per_hour": 1, "wrong_pins_per_hour": 1,
        },
        "benefits_table_name": "campaigns", "contact_flow_name": "line",
        "create_sms_service_linked_role": true,
        "function_log_group_name": "/aws/lambda/line", "function_name": "line",
        "instance_id": "12345678-1234-1234-1234-123456789012", "name": "line",
        "sms_backend": "end_user_messaging", "sms_spend_limit_usd": 10,
    });
    let settings = settings.as_object().unwrap();
    terraform.apply(settings).await?;
    let plan = terraform.plan(settings, None).await?;
    assert_eq!(plan.outcome, PlanOutcome::Empty, "{}", plan.text);
    let alarms = aws_sdk_cloudwatch::Client::new(&config)
        .describe_alarms()
        .send()
        .await?;
    for alarm in alarms.metric_alarms() {
        let name = alarm.alarm_name().unwrap_or_default();
        let state = alarm.state_value().map(|state| state.as_str());
        let unknown = name.contains("sms-spend");
        let expected = if unknown { "INSUFFICIENT_DATA" } else { "OK" };
        assert_eq!(state, Some(expected), "{name}");
    }
    let roles = aws_sdk_iam::Client::new(&config)
        .list_roles()
        .send()
        .await?;
    let services: Vec<_> = roles.roles().iter().map(|role| role.path()).collect();
    assert_eq!(services, ["/aws-service-role/sms-voice.amazonaws.com/"]);

    terraform.without_refresh().destroy(settings).await?;
    aws.assert_empty().await?;
    aws.account.shutdown().await;
    Ok(())
}
