//! The blocks and branches of a flow, read from its content.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value};

use crate::excerpt::excerpt;
use crate::words::{self, Group};

/// The most blocks of a flow that are drawn. A flow that the service publishes has at most 250.
pub const MOST_BLOCKS: usize = 500;
/// The most branches of a flow that are drawn.
pub const MOST_BRANCHES: usize = 5_000;

/// The blocks and branches of a flow, in the order of its content.
#[derive(Debug, Clone, PartialEq)]
pub struct Graph {
    pub(crate) blocks: Vec<Block>,
    pub(crate) start: Option<String>,
    /// The places of the console's entry point, if the content has it.
    pub(crate) entry: Option<(f64, f64)>,
    positions: HashMap<String, usize>,
}

/// A block of a flow.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// The identifier, or the place in the content such as `Actions[3]` if there is none.
    pub identifier: String,
    /// The type, such as `MessageParticipant`; empty if there is none.
    pub kind: String,
    /// The type in the console's words, such as `Play prompt`, or the type if they are not known.
    pub words: String,
    pub(crate) group: Group,
    /// The name that the console shows, or the identifier.
    pub name: String,
    /// The beginning of what the block says, asks or uses; empty if it has nothing of that.
    pub excerpt: String,
    /// The position on the console's canvas, from `Metadata.ActionMetadata`.
    pub position: Option<(f64, f64)>,
    /// The branches, in the order `NextAction`, conditions, errors.
    pub branches: Vec<Branch>,
}

/// A branch of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// The member of `Transitions` that the branch is.
    pub kind: BranchKind,
    /// The identifier of the next block, which may not exist.
    pub target: String,
}

/// The kinds of branches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BranchKind {
    /// `NextAction`.
    Next,
    /// An entry of `Conditions`.
    Condition {
        /// The operator, such as `Equals`; empty if there is none.
        operator: String,
        /// The operand; several are joined by commas.
        operand: String,
    },
    /// An entry of `Errors`, with its type.
    Error(String),
}

/// A text in which no flow can be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The text is not JSON.
    #[error("the content of a flow must be JSON: {0}")]
    Json(#[source] serde_json::Error),
    /// The text is a flow in the format of the older console's exports.
    #[error(
        "the content must be in the Flow language (version 2019-10-30), but has `modules`: it is an \
         export of the older console; open and save the flow in the console, and export it again"
    )]
    OldExport,
    /// A member has another type than the Flow language gives it.
    #[error("{place} must be {expected}, but was {found}")]
    Member {
        /// The place, such as `Actions[3]`.
        place: String,
        /// The type that the Flow language gives it, such as `an object`.
        expected: &'static str,
        /// The type that it has, or `missing`.
        found: &'static str,
    },
    /// The flow has more blocks than can be drawn.
    #[error("Actions must have at most {MOST_BLOCKS} blocks to be drawn, but has {0}")]
    Blocks(usize),
    /// The flow has more branches than can be drawn.
    #[error(
        "the flow must have at most {MOST_BRANCHES} branches to be drawn, but has more, up to {0}"
    )]
    Branches(String),
}

