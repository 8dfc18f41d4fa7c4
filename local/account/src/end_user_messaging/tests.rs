//! Requests that are accepted, and those that are refused with their reasons.

use serde_json::Value;

use futures_util::future::BoxFuture;
use local_wire::FunctionIdentity;

use super::*;
use crate::cloudwatch::CloudWatch;
use crate::logs::Logs;
use crate::sns::Sns;
use crate::test_requests::{ask, send_form};

const REGION: &str = "ap-northeast-1";
const PHONE: &str = "+819012345678";

const ROLE: &str = "arn:aws:iam::123456789012:role/events";

/// Allows the roles with the name `events` everything, and others nothing.
struct RightsOfEvents;

impl RoleRights for RightsOfEvents {
    fn assumable<'a>(&'a self, role: &'a str, service: &'a str, _: &'a str) -> BoxFuture<'a, bool> {
        async move { role == ROLE && service == "sms-voice.amazonaws.com" }.boxed()
    }

    fn authorize<'a>(
        &'a self,
        _: &'a FunctionIdentity,
        _: &'a str,
        _: &'a str,
        _: &'a str,
    ) -> BoxFuture<'a, Result<(), Fault>> {
        async { Ok(()) }.boxed()
    }
}

pub(super) struct MessagingWorld {
    pub(super) service: EndUserMessaging,
    sns: Arc<Sns>,
    logs: Arc<Logs>,
    outbox: Arc<Outbox>,
    recipients: Arc<Recipients>,
    spending: Arc<Spending>,
}

pub(super) fn world() -> MessagingWorld {
    let outbox = Arc::new(Outbox::default());
    let recipients = Arc::new(Recipients::default());
    let spending = Arc::new(Spending::default());
    let metrics = Arc::new(CloudWatch::default());
    let logs = Arc::new(Logs::new(Arc::clone(&metrics) as _));
    let rights = Arc::new(RightsOfEvents);
    let sns = Arc::new(Sns::new(
        Arc::clone(&outbox),
        Arc::clone(&recipients),
        Arc::clone(&spending),
        Arc::clone(&logs) as _,
        metrics,
        Arc::clone(&rights) as _,
    ));
    let service = EndUserMessaging::new(MessagingPorts {
        outbox: Arc::clone(&outbox),
        recipients: Arc::clone(&recipients),
        spending: Arc::clone(&spending),
        logs: Arc::clone(&logs) as _,
        topics: Arc::clone(&sns) as _,
        rights,
    });
    MessagingWorld {
        service,
        sns,
        logs,
        outbox,
        recipients,
        spending,
    }
}

impl MessagingWorld {
    async fn ask(&self, operation: &str, body: Value) -> (u16, Value) {
        let target = format!("PinpointSMSVoiceV2.{operation}");
        ask(&self.service, REGION, "sms-voice", &target, body).await
    }

    /// Carries out an operation, and compares its answer with the service model.
    async fn done(&self, operation: &str, body: Value) -> Value {
        let (status, answer) = self.ask(operation, body).await;
        assert_eq!(status, 200, "{operation}: {answer}");
        let model = MODEL.as_ref().unwrap();
        assert_eq!(model.output_problem(operation, &answer), None, "{answer}");
        answer
    }

    async fn refused(&self, body: Value) -> (String, String) {
        self.refused_by("SendTextMessage", body).await
    }

    /// Returns the error and the reason of a refusal; for a resource that does not exist, its type.
    async fn refused_by(&self, operation: &str, body: Value) -> (String, String) {
        let (status, answer) = self.ask(operation, body).await;
        assert_eq!(status, 400, "{answer}");
        let text = |member: &str| answer[member].as_str().unwrap_or_default().to_owned();
        let reason = match answer["Reason"].is_string() {
            true => text("Reason"),
            false => text("ResourceType"),
        };
        (text("__type"), reason)
    }
}

fn conflict(reason: &str) -> (String, String) {
    ("ConflictException".into(), reason.into())
}

