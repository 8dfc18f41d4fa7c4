//! Determines the actions on resources that a request requires, after AWS's Service Authorization
//! Reference.

mod any_resource;
mod cloudwatch;
mod connect;
mod dependent;
mod dynamodb;
mod iam;
mod kms;
mod lambda;
mod s3;
mod sns;
mod ssm;

use local_iam::Context;
use local_wire::{ACCOUNT_ID, ApiRequest, Request, partition};
use serde_json::Value;

use super::resources::Resources;
use crate::signers::Signer;

/// An action on a resource that a request requires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RequiredAction {
    /// Written in the letter case that the service uses in refusals.
    pub(super) action: String,
    /// An ARN; `*` if the action has no resource; a phone number for SNS.
    pub(super) resource: String,
    /// Whether `resource` is the request's; otherwise it is `*`, since the account does not know it.
    pub(super) is_resource_known: bool,
    /// The service's condition keys.
    pub(super) context: Context,
}

/// Why the required actions cannot be determined.
type Unmapped = String;

impl RequiredAction {
    pub(super) fn new(action: impl Into<String>, resource: impl Into<String>) -> Self {
        Self {
            action: action.into(),
            resource: resource.into(),
            is_resource_known: true,
            context: Context::new(),
        }
    }

    fn given(self, context: Context) -> Self {
        Self { context, ..self }
    }
}

/// Returns every action that a request requires. All of them must be allowed.
pub(super) async fn of(
    request: &ApiRequest,
    signer: &Signer,
    resources: &Resources,
) -> Result<Vec<RequiredAction>, Unmapped> {
    let mut required = match known(request, signer, resources).await {
        Ok(required) => required,
        // Functions need few permissions, each with its resource; sessions and users may need any.
        Err(reason) => match signer {
            Signer::Function(_) => return Err(reason),
            Signer::Session(_) | Signer::User(_) => any_resource::required(request, reason)?,
        },
    };
    dependent::add(request, &mut required);
    Ok(required)
}

/// Returns the actions of a request whose resources the account determines.
async fn known(
    request: &ApiRequest,
    signer: &Signer,
    resources: &Resources,
) -> Result<Vec<RequiredAction>, Unmapped> {
    let region = &request.region;
    let operation = request.operation.name.as_str();
    match request.service.as_str() {
        "connect" => connect::required(request),
        "dynamodb" => dynamodb::required(region, operation, &body(request)?, resources).await,
        "iam" => iam::required(request, signer, resources).await,
        "kms" => kms::required(region, operation, &body(request)?, resources).await,
        "lambda" => lambda::required(request),
        "logs" => logs(region, operation, &body(request)?),
        "monitoring" => cloudwatch::required(request),
        "s3" => s3::required(request),
        "sms-voice" => sms_voice(region, operation, &body(request)?),
        "sns" => sns::required(request, operation),
        "ssm" => ssm::required(region, operation, &body(request)?, resources).await,
        // GetCallerIdentity and GetSessionToken require no permission. AssumeRole needs one only if
        // the role does not trust the caller, so STS decides about it.
        "sts"
            if matches!(
                operation,
                "AssumeRole" | "GetCallerIdentity" | "GetSessionToken"
            ) =>
        {
            Ok(Vec::new())
        }
        "xray" if matches!(operation, "PutTraceSegments" | "PutTelemetryRecords") => {
            Ok(vec![RequiredAction::new(format!("xray:{operation}"), "*")])
        }
        _ => Err(unknown(&request.service, operation)),
    }
}

fn unknown(service: &str, operation: &str) -> Unmapped {
    format!("the local account does not know which permissions {service}:{operation} requires")
}

fn body(request: &Request) -> Result<Value, Unmapped> {
    serde_json::from_slice(&request.body)
        .map_err(|error| format!("the request is not valid JSON: {error}"))
}

/// Returns a string member of a request.
fn text<'a>(body: &'a Value, member: &str) -> Result<&'a str, Unmapped> {
    body[member]
        .as_str()
        .ok_or_else(|| format!("the request has no {member}"))
}

/// Returns an ARN in this account.
fn arn(service: &str, region: &str, resource: &str) -> String {
    let partition = partition(region);
    format!("arn:{partition}:{service}:{region}:{ACCOUNT_ID}:{resource}")
}

/// `CreateLogStream` and `PutLogEvents` are checked for the stream. The reference names it as a
/// resource of the latter alone, but AWS's refusals have it for both.
fn logs(region: &str, operation: &str, body: &Value) -> Result<Vec<RequiredAction>, Unmapped> {
    let group = || text(body, "logGroupName");
    let resource = match operation {
        "CreateLogStream" | "PutLogEvents" | "GetLogEvents" | "DeleteLogStream" => {
            let stream = text(body, "logStreamName")?;
            format!("log-group:{}:log-stream:{stream}", group()?)
        }
        "CreateLogGroup"
        | "DeleteLogGroup"
        | "DeleteRetentionPolicy"
        | "DescribeLogStreams"
        | "FilterLogEvents"
        | "PutRetentionPolicy" => format!("log-group:{}:log-stream:", group()?),
        // The resource of AWS's refusal, as users of Terraform's provider report it:
        // <https://github.com/hashicorp/terraform-provider-aws/issues/8804>.
        "DescribeLogGroups" => "log-group::log-stream:".to_owned(),
        "ListTagsForResource" | "TagResource" | "UntagResource" => {
            let action = format!("logs:{operation}");
            return Ok(vec![RequiredAction::new(
                action,
                text(body, "resourceArn")?,
            )]);
        }
        _ => return Err(unknown("logs", operation)),
    };
    Ok(vec![RequiredAction::new(
        format!("logs:{operation}"),
        arn("logs", region, &resource),
    )])
}

/// A message's resource is the identity that it is sent from. If the request does not name one, AWS
/// selects a phone number, pool or sender id; here it is a sender id, which Japan shows for such
/// messages. Sender ids belong to one country each: the destination's.
fn sms_voice(region: &str, operation: &str, body: &Value) -> Result<Vec<RequiredAction>, Unmapped> {
    if operation != "SendTextMessage" {
        return Err(unknown("sms-voice", operation));
    }
    let origin = body["OriginationIdentity"].as_str().unwrap_or("NOTICE");
    let resource = if origin.starts_with("arn:") {
        origin.to_owned()
    } else {
        let digits = origin.strip_prefix('+').unwrap_or(origin);
        let kind = if origin.starts_with("pool-") {
            "pool"
        } else if origin.starts_with("phone-") || digits.bytes().all(|b| b.is_ascii_digit()) {
            "phone-number"
        } else {
            "sender-id"
        };
        let country = match kind {
            "sender-id" => format!("/{}", country(text(body, "DestinationPhoneNumber")?)),
            _ => String::new(),
        };
        arn("sms-voice", region, &format!("{kind}/{digits}{country}"))
    };
    Ok(vec![RequiredAction::new(
        "sms-voice:SendTextMessage",
        resource,
    )])
}

/// Returns the country of a phone number, for the countries that lines of this repository send to;
/// `ZZ` stands for all others.
fn country(phone_number: &str) -> &'static str {
    const COUNTRIES: [(&str, &str); 4] =
        [("+81", "JP"), ("+44", "GB"), ("+49", "DE"), ("+1", "US")];
    COUNTRIES
        .into_iter()
        .find_map(|(prefix, country)| phone_number.starts_with(prefix).then_some(country))
        .unwrap_or("ZZ")
}

#[cfg(test)]
mod tests;