impl Graph {
    /// Reads the content of a flow or module.
    ///
    /// Whatever can be drawn is: a block without a name or a type, a branch to a block that does not exist,
    /// a flow without a start.
    ///
    /// # Errors
    /// When the text is not JSON, is an export of the older console, has a member of a wrong type, or is
    /// larger than a picture can be. The error names the place.
    pub fn read(content: &str) -> Result<Self, Unreadable> {
        let content: Value = serde_json::from_str(content).map_err(Unreadable::Json)?;
        let root = object(&content, "the content")?;
        if root.contains_key("modules") && !root.contains_key("Actions") {
            return Err(Unreadable::OldExport);
        }
        let actions = match root.get("Actions") {
            Some(Value::Array(actions)) => actions,
            other => return Err(wrong("Actions", "a list", other)),
        };
        if actions.len() > MOST_BLOCKS {
            return Err(Unreadable::Blocks(actions.len()));
        }
        let metadata = root.get("Metadata").unwrap_or(&Value::Null);
        let mut branches = 0;
        let mut blocks = Vec::with_capacity(actions.len());
        for (index, action) in actions.iter().enumerate() {
            let place = format!("Actions[{index}]");
            let block = Block::read(object(action, &place)?, &place, metadata)?;
            branches += block.branches.len();
            if branches > MOST_BRANCHES {
                return Err(Unreadable::Branches(place));
            }
            blocks.push(block);
        }
        let mut positions = HashMap::new();
        for (index, block) in blocks.iter().enumerate() {
            positions.entry(block.identifier.clone()).or_insert(index);
        }
        Ok(Self {
            start: text(root, "StartAction", "")?.map(str::to_owned),
            entry: either(metadata, "entryPointPosition", "EntryPointPosition").and_then(point),
            blocks,
            positions,
        })
    }

    /// Returns the blocks, in the order of the content.
    #[must_use]
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// Returns the identifier that the flow starts with, which may not exist.
    #[must_use]
    pub fn start(&self) -> Option<&str> {
        self.start.as_deref()
    }

    /// Returns the position of the block with this identifier; of several, the first.
    pub(crate) fn position(&self, identifier: &str) -> Option<usize> {
        self.positions.get(identifier).copied()
    }

    /// Returns the identifiers that the start or branches name and that no block has, in order.
    pub(crate) fn missing(&self) -> BTreeSet<&str> {
        let targets = self.blocks.iter().flat_map(|block| &block.branches);
        targets
            .map(|branch| branch.target.as_str())
            .chain(self.start.as_deref())
            .filter(|target| !self.positions.contains_key(*target))
            .collect()
    }
}

impl Block {
    fn read(
        action: &Map<String, Value>,
        place: &str,
        metadata: &Value,
    ) -> Result<Self, Unreadable> {
        let identifier = text(action, "Identifier", place)?.unwrap_or(place);
        let kind = text(action, "Type", place)?.unwrap_or_default();
        let parameters = match action.get("Parameters") {
            None | Some(Value::Null) => None,
            Some(Value::Object(parameters)) => Some(parameters),
            other => return Err(wrong(&format!("{place}.Parameters"), "an object", other)),
        };
        let stores = parameters.is_some_and(|parameters| {
            let stores = parameters.get("StoreInput").and_then(Value::as_str);
            stores.is_some_and(|stores| stores.eq_ignore_ascii_case("true"))
        });
        let (words, group) = words::of_block(kind, stores);
        let shown = &metadata["ActionMetadata"][identifier];
        // Newer exports have the name as identifier, and say so with `isFriendlyName`; the member of this
        // name is from older ones.
        let name = shown["friendlyName"].as_str();
        let name = name.filter(|name| !name.trim().is_empty());
        Ok(Self {
            identifier: identifier.to_owned(),
            kind: kind.to_owned(),
            name: name.unwrap_or(identifier).to_owned(),
            words: words.to_owned(),
            group,
            excerpt: parameters.map(excerpt).unwrap_or_default(),
            position: either(shown, "position", "Position").and_then(point),
            branches: match action.get("Transitions") {
                None | Some(Value::Null) => Vec::new(),
                Some(transitions) => branches(transitions, &format!("{place}.Transitions"))?,
            },
        })
    }

    /// Reports whether no branch leaves the block.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        self.branches.is_empty()
    }
}

impl Branch {
    /// Returns the branch on one line, as a list of branches that tests took has it, such as `Look up ->
    /// Say trouble (NoMatchingError)`.
    #[must_use]
    pub fn described(&self, block: &str) -> String {
        let target = &self.target;
        match &self.kind {
            BranchKind::Next => format!("{block} -> {target}"),
            kind => format!("{block} -> {target} ({})", kind.name()),
        }
    }
}