#[tokio::test]
async fn a_message_goes_to_the_outbox_with_all_its_options() {
    let world = world();
    let (status, answer) = world
        .ask(
            "SendTextMessage",
            json!({
                "DestinationPhoneNumber": "819012345678",
                "MessageBody": "キャンペーン",
                "MessageType": "TRANSACTIONAL",
                "OriginationIdentity": "CAMPAIGN",
                "MaxPrice": ".20",
                "TimeToLive": 300,
                "Context": { "contact": "c-1" },
            }),
        )
        .await;
    assert_eq!(status, 200, "{answer}");
    let sent = world.outbox.messages().remove(0);
    assert_eq!(answer["MessageId"], sent.message_id);
    assert_eq!(sent.channel, Channel::EndUserMessaging);
    assert_eq!(
        (sent.phone_number.as_str(), sent.message.as_str()),
        (PHONE, "キャンペーン")
    );
    assert_eq!(sent.attributes["MessageType"], "TRANSACTIONAL");
    assert_eq!(sent.attributes["TimeToLive"], "300");
    assert_eq!(sent.attributes["Context.contact"], "c-1");

    let (status, _) = world
        .ask(
            "SendTextMessage",
            json!({ "DestinationPhoneNumber": PHONE, "MessageBody": "x", "DryRun": true }),
        )
        .await;
    assert_eq!((status, world.outbox.messages().len()), (200, 1));
}

#[tokio::test]
async fn a_request_that_violates_the_model_is_refused_with_its_fields() {
    let world = world();
    for (member, value) in [
        ("DestinationPhoneNumber", json!("09012345678")),
        ("DestinationPhoneNumber", json!("")),
        ("MessageBody", json!(" \n")),
        ("MessageBody", json!("あ".repeat(1601))),
        ("MessageType", json!("Transactional")),
        ("OriginationIdentity", json!("no spaces")),
        ("MaxPrice", json!("1")),
        ("MaxPrice", json!("123.4")),
        ("TimeToLive", json!(4)),
        ("Keyword", json!("")),
        ("Context", json!({ "a b": "c" })),
        ("DestinationCountryParameters", json!({ "JP": "c" })),
    ] {
        let mut body = json!({ "DestinationPhoneNumber": PHONE, "MessageBody": "x" });
        body[member] = value.clone();
        let (status, answer) = world.ask("SendTextMessage", body).await;
        assert_eq!(status, 400, "{member} {value}");
        assert_eq!(answer["Reason"], "FIELD_VALIDATION_FAILED");
        assert_eq!(answer["Fields"][0]["Name"], member, "{answer}");
    }
    let missing = world.refused(json!({ "MessageBody": "x" })).await;
    assert_eq!(
        missing,
        ("ValidationException".into(), "MISSING_PARAMETER".into())
    );
    let long = json!({ "DestinationPhoneNumber": "+1234567890123456", "MessageBody": "x" });
    assert_eq!(world.refused(long).await.1, "CANNOT_PARSE");
    let typed = world
        .refused(json!({ "DestinationPhoneNumber": PHONE, "MessageBody": 1 }))
        .await;
    assert_eq!(typed.0, "SerializationException");
    assert!(world.outbox.messages().is_empty());
}

#[tokio::test]
async fn numbers_that_cannot_be_reached_are_refused() {
    let world = world();
    let body = json!({ "DestinationPhoneNumber": PHONE, "MessageBody": "x" });
    world.recipients.opt_out(REGION, PHONE, true).unwrap();
    assert_eq!(
        world.refused(body.clone()).await,
        conflict("DESTINATION_PHONE_NUMBER_OPTED_OUT")
    );
    world
        .recipients
        .with(REGION, |lists| lists.opted_out.clear());
    world.recipients.set_sandbox(REGION, true);
    assert_eq!(
        world.refused(body).await,
        conflict("DESTINATION_PHONE_NUMBER_NOT_VERIFIED")
    );
    assert!(world.outbox.messages().is_empty());
    let (_, answer) = world.ask("DescribeAccountAttributes", json!({})).await;
    assert_eq!(answer["AccountAttributes"][0]["Value"], "SANDBOX");
}

