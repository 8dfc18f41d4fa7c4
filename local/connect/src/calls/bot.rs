//! Bots of Lex, which answer as the call's script says.

use connect_flow::{Key, OutsideAnswer, Provided, ProvidedBranch};
use serde_json::{Map, Value, json};

use super::conversation::CallEvent;
use super::effects::{BotTurn, Intent};
use super::outside::{provided, text};
use super::typing::Typing;

/// Returns the names of the block's bot: the ARN of its alias, or the name of a bot of Lex V1.
pub(super) fn names(parameters: &Map<String, Value>) -> Vec<String> {
    let bot = |name: &str| parameters.get(name).and_then(Value::as_object);
    let of_alias = bot("LexV2Bot").and_then(|bot| text(bot, "AliasArn"));
    let mut names: Vec<String> = of_alias.map(str::to_owned).into_iter().collect();
    if let Some(name) = bot("LexBot").and_then(|bot| text(bot, "Name")) {
        names.push(name.to_owned());
    }
    names
}

/// Returns the effect of a turn, and the event that a transcript shows.
pub(super) fn answer(
    turn: &BotTurn,
    parameters: &Map<String, Value>,
) -> (OutsideAnswer, Option<CallEvent>) {
    let failed = |error: &str| {
        let branch = ProvidedBranch::Failed(error.to_owned());
        (provided(branch, Map::new()), None)
    };
    match turn {
        BotTurn::Timeout => failed("InputTimeLimitExceeded"),
        BotTurn::Error => failed("NoMatchingError"),
        BotTurn::Intent(intent) => {
            let answer = OutsideAnswer::Provided(Provided {
                branch: ProvidedBranch::Result(intent.intent.clone()),
                values: Map::from_iter([("Lex".to_owned(), values(intent, parameters))]),
                took: intent.takes,
            });
            let event = CallEvent::Understood {
                intent: intent.intent.clone(),
            };
            (answer, Some(event))
        }
    }
}

/// Returns `$.Lex`. The session attributes of the block come back with those of the turn.
fn values(intent: &Intent, parameters: &Map<String, Value>) -> Value {
    let given = parameters.get("LexSessionAttributes");
    let mut attributes = given
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    attributes.extend(intent.session_attributes.clone());
    let mut lex = json!({
        "IntentName": intent.intent,
        "Slots": intent.slots,
        "SessionAttributes": attributes,
    });
    if let (Some(label), Some(lex)) = (&intent.sentiment, lex.as_object_mut()) {
        lex.insert("SentimentResponse".to_owned(), json!({ "Label": label }));
    }
    lex
}

/// Removes the keys that follow a key that the bot took: they are the same input, to its end with
/// the pound key.
pub(super) fn take_input(key: Key, typing: &mut Typing) {
    let mut last = key;
    while last.symbol() != '#' {
        match typing.take() {
            Some(key) => last = key,
            None => return,
        }
    }
}
