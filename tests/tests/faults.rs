//! Injected faults of the local account, as the AWS SDKs see them.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::AttributeValue;
use e2e::{Failure, REGION, TestAccount};
use local_account::{AwsCall, Caller, Channel, Effect, FaultRule, Refusal, sequential_round_trips};
use serde_json::{Value, json};

e2e::trials![
    each_service_throttles_with_its_own_error_and_sdks_retry,
    each_service_fails_with_its_own_error,
    a_reset_connection_is_a_dispatch_failure_and_nothing_is_processed,
    no_byte_is_sent_before_a_reset,
    a_request_whose_answer_is_lost_is_processed_exactly_once,
    a_slow_request_times_out_and_is_still_processed,
    a_wrong_body_cannot_be_read,
    parallel_requests_fail_exactly_as_often_as_the_rule_says,
    a_rule_can_apply_to_some_callers_only,
    round_trips_are_counted_from_the_record,
    rules_are_set_over_http_and_mistakes_are_explained,
    end_user_messaging_shares_outbox_and_opt_outs_with_sns,
];

const TABLE: &str = "faults_table";
const PHONE: &str = "+819012345678";

/// An account with a table.
struct FaultsSetup {
    aws: TestAccount,
    config: SdkConfig,
}

impl FaultsSetup {
    async fn new() -> Result<Self, Failure> {
        let aws = TestAccount::start().await?;
        let config = aws.sdk_config().await;
        e2e::create_table(&aws_sdk_dynamodb::Client::new(&config), TABLE, "k").await?;
        aws.account.clear_requests();
        Ok(Self { aws, config })
    }

    fn fault(&self, rule: FaultRule) {
        self.aws.account.faults().add(rule).unwrap();
    }

    fn hits(&self) -> Vec<(u64, u64)> {
        let reports = self.aws.account.faults().list();
        reports.iter().map(|r| (r.seen, r.hits)).collect()
    }

    /// Returns the statuses of all requests so far, in order.
    fn statuses(&self) -> Vec<Option<u16>> {
        let records = self.aws.account.requests();
        records.iter().map(|record| record.status).collect()
    }

    /// Returns the configuration of clients with this number of attempts and this time-out for each.
    fn config(&self, attempts: u32, attempt_timeout: Duration) -> SdkConfig {
        self.config
            .to_builder()
            .retry_config(
                RetryConfig::standard()
                    .with_max_attempts(attempts)
                    .with_initial_backoff(Duration::from_millis(1)),
            )
            .timeout_config(
                TimeoutConfig::builder()
                    .operation_attempt_timeout(attempt_timeout)
                    .build(),
            )
            .build()
    }

    fn dynamodb(&self, attempts: u32) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.config(attempts, Duration::from_secs(30)))
    }

    fn sns(&self, attempts: u32) -> aws_sdk_sns::Client {
        aws_sdk_sns::Client::new(&self.config(attempts, Duration::from_secs(30)))
    }
}

fn get(
    client: &aws_sdk_dynamodb::Client,
) -> aws_sdk_dynamodb::operation::get_item::builders::GetItemFluentBuilder {
    client
        .get_item()
        .table_name(TABLE)
        .key("k", AttributeValue::S("1".into()))
}

fn publish(
    client: &aws_sdk_sns::Client,
) -> aws_sdk_sns::operation::publish::builders::PublishFluentBuilder {
    client.publish().phone_number(PHONE).message("text")
}

async fn each_service_throttles_with_its_own_error_and_sdks_retry() -> Result<(), Failure> {
    let setup = FaultsSetup::new().await?;
    setup.fault(
        FaultRule::new("dynamodb", Effect::Throttle)
            .operation("GetItem")
            .times(2),
    );
    get(&setup.dynamodb(3)).send().await?;
    assert_eq!(setup.hits(), [(3, 2)]);
    assert_eq!(setup.statuses(), [Some(400), Some(400), Some(200)]);

    setup.aws.account.faults().set(vec![
        FaultRule::new("dynamodb", Effect::Throttle),
        FaultRule::new("sns", Effect::Throttle),
    ])?;
    let error = get(&setup.dynamodb(1)).send().await.unwrap_err();
    let error = error.into_service_error();
    assert!(
        error.is_provisioned_throughput_exceeded_exception(),
        "{error:?}"
    );
    let error = setup.dynamodb(1).list_tables().send().await.unwrap_err();
    assert_eq!(error.code(), Some("ThrottlingException"));
    let error = publish(&setup.sns(2)).send().await.unwrap_err();
    assert_eq!(error.code(), Some("Throttling"));
    assert_eq!(setup.hits(), [(2, 2), (2, 2)]);
    assert!(setup.aws.messages().is_empty());
    setup.aws.account.shutdown().await;
    Ok(())
}