#[tokio::test]
async fn an_unknown_operation_is_named_in_the_error() {
    let (status, answer) = world().ask("CreateRcsAgent", json!({})).await;
    assert_eq!(status, 501);
    assert!(
        answer["Message"]
            .as_str()
            .unwrap()
            .contains("sms-voice:CreateRcsAgent")
    );
}

impl MessagingWorld {
    async fn number(&self, more: Value) -> Value {
        let mut body = json!({
            "IsoCountryCode": "JP",
            "MessageType": "TRANSACTIONAL",
            "NumberCapabilities": ["SMS"],
            "NumberType": "LONG_CODE",
        });
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        self.done("RequestPhoneNumber", body).await
    }
}

fn not_found(kind: &str) -> (String, String) {
    ("ResourceNotFoundException".into(), kind.into())
}

fn over_quota(reason: &str) -> (String, String) {
    ("ServiceQuotaExceededException".into(), reason.into())
}

fn invalid(reason: &str) -> (String, String) {
    ("ValidationException".into(), reason.into())
}

/// The steps are those of the resource `aws_pinpointsmsvoicev2_phone_number` of Terraform's provider,
/// which waits for ACTIVE, and after the release for an error that the number does not exist.
#[tokio::test]
async fn a_phone_number_is_requested_updated_and_released() {
    let world = world();
    let tags = json!([{ "Key": "line", "Value": "campaign" }]);
    let number = world
        .number(json!({ "DeletionProtectionEnabled": true, "Tags": tags }))
        .await;
    assert_eq!(number["Status"], "ACTIVE");
    assert_eq!(number["OptOutListName"], "Default");
    let id = number["PhoneNumberId"].clone();
    let describe = json!({ "PhoneNumberIds": [id] });
    let listed = world.done("DescribePhoneNumbers", describe.clone()).await;
    assert_eq!(
        listed["PhoneNumbers"][0]["PhoneNumber"],
        number["PhoneNumber"]
    );
    let of_arn = json!({ "ResourceArn": number["PhoneNumberArn"] });
    let listed = world.done("ListTagsForResource", of_arn).await;
    assert_eq!(listed["Tags"], tags);

    let release = json!({ "PhoneNumberId": id });
    let held = world
        .refused_by("ReleasePhoneNumber", release.clone())
        .await;
    assert_eq!(held, conflict("DELETION_PROTECTION_ENABLED"));
    for (change, refusal) in [
        (
            json!({ "TwoWayEnabled": true }),
            invalid("TWO_WAY_CHANNEL_NOT_PRESENT"),
        ),
        (
            json!({ "OptOutListName": "none" }),
            not_found("opt-out-list"),
        ),
    ] {
        let mut body = change;
        body["PhoneNumberId"] = id.clone();
        assert_eq!(world.refused_by("UpdatePhoneNumber", body).await, refusal);
    }
    let update = json!({
        "PhoneNumberId": id,
        "DeletionProtectionEnabled": false,
        "TwoWayEnabled": true,
        "TwoWayChannelArn": "arn:aws:sns:ap-northeast-1:123456789012:answers",
    });
    let updated = world.done("UpdatePhoneNumber", update).await;
    assert_eq!(updated["TwoWayEnabled"], true);
    let filter = json!({ "Filters": [{ "Name": "two-way-enabled", "Values": ["false"] }] });
    let listed = world.done("DescribePhoneNumbers", filter).await;
    assert_eq!(listed["PhoneNumbers"], json!([]));

    let released = world.done("ReleasePhoneNumber", release).await;
    assert_eq!(released["Status"], "DELETED");
    assert_eq!(
        world.refused_by("DescribePhoneNumbers", describe).await,
        not_found("phone-number")
    );
}

