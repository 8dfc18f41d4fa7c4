//! The default flows of a new instance. Names and purposes are those of the administrator guide,
//! "Default flows"; the contents are ours.

use connect_flow::FlowKind;
use local_wire::Fault;

use super::{Instance, ModuleContracts};

/// A flow that runs where a contact has no other one of its kind.
struct DefaultFlow {
    kind: FlowKind,
    name: &'static str,
    description: &'static str,
    content: &'static str,
}

const DEFAULT_FLOWS: [DefaultFlow; 8] = [
    DefaultFlow {
        kind: FlowKind::CustomerQueue,
        name: "Default customer queue",
        description: "Default audio that a waiting customer hears.",
        content: include_str!("default_flows/customer_queue.json"),
    },
    DefaultFlow {
        kind: FlowKind::CustomerHold,
        name: "Default customer hold",
        description: "Default audio that a customer on hold hears.",
        content: include_str!("default_flows/customer_hold.json"),
    },
    DefaultFlow {
        kind: FlowKind::CustomerWhisper,
        name: "Default customer whisper",
        description: "Default sound that a customer hears before the agent.",
        content: include_str!("default_flows/customer_whisper.json"),
    },
    DefaultFlow {
        kind: FlowKind::AgentHold,
        name: "Default agent hold",
        description: "Default audio that an agent on hold hears.",
        content: include_str!("default_flows/agent_hold.json"),
    },
    DefaultFlow {
        kind: FlowKind::AgentWhisper,
        name: "Default agent whisper",
        description: "Default message that an agent hears before the customer.",
        content: include_str!("default_flows/agent_whisper.json"),
    },
    DefaultFlow {
        kind: FlowKind::AgentTransfer,
        name: "Default agent transfer",
        description: "Default flow of a transfer to an agent.",
        content: include_str!("default_flows/agent_transfer.json"),
    },
    DefaultFlow {
        kind: FlowKind::QueueTransfer,
        name: "Default queue transfer",
        description: "Default flow of a transfer to a queue.",
        content: include_str!("default_flows/queue_transfer.json"),
    },
    DefaultFlow {
        kind: FlowKind::OutboundWhisper,
        name: "Default outbound",
        description: "Default message that a customer hears who is called.",
        content: include_str!("default_flows/outbound.json"),
    },
];

impl Instance {
    /// Creates the default flows.
    pub(super) fn create_default_flows(&mut self) -> Result<(), Fault> {
        for default in DEFAULT_FLOWS {
            let mut flow = self.new_flow(default.name.into(), default.kind)?;
            flow.description = Some(default.description.into());
            flow.is_default = true;
            flow.publish(default.content.into(), &ModuleContracts::default())?;
            self.flows.push(flow);
        }
        Ok(())
    }
}
