//! Functions as the account keeps them: versions, aliases, policies, settings.

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
    /// As the API writes it.
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
    /// As the API writes it.
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

    /// Reads what [`name`](Self::name) writes.
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
    /// Applies to JSON only.
    pub(crate) application_level: ApplicationLevel,
    /// Applies to JSON only.
    pub(crate) system_level: crate::platform::SystemLevel,
    /// Where the lines go.
    pub(crate) group: String,
}

/// `VpcConfig`: kept and shown, but functions run on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Vpc {
    /// Subnets.
    pub(crate) subnet_ids: Vec<String>,
    /// Security groups.
    pub(crate) security_group_ids: Vec<String>,
    /// IPv6.
    pub(crate) ipv6: bool,
}

/// What starts, by the kind of package it is in. A function keeps its kind for life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Program {
    /// In a zip: the runtime's.
    Zip {
        /// Runtime identifier.
        runtime: String,
        /// Passed to the runtime.
        handler: String,
    },
    /// In a container image: its own.
    Image(ImageConfig),
}

/// `ImageConfig`: what replaces the settings of a container image.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ImageConfig {
    /// Its entry point.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) entry_point: Vec<String>,
    /// What follows the entry point.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) command: Vec<String>,
    /// Where it starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) working_directory: Option<String>,
}

/// What `UpdateFunctionConfiguration` can change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    /// What starts when the function does.
    pub(crate) program: Program,
    /// ARN of the role.
    pub(crate) role: String,
    /// For people.
    pub(crate) description: String,
    /// Seconds.
    pub(crate) timeout: u32,
    /// MB.
    pub(crate) memory_size: u32,
    /// Environment variables.
    pub(crate) variables: BTreeMap<String, String>,
    /// Key of the variables.
    pub(crate) kms_key_arn: Option<String>,
    /// Dead letter queue or topic.
    pub(crate) dead_letter: Option<String>,
    /// `Active` or `PassThrough`.
    pub(crate) tracing_mode: String,
    /// Network.
    pub(crate) vpc: Option<Vpc>,
    /// MB of `/tmp`.
    pub(crate) ephemeral_storage: u32,
    /// Logs.
    pub(crate) log: LogSettings,
}

/// A version: `$LATEST` or a published one.
#[derive(Clone)]
pub(crate) struct FunctionVersion {
    /// `$LATEST` or a number.
    pub(crate) version: String,
    /// The function.
    pub(crate) name: FunctionRef,
    /// Configuration.
    pub(crate) settings: Settings,
    /// `x86_64` or `arm64`.
    pub(crate) architecture: String,
    /// Its package.
    pub(crate) code: Code,
    /// Last change.
    pub(crate) last_modified: OffsetDateTime,
    /// Changes with every change.
    pub(crate) revision_id: String,
    /// How it is run. Container images are not.
    pub(crate) spec: Option<Arc<FunctionSpec>>,
}

/// A name for a version, or for two of them.
#[derive(Debug, Clone)]
pub(crate) struct Alias {
    /// The version most invocations run.
    pub(crate) version: String,
    /// For people.
    pub(crate) description: String,
    /// Another version and its share of the invocations.
    pub(crate) routing: BTreeMap<String, f64>,
    /// Changes with every change.
    pub(crate) revision_id: String,
}

/// A function.
pub(crate) struct Function {
    /// `$LATEST`.
    pub(crate) latest: FunctionVersion,
    /// Published ones, by number.
    pub(crate) published: BTreeMap<u64, FunctionVersion>,
    /// Numbers are not used twice.
    pub(crate) last_number: u64,
    /// By name.
    pub(crate) aliases: BTreeMap<String, Alias>,
    /// By qualifier; the unqualified one is under `None`.
    pub(crate) policies: HashMap<Option<String>, Policy>,
    /// Tags.
    pub(crate) tags: BTreeMap<String, String>,
    /// `PutFunctionConcurrency`.
    pub(crate) reserved_concurrency: Option<u32>,
    /// `Terminate` or `Allow`.
    pub(crate) recursive_loop: String,
}

impl Function {
    /// The version a qualifier leads to; an alias leads to its main version.
    pub(crate) fn version(&self, qualifier: Option<&str>) -> Option<&FunctionVersion> {
        match qualifier {
            None | Some(LATEST) => Some(&self.latest),
            Some(qualifier) => match qualifier.parse::<u64>() {
                Ok(number) => self.published.get(&number),
                Err(_) => self.version(Some(&self.aliases.get(qualifier)?.version)),
            },
        }
    }

    /// The version an invocation runs: an alias may send it to either of two.
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

    /// Every version, `$LATEST` first.
    pub(crate) fn versions(&self) -> impl Iterator<Item = (u64, &FunctionVersion)> {
        std::iter::once((0, &self.latest)).chain(self.published.iter().map(|(n, v)| (*n, v)))
    }

    /// The policy that governs calls by this qualifier. `$LATEST` is the function itself.
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
    /// The functions of a region, by name.
    pub(crate) fn region(&mut self, region: &str) -> &mut BTreeMap<String, Function> {
        self.regions.entry(region.to_owned()).or_default()
    }

    /// A function, whatever its qualifier.
    pub(crate) fn get(&mut self, name: &FunctionRef) -> Result<&mut Function, Fault> {
        self.region(&name.region)
            .get_mut(&name.name)
            .ok_or_else(|| faults::function_not_found(&name.arn()))
    }

    /// A function whose qualifier, if given, leads to a version.
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

    /// The sum of all reservations of a region, apart from one function's.
    pub(crate) fn reserved(&mut self, region: &str, except: Option<&str>) -> u32 {
        self.region(region)
            .iter()
            .filter(|(name, _)| Some(name.as_str()) != except)
            .filter_map(|(_, function)| function.reserved_concurrency)
            .sum()
    }
}