#[tokio::test]
async fn resources_are_listed_in_pages() {
    let world = world();
    for _ in 0..3 {
        world.number(json!({})).await;
    }
    let first = world
        .done("DescribePhoneNumbers", json!({ "MaxResults": 2 }))
        .await;
    assert_eq!(first["PhoneNumbers"].as_array().unwrap().len(), 2);
    let rest = json!({ "NextToken": first["NextToken"] });
    let second = world.done("DescribePhoneNumbers", rest.clone()).await;
    assert_eq!(second["PhoneNumbers"].as_array().unwrap().len(), 1);
    assert_eq!(second.get("NextToken"), None);
    assert_eq!(
        world.refused_by("DescribePools", rest).await,
        invalid("INVALID_NEXT_TOKEN")
    );
}

/// The rules are those of `CreatePool`, `AssociateOriginationIdentity`, `DeletePool` and
/// `ReleasePhoneNumber` in the API reference.
#[tokio::test]
async fn a_pool_has_numbers_and_sender_ids_of_the_same_settings() {
    let world = world();
    let id = async |more: Value| world.number(more).await["PhoneNumberId"].clone();
    let first = id(json!({})).await;
    let second = id(json!({})).await;
    let promotional = id(json!({ "MessageType": "PROMOTIONAL" })).await;
    let sender = json!({ "SenderId": "CAMPAIGN", "IsoCountryCode": "DE" });
    world.done("RequestSenderId", sender.clone()).await;

    let create = json!({ "OriginationIdentity": first, "MessageType": "TRANSACTIONAL" });
    let pool = world.done("CreatePool", create.clone()).await["PoolId"].clone();
    let taken = world.refused_by("CreatePool", create).await;
    assert_eq!(taken, conflict("PHONE_NUMBER_ASSOCIATED_TO_POOL"));
    let identity = |identity: &Value| json!({ "PoolId": pool, "OriginationIdentity": identity });
    let of_sender = json!({
        "PoolId": pool, "OriginationIdentity": "CAMPAIGN", "IsoCountryCode": "DE",
    });
    world
        .done("AssociateOriginationIdentity", identity(&second))
        .await;
    world
        .done("AssociateOriginationIdentity", of_sender.clone())
        .await;
    for (body, refusal) in [
        (
            identity(&second),
            conflict("PHONE_NUMBER_ASSOCIATED_TO_POOL"),
        ),
        (of_sender.clone(), conflict("RESOURCE_ALREADY_ASSOCIATED")),
        (identity(&promotional), conflict("MESSAGE_TYPE_MISMATCH")),
        (identity(&json!("UNKNOWN")), not_found("sender-id")),
    ] {
        let refused = world.refused_by("AssociateOriginationIdentity", body).await;
        assert_eq!(refused, refusal);
    }
    let listed = world
        .done("ListPoolOriginationIdentities", json!({ "PoolId": pool }))
        .await;
    let identities = listed["OriginationIdentities"].as_array().unwrap();
    assert_eq!(identities.len(), 3);
    assert!(identities.iter().any(|one| one["IsoCountryCode"] == "DE"));

    let in_pool = world.refused_by("ReleaseSenderId", sender).await;
    assert_eq!(in_pool, conflict("SENDER_ID_ASSOCIATED_TO_POOL"));
    world
        .done("DisassociateOriginationIdentity", identity(&second))
        .await;
    world
        .done("DisassociateOriginationIdentity", of_sender)
        .await;
    let refused = async |body| {
        world
            .refused_by("DisassociateOriginationIdentity", body)
            .await
    };
    assert_eq!(
        refused(identity(&second)).await,
        conflict("PHONE_NUMBER_NOT_ASSOCIATED_TO_POOL")
    );
    assert_eq!(
        refused(identity(&first)).await,
        conflict("LAST_PHONE_NUMBER")
    );
    let of_first = json!({ "PhoneNumberId": first });
    assert_eq!(
        world
            .refused_by("ReleasePhoneNumber", of_first.clone())
            .await,
        conflict("PHONE_NUMBER_ASSOCIATED_TO_POOL")
    );
    let update = json!({ "PoolId": pool, "SharedRoutesEnabled": true });
    let updated = world.done("UpdatePool", update).await;
    assert_eq!(updated["SharedRoutesEnabled"], true);
    world.done("DeletePool", json!({ "PoolId": pool })).await;
    world.done("ReleasePhoneNumber", of_first).await;
    let listed = world.done("DescribePools", json!({})).await;
    assert_eq!(listed["Pools"], json!([]));
}

