//! Queues and transfers.

use crate::action::Block;
use crate::check::fields::{Class, Fields};
use crate::check::rules::{NO_MATCH, Rules};

const LONGEST_RINGING: u64 = 600;
const MOST_DIALLED_DIGITS: usize = 50;

pub(super) fn target_queue(fields: Fields<'_>) -> (Option<Block>, Rules) {
    let both = fields.has("QueueId") && fields.has("AgentId");
    let neither = !fields.has("QueueId") && !fields.has("AgentId");
    if both {
        fields
            .problems()
            .report("Only one of these properties may be defined. Properties: [QueueId, AgentId]");
    }
    if neither {
        fields
            .problems()
            .report("At least one of [QueueId, AgentId] must be set");
    }
    let queue = fields.template("QueueId", Class::One);
    let agent = fields.template("AgentId", Class::One);
    fields.finish();
    let block = queue
        .map(|queue| Block::SetQueue { queue })
        .or(agent.map(|agent| Block::SetAgentQueue { agent }));
    (block, Rules::errors(&[NO_MATCH], &[]))
}

pub(super) fn queue(fields: Fields<'_>) -> (Option<Block>, Rules) {
    fields.finish();
    let rules = Rules::errors(&["QueueAtCapacity", NO_MATCH], &[]);
    (Some(Block::EnterQueue), rules)
}

pub(super) fn flow(fields: Fields<'_>) -> (Option<Block>, Rules) {
    let flow = fields.required_template("ContactFlowId", Class::One);
    fields.finish();
    let block = flow.map(|flow| Block::TransferToFlow { flow });
    (block, Rules::errors(&[NO_MATCH], &[]))
}

pub(super) fn third_party(fields: Fields<'_>) -> (Option<Block>, Rules) {
    let number = fields.required_template("ThirdPartyPhoneNumber", Class::Any);
    let limit = "ThirdPartyConnectionTimeLimitSeconds";
    fields.require(limit);
    let time_limit = fields.seconds(limit, 0, LONGEST_RINGING);
    fields.require("ContinueFlowExecution");
    let returns = fields.boolean("ContinueFlowExecution");
    if let Some(digits) = fields.template("ThirdPartyDTMFDigits", Class::Any)
        && digits.is_static()
    {
        let digits = digits.source();
        let allowed = |c: char| matches!(c, '0'..='9' | ',' | '*' | '#');
        if digits.chars().count() > MOST_DIALLED_DIGITS || !digits.chars().all(allowed) {
            fields.invalid("ThirdPartyDTMFDigits");
        }
    }
    if let Some(caller) = fields.object("CallerId") {
        caller.template("Number", Class::Any);
        caller.template("Name", Class::Any);
        caller.finish();
    }
    fields.finish();
    let block = (|| {
        Some(Block::Dial {
            number: number?,
            time_limit: time_limit?,
            returns: returns?,
        })
    })();
    let rules = match returns {
        Some(true) => Rules::errors(
            &["CallFailed", "ConnectionTimeLimitExceeded", NO_MATCH],
            &[],
        ),
        Some(false) => Rules::errors(&[NO_MATCH], &[]),
        None => Rules::errors(&[NO_MATCH], &["CallFailed", "ConnectionTimeLimitExceeded"]),
    };
    (block, rules)
}
