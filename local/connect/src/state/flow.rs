//! Flows and flow modules: drafts, published contents and versions.

use connect_flow::{Contracts, Flow, FlowKind, LoadedFlow, ModuleContract, Problem};
use local_wire::Fault;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{Tags, limit_exceeded, names, no_such};

/// The most versions of a flow or module. AWS documents no quota.
const MAX_VERSIONS: usize = 100;
/// The most aliases of a module. AWS documents no quota.
const MAX_ALIASES: usize = 100;

/// The API's names of flow types.
const KINDS: [(FlowKind, &str); 10] = [
    (FlowKind::ContactFlow, "CONTACT_FLOW"),
    (FlowKind::CustomerQueue, "CUSTOMER_QUEUE"),
    (FlowKind::CustomerHold, "CUSTOMER_HOLD"),
    (FlowKind::CustomerWhisper, "CUSTOMER_WHISPER"),
    (FlowKind::AgentHold, "AGENT_HOLD"),
    (FlowKind::AgentWhisper, "AGENT_WHISPER"),
    (FlowKind::OutboundWhisper, "OUTBOUND_WHISPER"),
    (FlowKind::AgentTransfer, "AGENT_TRANSFER"),
    (FlowKind::QueueTransfer, "QUEUE_TRANSFER"),
    (FlowKind::Campaign, "CAMPAIGN"),
];

/// Returns a flow type by its name in the API. Modules have no type: they are resources of their
/// own.
pub(crate) fn kind_named(name: &str) -> Option<FlowKind> {
    let (kind, _) = KINDS.into_iter().find(|(_, known)| *known == name)?;
    Some(kind)
}

/// Returns the API's name of a flow type.
pub(crate) fn kind_name(kind: FlowKind) -> &'static str {
    KINDS
        .into_iter()
        .find(|(known, _)| *known == kind)
        .map_or("MODULE", |(_, name)| name)
}

/// Content that has passed the checks.
#[derive(Debug, Clone)]
struct Published {
    content: String,
    flow: Flow,
}

impl Published {
    /// Returns the bytes of the content, twice, since its executable form takes memory as well.
    fn bytes(&self) -> usize {
        2 * self.content.len()
    }
}

/// A version: published content that never changes.
#[derive(Debug, Clone)]
pub(crate) struct FlowVersion {
    pub(crate) number: i64,
    pub(crate) description: Option<String>,
    pub(crate) created: i64,
    published: Published,
}

/// An alias of a module: a name for one of its versions.
#[derive(Debug, Clone)]
pub(crate) struct ModuleAlias {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) version: i64,
    pub(crate) modified: i64,
}

impl ModuleAlias {
    pub(crate) fn new(name: String, description: Option<String>, version: i64) -> Self {
        Self {
            id: super::new_id(),
            name,
            description,
            version,
            modified: super::now(),
        }
    }

    /// Records a change.
    pub(crate) fn touch(&mut self) {
        self.modified = super::now();
    }

    fn bytes(&self) -> usize {
        self.name.len() + self.description.as_ref().map_or(0, String::len)
    }
}

impl FlowVersion {
    fn bytes(&self) -> usize {
        self.description.as_ref().map_or(0, String::len) + self.published.bytes()
    }
}

/// The content of a flow that an id refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// The published content, which calls execute.
    Published,
    /// `:$SAVED`, the draft.
    Saved,
    /// `:<n>`.
    Version(i64),
}

/// A flow or a module.
#[derive(Debug, Clone)]
pub(crate) struct FlowRecord {
    pub(crate) id: String,
    pub(crate) arn: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) kind: FlowKind,
    pub(crate) archived: bool,
    /// Whether the flow runs where a contact has no other one of its kind.
    pub(crate) is_default: bool,
    pub(crate) tags: Tags,
    pub(crate) modified: i64,
    pub(crate) versions: Vec<FlowVersion>,
    /// The aliases of a module.
    pub(crate) aliases: Vec<ModuleAlias>,
    /// `Settings` of a module: inputs, outputs and branches.
    pub(crate) settings: Option<String>,
    /// `ExternalInvocationConfiguration.Enabled` of a module.
    pub(crate) external_invocation: Option<bool>,
    draft: String,
    published: Option<Published>,
}

impl FlowRecord {
    /// Creates a flow without content. The caller saves or publishes content before storing the
    /// record.
    pub(crate) fn new(id: String, arn: String, name: String, kind: FlowKind) -> Self {
        Self {
            id,
            arn,
            name,
            description: None,
            kind,
            archived: false,
            is_default: false,
            tags: Tags::new(),
            modified: super::now(),
            versions: Vec::new(),
            aliases: Vec::new(),
            settings: None,
            external_invocation: None,
            draft: String::new(),
            published: None,
        }
    }