#[tokio::test]
async fn a_sender_id_belongs_to_a_country() {
    let world = world();
    let german = json!({ "SenderId": "CAMPAIGN", "IsoCountryCode": "DE" });
    let british = json!({ "SenderId": "CAMPAIGN", "IsoCountryCode": "GB" });
    world.done("RequestSenderId", german.clone()).await;
    let again = world.refused_by("RequestSenderId", german.clone()).await;
    assert_eq!(again, conflict("RESOURCE_ALREADY_EXISTS"));
    world.done("RequestSenderId", british.clone()).await;
    let listed = world
        .done("DescribeSenderIds", json!({ "SenderIds": [german] }))
        .await;
    assert_eq!(listed["SenderIds"].as_array().unwrap().len(), 1);
    let mut protect = british.clone();
    protect["DeletionProtectionEnabled"] = true.into();
    world.done("UpdateSenderId", protect).await;
    let held = world.refused_by("ReleaseSenderId", british).await;
    assert_eq!(held, conflict("DELETION_PROTECTION_ENABLED"));
    world.done("ReleaseSenderId", german.clone()).await;
    let gone = world.refused_by("ReleaseSenderId", german).await;
    assert_eq!(gone, not_found("sender-id"));
}

#[tokio::test]
async fn a_number_is_blocked_by_the_opt_out_list_of_its_sender() {
    let world = world();
    let list = json!({ "OptOutListName": "campaign" });
    world.done("CreateOptOutList", list.clone()).await;
    let again = world.refused_by("CreateOptOutList", list.clone()).await;
    assert_eq!(again, conflict("RESOURCE_ALREADY_EXISTS"));
    let listed = world.done("DescribeOptOutLists", json!({})).await;
    assert_eq!(listed["OptOutLists"][0]["OptOutListName"], "Default");
    let number = world.number(json!({ "OptOutListName": "campaign" })).await;
    let in_use = world.refused_by("DeleteOptOutList", list.clone()).await;
    assert_eq!(in_use, conflict("RESOURCE_NOT_EMPTY"));

    let send = |identity: &Value| {
        json!({
            "DestinationPhoneNumber": PHONE, "MessageBody": "x", "OriginationIdentity": identity,
        })
    };
    let by_list = send(&number["PhoneNumberId"]);
    let by_default = send(&json!("CAMPAIGN"));
    let opted_out = json!({ "OptOutListName": "campaign", "OptedOutNumber": PHONE });
    world.done("PutOptedOutNumber", opted_out.clone()).await;
    assert_eq!(
        world.refused(by_list.clone()).await,
        conflict("DESTINATION_PHONE_NUMBER_OPTED_OUT")
    );
    world.done("SendTextMessage", by_default.clone()).await;
    let listed = world.done("DescribeOptedOutNumbers", list.clone()).await;
    let entry = &listed["OptedOutNumbers"][0];
    assert_eq!(entry["OptedOutNumber"], PHONE);
    assert_eq!(entry["EndUserOptedOut"], false);
    world.done("DeleteOptedOutNumber", opted_out.clone()).await;
    world.done("SendTextMessage", by_list.clone()).await;
    assert_eq!(
        world.refused_by("DeleteOptedOutNumber", opted_out).await,
        not_found("opted-out-number")
    );

    // The list of the account is the one that SNS uses, and a user who replied STOP must opt in.
    world.recipients.opt_out(REGION, PHONE, true).unwrap();
    assert_eq!(
        world.refused(by_default).await,
        conflict("DESTINATION_PHONE_NUMBER_OPTED_OUT")
    );
    world.done("SendTextMessage", by_list).await;
    let of_account = json!({ "OptOutListName": "Default", "OptedOutNumber": PHONE });
    assert_eq!(
        world.refused_by("DeleteOptedOutNumber", of_account).await,
        invalid("PHONE_NUMBER_CANNOT_BE_OPTED_IN")
    );
    let release = json!({ "PhoneNumberId": number["PhoneNumberId"] });
    world.done("ReleasePhoneNumber", release).await;
    world.done("DeleteOptOutList", list).await;
}

