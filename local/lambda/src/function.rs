//! Functions as the account stores them: versions, aliases, policies, settings.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use local_wire::Fault;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{
    code::Code,
    environment::FunctionSpec,
    faults,
    names::{FunctionRef, LATEST},
    policy::Policy,
    storage::StoredBytes,
};

/// `LogFormat`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// Plain lines.
    Text,
    /// JSON objects.
    Json,
}

impl LogFormat {
    /// Returns the name in the API.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Text => "Text",
            Self::Json => "JSON",
        }
    }
}

/// `ApplicationLogLevel`, most detailed first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ApplicationLevel {
    /// `TRACE`
    Trace,
    /// `DEBUG`
    Debug,
    /// `INFO`
    Info,
    /// `WARN`
    Warn,
    /// `ERROR`
    Error,
    /// `FATAL`
    Fatal,
}

impl ApplicationLevel {
    /// Returns the name in the API.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Trace => "TRACE",
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
            Self::Fatal => "FATAL",
        }
    }

    /// Parses the result of [`name`](Self::name).
    pub(crate) fn parse(name: &str) -> Option<Self> {
        [
            Self::Trace,
            Self::Debug,
            Self::Info,
            Self::Warn,
            Self::Error,
            Self::Fatal,
        ]
        .into_iter()
        .find(|level| level.name() == name)
    }
}

/// `LoggingConfig`, complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogSettings {
    /// Text or JSON.
    pub(crate) format: LogFormat,
    /// Has an effect only with JSON.
    pub(crate) application_level: ApplicationLevel,
    /// Has an effect only with JSON.
    pub(crate) system_level: crate::platform::SystemLevel,
    /// The log group.
    pub(crate) group: String,
}

/// `VpcConfig`. It is stored and returned, but functions run on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Vpc {
    pub(crate) subnet_ids: Vec<String>,
    pub(crate) security_group_ids: Vec<String>,
    /// Whether IPv6 is allowed.
    pub(crate) ipv6: bool,
}

/// The program of a function, by the kind of its package, which cannot change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Program {
    /// In a zip: a runtime and its handler.
    Zip {
        /// The runtime's identifier.
        runtime: String,
        /// Passed to the runtime.
        handler: String,
    },
    /// In a container image, with settings that override the image's own.
    Image(ImageConfig),
}

/// `ImageConfig`: settings that override those of a container image.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ImageConfig {
    /// The entry point.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) entry_point: Vec<String>,
    /// The arguments of the entry point.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) command: Vec<String>,
    /// The working directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) working_directory: Option<String>,
}

/// The settings that `UpdateFunctionConfiguration` can change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) program: Program,
    /// ARN of the role.
    pub(crate) role: String,
    pub(crate) description: String,
    /// In seconds.
    pub(crate) timeout: u32,
    /// In MB.
    pub(crate) memory_size: u32,
    /// The environment variables.
    pub(crate) variables: BTreeMap<String, String>,
    /// ARN of the key that encrypts the environment variables.
    pub(crate) kms_key_arn: Option<String>,
    /// ARN of the dead letter queue or topic.
    pub(crate) dead_letter: Option<String>,
    /// `Active` or `PassThrough`.
    pub(crate) tracing_mode: String,
    pub(crate) vpc: Option<Vpc>,
    /// Size of `/tmp` in MB.
    pub(crate) ephemeral_storage: u32,
    pub(crate) log: LogSettings,
}

/// A version: `$LATEST` or a published one.
#[derive(Clone)]
pub(crate) struct FunctionVersion {
    /// `$LATEST` or a number.
    pub(crate) version: String,
    /// The function, without a qualifier.
    pub(crate) name: FunctionRef,
    pub(crate) settings: Settings,
    /// `x86_64` or `arm64`.
    pub(crate) architecture: String,
    pub(crate) code: Code,
    /// The time of the last change.
    pub(crate) last_modified: OffsetDateTime,
    /// A new one for each change.
    pub(crate) revision_id: String,
    /// The description for running it; `None` for container images, which are not run.
    pub(crate) spec: Option<Arc<FunctionSpec>>,
    /// The room that it takes.
    pub(crate) _stored: Arc<StoredBytes>,
}

