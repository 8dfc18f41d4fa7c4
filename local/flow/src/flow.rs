//! A flow whose content has been parsed and checked.

use std::sync::Arc;

use crate::action::{AbsentBranch, Action, Block};
use crate::check;
use crate::{Contracts, FlowKind, ModuleContract, Transition};

/// A checked flow, ready to be executed. Cloning it is cheap.
#[derive(Debug, Clone, PartialEq)]
pub struct Flow {
    compiled: Arc<Compiled>,
}

/// A compiled flow, in which actions refer to each other by their position in `actions`.
#[derive(Debug, PartialEq)]
pub(crate) struct Compiled {
    pub(crate) start: usize,
    pub(crate) actions: Vec<Action>,
}

/// A reason for which the service would refuse the content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The message, in the service's own words where they are known; 1 to 256 characters.
    pub message: String,
    /// The identifier of the action, if the problem is one of an action. The service reports only
    /// the position.
    pub action: Option<String>,
    /// The requirement that the content does not meet.
    pub kind: ProblemKind,
    /// The JSON value that the problem is about, such as `Actions[3].Parameters.Text`; empty for the
    /// whole content. A value that is missing has the path that it would have. The message may name
    /// another path, since the service has two validators, or none.
    pub path: String,
}

/// The requirements for content, of which a [`Problem`] breaks one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProblemKind {
    /// The content is JSON.
    Json,
    /// The content is an object, and has as many characters and actions as the service accepts.
    Content,
    /// The content is in the flow language, and not in the format of the older console's exports.
    OldExport,
    /// `Version` is one that the service knows.
    Version,
    /// The members of the content outside of `Actions` are there, and have the right type.
    Field,
    /// Identifiers have permitted characters and lengths, and each occurs once.
    Identifier,
    /// The type of an action is known.
    BlockType,
    /// The type of an action is permitted in this kind of flow.
    BlockInFlow,
    /// An object has no members but those that the service knows.
    PropertyName,
    /// A required member is there.
    MissingProperty,
    /// A member has a value that the service accepts.
    PropertyValue,
    /// Of members that exclude each other, one is given.
    ExclusiveProperties,
    /// `StartAction` and each transition name an action of the flow.
    Reference,
    /// An action without a way on has no transitions.
    Transitions,
    /// The conditions of an action are those that its type supports.
    Condition,
    /// The error branches that the type requires are there.
    MissingError,
    /// The error branches of an action are those that its type has, each once.
    Error,
}

/// No module is known.
struct NoContracts;

impl Contracts for NoContracts {
    fn own(&self) -> Option<&ModuleContract> {
        None
    }

    fn of(&self, _module: &str) -> Option<&ModuleContract> {
        None
    }
}

/// A block that needs a service that no call here has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnservedBlock<'a> {
    /// The action's identifier.
    pub identifier: &'a str,
    /// The action's type.
    pub kind: &'a str,
    /// The error branch that the block takes; `None` if the call stops at the block.
    pub error: Option<&'a str>,
    /// The requirement that is not met, one sentence.
    pub because: &'a str,
}

impl Flow {
    /// Parses and checks `content` as publishing a flow of this kind does, without the contracts of
    /// modules.
    ///
    /// # Errors
    /// All problems found, at least one.
    pub fn publish(content: &str, kind: FlowKind) -> Result<Self, Vec<Problem>> {
        Self::publish_under(content, kind, &NoContracts)
    }

    /// Like [`Flow::publish`], but checks the contracts of modules as well: that of the module that
    /// is published, and those of the modules that the content invokes.
    ///
    /// # Errors
    /// All problems found, at least one.
    pub fn publish_under(
        content: &str,
        kind: FlowKind,
        contracts: &dyn Contracts,
    ) -> Result<Self, Vec<Problem>> {
        let compiled = Arc::new(check::publish(content, kind, contracts)?);
        Ok(Self { compiled })
    }

    /// Returns every transition that an execution of this flow can take, in the order of the
    /// content. A `NextAction` that the service requires but never follows (after Compare, for
    /// example) is omitted. A block that is known but not executed here keeps all of its
    /// transitions.
    pub fn transitions(&self) -> Vec<Transition> {
        let actions = &self.compiled.actions;
        actions
            .iter()
            .flat_map(|action| action.transitions(actions))
            .collect()
    }

    /// Returns identifier and type of every action, in the order of the content.
    pub fn actions(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.compiled
            .actions
            .iter()
            .map(|action| (&*action.identifier, &*action.kind))
    }

    /// Returns the blocks that fail in a call without a script, since they need a service that the
    /// account does not have, in the order of the content.
    pub fn unserved(&self) -> impl Iterator<Item = UnservedBlock<'_>> {
        self.compiled.actions.iter().filter_map(|action| {
            let (error, because) = match &action.block {
                Block::Outside { absent, .. } if absent.always => match &absent.branch {
                    AbsentBranch::Error(error) => (Some(error.as_str()), absent.because.as_str()),
                    AbsentBranch::Done | AbsentBranch::Result(_) => return None,
                },
                _ => return None,
            };
            Some(UnservedBlock {
                identifier: &action.identifier,
                kind: &action.kind,
                error,
                because,
            })
        })
    }

    pub(crate) fn start(&self) -> usize {
        self.compiled.start
    }

    pub(crate) fn action(&self, index: usize) -> Option<&Action> {
        self.compiled.actions.get(index)
    }
}