/// The steps are those of the resource `aws_pinpointsmsvoicev2_configuration_set`.
#[tokio::test]
async fn a_configuration_set_has_defaults_and_up_to_five_destinations() {
    let world = world();
    let set = json!({ "ConfigurationSetName": "line" });
    let created = world.done("CreateConfigurationSet", set.clone()).await;
    let again = world
        .refused_by("CreateConfigurationSet", set.clone())
        .await;
    assert_eq!(again, conflict("RESOURCE_ALREADY_EXISTS"));
    let with = |more: Value| {
        let mut body = set.clone();
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        body
    };
    let sender = with(json!({ "SenderId": "CAMPAIGN" }));
    world.done("SetDefaultSenderId", sender).await;
    let kind = with(json!({ "MessageType": "PROMOTIONAL" }));
    world.done("SetDefaultMessageType", kind).await;
    let feedback = with(json!({ "MessageFeedbackEnabled": true }));
    world
        .done("SetDefaultMessageFeedbackEnabled", feedback)
        .await;
    let describe = json!({ "ConfigurationSetNames": [created["ConfigurationSetArn"]] });
    let listed = world.done("DescribeConfigurationSets", describe).await;
    assert_eq!(
        listed["ConfigurationSets"][0]["DefaultSenderId"],
        "CAMPAIGN"
    );
    world.done("DeleteDefaultSenderId", set.clone()).await;
    world.done("DeleteDefaultMessageType", set.clone()).await;

    let topic = json!({ "TopicArn": "arn:aws:sns:ap-northeast-1:123456789012:events" });
    let logs = json!({
        "IamRoleArn": ROLE,
        "LogGroupArn": "arn:aws:logs:ap-northeast-1:123456789012:log-group:events",
    });
    let destination = |name: &str, more: Value| {
        let named = json!({ "EventDestinationName": name, "MatchingEventTypes": ["TEXT_ALL"] });
        let mut body = with(named);
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        body
    };
    for (body, refusal) in [
        (destination("a", json!({})), invalid("MISSING_PARAMETER")),
        (
            destination(
                "a",
                json!({ "SnsDestination": topic, "CloudWatchLogsDestination": logs }),
            ),
            invalid("PARAMETERS_CANNOT_BE_USED_TOGETHER"),
        ),
    ] {
        assert_eq!(
            world.refused_by("CreateEventDestination", body).await,
            refusal
        );
    }
    for name in ["a", "b", "c", "d", "e"] {
        let body = destination(name, json!({ "SnsDestination": topic }));
        world.done("CreateEventDestination", body).await;
    }
    let sixth = destination("f", json!({ "SnsDestination": topic }));
    assert_eq!(
        world.refused_by("CreateEventDestination", sixth).await,
        over_quota("EVENT_DESTINATIONS_PER_CONFIGURATION_SET")
    );
    let other = destination("a", json!({ "CloudWatchLogsDestination": logs }));
    assert_eq!(
        world.refused_by("UpdateEventDestination", other).await,
        conflict("EVENT_DESTINATION_MISMATCH")
    );
    let off = destination("a", json!({ "Enabled": false }));
    let updated = world.done("UpdateEventDestination", off).await;
    assert_eq!(updated["EventDestination"]["Enabled"], false);
    let delete = with(json!({ "EventDestinationName": "a" }));
    world.done("DeleteEventDestination", delete.clone()).await;
    assert_eq!(
        world.refused_by("DeleteEventDestination", delete).await,
        not_found("event-destination")
    );
    world.done("DeleteConfigurationSet", set.clone()).await;
    assert_eq!(
        world.refused_by("DeleteConfigurationSet", set).await,
        not_found("configuration-set")
    );
}

