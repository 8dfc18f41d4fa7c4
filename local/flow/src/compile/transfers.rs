//! Queues and transfers.

use super::parameters::Parameters;
use std::time::Duration;

use crate::Routing;
use crate::action::{Block, Target};
use crate::reference::Reference;

pub(super) fn target_queue(parameters: Parameters<'_>) -> Option<Block> {
    Some(match target(parameters)? {
        Target::Queue(queue) => Block::SetQueue { queue },
        Target::Agent(agent) => Block::SetAgentQueue { agent },
    })
}

pub(super) fn flow(parameters: Parameters<'_>) -> Option<Block> {
    Some(Block::TransferToFlow {
        flow: parameters.template("ContactFlowId")?,
    })
}

pub(super) fn third_party(parameters: Parameters<'_>) -> Option<Block> {
    Some(Block::Dial {
        number: parameters.template("ThirdPartyPhoneNumber")?,
        time_limit: parameters.template("ThirdPartyConnectionTimeLimitSeconds")?,
        returns: parameters.flag("ContinueFlowExecution")?,
    })
}

pub(super) fn change_queue(parameters: Parameters<'_>) -> Option<Block> {
    Some(Block::ChangeQueue {
        queue: target(parameters),
    })
}

pub(super) fn callback_number(parameters: Parameters<'_>) -> Option<Block> {
    let number = Reference::whole(parameters.text("CallbackNumber")?)?;
    Some(Block::SetCallbackNumber { number })
}

pub(super) fn callback(parameters: Parameters<'_>) -> Option<Block> {
    Some(Block::CreateCallback {
        queue: target(parameters),
        delay: Duration::from_secs(parameters.number("InitialCallDelaySeconds")?),
        runs_flow: parameters.has("ContactFlowId"),
    })
}

pub(super) fn routing(parameters: Parameters<'_>) -> Option<Block> {
    let priority = parameters.number("QueuePriority").map(Routing::Priority);
    let age = || {
        parameters
            .signed("QueueTimeAdjustmentSeconds")
            .map(Routing::Age)
    };
    Some(Block::SetRouting(priority.or_else(age)))
}

/// Returns the queue, or the agent whose own queue it is.
fn target(parameters: Parameters<'_>) -> Option<Target> {
    let queue = parameters.template("QueueId").map(Target::Queue);
    queue.or_else(|| parameters.template("AgentId").map(Target::Agent))
}
