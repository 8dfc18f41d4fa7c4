//! The effects of blocks, bots and queues that lie outside of the account, as a script gives them.
//!
//! A script may give one effect or a list. A list provides its entries in order, and its last entry
//! whenever the block runs again.

use std::collections::BTreeMap;
use std::time::Duration;

use connect_flow::{PROVIDED_ROOTS, ProvidedBranch, UnknownBranch};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

/// Blocks by identifier, or by type.
pub(super) type Blocks = BTreeMap<String, Turns<ScriptedBlock>>;

/// A mistake in the blocks of a script.
#[derive(Debug, thiserror::Error)]
enum BlockMistake {
    #[error("the block '{block}' must take a branch of its type: {unknown}")]
    Branch {
        /// The key among the blocks.
        block: String,
        unknown: UnknownBranch,
    },
    #[error(
        "the values of the block '{block}' must be objects named {}, but had '{given}'",
        PROVIDED_ROOTS.join(", ")
    )]
    Values {
        /// The key among the blocks.
        block: String,
        /// The name of the value.
        given: String,
    },
}

/// Reads blocks, and checks them.
pub(super) fn blocks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Blocks, D::Error> {
    let blocks = Blocks::deserialize(deserializer)?;
    match blocks.iter().try_for_each(|(key, turns)| check(key, turns)) {
        Ok(()) => Ok(blocks),
        Err(mistake) => Err(de::Error::custom(mistake)),
    }
}

fn check(key: &str, turns: &Turns<ScriptedBlock>) -> Result<(), BlockMistake> {
    // Other keys are identifiers, whose type is known only in the call.
    let is_type = ProvidedBranch::Done.check(key).is_ok();
    for block in turns.iter() {
        if is_type {
            let branch = block.branch.provided();
            branch.check(key).map_err(|unknown| BlockMistake::Branch {
                block: key.to_owned(),
                unknown,
            })?;
        }
        let wrong = block
            .values
            .iter()
            .find(|(name, value)| !PROVIDED_ROOTS.contains(&name.as_str()) || !value.is_object());
        if let Some((name, _)) = wrong {
            return Err(BlockMistake::Values {
                block: key.to_owned(),
                given: name.clone(),
            });
        }
    }
    Ok(())
}

/// The effect of a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScriptedBlock {
    /// The branch that the block takes; `done` if absent.
    #[serde(default)]
    pub branch: ScriptedBranch,
    /// The values that references can read from then on, by root: `Customer` for `$.Customer`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub values: Map<String, Value>,
    /// The time that the caller waits, such as `2s` or `500ms`.
    #[serde(default, with = "duration")]
    pub takes: Duration,
}

/// The branch of a block.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ScriptedBranch {
    /// `NextAction`.
    #[default]
    Done,
    /// The condition that is true for this result.
    Result(String),
    /// The branch of this error type.
    Error(String),
}

impl ScriptedBranch {
    pub(super) fn provided(&self) -> ProvidedBranch {
        match self {
            Self::Done => ProvidedBranch::Done,
            Self::Result(result) => ProvidedBranch::Result(result.clone()),
            Self::Error(error) => ProvidedBranch::Failed(error.clone()),
        }
    }
}

/// A turn of a bot of Lex.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "TurnMembers", into = "TurnMembers")]
pub enum BotTurn {
    /// The bot recognizes an intent.
    Intent(Box<Intent>),
    /// The caller says nothing in time.
    Timeout,
    /// The bot fails.
    Error,
}

/// An intent with its values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Intent {
    /// The name of the intent.
    pub intent: String,
    pub slots: Map<String, Value>,
    /// Added to the session attributes that the block gives to the bot.
    pub session_attributes: Map<String, Value>,
    /// The label of the sentiment, such as `NEUTRAL`.
    pub sentiment: Option<String>,
    /// The time that the caller speaks.
    pub takes: Duration,
}

/// The members of a [`BotTurn`], before they are checked.
#[derive(Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct TurnMembers {
    #[serde(skip_serializing_if = "Option::is_none")]
    intent: Option<String>,
    slots: Map<String, Value>,
    session_attributes: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sentiment: Option<String>,
    #[serde(with = "duration")]
    takes: Duration,
    timeout: bool,
    error: bool,
}

