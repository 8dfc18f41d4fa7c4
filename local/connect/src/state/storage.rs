//! Storage of an instance: buckets and streams that receive its recordings and events.

use local_wire::Fault;
use serde::{Deserialize, Serialize};

use super::{Instance, checksum, new_id, no_such};

/// The storage of one resource type.
#[derive(Debug, Clone)]
pub(crate) struct StorageRecord {
    /// 64 characters, as in the documentation of the provider's data source.
    pub(crate) association_id: String,
    /// Such as `CALL_RECORDINGS`.
    pub(crate) resource_type: String,
    pub(crate) config: StorageConfig,
}

/// `InstanceStorageConfig`, as it was given, but for the prefix of video streams.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct StorageConfig {
    storage_type: StorageType,
    #[serde(rename = "S3Config", skip_serializing_if = "Option::is_none")]
    s3_config: Option<S3Config>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kinesis_video_stream_config: Option<VideoStreamConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kinesis_stream_config: Option<StreamConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kinesis_firehose_config: Option<FirehoseConfig>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum StorageType {
    S3,
    KinesisVideoStream,
    KinesisStream,
    KinesisFirehose,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct S3Config {
    bucket_name: String,
    bucket_prefix: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    encryption_config: Option<EncryptionConfig>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct VideoStreamConfig {
    prefix: String,
    retention_period_hours: u32,
    encryption_config: EncryptionConfig,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StreamConfig {
    stream_arn: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FirehoseConfig {
    firehose_arn: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct EncryptionConfig {
    encryption_type: String,
    key_id: String,
}

impl StorageConfig {
    /// Returns the first problem: the configuration of the storage type must be there.
    pub(crate) fn problem(&self) -> Option<String> {
        let (needed, is_given) = match self.storage_type {
            StorageType::S3 => ("S3Config", self.s3_config.is_some()),
            StorageType::KinesisVideoStream => (
                "KinesisVideoStreamConfig",
                self.kinesis_video_stream_config.is_some(),
            ),
            StorageType::KinesisStream => {
                ("KinesisStreamConfig", self.kinesis_stream_config.is_some())
            }
            StorageType::KinesisFirehose => (
                "KinesisFirehoseConfig",
                self.kinesis_firehose_config.is_some(),
            ),
        };
        let kind = self.storage_type.name();
        (!is_given).then(|| format!("{needed} is required for the storage type {kind}."))
    }

    /// Returns the problem of this storage for a resource type.
    ///
    /// Administrator guide: recordings, transcripts, reports and the like are kept in S3, media streams
    /// in Kinesis Video Streams; contact records go to a data stream or to Firehose, events and
    /// real-time analysis to a data stream.
    pub(crate) fn problem_for(&self, resource_type: &str) -> Option<String> {
        use StorageType::{KinesisFirehose, KinesisStream, KinesisVideoStream, S3};
        let allowed: &[StorageType] = match resource_type {
            "MEDIA_STREAMS" => &[KinesisVideoStream],
            "CONTACT_TRACE_RECORDS" => &[KinesisStream, KinesisFirehose],
            "AGENT_EVENTS" => &[KinesisStream],
            realtime if realtime.starts_with("REAL_TIME_") => &[KinesisStream],
            _ => &[S3],
        };
        (!allowed.contains(&self.storage_type)).then(|| {
            let names: Vec<_> = allowed.iter().map(|allowed| allowed.name()).collect();
            format!(
                "StorageType must be {} for {resource_type}, but was {}.",
                names.join(" or "),
                self.storage_type.name()
            )
        })
    }

    /// Extends the prefix of video streams as the service does: `<prefix>-connect-<alias>-contact-`. One
    /// that was read from the service, and is sent again in an update, stays as it is.
    fn extend_prefix(&mut self, alias: &str) {
        if let Some(video) = &mut self.kinesis_video_stream_config {
            let ending = format!("-connect-{alias}-contact-");
            if !video.prefix.ends_with(&ending) {
                video.prefix.push_str(&ending);
            }
        }
    }
}

impl StorageType {
    fn name(self) -> &'static str {
        match self {
            Self::S3 => "S3",
            Self::KinesisVideoStream => "KINESIS_VIDEO_STREAM",
            Self::KinesisStream => "KINESIS_STREAM",
            Self::KinesisFirehose => "KINESIS_FIREHOSE",
        }
    }
}

impl Instance {
    /// Returns the storage of a resource type with this association id.
    pub(crate) fn storage(&self, resource_type: &str, id: &str) -> Result<&StorageRecord, Fault> {
        let mut all = self.storage.iter();
        all.find(|one| one.resource_type == resource_type && one.association_id == id)
            .ok_or_else(|| no_such("Storage configuration", id))
    }

    /// Associates storage with a resource type, and returns the association.
    ///
    /// # Errors
    /// If the resource type has storage: there is one for each (AssociateInstanceStorageConfig).
    pub(crate) fn associate_storage(
        &mut self,
        resource_type: &str,
        mut config: StorageConfig,
    ) -> Result<&StorageRecord, Fault> {
        let mut all = self.storage.iter();
        if all.any(|one| one.resource_type == resource_type) {
            return Err(Fault::new(
                409,
                "ResourceConflictException",
                format!("The instance already has a storage configuration for {resource_type}."),
            ));
        }
        config.extend_prefix(&self.alias);
        Ok(self.storage.push_mut(StorageRecord {
            association_id: checksum(&new_id()),
            resource_type: resource_type.to_owned(),
            config,
        }))
    }

    /// Changes the storage of a resource type.
    pub(crate) fn change_storage(
        &mut self,
        resource_type: &str,
        id: &str,
        mut config: StorageConfig,
    ) -> Result<(), Fault> {
        self.storage(resource_type, id)?;
        config.extend_prefix(&self.alias);
        let mut all = self.storage.iter_mut();
        if let Some(known) = all.find(|one| one.resource_type == resource_type) {
            known.config = config;
        }
        Ok(())
    }

    /// Removes the storage of a resource type.
    pub(crate) fn remove_storage(&mut self, resource_type: &str, id: &str) -> Result<(), Fault> {
        self.storage(resource_type, id)?;
        self.storage.retain(|one| one.association_id != id);
        Ok(())
    }
}
