//! The words of the console for block types and branches, and the groups that its menu has them in.

use crate::graph::BranchKind;

/// A group of block types, which have one colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    /// Blocks that speak, ask or show something.
    Interact,
    /// Blocks that set something.
    Set,
    /// Blocks that decide.
    Check,
    /// Blocks that use something outside of the flow.
    Integrate,
    /// Blocks that hand the contact on, or end something.
    EndOrTransfer,
    /// Types that this table does not have.
    Other,
}

impl Group {
    /// Returns the name of the class in the picture.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Interact => "interact",
            Self::Set => "set",
            Self::Check => "check",
            Self::Integrate => "integrate",
            Self::EndOrTransfer => "end",
            Self::Other => "other",
        }
    }
}

use Group::{Check, EndOrTransfer, Integrate, Interact, Set};

/// Block types with the console's words, from Amazon's administrator guide ("Flow block definitions").
/// Where the console makes several blocks of one type, the words are the one that fits all parameters; the
/// types that are not here are shown by their own names.
const BLOCKS: [(&str, &str, Group); 57] = [
    (
        "AuthenticateParticipant",
        "Authenticate customer",
        Integrate,
    ),
    ("CheckHoursOfOperation", "Check hours of operation", Check),
    ("CheckMetricData", "Check queue status", Check),
    ("CheckOutboundCallStatus", "Check call progress", Check),
    ("CheckVoiceId", "Check Voice ID", Check),
    ("Compare", "Check contact attributes", Check),
    ("CompleteOutboundCall", "Call phone number", Interact),
    (
        "ConnectParticipantWithLexBot",
        "Get customer input",
        Interact,
    ),
    ("CreateCallbackContact", "Transfer to queue", EndOrTransfer),
    ("CreateCase", "Cases", Integrate),
    ("CreateCustomerProfile", "Customer profiles", Integrate),
    (
        "CreatePersistentContactAssociation",
        "Create persistent contact association",
        Integrate,
    ),
    ("CreateTask", "Create task", Integrate),
    ("CreateWisdomSession", "Connect assistant", Integrate),
    (
        "DequeueContactAndTransferToQueue",
        "Transfer to queue",
        EndOrTransfer,
    ),
    (
        "DisconnectParticipant",
        "Disconnect / hang up",
        EndOrTransfer,
    ),
    ("DistributeByPercentage", "Distribute by percentage", Check),
    ("EndFlowExecution", "End flow / Resume", EndOrTransfer),
    ("EndFlowModuleExecution", "Return", EndOrTransfer),
    ("EvaluateDataTableValues", "Data table", Integrate),
    ("GetCase", "Cases", Integrate),
    ("GetCustomerProfile", "Customer profiles", Integrate),
    ("GetMetricData", "Get queue metrics", Set),
    ("GetParticipantInput", "Get customer input", Interact),
    ("InvokeFlowModule", "Invoke module", Integrate),
    ("InvokeLambdaFunction", "AWS Lambda function", Integrate),
    ("ListDataTableValues", "Data table", Integrate),
    ("LoadContactContent", "Get stored content", Interact),
    ("Loop", "Loop", Check),
    ("MessageParticipant", "Play prompt", Interact),
    ("MessageParticipantIteratively", "Loop prompts", Interact),
    ("ResumeContact", "Resume contact", EndOrTransfer),
    ("SendSMS", "Send message", Interact),
    ("ShowView", "Show view", Interact),
    ("StartVoiceIdStream", "Set Voice ID", Set),
    ("TagContact", "Contact tags", Set),
    ("TransferContactToAgent", "Transfer to agent", EndOrTransfer),
    ("TransferContactToQueue", "Transfer to queue", EndOrTransfer),
    (
        "TransferParticipantToThirdParty",
        "Transfer to phone number",
        EndOrTransfer,
    ),
    ("TransferToFlow", "Transfer to flow", EndOrTransfer),
    ("UntagContact", "Contact tags", Set),
    ("UpdateCase", "Cases", Integrate),
    ("UpdateContactAttributes", "Set contact attributes", Set),
    ("UpdateContactCallbackNumber", "Set callback number", Set),
    ("UpdateContactData", "Set contact attributes", Set),
    ("UpdateContactEventHooks", "Set event flow", Set),
    (
        "UpdateContactMediaStreamingBehavior",
        "Media streaming",
        Set,
    ),
    (
        "UpdateContactRecordingAndAnalyticsBehavior",
        "Set recording and analytics behavior",
        Set,
    ),
    (
        "UpdateContactRecordingBehavior",
        "Set recording and analytics behavior",
        Set,
    ),
    (
        "UpdateContactRoutingBehavior",
        "Change routing priority / age",
        Set,
    ),
    ("UpdateContactRoutingCriteria", "Set routing criteria", Set),
    ("UpdateContactTargetQueue", "Set working queue", Set),
    ("UpdateContactTextToSpeechVoice", "Set voice", Set),
    ("UpdateCustomerProfile", "Customer profiles", Integrate),
    ("UpdateFlowAttributes", "Set contact attributes", Set),
    ("UpdateFlowLoggingBehavior", "Set logging behavior", Set),
    ("Wait", "Wait", Check),
];