    /// Returns the bytes of its contents and texts.
    pub(super) fn bytes(&self) -> usize {
        let texts = [
            Some(&self.name),
            self.description.as_ref(),
            self.settings.as_ref(),
        ];
        let texts: usize = texts.into_iter().flatten().map(String::len).sum();
        let versions = self.versions.iter();
        let versions: usize = versions.map(FlowVersion::bytes).sum();
        let aliases = self.aliases.iter();
        let aliases: usize = aliases.map(ModuleAlias::bytes).sum();
        texts + self.draft.len() + self.published_bytes() + versions + aliases
    }

    /// Returns the bytes of the published content, which a version of it takes again.
    pub(crate) fn published_bytes(&self) -> usize {
        self.published.as_ref().map_or(0, Published::bytes)
    }

    /// Checks the content and publishes it. The text is stored unchanged.
    pub(crate) fn publish(
        &mut self,
        content: String,
        contracts: &ModuleContracts,
    ) -> Result<(), Fault> {
        let flow = Flow::publish_under(&content, self.kind, contracts)
            .map_err(|found| refused(self.kind, &found))?;
        self.draft.clone_from(&content);
        self.published = Some(Published { content, flow });
        self.modified = super::now();
        Ok(())
    }

    /// Saves the content as a draft, without checks.
    pub(crate) fn save(&mut self, content: String) {
        self.draft = content;
        self.modified = super::now();
    }

    /// Returns the published content in executable form.
    pub(crate) fn published_flow(&self) -> Option<&Flow> {
        self.published.as_ref().map(|published| &published.flow)
    }

    /// Reports whether content is published.
    pub(crate) fn is_published(&self) -> bool {
        self.published.is_some()
    }

    /// Returns one of the flow's contents.
    pub(crate) fn content(&self, reading: Reading) -> Result<&str, Fault> {
        match reading {
            Reading::Saved => Ok(&self.draft),
            Reading::Published => match &self.published {
                Some(published) => Ok(&published.content),
                None => Err(Fault::new(
                    404,
                    "ContactFlowNotPublishedException",
                    "The flow has not been published.",
                )),
            },
            Reading::Version(number) => Ok(&self.version(number)?.published.content),
        }
    }

    /// Returns a version by its number.
    pub(crate) fn version(&self, number: i64) -> Result<&FlowVersion, Fault> {
        self.versions
            .iter()
            .find(|version| version.number == number)
            .ok_or_else(|| no_such("Version", &format!("{}:{number}", self.arn)))
    }

    /// Returns an alias by its id.
    pub(crate) fn alias(&self, id: &str) -> Result<&ModuleAlias, Fault> {
        let found = self.aliases.iter().find(|alias| alias.id == id);
        found.ok_or_else(|| no_such("Alias", id))
    }

    /// Returns an alias by its id.
    pub(crate) fn alias_mut(&mut self, id: &str) -> Result<&mut ModuleAlias, Fault> {
        let found = self.aliases.iter_mut().find(|alias| alias.id == id);
        found.ok_or_else(|| no_such("Alias", id))
    }

    /// Adds an alias of a module.
    pub(crate) fn add_alias(&mut self, alias: ModuleAlias) -> Result<&ModuleAlias, Fault> {
        if self.aliases.len() >= MAX_ALIASES {
            return Err(limit_exceeded(format!(
                "The local account keeps at most {MAX_ALIASES} aliases of a module."
            )));
        }
        Ok(self.aliases.push_mut(alias))
    }

    /// Returns the content that a qualifier of an id refers to: nothing or `$LATEST`, a version, or
    /// the id of an alias. The name of an alias refers to nothing, as flow-as-code recorded on the
    /// service.
    fn qualified(&self, qualifier: Option<&str>) -> Option<&Published> {
        let number = match qualifier {
            None | Some("$LATEST") => return self.published.as_ref(),
            Some(qualifier) => match qualifier.parse() {
                Ok(number) => number,
                Err(_) => self.alias(qualifier).ok()?.version,
            },
        };
        Some(&self.version(number).ok()?.published)
    }

    /// Creates a version of the published content.
    pub(crate) fn create_version(&mut self, description: Option<String>) -> Result<i64, Fault> {
        self.content(Reading::Published)?;
        let Some(published) = self.published.clone() else {
            return Err(no_such("Published content", &self.arn));
        };
        if self.versions.len() >= MAX_VERSIONS {
            return Err(limit_exceeded(format!(
                "The local account keeps at most {MAX_VERSIONS} versions of a flow."
            )));
        }
        let number = self.versions.last().map_or(1, |last| last.number + 1);
        self.versions.push(FlowVersion {
            number,
            description,
            created: super::now(),
            published,
        });
        Ok(number)
    }
}

/// The contracts of an instance's modules, and of the module that is published.
#[derive(Default)]
pub(crate) struct ModuleContracts {
    own: Option<ModuleContract>,
    /// Id and ARN of each module with its contract.
    modules: Vec<(String, String, ModuleContract)>,
}

