//! Amazon Data Firehose: streams with a bucket of S3 as their destination, their descriptions and tags.
//!
//! A stream can be created, described and given to another service. It takes no records, since nothing
//! here would deliver them.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use local_wire::Serve::Now;
use local_wire::{
    ACCOUNT_ID, ApiRequest, Declared, Dialect, Fault, JsonVersion, Operations, Outcome,
    OutcomeFuture, Serve, Service, done, named, partition, reply,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

/// The most bytes of a request that creates a stream, and the most streams of the account, which all
/// stay in memory.
const MAX_BYTES: usize = 16 * 1_024;
const MAX_STREAMS: usize = 1_000;
/// "Each Firehose stream can have up to 50 tags", with keys of up to 128 characters and values of up to
/// 256.
const MAX_TAGS: usize = 50;
const MAX_TAG_KEY: usize = 128;
const MAX_TAG_VALUE: usize = 256;
/// The default page of ListDeliveryStreams, and the largest.
const PAGE: usize = 10;
const MAX_PAGE: usize = 10_000;

const SERVED: &[Declared<Serve<Firehose>>] = &[
    named(
        "CreateDeliveryStream",
        Now(|firehose, request| firehose.create(request)),
    ),
    named(
        "DeleteDeliveryStream",
        Now(|firehose, request| firehose.delete(request)),
    ),
    named(
        "DescribeDeliveryStream",
        Now(|firehose, request| firehose.describe(request)),
    ),
    named(
        "ListDeliveryStreams",
        Now(|firehose, request| firehose.list(request)),
    ),
    named(
        "ListTagsForDeliveryStream",
        Now(|firehose, request| firehose.list_tags(request)),
    ),
    named(
        "TagDeliveryStream",
        Now(|firehose, request| firehose.tag(request)),
    ),
    named(
        "UntagDeliveryStream",
        Now(|firehose, request| firehose.untag(request)),
    ),
];

static OPERATIONS: LazyLock<Operations<Serve<Firehose>>> =
    LazyLock::new(|| Operations::new("firehose", &[SERVED], include_str!("operations.txt")));

/// The dialect of Firehose.
pub(crate) static DIALECT: Dialect = Dialect {
    operations: Some(|| &*OPERATIONS),
    throttled: (400, "LimitExceededException"),
    ..Dialect::json("firehose", JsonVersion::V1_1)
};

/// Firehose of the account.
#[derive(Debug, Default)]
pub(crate) struct Firehose {
    /// The streams of each Region by name.
    regions: Mutex<HashMap<String, Streams>>,
}

type Streams = BTreeMap<String, Stream>;
type Tags = BTreeMap<String, String>;

#[derive(Debug)]
struct Stream {
    created: OffsetDateTime,
    /// The description of the destination.
    destination: Map<String, Value>,
    tags: Tags,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Create {
    delivery_stream_name: String,
    delivery_stream_type: Option<String>,
    extended_s3_destination_configuration: Option<Map<String, Value>>,
    s3_destination_configuration: Option<Map<String, Value>>,
    #[serde(default)]
    tags: Vec<Tag>,
    /// Other sources and destinations, and encryption.
    #[serde(flatten)]
    others: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    #[serde(default)]
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named {
    delivery_stream_name: String,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(default)]
    tag_keys: Vec<String>,
    limit: Option<usize>,
    exclusive_start_tag_key: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct List {
    limit: Option<usize>,
    exclusive_start_delivery_stream_name: Option<String>,
    delivery_stream_type: Option<String>,
}

impl Firehose {
    fn regions(&self) -> MutexGuard<'_, HashMap<String, Streams>> {
        self.regions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Applies a function to a stream and returns its result.
    fn with<T>(
        &self,
        request: &ApiRequest,
        name: &str,
        act: impl FnOnce(&mut Stream) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let mut regions = self.regions();
        let streams = regions.get_mut(&request.region);
        let stream = streams.and_then(|streams| streams.get_mut(name));
        act(stream.ok_or_else(|| not_found(name))?)
    }

    fn create(&self, request: &ApiRequest) -> Outcome {
        if request.body.len() > MAX_BYTES {
            return Err(invalid(format!(
                "The local account keeps at most {MAX_BYTES} bytes of a stream, but the request has {}.",
                request.body.len()
            )));
        }
        let input: Create = request.input()?;
        if let Some(member) = input.others.keys().next() {
            return Err(not_implemented(&format!(
                "CreateDeliveryStream with {member}"
            )));
        }
        let kind = input.delivery_stream_type.as_deref().unwrap_or("DirectPut");
        if kind != "DirectPut" {
            return Err(not_implemented(&format!(
                "CreateDeliveryStream with the type {kind}"
            )));
        }
        let name = input.delivery_stream_name;
        check_name(&name)?;
        let configurations = (
            input.extended_s3_destination_configuration,
            input.s3_destination_configuration,
        );
        let destination = match configurations {
            (Some(extended), None) => extended_description(extended)?,
            (None, Some(simple)) => extended_description(simple)?,
            _ => {
                return Err(invalid(
                    "Exactly one destination configuration is supported for a Firehose",
                ));
            }
        };
        let mut tags = Tags::new();
        add_tags(&mut tags, input.tags)?;
        let mut regions = self.regions();
        if regions.values().map(BTreeMap::len).sum::<usize>() >= MAX_STREAMS {
            return Err(Fault::new(
                400,
                "LimitExceededException",
                format!("The local account must have at most {MAX_STREAMS} Firehose streams."),
            ));
        }
        let streams = regions.entry(request.region.clone()).or_default();
        if streams.contains_key(&name) {
            let why = format!("Firehose {name} under accountId {ACCOUNT_ID} already exists");
            return Err(Fault::new(400, "ResourceInUseException", why));
        }
        let created = OffsetDateTime::now_utc();
        let answer = json!({ "DeliveryStreamARN": arn(&request.region, &name) });
        let stream = Stream {
            created,
            destination,
            tags,
        };
        streams.insert(name, stream);
        reply(&answer)
    }

    fn delete(&self, request: &ApiRequest) -> Outcome {
        let name = request.input::<Named>()?.delivery_stream_name;
        let mut regions = self.regions();
        let streams = regions.get_mut(&request.region);
        match streams.and_then(|streams| streams.remove(&name)) {
            Some(_) => done(),
            None => Err(not_found(&name)),
        }
    }

    fn describe(&self, request: &ApiRequest) -> Outcome {
        let name = request.input::<Named>()?.delivery_stream_name;
        self.with(request, &name, |stream| {
            let members = stream.destination.iter();
            let simple: Map<String, Value> = members
                .filter(|(member, _)| OF_SIMPLE.contains(&member.as_str()))
                .map(|(member, value)| (member.clone(), value.clone()))
                .collect();
            reply(&json!({ "DeliveryStreamDescription": {
                "DeliveryStreamName": name,
                "DeliveryStreamARN": arn(&request.region, &name),
                "DeliveryStreamStatus": "ACTIVE",
                "DeliveryStreamEncryptionConfiguration": { "Status": "DISABLED" },
                "DeliveryStreamType": "DirectPut",
                "VersionId": "1",
                "CreateTimestamp": seconds(stream.created),
                "Destinations": [{
                    "DestinationId": "destinationId-000000000001",
                    "S3DestinationDescription": simple,
                    "ExtendedS3DestinationDescription": stream.destination,
                }],
                "HasMoreDestinations": false,
            }}))
        })
    }

    fn list(&self, request: &ApiRequest) -> Outcome {
        let input: List = request.input()?;
        let kind = input.delivery_stream_type;
        let after = input.exclusive_start_delivery_stream_name;
        let regions = self.regions();
        let names: Vec<&String> = regions
            .get(&request.region)
            .into_iter()
            .flat_map(BTreeMap::keys)
            .filter(|name| after.as_ref().is_none_or(|after| *name > after))
            .filter(|_| kind.as_deref().is_none_or(|kind| kind == "DirectPut"))
            .collect();
        let most = input.limit.unwrap_or(PAGE).clamp(1, MAX_PAGE);
        let page = &names[..most.min(names.len())];
        reply(&json!({
            "DeliveryStreamNames": page,
            "HasMoreDeliveryStreams": page.len() < names.len(),
        }))
    }

    fn list_tags(&self, request: &ApiRequest) -> Outcome {
        let input: Named = request.input()?;
        let after = input.exclusive_start_tag_key;
        self.with(request, &input.delivery_stream_name, |stream| {
            let tags: Vec<Value> = stream
                .tags
                .iter()
                .filter(|(key, _)| after.as_ref().is_none_or(|after| *key > after))
                .map(|(key, value)| json!({ "Key": key, "Value": value }))
                .collect();
            let most = input.limit.unwrap_or(MAX_TAGS).clamp(1, MAX_TAGS);
            let page = &tags[..most.min(tags.len())];
            reply(&json!({ "Tags": page, "HasMoreTags": page.len() < tags.len() }))
        })
    }

    fn tag(&self, request: &ApiRequest) -> Outcome {
        let input: Named = request.input()?;
        self.with(request, &input.delivery_stream_name, |stream| {
            let mut tags = stream.tags.clone();
            add_tags(&mut tags, input.tags)?;
            stream.tags = tags;
            done()
        })
    }

    fn untag(&self, request: &ApiRequest) -> Outcome {
        let input: Named = request.input()?;
        self.with(request, &input.delivery_stream_name, |stream| {
            for key in &input.tag_keys {
                stream.tags.remove(key);
            }
            done()
        })
    }
}

/// The members that an S3DestinationDescription has of those of an extended one.
const OF_SIMPLE: [&str; 8] = [
    "RoleARN",
    "BucketARN",
    "Prefix",
    "ErrorOutputPrefix",
    "BufferingHints",
    "CompressionFormat",
    "EncryptionConfiguration",
    "CloudWatchLoggingOptions",
];

/// Returns the description of a destination: the configuration with the defaults of the API reference.
fn description(mut configuration: Map<String, Value>) -> Result<Map<String, Value>, Fault> {
    for member in ["RoleARN", "BucketARN"] {
        let given = configuration.get(member).and_then(Value::as_str);
        if !given.is_some_and(|arn| arn.starts_with("arn:")) {
            return Err(invalid(format!("{member} must be an ARN.")));
        }
    }
    for (member, default) in [
        ("CompressionFormat", json!("UNCOMPRESSED")),
        (
            "EncryptionConfiguration",
            json!({ "NoEncryptionConfig": "NoEncryption" }),
        ),
        ("CloudWatchLoggingOptions", json!({ "Enabled": false })),
    ] {
        configuration.entry(member).or_insert(default);
    }
    let hints = configuration
        .entry("BufferingHints")
        .or_insert_with(|| json!({}));
    let hints = hints
        .as_object_mut()
        .ok_or_else(|| invalid("BufferingHints must be a structure."))?;
    for (member, default) in [("SizeInMBs", 5), ("IntervalInSeconds", 300)] {
        hints.entry(member).or_insert_with(|| default.into());
    }
    Ok(configuration)
}

/// Returns the description of an extended destination, whose backup is described in the same way.
fn extended_description(configuration: Map<String, Value>) -> Result<Map<String, Value>, Fault> {
    let mut described = description(configuration)?;
    described
        .entry("S3BackupMode")
        .or_insert_with(|| "Disabled".into());
    if let Some(backup) = described.remove("S3BackupConfiguration") {
        let Value::Object(backup) = backup else {
            return Err(invalid("S3BackupConfiguration must be a structure."));
        };
        described.insert("S3BackupDescription".into(), description(backup)?.into());
    }
    Ok(described)
}

fn add_tags(tags: &mut Tags, added: Vec<Tag>) -> Result<(), Fault> {
    for Tag { key, value } in added {
        let fits = (1..=MAX_TAG_KEY).contains(&key.chars().count())
            && value.chars().count() <= MAX_TAG_VALUE
            && !key.starts_with("aws:");
        if !fits {
            return Err(invalid(format!(
                "A tag must have a key of 1 to {MAX_TAG_KEY} characters that does not start with aws:, \
                 and a value of at most {MAX_TAG_VALUE}."
            )));
        }
        tags.insert(key, value);
    }
    match tags.len() <= MAX_TAGS {
        true => Ok(()),
        false => Err(Fault::new(
            400,
            "LimitExceededException",
            format!("A Firehose stream must have at most {MAX_TAGS} tags."),
        )),
    }
}

fn check_name(name: &str) -> Result<(), Fault> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    match (1..=64).contains(&name.len()) && name.bytes().all(allowed) {
        true => Ok(()),
        false => Err(invalid(
            "DeliveryStreamName must have 1 to 64 characters of a-z, A-Z, 0-9, '_', '.' and '-'.",
        )),
    }
}

fn arn(region: &str, name: &str) -> String {
    format!(
        "arn:{}:firehose:{region}:{ACCOUNT_ID}:deliverystream/{name}",
        partition(region)
    )
}

fn seconds(at: OffsetDateTime) -> f64 {
    at.unix_timestamp_nanos() as f64 / 1e9
}

fn invalid(why: impl Into<String>) -> Fault {
    Fault::new(400, "InvalidArgumentException", why)
}

fn not_implemented(what: &str) -> Fault {
    Fault::not_implemented("firehose", what)
}

fn not_found(name: &str) -> Fault {
    // A name may be as long as a body.
    let shown: String = name.chars().take(64).collect();
    Fault::new(
        400,
        "ResourceNotFoundException",
        format!("Firehose {shown} under account {ACCOUNT_ID} not found."),
    )
}

impl Service for Firehose {
    fn dialect(&self) -> &'static Dialect {
        &DIALECT
    }

    fn call(&self, request: ApiRequest) -> OutcomeFuture<'_> {
        async move { OPERATIONS.carry_out(self, &request).await }.boxed()
    }
}
