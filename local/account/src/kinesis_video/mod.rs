//! Amazon Kinesis Video Streams: streams with their settings and tags. An instance's storage of media
//! streams names the prefix of such streams.
//!
//! Nothing here takes or plays media, so a stream has no data endpoint.

#[cfg(test)]
mod model_made;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use local_wire::model::ServiceModel;
use local_wire::{
    ACCOUNT_ID, ApiRequest, Declared, Dialect, Fault, Operations, Outcome, OutcomeFuture, Service,
    constraint, page, partition, post,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

/// The most streams of the account, which all stay in memory.
const MAX_STREAMS: usize = 1_000;
/// "A Kinesis video stream can support up to 50 tags."
const MAX_TAGS: usize = 50;
/// The default page of ListStreams.
const PAGE: usize = 10_000;
/// The tier of a stream whose request names none.
const DEFAULT_TIER: &str = "HOT";

/// The function that serves an operation.
type Serve = fn(&mut Streams, &ApiRequest) -> Outcome;

#[rustfmt::skip]
const SERVED: &[Declared<Serve>] = &[
    post("CreateStream", "/createStream", Streams::create as Serve),
    post("DeleteStream", "/deleteStream", Streams::delete),
    post("DescribeStream", "/describeStream", Streams::describe),
    post("DescribeStreamStorageConfiguration", "/describeStreamStorageConfiguration", Streams::describe_storage),
    post("ListStreams", "/listStreams", Streams::list),
    post("ListTagsForStream", "/listTagsForStream", Streams::list_tags),
    post("TagStream", "/tagStream", Streams::tag),
    post("UntagStream", "/untagStream", Streams::untag),
    post("UpdateDataRetention", "/updateDataRetention", Streams::update_retention),
    post("UpdateStream", "/updateStream", Streams::update),
];

static OPERATIONS: LazyLock<Operations<Serve>> =
    LazyLock::new(|| Operations::new("kinesisvideo", &[SERVED], include_str!("operations.txt")));

/// The dialect of Kinesis Video Streams.
pub(crate) static DIALECT: Dialect = Dialect {
    message: "Message",
    throttled: (400, "ClientLimitExceededException"),
    ..Dialect::rest_json("kinesisvideo", || &*OPERATIONS)
};

/// The service model of the operations that are served.
static MODEL: LazyLock<serde_json::Result<ServiceModel>> =
    LazyLock::new(|| ServiceModel::read(include_str!("model.json")));

/// Kinesis Video Streams of the account.
#[derive(Debug, Default)]
pub(crate) struct KinesisVideo {
    streams: Mutex<Streams>,
}

/// The streams by Region and name.
#[derive(Debug, Default)]
struct Streams(BTreeMap<(String, String), Stream>);

#[derive(Debug)]
struct Stream {
    arn: String,
    device: Option<String>,
    media_type: Option<String>,
    kms_key: String,
    retention_hours: i64,
    tier: String,
    version: String,
    created: OffsetDateTime,
    tags: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Create {
    stream_name: String,
    device_name: Option<String>,
    media_type: Option<String>,
    kms_key_id: Option<String>,
    #[serde(default)]
    data_retention_in_hours: i64,
    stream_storage_configuration: Option<Storage>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Storage {
    default_storage_tier: String,
}

/// The stream that a request names, and the version that it has seen.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named {
    stream_name: Option<String>,
    #[serde(rename = "StreamARN")]
    stream_arn: Option<String>,
    current_version: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Update {
    device_name: Option<String>,
    media_type: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateRetention {
    operation: String,
    data_retention_change_in_hours: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    tags: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Untag {
    tag_key_list: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct List {
    max_results: Option<usize>,
    next_token: Option<String>,
    stream_name_condition: Option<NameCondition>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NameCondition {
    comparison_value: Option<String>,
}

impl Streams {
    fn create(&mut self, request: &ApiRequest) -> Outcome {
        let input: Create = request.input()?;
        let region = &request.region;
        check_name("streamName", &input.stream_name)?;
        check_name(
            "deviceName",
            input.device_name.as_deref().unwrap_or_default(),
        )?;
        check_tags(&input.tags)?;
        let key = (region.clone(), input.stream_name.clone());
        if self.0.contains_key(&key) {
            return Err(Fault::new(
                400,
                "ResourceInUseException",
                format!("The stream {} already exists.", input.stream_name),
            ));
        }
        if self.0.len() >= MAX_STREAMS {
            return Err(Fault::new(
                400,
                "AccountStreamLimitExceededException",
                format!(
                    "The local account keeps at most {MAX_STREAMS} streams. Delete those that are no \
                     longer needed."
                ),
            ));
        }
        let created = OffsetDateTime::now_utc();
        let partition = partition(region);
        let arn = format!(
            "arn:{partition}:kinesisvideo:{region}:{ACCOUNT_ID}:stream/{}/{}",
            input.stream_name,
            created.unix_timestamp_nanos() / 1_000_000
        );
        // "If no key ID is specified, the default, Kinesis Video-managed key (aws/kinesisvideo) is
        // used."
        let managed =
            || format!("arn:{partition}:kms:{region}:{ACCOUNT_ID}:alias/aws/kinesisvideo");
        let tier = input.stream_storage_configuration;
        let stream = Stream {
            arn: arn.clone(),
            device: input.device_name,
            media_type: input.media_type,
            kms_key: input.kms_key_id.unwrap_or_else(managed),
            retention_hours: input.data_retention_in_hours,
            tier: tier.map_or_else(|| DEFAULT_TIER.into(), |tier| tier.default_storage_tier),
            version: new_version(),
            created,
            tags: input.tags,
        };
        self.0.insert(key, stream);
        Ok(json!({ "StreamARN": arn }).into())
    }

    fn delete(&mut self, request: &ApiRequest) -> Outcome {
        let named: Named = request.input()?;
        let key = self.key(request, &named)?;
        check_version(&self.0[&key], &named)?;
        self.0.remove(&key);
        empty()
    }

    fn describe(&mut self, request: &ApiRequest) -> Outcome {
        let (name, stream) = self.named(request)?;
        Ok(json!({ "StreamInfo": stream.info(&name) }).into())
    }

    fn describe_storage(&mut self, request: &ApiRequest) -> Outcome {
        let (name, stream) = self.named(request)?;
        Ok(json!({
            "StreamName": name,
            "StreamARN": stream.arn,
            "StreamStorageConfiguration": { "DefaultStorageTier": stream.tier },
        })
        .into())
    }

    fn list(&mut self, request: &ApiRequest) -> Outcome {
        let input: List = request.input()?;
        let prefix = input
            .stream_name_condition
            .and_then(|condition| condition.comparison_value)
            .unwrap_or_default();
        let of_region = self
            .0
            .iter()
            .filter(|((region, name), _)| *region == request.region && name.starts_with(&prefix));
        let items = of_region.map(|((_, name), stream)| (name.clone(), stream.info(name)));
        // The pattern of a token has no '.', '_' or '-', which a name may have.
        let last = input.next_token.as_deref().map(name_of_token).transpose()?;
        let size = input.max_results.unwrap_or(PAGE);
        let page = page::behind(items, last.as_ref(), size);
        let mut answer = json!({ "StreamInfoList": page.items });
        if let Some(name) = page.next {
            let token: String = name.bytes().map(|byte| format!("{byte:02x}")).collect();
            answer["NextToken"] = token.into();
        }
        Ok(answer.into())
    }

    fn list_tags(&mut self, request: &ApiRequest) -> Outcome {
        let (_, stream) = self.named(request)?;
        Ok(json!({ "Tags": stream.tags }).into())
    }

    fn tag(&mut self, request: &ApiRequest) -> Outcome {
        let Tag { tags } = request.input()?;
        let (_, stream) = self.named(request)?;
        let mut merged = stream.tags.clone();
        merged.extend(tags);
        check_tags(&merged)?;
        stream.tags = merged;
        empty()
    }

    fn untag(&mut self, request: &ApiRequest) -> Outcome {
        let Untag { tag_key_list } = request.input()?;
        let (_, stream) = self.named(request)?;
        stream.tags.retain(|key, _| !tag_key_list.contains(key));
        empty()
    }

    fn update(&mut self, request: &ApiRequest) -> Outcome {
        let input: Update = request.input()?;
        check_name(
            "deviceName",
            input.device_name.as_deref().unwrap_or_default(),
        )?;
        let (_, stream) = self.named(request)?;
        stream.device = input.device_name.or(stream.device.take());
        stream.media_type = input.media_type.or(stream.media_type.take());
        stream.version = new_version();
        empty()
    }

    fn update_retention(&mut self, request: &ApiRequest) -> Outcome {
        let input: UpdateRetention = request.input()?;
        let (_, stream) = self.named(request)?;
        let change = match input.operation.as_str() {
            "INCREASE_DATA_RETENTION" => input.data_retention_change_in_hours,
            _ => -input.data_retention_change_in_hours,
        };
        let hours = stream.retention_hours.saturating_add(change);
        if !(0..=i64::from(i32::MAX)).contains(&hours) {
            return Err(invalid(format!(
                "The data retention must stay at 0 hours or more, but {} hours would become {hours}.",
                stream.retention_hours
            )));
        }
        stream.retention_hours = hours;
        stream.version = new_version();
        empty()
    }

    /// Returns the stream that a request names, with its name, if the request has seen its version.
    fn named(&mut self, request: &ApiRequest) -> Result<(String, &mut Stream), Fault> {
        let named: Named = request.input()?;
        let key = self.key(request, &named)?;
        let stream = self.0.get_mut(&key).ok_or_else(not_found)?;
        check_version(stream, &named)?;
        Ok((key.1, stream))
    }

    fn key(&self, request: &ApiRequest, named: &Named) -> Result<(String, String), Fault> {
        // The API reference requires one of them in every request that names a stream.
        let (name, arn) = match (&named.stream_name, &named.stream_arn) {
            (Some(name), None) => (name.as_str(), None),
            (_, Some(arn)) => (arn.split('/').nth(1).unwrap_or_default(), Some(arn)),
            (None, None) => return Err(invalid("Either StreamName or StreamARN must be given.")),
        };
        let key = (request.region.clone(), name.to_owned());
        let found = self.0.get(&key).ok_or_else(not_found)?;
        let is_other = arn.is_some_and(|arn| *arn != found.arn)
            || named
                .stream_name
                .as_ref()
                .is_some_and(|given| *given != key.1);
        match is_other {
            true => Err(not_found()),
            false => Ok(key),
        }
    }
}

impl Stream {
    /// Returns the `StreamInfo`.
    fn info(&self, name: &str) -> Value {
        let mut info = Map::new();
        for (member, value) in [
            ("DeviceName", &self.device),
            ("MediaType", &self.media_type),
        ] {
            if let Some(value) = value {
                info.insert(member.into(), value.as_str().into());
            }
        }
        info.insert("StreamName".into(), name.into());
        info.insert("StreamARN".into(), self.arn.as_str().into());
        info.insert("KmsKeyId".into(), self.kms_key.as_str().into());
        info.insert("Version".into(), self.version.as_str().into());
        info.insert("Status".into(), "ACTIVE".into());
        let created = self.created.unix_timestamp_nanos() as f64 / 1e9;
        info.insert("CreationTime".into(), created.into());
        info.insert("DataRetentionInHours".into(), self.retention_hours.into());
        Value::Object(info)
    }
}

/// Refuses the version of a stream that has changed since.
fn check_version(stream: &Stream, named: &Named) -> Result<(), Fault> {
    match &named.current_version {
        Some(seen) if *seen != stream.version => Err(Fault::new(
            400,
            "VersionMismatchException",
            "The stream version that you specified is not the latest version.",
        )),
        _ => Ok(()),
    }
}

/// Refuses a name with other characters than the model's pattern has. The pattern has no anchors, but the
/// service applies it to the whole name.
fn check_name(member: &str, name: &str) -> Result<(), Fault> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    match name.bytes().all(is_allowed) {
        true => Ok(()),
        false => {
            let broken = "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+";
            Err(invalid(constraint::sentence(name, member, broken)))
        }
    }
}

fn check_tags(tags: &BTreeMap<String, String>) -> Result<(), Fault> {
    match tags.len() <= MAX_TAGS {
        true => Ok(()),
        false => Err(Fault::new(
            400,
            "TagsPerResourceExceededLimitException",
            format!(
                "A stream must have at most {MAX_TAGS} tags, but has {}.",
                tags.len()
            ),
        )),
    }
}

/// Returns the name in a token of ListStreams, which is its bytes in hexadecimal.
fn name_of_token(token: &str) -> Result<String, Fault> {
    let byte = |digits: &[u8]| u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok();
    let bytes: Option<Vec<u8>> = token.as_bytes().chunks(2).map(byte).collect();
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| invalid("NextToken must be one that ListStreams returned."))
}

fn new_version() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

fn empty() -> Outcome {
    Ok(json!({}).into())
}

fn invalid(why: impl Into<String>) -> Fault {
    Fault::new(400, "InvalidArgumentException", why)
}

fn not_found() -> Fault {
    Fault::new(
        404,
        "ResourceNotFoundException",
        "The requested stream is not found or not active.",
    )
}

impl KinesisVideo {
    fn streams(&self) -> MutexGuard<'_, Streams> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, request: &ApiRequest) -> Outcome {
        let declared = OPERATIONS.find(&request.operation)?;
        let model = MODEL.as_ref().map_err(|error| {
            Fault::new(
                500,
                "InternalFailure",
                format!("The service model of Kinesis Video must be readable: {error}"),
            )
        })?;
        model.check(request)?;
        (declared.serve)(&mut self.streams(), request)
    }
}

impl Service for KinesisVideo {
    fn dialect(&self) -> &'static Dialect {
        &DIALECT
    }

    fn call(&self, request: ApiRequest) -> OutcomeFuture<'_> {
        async move { self.serve(&request) }.boxed()
    }
}