/// A name for one version, or for two with weights.
#[derive(Debug, Clone)]
pub(crate) struct Alias {
    /// The main version.
    pub(crate) version: String,
    pub(crate) description: String,
    /// Other versions and their shares of the invocations.
    pub(crate) routing: BTreeMap<String, f64>,
    /// A new one for each change.
    pub(crate) revision_id: String,
    /// The room that it takes.
    pub(crate) stored: Arc<StoredBytes>,
}

/// A function.
pub(crate) struct Function {
    /// `$LATEST`.
    pub(crate) latest: FunctionVersion,
    /// The published versions, by number.
    pub(crate) published: BTreeMap<u64, FunctionVersion>,
    /// The number of the last published version; numbers are never reused.
    pub(crate) last_number: u64,
    /// The aliases, by name.
    pub(crate) aliases: BTreeMap<String, Alias>,
    /// The policies, by qualifier; `None` is the unqualified function.
    pub(crate) policies: HashMap<Option<String>, Policy>,
    pub(crate) tags: BTreeMap<String, String>,
    /// The limit of `PutFunctionConcurrency`.
    pub(crate) reserved_concurrency: Option<u32>,
    /// `Terminate` or `Allow`.
    pub(crate) recursive_loop: String,
}

impl Function {
    /// Returns the version of a qualifier; of an alias, its main version.
    pub(crate) fn version(&self, qualifier: Option<&str>) -> Option<&FunctionVersion> {
        match qualifier {
            None | Some(LATEST) => Some(&self.latest),
            Some(qualifier) => match qualifier.parse::<u64>() {
                Ok(number) => self.published.get(&number),
                Err(_) => self.version(Some(&self.aliases.get(qualifier)?.version)),
            },
        }
    }

    /// Returns the version that an invocation runs; an alias may have two.
    pub(crate) fn version_to_run(&self, qualifier: Option<&str>) -> Option<&FunctionVersion> {
        let routed = qualifier
            .and_then(|qualifier| self.aliases.get(qualifier))
            .and_then(|alias| {
                let mut draw: f64 = rand::random();
                alias.routing.iter().find_map(|(version, share)| {
                    draw -= share;
                    (draw < 0.0).then_some(version.as_str())
                })
            });
        self.version(routed.or(qualifier))
    }

    /// Returns all versions, `$LATEST` first.
    pub(crate) fn versions(&self) -> impl Iterator<Item = (u64, &FunctionVersion)> {
        std::iter::once((0, &self.latest)).chain(self.published.iter().map(|(n, v)| (*n, v)))
    }

    /// Returns the key of the policy that applies to calls with this qualifier. `$LATEST` shares the
    /// unqualified one.
    pub(crate) fn policy_key(qualifier: Option<&str>) -> Option<String> {
        qualifier
            .filter(|qualifier| *qualifier != LATEST)
            .map(str::to_owned)
    }
}

/// All functions of the account.
#[derive(Default)]
pub(crate) struct Functions {
    regions: HashMap<String, BTreeMap<String, Function>>,
}

impl Functions {
    /// Returns the functions of a region, by name.
    pub(crate) fn region(&mut self, region: &str) -> &mut BTreeMap<String, Function> {
        self.regions.entry(region.to_owned()).or_default()
    }

    /// Returns a function, without a check of the qualifier.
    pub(crate) fn get(&mut self, name: &FunctionRef) -> Result<&mut Function, Fault> {
        self.region(&name.region)
            .get_mut(&name.name)
            .ok_or_else(|| faults::function_not_found(&name.arn()))
    }

    /// Returns a function, and checks that the qualifier, if given, exists.
    pub(crate) fn qualified(&mut self, name: &FunctionRef) -> Result<&mut Function, Fault> {
        let function = self
            .region(&name.region)
            .get_mut(&name.name)
            .ok_or_else(|| faults::function_not_found(&name.qualified_arn()))?;
        if function.version(name.qualifier.as_deref()).is_none() {
            return Err(faults::function_not_found(&name.qualified_arn()));
        }
        Ok(function)
    }

    /// Returns the sum of all reservations in a region except those of one function.
    pub(crate) fn reserved(&mut self, region: &str, except: Option<&str>) -> u32 {
        self.region(region)
            .iter()
            .filter(|(name, _)| Some(name.as_str()) != except)
            .filter_map(|(_, function)| function.reserved_concurrency)
            .sum()
    }
}