impl BranchKind {
    /// Returns the name of the branch within its block: `NextAction`, the operand, or the error type.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Next => "NextAction",
            Self::Condition { operand, .. } => operand,
            Self::Error(error_type) => error_type,
        }
    }

    /// Reports whether a failure takes the branch. `NoMatchingCondition` is the way of all other results,
    /// not a failure.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        matches!(self, Self::Error(error_type) if error_type != "NoMatchingCondition")
    }
}

fn branches(transitions: &Value, place: &str) -> Result<Vec<Branch>, Unreadable> {
    let transitions = object(transitions, place)?;
    let mut found = Vec::new();
    if let Some(target) = text(transitions, "NextAction", place)? {
        found.push(Branch {
            kind: BranchKind::Next,
            target: target.to_owned(),
        });
    }
    for (entry, place) in entries(transitions, "Conditions", place)? {
        let condition = &entry["Condition"];
        let operand = |operand: &Value| match operand {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let operands = condition["Operands"].as_array().into_iter().flatten();
        let operands: Vec<_> = operands.map(operand).collect();
        let operator = condition["Operator"].as_str().unwrap_or_default();
        found.extend(branch(
            entry,
            &place,
            BranchKind::Condition {
                operator: operator.to_owned(),
                operand: operands.join(", "),
            },
        )?);
    }
    for (entry, place) in entries(transitions, "Errors", place)? {
        let error_type = entry["ErrorType"].as_str().unwrap_or_default();
        let kind = BranchKind::Error(error_type.to_owned());
        found.extend(branch(entry, &place, kind)?);
    }
    Ok(found)
}

/// Returns the branch of an entry. One without a target leads nowhere.
fn branch(entry: &Value, place: &str, kind: BranchKind) -> Result<Option<Branch>, Unreadable> {
    let target = text(object(entry, place)?, "NextAction", place)?;
    Ok(target.map(|target| Branch {
        kind,
        target: target.to_owned(),
    }))
}

fn entries<'a>(
    transitions: &'a Map<String, Value>,
    name: &str,
    place: &str,
) -> Result<Vec<(&'a Value, String)>, Unreadable> {
    let place = format!("{place}.{name}");
    match transitions.get(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(entries)) => Ok(entries
            .iter()
            .enumerate()
            .map(|(index, entry)| (entry, format!("{place}[{index}]")))
            .collect()),
        other => Err(wrong(&place, "a list", other)),
    }
}

fn object<'a>(value: &'a Value, place: &str) -> Result<&'a Map<String, Value>, Unreadable> {
    value
        .as_object()
        .ok_or_else(|| wrong(place, "an object", Some(value)))
}

fn text<'a>(
    map: &'a Map<String, Value>,
    name: &str,
    place: &str,
) -> Result<Option<&'a str>, Unreadable> {
    match map.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        other => {
            let place = match place {
                "" => name.to_owned(),
                place => format!("{place}.{name}"),
            };
            Err(wrong(&place, "a text", other))
        }
    }
}

fn wrong(place: &str, expected: &'static str, found: Option<&Value>) -> Unreadable {
    Unreadable::Member {
        place: place.to_owned(),
        expected,
        found: match found {
            None => "missing",
            Some(Value::Null) => "null",
            Some(Value::Bool(_)) => "a boolean",
            Some(Value::Number(_)) => "a number",
            Some(Value::String(_)) => "a text",
            Some(Value::Array(_)) => "a list",
            Some(Value::Object(_)) => "an object",
        },
    }
}

/// Returns the member with one of two spellings: that of the console, or that of AWS's example.
fn either<'a>(value: &'a Value, console: &str, example: &str) -> Option<&'a Value> {
    value.get(console).or_else(|| value.get(example))
}

fn point(value: &Value) -> Option<(f64, f64)> {
    let number = |lower: &str, upper: &str| either(value, lower, upper)?.as_f64();
    Some((number("x", "X")?, number("y", "Y")?))
}