async fn each_service_fails_with_its_own_error() -> Result<(), Failure> {
    let setup = FaultsSetup::new().await?;
    setup.fault(FaultRule::new("dynamodb", Effect::ServerError).times(1));
    setup.fault(FaultRule::new("sns", Effect::ServerError).times(1));
    let error = get(&setup.dynamodb(1)).send().await.unwrap_err();
    let error = error.into_service_error();
    assert!(error.is_internal_server_error(), "{error:?}");
    let error = publish(&setup.sns(1)).send().await.unwrap_err();
    let error = error.into_service_error();
    assert!(error.is_internal_error_exception(), "{error:?}");

    setup.fault(FaultRule::new("sns", Effect::Unavailable).times(1));
    publish(&setup.sns(2)).send().await?;
    assert_eq!(setup.statuses()[2..], [Some(503), Some(200)]);

    setup.fault(FaultRule::new(
        "sns",
        Effect::Refuse(Refusal {
            code: "AuthorizationError".into(),
            status: 403,
            message: "not you".into(),
            members: serde_json::Map::new(),
        }),
    ));
    let error = publish(&setup.sns(3)).send().await.unwrap_err();
    let error = error.into_service_error();
    assert!(error.is_authorization_error_exception(), "{error:?}");
    assert_eq!(error.message(), Some("not you"));
    assert_eq!(setup.aws.messages().len(), 1);
    setup.aws.account.shutdown().await;
    Ok(())
}

async fn a_reset_connection_is_a_dispatch_failure_and_nothing_is_processed() -> Result<(), Failure>
{
    let setup = FaultsSetup::new().await?;
    let sns = setup.sns(1);
    // Over a connection that was used before, and over a new one.
    publish(&sns).send().await?;
    setup.fault(FaultRule::new("sns", Effect::Reset).times(3));
    for sns in [sns, setup.sns(1)] {
        let error = publish(&sns).send().await.unwrap_err();
        assert!(matches!(error, SdkError::DispatchFailure(_)), "{error:?}");
    }
    assert_eq!(setup.aws.messages().len(), 1);
    // An SDK that retries succeeds.
    publish(&setup.sns(2)).send().await?;
    assert_eq!(setup.aws.messages().len(), 2);
    assert_eq!(setup.statuses(), [Some(200), None, None, None, Some(200)]);
    setup.aws.account.shutdown().await;
    Ok(())
}

async fn no_byte_is_sent_before_a_reset() -> Result<(), Failure> {
    let setup = FaultsSetup::new().await?;
    setup.fault(FaultRule::new("sns", Effect::Reset));
    let address = setup.aws.account.address();
    let outcome = tokio::task::spawn_blocking(move || {
        let mut stream = std::net::TcpStream::connect(address)?;
        stream.write_all(
            b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 14\r\n\
              Authorization: AWS4-HMAC-SHA256 Credential=a/20260101/eu-west-1/sns/aws4_request\r\n\
              \r\nAction=Publish",
        )?;
        let mut answer = Vec::new();
        let error = stream.read_to_end(&mut answer).unwrap_err();
        assert!(answer.is_empty(), "{answer:?}");
        Ok::<_, std::io::Error>(error.kind())
    })
    .await??;
    assert_eq!(outcome, std::io::ErrorKind::ConnectionReset);
    setup.aws.account.shutdown().await;
    Ok(())
}

async fn a_request_whose_answer_is_lost_is_processed_exactly_once() -> Result<(), Failure> {
    let setup = FaultsSetup::new().await?;
    setup.fault(
        FaultRule::new("sns", Effect::LostAnswer)
            .operation("Publish")
            .nth(2),
    );
    let sns = setup.sns(1);
    publish(&sns).send().await?;
    let error = publish(&sns).send().await.unwrap_err();
    assert!(matches!(error, SdkError::DispatchFailure(_)), "{error:?}");
    assert_eq!(setup.aws.messages().len(), 2);
    assert_eq!(
        setup.aws.account.requests()[1].fault.as_deref(),
        Some("lost_answer")
    );

    // This is why the function must not leave retries of Publish to the SDK: the SDK cannot know that the
    // message was sent, and sends it again.
    setup.fault(FaultRule::new("sns", Effect::LostAnswer).times(1));
    publish(&setup.sns(2)).send().await?;
    assert_eq!(setup.aws.messages().len(), 4);
    setup.aws.account.shutdown().await;
    Ok(())
}