/// Members and values are those of "Example event data" in the guide.
#[tokio::test]
async fn the_events_of_a_message_reach_log_group_and_topic() {
    let world = world();
    let of_logs = async |operation: &str, body: Value| {
        let target = format!("Logs_20140328.{operation}");
        ask(&*world.logs, REGION, "logs", &target, body).await
    };
    let group = json!({ "logGroupName": "events" });
    let (status, _) = of_logs("CreateLogGroup", group.clone()).await;
    assert_eq!(status, 200);
    let topic = "arn:aws:sns:ap-northeast-1:123456789012:events";
    let pager = "+819087654321";
    for form in [
        &[("Action", "CreateTopic"), ("Name", "events")][..],
        &[
            ("Action", "Subscribe"),
            ("TopicArn", topic),
            ("Protocol", "sms"),
            ("Endpoint", pager),
        ],
    ] {
        let (status, answer) = send_form(&*world.sns, REGION, "sns", form).await;
        assert_eq!(status, 200, "{answer}");
    }
    let set = json!({ "ConfigurationSetName": "line" });
    world.done("CreateConfigurationSet", set).await;
    let log_group = "arn:aws:logs:ap-northeast-1:123456789012:log-group:events:*";
    for (name, kinds, member, destination) in [
        (
            "log",
            json!(["TEXT_ALL"]),
            "CloudWatchLogsDestination",
            json!({ "IamRoleArn": ROLE, "LogGroupArn": log_group }),
        ),
        (
            "untrusted",
            json!(["ALL"]),
            "CloudWatchLogsDestination",
            json!({
                "IamRoleArn": "arn:aws:iam::123456789012:role/other", "LogGroupArn": log_group,
            }),
        ),
        (
            "topic",
            json!(["TEXT_SUCCESSFUL", "TEXT_BLOCKED"]),
            "SnsDestination",
            json!({ "TopicArn": topic }),
        ),
    ] {
        let mut body = json!({
            "ConfigurationSetName": "line", "EventDestinationName": name,
            "MatchingEventTypes": kinds,
        });
        body[member] = destination;
        world.done("CreateEventDestination", body).await;
    }
    let number = world.number(json!({})).await;
    let sent = world
        .done(
            "SendTextMessage",
            json!({
                "DestinationPhoneNumber": PHONE,
                "MessageBody": "あ".repeat(71),
                "OriginationIdentity": number["PhoneNumberArn"],
                "ConfigurationSetName": "line",
                "Context": { "contact": "c-1" },
            }),
        )
        .await;

    let (_, events) = of_logs("FilterLogEvents", group).await;
    let lines = events["events"].as_array().unwrap().iter();
    let lines: Vec<Value> = lines
        .map(|line| serde_json::from_str(line["message"].as_str().unwrap()).unwrap())
        .collect();
    let mut kinds: Vec<&str> = lines
        .iter()
        .map(|line| line["eventType"].as_str().unwrap())
        .collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["TEXT_QUEUED", "TEXT_SUCCESSFUL"]);
    let delivered = lines
        .iter()
        .find(|line| line["eventType"] == "TEXT_SUCCESSFUL")
        .unwrap();
    for (member, value) in [
        ("eventVersion", json!("1.0")),
        ("isFinal", json!(true)),
        ("originationPhoneNumber", number["PhoneNumber"].clone()),
        ("destinationPhoneNumber", json!(PHONE)),
        ("messageId", sent["MessageId"].clone()),
        ("messageEncoding", json!("Unicode")),
        ("messageType", json!("TRANSACTIONAL")),
        ("messageStatus", json!("SUCCESSFUL")),
        (
            "messageStatusDescription",
            json!("Message has been accepted by phone carrier"),
        ),
        ("context", json!({ "contact": "c-1" })),
        ("totalMessageParts", json!(2)),
    ] {
        assert_eq!(delivered[member], value, "{member}");
    }
    let messages = world.outbox.messages();
    let paged: Vec<_> = messages
        .iter()
        .filter(|message| message.phone_number == pager)
        .collect();
    assert_eq!(paged.len(), 1);
    let event: Value = serde_json::from_str(&paged[0].message).unwrap();
    assert_eq!(event["eventType"], "TEXT_SUCCESSFUL");

    let unknown = world
        .refused(json!({
            "DestinationPhoneNumber": PHONE, "MessageBody": "x", "ConfigurationSetName": "none",
        }))
        .await;
    assert_eq!(unknown, not_found("configuration-set"));
}

