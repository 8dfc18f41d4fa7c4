//! Compiles the checked parameters of an action into its block.
//!
//! The parameters have passed [`check`](crate::check), so that a reader finds nothing to report.

mod branching;
mod data;
mod integrations;
mod limits;
mod parameters;
mod talking;
mod transfers;

pub(crate) use limits::{input_length, interdigit_limit, loop_limit, ringing_limit, wait_limit};

use serde_json::{Map, Value};

use crate::action::{Absent, Block, JsonTemplate};
use parameters::Parameters;

/// Returns the block of an action; `None` only if its parameters have not been checked.
pub(crate) fn block(
    kind: &str,
    absent: Option<&'static Absent>,
    members: &Map<String, Value>,
) -> Option<Block> {
    let parameters = Parameters::new(members);
    match kind {
        "MessageParticipant" => talking::message(parameters),
        "MessageParticipantIteratively" => talking::messages(parameters),
        "GetParticipantInput" => talking::input(parameters),
        "DisconnectParticipant" => Some(Block::Disconnect),
        "EndFlowExecution" => Some(Block::EndFlow),
        "Compare" => branching::compare(parameters),
        "Loop" => branching::repeat(parameters),
        "DistributeByPercentage" => Some(Block::Distribute),
        "CheckHoursOfOperation" => branching::hours(parameters),
        "Wait" => branching::wait(parameters),
        "UpdateContactAttributes" => data::attributes(parameters),
        "UpdateFlowAttributes" => data::flow_attributes(parameters),
        "UpdateContactData" => data::contact_data(parameters),
        "UpdateContactTextToSpeechVoice" => data::voice(parameters),
        "UpdateFlowLoggingBehavior" => data::logging(parameters),
        "UpdateContactRecordingBehavior" => data::recording(parameters),
        "UpdateContactEventHooks" => data::event_hooks(parameters),
        "TagContact" => data::tag(parameters),
        "UntagContact" => data::untag(parameters),
        "UpdateContactTargetQueue" => transfers::target_queue(parameters),
        "TransferContactToQueue" => Some(Block::EnterQueue),
        "TransferToFlow" => transfers::flow(parameters),
        "TransferParticipantToThirdParty" => transfers::third_party(parameters),
        "DequeueContactAndTransferToQueue" => transfers::change_queue(parameters),
        "TransferContactToAgent" => Some(Block::TransferToAgent),
        "UpdateContactCallbackNumber" => transfers::callback_number(parameters),
        "CreateCallbackContact" => transfers::callback(parameters),
        "UpdateContactRoutingBehavior" => transfers::routing(parameters),
        "InvokeLambdaFunction" => integrations::function(parameters),
        "InvokeFlowModule" => integrations::module(parameters),
        "EndFlowModuleExecution" => integrations::end_module(parameters),
        _ => Some(Block::Outside {
            prompt: talking::prompt(parameters),
            absent: absent?,
        }),
    }
}

/// Compiles the members of a JSON object.
pub(crate) fn templates(members: &Map<String, Value>) -> Vec<(String, JsonTemplate)> {
    members
        .iter()
        .map(|(name, value)| (name.clone(), JsonTemplate::new(value)))
        .collect()
}
