//! The blocks of a flow and the ways between them, with their places.

use std::collections::HashMap;
use std::ops::Range;

use connect_flow::{Flow, TransitionKind};
use jsonc_parser::ast::{Object, Value};

use crate::tree;

/// The blocks of a flow, in the order of the text.
pub(crate) struct Graph<'a> {
    pub(crate) blocks: Vec<Block<'a>>,
    /// The position of the block that the flow starts with.
    pub(crate) start: Option<usize>,
    /// Whether the service would publish the flow, so that each way is one that a call can take.
    pub(crate) exact: bool,
}

/// A block that has an identifier and a type.
pub(crate) struct Block<'a> {
    pub(crate) identifier: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) parameters: Option<&'a Object<'a>>,
    /// The place of the identifier.
    pub(crate) span: Range<usize>,
    /// The ways to other blocks.
    pub(crate) ways: Vec<Way<'a>>,
    /// Whether the flow can end at the block on success.
    pub(crate) ends: bool,
}

/// A way from one block to another.
#[derive(Debug, Clone)]
pub(crate) struct Way<'a> {
    pub(crate) to: usize,
    pub(crate) branch: Branch<'a>,
    /// The place of the target's name.
    pub(crate) span: Range<usize>,
}

/// The branches of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Branch<'a> {
    /// `NextAction`.
    Next,
    /// An entry of `Conditions`, with its operand.
    Condition(&'a str),
    /// An entry of `Errors`, with its type.
    Error(&'a str),
}

impl<'a> Graph<'a> {
    /// Reads the blocks. `published` is the checked flow, if the service would publish it; then the ways
    /// that no call takes are left out, such as `NextAction` of a comparison.
    pub(crate) fn new(root: &'a Value<'a>, published: Option<&Flow>) -> Self {
        let root = root.as_object();
        let list = root.and_then(|root| tree::member(root, "Actions")?.as_array());
        let actions: Vec<(&Object<'_>, &str, &str)> = list
            .iter()
            .flat_map(|list| &list.elements)
            .filter_map(|action| {
                let action = action.as_object()?;
                let identifier = tree::text(action, &["Identifier"])?;
                Some((action, identifier, tree::text(action, &["Type"])?))
            })
            .collect();
        let mut positions = HashMap::new();
        for (position, (_, identifier, _)) in actions.iter().enumerate() {
            positions.insert(*identifier, position);
        }
        let known = published.map(Known::new);
        let blocks = actions
            .iter()
            .map(|&(action, identifier, kind)| Block {
                identifier,
                kind,
                parameters: tree::member(action, "Parameters").and_then(Value::as_object),
                span: tree::member(action, "Identifier").map_or(0..0, tree::span),
                ways: ways(action, &positions)
                    .into_iter()
                    .filter(|(index, way)| {
                        let known = known.as_ref();
                        known.is_none_or(|known| known.takes(identifier, *index, way.branch))
                    })
                    .map(|(_, way)| way)
                    .collect(),
                ends: known.as_ref().is_some_and(|known| known.ends(identifier)),
            })
            .collect();
        Self {
            blocks,
            start: root
                .and_then(|root| tree::text(root, &["StartAction"]))
                .and_then(|start| positions.get(start).copied()),
            exact: published.is_some(),
        }
    }

    /// Returns, for each block, whether it can be reached from some blocks over the ways that `takes`
    /// accepts.
    pub(crate) fn reachable(
        &self,
        from: impl IntoIterator<Item = usize>,
        mut takes: impl FnMut(&Block<'a>, &Way<'a>) -> bool,
    ) -> Vec<bool> {
        let mut reached = vec![false; self.blocks.len()];
        let mut left: Vec<usize> = from.into_iter().collect();
        while let Some(at) = left.pop() {
            if reached.get(at).copied().unwrap_or(true) {
                continue;
            }
            reached[at] = true;
            let block = &self.blocks[at];
            left.extend(
                block
                    .ways
                    .iter()
                    .filter(|way| takes(block, way))
                    .map(|way| way.to),
            );
        }
        reached
    }

    /// Returns the groups of blocks that each lead to every other block of the group over the ways that
    /// `takes` accepts: the loops of the flow. Each group is in the order of the text.
    pub(crate) fn loops(&self, takes: &dyn Fn(usize, &Way<'a>) -> bool) -> Vec<Vec<usize>> {
        let count = self.blocks.len();
        let mut backwards = vec![Vec::new(); count];
        for (from, block) in self.blocks.iter().enumerate() {
            for way in block.ways.iter().filter(|way| takes(from, way)) {
                backwards[way.to].push(from);
            }
        }
        let mut group = vec![usize::MAX; count];
        let mut groups: Vec<Vec<usize>> = Vec::new();
        // Kosaraju: in the reverse order of leaving blocks, what leads to a block is its group.
        for &first in self.leaving_order(takes).iter().rev() {
            let mut members = Vec::new();
            let mut left = vec![first];
            while let Some(at) = left.pop() {
                if group[at] == usize::MAX {
                    group[at] = groups.len();
                    members.push(at);
                    left.extend(&backwards[at]);
                }
            }
            members.sort_unstable();
            groups.push(members);
        }
        let to_itself = |at: usize| {
            let mut ways = self.blocks[at].ways.iter();
            ways.any(|way| way.to == at && takes(at, way))
        };
        groups.retain(|members| match members.as_slice() {
            [] => false,
            [one] => to_itself(*one),
            _ => true,
        });
        groups.sort();
        groups
    }

    /// Returns all blocks in the order in which a depth-first walk leaves them.
    fn leaving_order(&self, takes: &dyn Fn(usize, &Way<'a>) -> bool) -> Vec<usize> {
        let count = self.blocks.len();
        let (mut order, mut seen) = (Vec::with_capacity(count), vec![false; count]);
        for first in 0..count {
            let mut path = match std::mem::replace(&mut seen[first], true) {
                false => vec![(first, 0)],
                true => continue,
            };
            while let Some((at, tried)) = path.last_mut() {
                let at = *at;
                let Some(way) = self.blocks[at].ways.get(*tried) else {
                    path.pop();
                    order.push(at);
                    continue;
                };
                *tried += 1;
                if takes(at, way) && !std::mem::replace(&mut seen[way.to], true) {
                    path.push((way.to, 0));
                }
            }
        }
        order
    }
}

impl<'a> Block<'a> {
    /// Returns a text among the parameters.
    pub(crate) fn text(&self, path: &[&str]) -> Option<&'a str> {
        tree::text(self.parameters?, path)
    }

    /// Returns the place of a parameter, or else that of the identifier.
    pub(crate) fn place(&self, path: &[&str]) -> Range<usize> {
        self.parameters
            .and_then(|parameters| tree::at(parameters, path))
            .map_or(self.span.clone(), tree::span)
    }

    /// Returns the way of a branch.
    pub(crate) fn way(&self, branch: Branch<'_>) -> Option<&Way<'a>> {
        self.ways.iter().find(|way| way.branch == branch)
    }

    /// Reports whether a parameter, at any depth, refers to a value such as `StoredCustomerInput`.
    pub(crate) fn refers_to(&self, name: &str) -> bool {
        let (dot, bracket) = (format!("$.{name}"), format!("$['{name}']"));
        let mut found = false;
        if let Some(parameters) = self.parameters {
            tree::texts_of(parameters, &mut |text, _| {
                found |= text.contains(&dot) || text.contains(&bracket);
            });
        }
        found
    }

    /// Reports whether the block asks the caller for keys and stores them.
    pub(crate) fn stores_input(&self) -> bool {
        let stores = self
            .text(&["StoreInput"])
            .is_some_and(|text| text.eq_ignore_ascii_case("true"));
        self.kind == "GetParticipantInput" && stores && !self.is_buffer_switch()
    }

    /// Reports whether the block asks the caller for one key.
    pub(crate) fn is_menu(&self) -> bool {
        self.kind == "GetParticipantInput" && !self.stores_input() && !self.is_buffer_switch()
    }

    /// Reports whether the block is "Set Touchtone Buffer Behavior", which has the type of an input.
    fn is_buffer_switch(&self) -> bool {
        let parameters = self.parameters;
        parameters.is_some_and(|parameters| tree::member(parameters, "EnableDTMFBuffer").is_some())
    }
}

/// Reads the ways of an action, with their indices in `Conditions`.
fn ways<'a>(action: &'a Object<'a>, positions: &HashMap<&str, usize>) -> Vec<(usize, Way<'a>)> {
    let mut ways = Vec::new();
    let Some(transitions) = tree::member(action, "Transitions").and_then(Value::as_object) else {
        return ways;
    };
    let mut add = |index: usize, of: &'a Object<'a>, branch: Branch<'a>| {
        let Some(Value::StringLit(next)) = tree::member(of, "NextAction") else {
            return;
        };
        if let Some(&to) = positions.get(&*next.value) {
            let span = tree::span(next);
            ways.push((index, Way { to, branch, span }));
        }
    };
    add(0, transitions, Branch::Next);
    let entries = |name: &str| {
        let list = tree::member(transitions, name).and_then(Value::as_array);
        list.into_iter()
            .flat_map(|list| list.elements.iter().enumerate())
            .filter_map(|(index, entry)| Some((index, entry.as_object()?)))
    };
    for (index, entry) in entries("Conditions") {
        let operand = tree::at(entry, &["Condition", "Operands"])
            .and_then(|operands| operands.as_array()?.elements.first()?.as_string_lit())
            .map_or("", |operand| &operand.value);
        add(index, entry, Branch::Condition(operand));
    }
    for (index, entry) in entries("Errors") {
        let error = tree::text(entry, &["ErrorType"]).unwrap_or_default();
        add(index, entry, Branch::Error(error));
    }
    ways
}

/// The transitions that calls can take.
struct Known {
    transitions: HashMap<String, Vec<TransitionKind>>,
}

impl Known {
    fn new(flow: &Flow) -> Self {
        let mut transitions: HashMap<String, Vec<TransitionKind>> = HashMap::new();
        for transition in flow.transitions() {
            let of = transitions
                .entry(transition.action.to_string())
                .or_default();
            of.push(transition.kind);
        }
        Self { transitions }
    }

    fn of(&self, identifier: &str) -> &[TransitionKind] {
        self.transitions.get(identifier).map_or(&[], Vec::as_slice)
    }

    fn takes(&self, identifier: &str, index: usize, branch: Branch<'_>) -> bool {
        self.of(identifier).iter().any(|kind| match (kind, branch) {
            (TransitionKind::Next, Branch::Next) => true,
            (TransitionKind::Condition { index: known, .. }, Branch::Condition(_)) => {
                *known == index
            }
            (TransitionKind::Error { error_type }, Branch::Error(error)) => **error_type == *error,
            _ => false,
        })
    }

    fn ends(&self, identifier: &str) -> bool {
        self.of(identifier).contains(&TransitionKind::Terminal)
    }
}