#[tokio::test]
async fn at_the_monthly_limit_messages_are_refused() {
    let world = world();
    let send = json!({ "DestinationPhoneNumber": PHONE, "MessageBody": "x" });
    let limit = |limit: u64| json!({ "MonthlyLimit": limit });
    world
        .done("SetTextMessageSpendLimitOverride", limit(1))
        .await;
    for _ in 0..13 {
        world.done("SendTextMessage", send.clone()).await;
    }
    assert_eq!(
        world.refused(send.clone()).await,
        over_quota("MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT")
    );
    let limits = world.done("DescribeSpendLimits", json!({})).await;
    let text = &limits["SpendLimits"][0];
    assert_eq!(text["EnforcedLimit"], 1);
    assert_eq!(text["Overridden"], true);
    world
        .done("DeleteTextMessageSpendLimitOverride", json!({}))
        .await;
    world.done("SendTextMessage", send.clone()).await;
    world.spending.set_quota(REGION, 1);
    assert_eq!(
        world.refused(send).await,
        over_quota("MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT")
    );
    assert_eq!(
        world
            .refused_by("SetTextMessageSpendLimitOverride", limit(2))
            .await,
        invalid("REQUESTED_SPEND_LIMIT_HIGHER_THAN_SERVICE_LIMIT")
    );
    assert_eq!(world.outbox.messages().len(), 14);
}

#[tokio::test]
async fn keywords_and_policies_belong_to_a_number() {
    let world = world();
    let number = world.number(json!({})).await;
    let identity = json!({ "OriginationIdentity": number["PhoneNumberId"] });
    let with = |more: Value| {
        let mut body = identity.clone();
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        body
    };
    let put = with(json!({ "Keyword": "prize", "KeywordMessage": "Thank you." }));
    world.done("PutKeyword", put).await;
    let listed = world.done("DescribeKeywords", identity.clone()).await;
    let keywords: Vec<&str> = listed["Keywords"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["Keyword"].as_str().unwrap())
        .collect();
    assert_eq!(keywords, ["HELP", "PRIZE", "STOP"]);
    let filter = with(json!({
        "Filters": [{ "Name": "keyword-action", "Values": ["OPT_OUT"] }],
    }));
    let listed = world.done("DescribeKeywords", filter).await;
    assert_eq!(listed["Keywords"][0]["Keyword"], "STOP");
    world
        .done("DeleteKeyword", with(json!({ "Keyword": "Prize" })))
        .await;
    let stop = with(json!({ "Keyword": "STOP" }));
    assert_eq!(
        world.refused_by("DeleteKeyword", stop).await,
        conflict("RESOURCE_DELETION_NOT_ALLOWED")
    );

    let arn = number["PhoneNumberArn"].clone();
    let resource = json!({ "ResourceArn": arn });
    let missing = world
        .refused_by("GetResourcePolicy", resource.clone())
        .await;
    assert_eq!(missing, not_found("policy"));
    let policy = json!({ "ResourceArn": arn, "Policy": "{\"Version\":\"2012-10-17\"}" });
    world.done("PutResourcePolicy", policy.clone()).await;
    let read = world.done("GetResourcePolicy", resource.clone()).await;
    assert_eq!(read["Policy"], policy["Policy"]);
    world.done("DeleteResourcePolicy", resource.clone()).await;
    let tag = json!({ "ResourceArn": arn, "Tags": [{ "Key": "a", "Value": "b" }] });
    world.done("TagResource", tag).await;
    let untag = json!({ "ResourceArn": arn, "TagKeys": ["a"] });
    world.done("UntagResource", untag).await;
    let listed = world.done("ListTagsForResource", resource).await;
    assert_eq!(listed["Tags"], json!([]));
    let limits = world.done("DescribeAccountLimits", json!({})).await;
    assert_eq!(limits["AccountLimits"][0]["Used"], 1);
}
