//! The sample flows of a new instance. Names and purposes are those of the administrator guide, "Sample
//! flows"; the contents are ours.

use connect_flow::FlowKind;
use local_wire::Fault;

use super::{Instance, ModuleContracts};

struct SampleFlow {
    kind: FlowKind,
    name: &'static str,
    description: &'static str,
    /// The content, with `{BasicQueue}` for the ARN of that queue.
    content: &'static str,
}

const SAMPLE_FLOWS: [SampleFlow; 11] = [
    SampleFlow {
        kind: FlowKind::ContactFlow,
        name: "Sample inbound flow (first contact experience)",
        description: "First contact experience",
        content: include_str!("sample_flows/inbound.json"),
    },
    SampleFlow {
        kind: FlowKind::ContactFlow,
        name: "Sample AB test",
        description: "Plays one of two messages, by chance.",
        content: include_str!("sample_flows/ab_test.json"),
    },
    SampleFlow {
        kind: FlowKind::ContactFlow,
        name: "Sample disconnect flow",
        description: "Runs after the agent disconnected.",
        content: include_str!("sample_flows/disconnect.json"),
    },
    SampleFlow {
        kind: FlowKind::ContactFlow,
        name: "Sample Lambda integration",
        description: "Shows where a flow invokes a function. The account has no sample function.",
        content: include_str!("sample_flows/lambda.json"),
    },
    SampleFlow {
        kind: FlowKind::ContactFlow,
        name: "Sample note for screenpop",
        description: "Sets an attribute that the agent sees.",
        content: include_str!("sample_flows/screenpop.json"),
    },
    SampleFlow {
        kind: FlowKind::ContactFlow,
        name: "Sample queue configurations flow",
        description: "Changes the priority of a contact in the queue.",
        content: include_str!("sample_flows/queue_configurations.json"),
    },
    SampleFlow {
        kind: FlowKind::ContactFlow,
        name: "Sample queue customer",
        description: "Checks the hours, then places the customer in the queue.",
        content: include_str!("sample_flows/queue_customer.json"),
    },
    SampleFlow {
        kind: FlowKind::ContactFlow,
        name: "Sample recording behavior",
        description: "Records the conversation if the customer agrees.",
        content: include_str!("sample_flows/recording.json"),
    },
    SampleFlow {
        kind: FlowKind::ContactFlow,
        name: "Sample secure input with no agent",
        description: "Stores what the customer keys.",
        content: include_str!("sample_flows/secure_input_no_agent.json"),
    },
    SampleFlow {
        kind: FlowKind::QueueTransfer,
        name: "Sample secure input with agent",
        description: "Stores what the customer keys while the agent is on hold.",
        content: include_str!("sample_flows/secure_input_agent.json"),
    },
    SampleFlow {
        kind: FlowKind::CustomerQueue,
        name: "Sample interruptible queue flow with callback",
        description: "Asks a waiting customer from time to time whether to go on waiting.",
        content: include_str!("sample_flows/interruptible_queue.json"),
    },
];

impl Instance {
    /// Creates the sample flows, which use the queue with this ARN.
    pub(super) fn create_sample_flows(&mut self, basic_queue: &str) -> Result<(), Fault> {
        for sample in SAMPLE_FLOWS {
            let mut flow = self.new_flow(sample.name.into(), sample.kind)?;
            flow.description = Some(sample.description.into());
            let content = sample.content.replace("{BasicQueue}", basic_queue);
            flow.publish(content, &ModuleContracts::default())?;
            self.flows.push(flow);
        }
        Ok(())
    }
}