async fn a_slow_request_times_out_and_is_still_processed() -> Result<(), Failure> {
    let setup = FaultsSetup::new().await?;
    // Long enough for a busy machine to send the request before it gives up.
    let impatient = setup.config(1, Duration::from_secs(1));
    let sns = aws_sdk_sns::Client::new(&impatient);

    setup.fault(FaultRule::new("sns", Effect::Latency { ms: 4_000 }).times(1));
    let started = Instant::now();
    let error = publish(&sns).send().await.unwrap_err();
    assert!(matches!(error, SdkError::TimeoutError(_)), "{error:?}");
    assert!(started.elapsed() < Duration::from_secs(4));
    assert!(
        setup.aws.messages().is_empty(),
        "the request must not have been processed yet"
    );
    while setup.aws.messages().is_empty() {
        assert!(started.elapsed() < Duration::from_secs(60));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(started.elapsed() >= Duration::from_secs(4));

    setup.fault(FaultRule::new("sns", Effect::SlowAnswer { ms: 30_000 }).times(1));
    let error = publish(&sns).send().await.unwrap_err();
    assert!(matches!(error, SdkError::TimeoutError(_)), "{error:?}");
    assert_eq!(
        setup.aws.messages().len(),
        2,
        "the request must have been processed at once"
    );
    setup.aws.account.shutdown().await;
    Ok(())
}

async fn a_wrong_body_cannot_be_read() -> Result<(), Failure> {
    let setup = FaultsSetup::new().await?;
    setup.fault(FaultRule::new("dynamodb", Effect::WrongBody));
    setup.fault(FaultRule::new("sns", Effect::WrongBody));
    // The SDK treats this as a service error without a code, and does not retry.
    let error = get(&setup.dynamodb(3)).send().await.unwrap_err();
    assert_eq!(error.code(), None);
    assert_eq!(
        error.raw_response().map(|raw| raw.status().as_u16()),
        Some(200)
    );
    let error = publish(&setup.sns(3)).send().await.unwrap_err();
    assert_eq!(error.code(), None);
    assert_eq!(
        error.raw_response().map(|raw| raw.status().as_u16()),
        Some(200)
    );
    assert!(setup.aws.messages().is_empty());
    assert_eq!(setup.statuses(), [Some(200), Some(200)]);
    setup.aws.account.shutdown().await;
    Ok(())
}

async fn parallel_requests_fail_exactly_as_often_as_the_rule_says() -> Result<(), Failure> {
    let setup = FaultsSetup::new().await?;
    setup.fault(FaultRule::new("sns", Effect::Reset).nth(11).times(7));
    setup.fault(FaultRule::new("sns", Effect::LostAnswer).nth(5));
    let sns = setup.sns(1);
    let calls: Vec<_> = (0..60)
        .map(|_| {
            let sns = sns.clone();
            tokio::spawn(async move { publish(&sns).send().await.is_err() })
        })
        .collect();
    let mut failed = 0;
    for call in calls {
        failed += usize::from(call.await?);
    }
    assert_eq!(failed, 8);
    assert_eq!(setup.hits(), [(60, 7), (60, 1)]);
    assert_eq!(setup.aws.messages().len(), 53);
    setup.aws.account.shutdown().await;
    Ok(())
}

async fn a_rule_can_apply_to_some_callers_only() -> Result<(), Failure> {
    let setup = FaultsSetup::new().await?;
    setup.fault(FaultRule::new("dynamodb", Effect::ServerError).caller(Caller::Functions));
    setup.fault(FaultRule::new("dynamodb", Effect::ServerError).caller(Caller::Role("pin".into())));
    get(&setup.dynamodb(1)).send().await?;
    assert_eq!(setup.hits(), [(0, 0), (0, 0)]);
    setup.fault(
        FaultRule::new("dynamodb", Effect::ServerError).caller(Caller::AccessKeyId("local".into())),
    );
    assert!(get(&setup.dynamodb(1)).send().await.is_err());
    setup.aws.account.shutdown().await;
    Ok(())
}

async fn round_trips_are_counted_from_the_record() -> Result<(), Failure> {
    let setup = FaultsSetup::new().await?;
    // Slow enough for parallel requests to overlap.
    for service in ["dynamodb", "sns"] {
        setup.fault(FaultRule::new(service, Effect::Latency { ms: 60 }));
    }
    let (dynamodb, sns) = (setup.dynamodb(1), setup.sns(1));
    let (first, second) = tokio::join!(get(&dynamodb).send(), get(&dynamodb).send());
    first?;
    second?;
    publish(&sns).send().await?;
    let records = setup.aws.account.requests();
    assert_eq!(records.len(), 3);
    assert_eq!(sequential_round_trips(&records), 2);
    let requests: Vec<_> = records
        .iter()
        .map(|r| {
            (
                r.service.as_str(),
                r.operation.as_str(),
                r.access_key_id.as_str(),
            )
        })
        .collect();
    assert_eq!(requests[0], ("dynamodb", "GetItem", "local"));
    assert_eq!(requests[2], ("sns", "Publish", "local"));
    assert!(
        records
            .iter()
            .all(|r| r.region == REGION && r.role.is_none())
    );
    assert!(
        records
            .iter()
            .all(|r| r.fault.as_deref() == Some("latency"))
    );

    // The account's HTTP interface returns the same records, without the contents of requests.
    assert_eq!(setup.aws.client.requests().await?, records);
    assert!(!serde_json::to_string(&records)?.contains("8190"));
    setup.aws.client.clear_requests().await?;
    assert!(setup.aws.account.requests().is_empty());
    setup.aws.account.shutdown().await;
    Ok(())
}

async fn rules_are_set_over_http_and_mistakes_are_explained() -> Result<(), Failure> {
    let aws = TestAccount::start().await?;
    let rules = [FaultRule::new("sns", Effect::Latency { ms: 5 }).times(3)];
    let reports = aws.client.set_faults(&rules).await?;
    assert_eq!(reports[0].rule, rules[0]);
    let wrong = [FaultRule::new("lambda", Effect::Reset).operation("Call")];
    let refused = aws.client.set_faults(&wrong).await.unwrap_err().to_string();
    assert!(
        refused.contains("rule 1") && refused.contains("'Call'"),
        "{refused}"
    );
    assert_eq!(aws.client.faults().await?, reports);
    aws.client.clear_faults().await?;
    assert!(aws.client.faults().await?.is_empty());

    // A rule can name each service of the account.
    let unknown = call(&aws, "sqs", "AmazonSQS.ListQueues", json!({})).await;
    let known = unknown.unwrap_err();
    let known = known.split("It has ").nth(1).unwrap();
    let known = known.split('.').next().unwrap();
    let rules: Vec<_> = known
        .split(", ")
        .map(|service| FaultRule::new(service, Effect::Throttle))
        .collect();
    assert!(rules.len() >= 17, "{known}");
    aws.client.set_faults(&rules).await?;
    aws.account.shutdown().await;
    Ok(())
}

async fn call(
    aws: &TestAccount,
    service: &str,
    target: &str,
    body: Value,
) -> Result<Value, String> {
    let answer = aws
        .client
        .aws(AwsCall {
            service,
            region: REGION,
            method: http::Method::POST,
            path: "/",
            target: Some(target),
            content_type: "application/x-amz-json-1.0",
            body: body.to_string(),
        })
        .await;
    answer
        .map(|text| serde_json::from_str(&text).unwrap())
        .map_err(|error| error.to_string())
}

async fn end_user_messaging_shares_outbox_and_opt_outs_with_sns() -> Result<(), Failure> {
    let aws = TestAccount::start().await?;
    let sns = aws_sdk_sns::Client::new(&aws.sdk_config().await);
    let send = || {
        let body = json!({
            "DestinationPhoneNumber": PHONE,
            "MessageBody": "text",
            "MessageType": "TRANSACTIONAL",
        });
        call(
            &aws,
            "sms-voice",
            "PinpointSMSVoiceV2.SendTextMessage",
            body,
        )
    };
    aws.client.opt_out(REGION, PHONE).await?;
    let refused = send().await.unwrap_err();
    assert!(
        refused.contains("ConflictException")
            && refused.contains("DESTINATION_PHONE_NUMBER_OPTED_OUT"),
        "{refused}"
    );
    sns.opt_in_phone_number().phone_number(PHONE).send().await?;
    let sent = send().await?;
    publish(&sns).send().await?;
    let messages = aws.messages();
    assert_eq!(sent["MessageId"], messages[0].message_id.as_str());
    let channels: Vec<_> = messages.iter().map(|message| message.channel).collect();
    assert_eq!(channels, [Channel::EndUserMessaging, Channel::Sns]);
    assert_eq!(aws.client.messages().await?, messages);

    aws.account
        .faults()
        .add(FaultRule::new("sms-voice", Effect::Throttle))?;
    let refused = send().await.unwrap_err();
    assert!(
        refused.contains("400") && refused.contains("ThrottlingException"),
        "{refused}"
    );
    aws.account.shutdown().await;
    Ok(())
}
