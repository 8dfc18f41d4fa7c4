//! The kinds of flow that the executed block types may be used in.

use crate::FlowKind;

/// Reports whether this type may be used in a flow of this kind. A type without documented
/// restrictions may be used in any.
pub(crate) fn allowed(kind: &str, flow: FlowKind) -> bool {
    use FlowKind::*;
    // Modules are called from any kind, and the blocks of campaign flows are not documented.
    let inbound = matches!(flow, ContactFlow | Module | Campaign);
    let transfer = matches!(flow, AgentTransfer | QueueTransfer);
    let queue = flow == CustomerQueue;
    let whisper = matches!(flow, CustomerWhisper | AgentWhisper | OutboundWhisper);
    let hold = matches!(flow, CustomerHold | AgentHold);
    match kind {
        "MessageParticipant" => !hold,
        "MessageParticipantIteratively" => queue || hold,
        "GetParticipantInput" | "CheckHoursOfOperation" | "TransferParticipantToThirdParty" => {
            inbound || queue || transfer
        }
        "DisconnectParticipant" => !whisper && !hold,
        "EndFlowExecution" => whisper || queue,
        "UpdateContactTargetQueue" | "TransferContactToQueue" | "TransferToFlow" => {
            inbound || transfer
        }
        "DistributeByPercentage" => !hold && !matches!(flow, CustomerWhisper | AgentWhisper),
        "EndFlowModuleExecution" => flow == Module,
        _ => true,
    }
}
