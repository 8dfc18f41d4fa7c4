//! The action types of the service, and the kinds of flows that they may be used in.

use crate::FlowKind;

/// The checks of a type that is known but not executed here.
pub(crate) struct Known {
    pub(crate) kind: &'static str,
    pub(crate) terminal: bool,
    /// The errors that publishing requires, as far as known.
    pub(crate) required_errors: &'static [&'static str],
    /// The parameters that publishing requires, as far as known.
    pub(crate) required: &'static [&'static str],
}

const fn known(kind: &'static str, required_errors: &'static [&'static str]) -> Known {
    Known {
        kind,
        terminal: false,
        required_errors,
        required: &[],
    }
}

const fn known_with(
    kind: &'static str,
    required_errors: &'static [&'static str],
    required: &'static [&'static str],
) -> Known {
    Known {
        kind,
        terminal: false,
        required_errors,
        required,
    }
}

const NO_MATCH: &str = "NoMatchingError";
const NO_CONDITION: &str = "NoMatchingCondition";

/// Types that may be published but stop the execution. If the documentation does not list required
/// errors, there are none here.
const NOT_EXECUTED: &[Known] = &[
    known("AssociateContactToCustomerProfile", &[]),
    known("AuthenticateParticipant", &[]),
    known_with(
        "CheckMetricData",
        &[NO_MATCH, NO_CONDITION],
        &["MetricType"],
    ),
    known("CheckOutboundCallStatus", &[]),
    known("CheckSegmentMembership", &[]),
    known("CheckVoiceId", &[]),
    known("CompleteOutboundCall", &[]),
    known("ConnectParticipantWithAgenticCX", &[]),
    known("ConnectParticipantWithLexBot", &[NO_CONDITION, NO_MATCH]),
    known("CreateCallbackContact", &[NO_MATCH]),
    known("CreateCase", &[]),
    known("CreateContact", &[]),
    known("CreateCustomerProfile", &[]),
    known("CreatePersistentContactAssociation", &[]),
    known("CreateTask", &[]),
    known("CreateWisdomSession", &[]),
    known(
        "DequeueContactAndTransferToQueue",
        &["QueueAtCapacity", NO_MATCH],
    ),
    known("EvaluateDataTableValues", &[]),
    known("GetCalculatedAttributesForCustomerProfile", &[]),
    known("GetCase", &[]),
    known("GetCustomerProfile", &[]),
    known("GetCustomerProfileObject", &[]),
    known("GetMetricData", &[NO_MATCH]),
    known("ListDataTableValues", &[]),
    known("LoadContactContent", &[]),
    known("RenderMessageTemplate", &[]),
    known("ResumeContact", &[]),
    known("RouteContactToAgent", &[]),
    known_with(
        "ShowView",
        &[NO_CONDITION, NO_MATCH, "TimeLimitExceeded"],
        &["ViewResource", "InvocationTimeLimitSeconds"],
    ),
    known("StartOutboundChatContact", &[]),
    known("StartOutboundEmailContact", &[]),
    known("StartVoiceIdStream", &[]),
    Known {
        kind: "TransferContactToAgent",
        terminal: true,
        required_errors: &[],
        required: &[],
    },
    known_with(
        "UpdateContactCallbackNumber",
        &["InvalidCallbackNumber", "CallbackNumberNotDialable"],
        &["CallbackNumber"],
    ),
    known("UpdateContactMediaProcessing", &[]),
    known("UpdateContactMediaStreamingBehavior", &[NO_MATCH]),
    known(
        "UpdateContactRecordingAndAnalyticsBehavior",
        &[NO_MATCH, "ChannelMismatch"],
    ),
    known("UpdateContactRoutingBehavior", &[]),
    known("UpdateContactRoutingCriteria", &[]),
    known("UpdateCase", &[]),
    known("UpdateCustomerProfile", &[]),
    known("UpdatePreviousContactParticipantState", &[NO_MATCH]),
    known("UpsertDataTableValues", &[]),
];

/// Returns a type that is known but not executed here.
pub(crate) fn not_executed(kind: &str) -> Option<&'static Known> {
    NOT_EXECUTED.iter().find(|known| known.kind == kind)
}

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
        "GetParticipantInput"
        | "ConnectParticipantWithLexBot"
        | "CheckHoursOfOperation"
        | "TransferParticipantToThirdParty" => inbound || queue || transfer,
        "DisconnectParticipant" => !whisper && !hold,
        "EndFlowExecution" => whisper || queue,
        "UpdateContactTargetQueue"
        | "TransferContactToQueue"
        | "TransferToFlow"
        | "UpdatePreviousContactParticipantState" => inbound || transfer,
        "UpdateContactRoutingBehavior" => inbound,
        "DequeueContactAndTransferToQueue" | "RouteContactToAgent" => queue,
        "TransferContactToAgent" => transfer,
        "CompleteOutboundCall" => flow == OutboundWhisper,
        "EndFlowModuleExecution" => flow == Module,
        _ => true,
    }
}