impl ModuleContracts {
    /// Collects the contracts of the modules that a content may invoke.
    pub(crate) fn of(modules: &[FlowRecord], content: &str) -> Self {
        if !content.contains("InvokeFlowModule") {
            return Self::default();
        }
        let modules = modules.iter().filter_map(|module| {
            let contract = contract(module.settings.as_deref()).ok()?;
            Some((module.id.clone(), module.arn.clone(), contract))
        });
        Self {
            own: None,
            modules: modules.collect(),
        }
    }

    /// Adds the contract of the module that is published.
    pub(crate) fn publishing(self, own: ModuleContract) -> Self {
        Self {
            own: Some(own),
            ..self
        }
    }
}

impl Contracts for ModuleContracts {
    fn own(&self) -> Option<&ModuleContract> {
        self.own.as_ref()
    }

    fn of(&self, module: &str) -> Option<&ModuleContract> {
        let (given, _) = split_qualifier(module);
        let found = self
            .modules
            .iter()
            .find(|(id, arn, _)| names(id, arn, given));
        found.map(|(_, _, contract)| contract)
    }
}

/// Parses the contract of a module. A module without `Settings` has an empty one, as the service
/// returns it.
pub(crate) fn contract(settings: Option<&str>) -> Result<ModuleContract, Fault> {
    ModuleContract::parse(settings.unwrap_or("{}")).map_err(|error| {
        Fault::new(
            400,
            "InvalidRequestException",
            format!("Settings must be the contract of a module as JSON: {error}"),
        )
    })
}

/// Returns the SHA-256 of a content, in lower-case hexadecimal.
pub(crate) fn checksum(content: &str) -> String {
    let digest = Sha256::digest(content.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Splits an id or ARN from its qualifier: `:$SAVED`, `:$LATEST`, `:<n>` or `:<alias id>`.
pub(crate) fn split_qualifier(given: &str) -> (&str, Option<&str>) {
    let id_start = given.rfind('/').map_or(0, |slash| slash + 1);
    match given[id_start..].find(':') {
        Some(colon) => (
            &given[..id_start + colon],
            Some(&given[id_start + colon + 1..]),
        ),
        None => (given, None),
    }
}

/// Returns the flow with this id or ARN, including a qualifier, in executable form.
pub(crate) fn load(records: &[FlowRecord], given: &str) -> Option<LoadedFlow> {
    let (given, qualifier) = split_qualifier(given);
    let record = records
        .iter()
        .find(|record| names(&record.id, &record.arn, given))?;
    let published = record.qualified(qualifier)?;
    Some(LoadedFlow {
        id: record.id.clone(),
        arn: record.arn.clone(),
        name: record.name.clone(),
        kind: record.kind,
        flow: published.flow.clone(),
    })
}

/// The service model spells this member `problems` for flows and `Problems` for modules.
fn refused(kind: FlowKind, found: &[Problem]) -> Fault {
    let (code, member) = match kind {
        FlowKind::Module => ("InvalidContactFlowModuleException", "Problems"),
        _ => ("InvalidContactFlowException", "problems"),
    };
    let messages: Vec<String> = found.iter().map(shown).collect();
    let details = messages.iter().map(|text| json!({ "message": text }));
    Fault::new(400, code, messages.join("; ")).with(member, details.collect())
}

/// Returns the service's message. The service names an action only by its position; its identifier
/// is added in a note that is marked as the account's own.
fn shown(problem: &Problem) -> String {
    match &problem.action {
        Some(action) => format!("{} (local note: action {action:?})", problem.message),
        None => problem.message.clone(),
    }
}

#[cfg(test)]
mod tests {
    use connect_flow::ProblemKind;

    use super::*;

    #[test]
    fn qualifiers_follow_ids_and_arns() {
        assert_eq!(split_qualifier("f-1"), ("f-1", None));
        assert_eq!(split_qualifier("f-1:$SAVED"), ("f-1", Some("$SAVED")));
        let arn = "arn:aws:connect:r:1:instance/i/contact-flow/f-1";
        assert_eq!(split_qualifier(arn), (arn, None));
        assert_eq!(split_qualifier(&format!("{arn}:3")), (arn, Some("3")));
    }

    #[test]
    fn problems_are_spelled_as_in_the_model() {
        let found = [Problem {
            message: "Invalid Action type. Type: X, Path: Actions[0].Type".into(),
            action: Some("greet".into()),
            kind: ProblemKind::BlockType,
            path: "Actions[0].Type".into(),
        }];
        let flow = refused(FlowKind::ContactFlow, &found);
        assert_eq!(
            flow.members["problems"][0]["message"],
            "Invalid Action type. Type: X, Path: Actions[0].Type (local note: action \"greet\")"
        );
        let module = refused(FlowKind::Module, &found);
        assert_eq!(module.code, "InvalidContactFlowModuleException");
        assert!(module.members.contains_key("Problems"));
    }

    #[test]
    fn checksums_are_sha256() {
        assert_eq!(
            checksum(""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }
}
