//! Queues and transfers.

use super::parameters::Parameters;
use crate::action::Block;

pub(super) fn target_queue(parameters: Parameters<'_>) -> Option<Block> {
    // An agent's own queue is not executed.
    Some(match parameters.template("QueueId") {
        Some(queue) => Block::SetQueue { queue },
        None => Block::Unsupported,
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
        time_limit: parameters.seconds("ThirdPartyConnectionTimeLimitSeconds")?,
        returns: parameters.flag("ContinueFlowExecution")?,
    })
}