impl TryFrom<TurnMembers> for BotTurn {
    type Error = &'static str;

    fn try_from(members: TurnMembers) -> Result<Self, &'static str> {
        match (members.intent, members.timeout, members.error) {
            (Some(intent), false, false) => Ok(Self::Intent(Box::new(Intent {
                intent,
                slots: members.slots,
                session_attributes: members.session_attributes,
                sentiment: members.sentiment,
                takes: members.takes,
            }))),
            (None, true, false) => Ok(Self::Timeout),
            (None, false, true) => Ok(Self::Error),
            _ => {
                Err("a turn of a bot must have an intent, or `timeout` as true, or `error` as true")
            }
        }
    }
}

impl From<BotTurn> for TurnMembers {
    fn from(turn: BotTurn) -> Self {
        match turn {
            BotTurn::Intent(intent) => Self {
                intent: Some(intent.intent),
                slots: intent.slots,
                session_attributes: intent.session_attributes,
                sentiment: intent.sentiment,
                takes: intent.takes,
                ..Self::default()
            },
            BotTurn::Timeout => Self {
                timeout: true,
                ..Self::default()
            },
            BotTurn::Error => Self {
                error: true,
                ..Self::default()
            },
        }
    }
}

/// The metrics of a queue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct QueueMetrics {
    pub contacts_in_queue: u64,
    /// The time that the oldest contact has waited, such as `90s`.
    #[serde(with = "duration")]
    pub oldest_contact: Duration,
    pub agents_online: u64,
    pub agents_available: u64,
    pub agents_staffed: u64,
}

/// One entry, or a list of entries; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turns<T> {
    first: T,
    rest: Vec<T>,
}

impl<T> Turns<T> {
    /// Returns the entry of the execution with this number, from 0.
    pub(super) fn turn(&self, number: usize) -> &T {
        match number.min(self.rest.len()).checked_sub(1) {
            Some(index) => self.rest.get(index).unwrap_or(&self.first),
            None => &self.first,
        }
    }

    fn iter(&self) -> impl Iterator<Item = &T> {
        std::iter::once(&self.first).chain(&self.rest)
    }
}

impl<T: Serialize> Serialize for Turns<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Turns<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrList<T>(std::marker::PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrList<T> {
            type Value = Turns<T>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object, or a list of objects")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                Ok(Turns {
                    first: T::deserialize(MapAccessDeserializer::new(map))?,
                    rest: Vec::new(),
                })
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
                let mut list = Vec::<T>::deserialize(SeqAccessDeserializer::new(seq))?;
                if list.is_empty() {
                    return Err(de::Error::invalid_length(0, &"at least one entry"));
                }
                let rest = list.split_off(1);
                match list.pop() {
                    Some(first) => Ok(Turns { first, rest }),
                    None => Err(de::Error::invalid_length(0, &"at least one entry")),
                }
            }
        }

        deserializer.deserialize_any(OneOrList(std::marker::PhantomData))
    }
}

/// Durations as texts: whole numbers with `ms`, `s` or `m`.
pub(super) mod duration {
    use std::time::Duration;

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(in crate::calls) fn serialize<S: Serializer>(
        duration: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}ms", duration.as_millis()))
    }

    pub(in crate::calls) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse(&text).ok_or_else(|| {
            D::Error::custom(format_args!(
                "a time must be a whole number with ms, s or m, such as 2s, but was '{text}'"
            ))
        })
    }

    fn parse(text: &str) -> Option<Duration> {
        let digits = text.trim_end_matches(|letter: char| letter.is_ascii_lowercase());
        let number: u64 = digits.parse().ok().filter(|_| !digits.starts_with('+'))?;
        match &text[digits.len()..] {
            "ms" => Some(Duration::from_millis(number)),
            "s" => Some(Duration::from_secs(number)),
            "m" => Some(Duration::from_secs(number.checked_mul(60)?)),
            _ => None,
        }
    }
}