/// Returns the console's words for a block type, and its group; the type itself if the table does not have
/// it. A block that keeps its input has words of its own.
pub(crate) fn of_block(kind: &str, stores_input: bool) -> (&str, Group) {
    if kind == "GetParticipantInput" && stores_input {
        return ("Store customer input", Interact);
    }
    let known = BLOCKS.iter().find(|(known, ..)| *known == kind);
    known.map_or((kind, Group::Other), |(_, words, group)| (words, *group))
}

/// Returns the label of a branch; empty for `NextAction`, which needs none. Error types stay as they are,
/// since they are what logs and test cases have; the two most common ones are written shorter.
pub(crate) fn of_branch(kind: &BranchKind) -> String {
    match kind {
        BranchKind::Next => String::new(),
        BranchKind::Condition { operator, operand } => match operator.as_str() {
            "Equals" | "" => operand.clone(),
            "NumberGreaterThan" => format!("> {operand}"),
            "NumberGreaterOrEqualTo" => format!("≥ {operand}"),
            "NumberLessThan" => format!("< {operand}"),
            "NumberLessOrEqualTo" => format!("≤ {operand}"),
            "TextStartsWith" => format!("starts with {operand}"),
            "TextEndsWith" => format!("ends with {operand}"),
            "TextContains" => format!("contains {operand}"),
            other => format!("{other} {operand}"),
        },
        BranchKind::Error(error_type) => match error_type.as_str() {
            "NoMatchingError" => "Error".to_owned(),
            "NoMatchingCondition" => "No match".to_owned(),
            "" => "Error without a type".to_owned(),
            other => other.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words of the administrator guide's page on flow blocks.
    #[test]
    fn types_have_the_words_of_the_console() {
        for (kind, words) in [
            ("MessageParticipant", "Play prompt"),
            ("InvokeLambdaFunction", "AWS Lambda function"),
            ("DisconnectParticipant", "Disconnect / hang up"),
        ] {
            assert_eq!(of_block(kind, false).0, words);
        }
        assert_eq!(
            of_block("GetParticipantInput", false).0,
            "Get customer input"
        );
        assert_eq!(
            of_block("GetParticipantInput", true).0,
            "Store customer input"
        );
        assert_eq!(of_block("Invented", false), ("Invented", Group::Other));
    }

    #[test]
    fn types_stand_once() {
        let mut kinds = BLOCKS.map(|(kind, ..)| kind).to_vec();
        kinds.sort_unstable();
        kinds.dedup();
        assert_eq!(kinds.len(), BLOCKS.len());
    }
}
