//! The view of the control plane's state that calls need.

use connect_flow::{Endpoint, FlowKind, LoadedFlow, Queue};
use time::OffsetDateTime;

use crate::state::{Contacts, Instance, PhoneNumber, QueueRecord, Reading, TimeZoneUnknown, names};
use crate::{ClaimedNumber, ConnectService, state};

/// An instance, as it is at the moment of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceFacts {
    /// The Region of the instance.
    pub region: String,
    /// The id, a UUID.
    pub id: String,
    /// The ARN, which is the `SourceArn` of invocations.
    pub arn: String,
    /// The alias, which is part of the log group's name.
    pub alias: String,
    /// `INBOUND_CALLS`: whether the instance accepts calls.
    pub inbound_calls: bool,
    /// `OUTBOUND_CALLS`: whether the instance may dial out.
    pub outbound_calls: bool,
    /// `CONTACTFLOW_LOGS`: whether flows may write logs. A flow must also switch logging on.
    pub flow_logs: bool,
}

impl InstanceFacts {
    /// Returns the log group of the flow logs.
    pub fn log_group(&self) -> String {
        state::log_group(&self.alias)
    }

    pub(crate) fn of(region: &str, instance: &Instance) -> Self {
        Self {
            region: region.to_owned(),
            id: instance.id.clone(),
            arn: instance.arn.clone(),
            alias: instance.alias.clone(),
            inbound_calls: instance.attribute("INBOUND_CALLS").unwrap_or_default(),
            outbound_calls: instance.attribute("OUTBOUND_CALLS").unwrap_or_default(),
            flow_logs: instance.attribute("CONTACTFLOW_LOGS").unwrap_or_default(),
        }
    }
}

/// A claimed number, with its instance and flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DialledNumber {
    /// The instance that claimed it.
    pub instance: InstanceFacts,
    /// The id of the number, a UUID.
    pub phone_number_id: String,
    /// The ARN of the number.
    pub phone_number_arn: String,
    /// The number in E.164.
    pub phone_number: String,
    /// The id of the associated flow; a number without one does not answer calls.
    pub flow_id: Option<String>,
}

/// A queue, as it is at the moment of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueFacts {
    /// ARN and name, in the flow engine's type.
    pub queue: Queue,
    /// The id, a UUID.
    pub id: String,
    /// The id of its hours of operation.
    pub hours_of_operation_id: String,
    /// `MaxContacts`; at this number the flow continues with the at-capacity branch.
    pub max_contacts: Option<u32>,
    /// Whether the queue accepts contacts.
    pub enabled: bool,
    /// The outbound whisper flow for calls from this queue, if it has one of its own.
    pub outbound_flow_id: Option<String>,
}

impl QueueFacts {
    pub(crate) fn of(queue: &QueueRecord, numbers: &[PhoneNumber]) -> Self {
        let caller = queue.outbound_caller.as_ref();
        let caller_id = caller
            .and_then(|caller| caller.outbound_caller_id_number_id.as_deref())
            .and_then(|id| numbers.iter().find(|number| number.id == id));
        Self {
            queue: Queue {
                arn: queue.arn.clone(),
                name: queue.name.clone(),
                outbound_caller_id: caller_id
                    .map(|number| Endpoint::telephone(number.number.clone())),
            },
            id: queue.id.clone(),
            hours_of_operation_id: queue.hours_of_operation_id.clone(),
            max_contacts: queue.max_contacts,
            enabled: queue.enabled,
            outbound_flow_id: caller.and_then(|caller| caller.outbound_flow_id.clone()),
        }
    }
}

impl ConnectService {
    /// Returns a number with its instance and flow, or `None` if no instance of any Region has
    /// claimed it.
    pub fn dialled(&self, phone_number: &str) -> Option<DialledNumber> {
        let state = self.state();
        state.regions().find_map(|(name, region)| {
            let number = region
                .numbers
                .iter()
                .find(|number| number.number == phone_number && number.claimed())?;
            let instance = region.instance(&number.instance_id)?;
            Some(DialledNumber {
                instance: InstanceFacts::of(name, instance),
                phone_number_id: number.id.clone(),
                phone_number_arn: number.arn.clone(),
                phone_number: number.number.clone(),
                flow_id: number.flow_id.clone(),
            })
        })
    }

    /// Returns all claimed numbers of the account, each with the line that answers it.
    pub fn claimed_numbers(&self) -> Vec<ClaimedNumber> {
        let state = self.state();
        let regions = state.regions();
        regions
            .flat_map(|(name, region)| {
                let claimed = region.numbers.iter().filter(|number| number.claimed());
                claimed.filter_map(|number| {
                    let instance = region.instance(&number.instance_id)?;
                    Some(ClaimedNumber::of(name, instance, number))
                })
            })
            .collect()
    }

    /// Returns all instances of the account.
    pub fn instances(&self) -> Vec<InstanceFacts> {
        let state = self.state();
        state
            .regions()
            .flat_map(|(name, region)| {
                let instances = region.instances.iter();
                instances.map(move |instance| InstanceFacts::of(name, instance))
            })
            .collect()
    }

    /// Returns an instance by id, ARN or alias.
    pub fn instance(&self, region: &str, name: &str) -> Option<InstanceFacts> {
        let state = self.state();
        state
            .region(region)?
            .instances
            .iter()
            .find(|instance| names(&instance.id, &instance.arn, name) || instance.alias == name)
            .map(|instance| InstanceFacts::of(region, instance))
    }

    /// Returns the published content of a flow of this instance, by id or ARN. The id may end with
    /// `:$LATEST` or a version; a draft (`:$SAVED`) is never executed.
    pub fn load_flow(&self, instance: &InstanceFacts, flow: &str) -> Option<LoadedFlow> {
        self.with_instance(instance, |found| state::load(&found.flows, flow))
    }

    /// Returns name and published content of a flow or module of any instance, by its id; `None` if there is
    /// none, or it is only saved as a draft.
    pub fn published_content(&self, flow_id: &str) -> Option<(String, String)> {
        let state = self.state();
        let instances = state.regions().flat_map(|(_, region)| &region.instances);
        let mut flows =
            instances.flat_map(|instance| instance.flows.iter().chain(&instance.modules));
        let flow = flows.find(|flow| flow.id == flow_id)?;
        let content = flow.content(Reading::Published).ok()?;
        Some((flow.name.clone(), content.to_owned()))
    }

    /// Returns the instance's default flow of a kind.
    pub fn default_flow(&self, instance: &InstanceFacts, kind: FlowKind) -> Option<LoadedFlow> {
        self.with_instance(instance, |found| {
            let mut defaults = found.flows.iter().filter(|flow| flow.is_default);
            let flow = defaults.find(|flow| flow.kind == kind)?;
            state::load(&found.flows, &flow.id)
        })
    }

    /// Returns the published inbound flows with this id, ARN or name, of all instances.
    pub(crate) fn inbound_flows(&self, name: &str) -> Vec<(InstanceFacts, LoadedFlow)> {
        let state = self.state();
        let instances = state.regions().flat_map(|(region, found)| {
            found
                .instances
                .iter()
                .map(move |instance| (region, instance))
        });
        instances
            .flat_map(|(region, instance)| {
                let found = instance.flows.iter().filter(|flow| {
                    flow.kind == FlowKind::ContactFlow
                        && (flow.name == name || names(&flow.id, &flow.arn, name))
                });
                found.filter_map(|flow| {
                    let flow = state::load(&instance.flows, &flow.id)?;
                    Some((InstanceFacts::of(region, instance), flow))
                })
            })
            .collect()
    }

    /// Returns the published content of a module of this instance; see
    /// [`ConnectService::load_flow`].
    pub fn load_module(&self, instance: &InstanceFacts, module: &str) -> Option<LoadedFlow> {
        self.with_instance(instance, |found| state::load(&found.modules, module))
    }

    /// Returns a queue of this instance by name, id or ARN.
    pub fn queue_named(&self, instance: &InstanceFacts, queue: &str) -> Option<QueueFacts> {
        let named = self.with_instance(instance, |found| {
            let mut queues = found.queues.iter();
            queues
                .find(|known| known.name == queue)
                .map(|known| known.id.clone())
        });
        self.find_queue(instance, named.as_deref().unwrap_or(queue))
    }

    /// Returns a queue of this instance, by id or ARN.
    pub fn find_queue(&self, instance: &InstanceFacts, queue: &str) -> Option<QueueFacts> {
        let state = self.state();
        let region = state.region(&instance.region)?;
        let queue = region.instance(&instance.id)?.queues.get(queue).ok()?;
        Some(QueueFacts::of(queue, &region.numbers))
    }

    /// Reports whether these hours of operation (id or ARN) are open at a moment; `None` if they do
    /// not exist.
    ///
    /// # Errors
    /// [`TimeZoneUnknown`] if the hours are in a time zone whose rules are unknown.
    pub fn hours_open(
        &self,
        instance: &InstanceFacts,
        hours_of_operation: &str,
        at: OffsetDateTime,
    ) -> Result<Option<bool>, TimeZoneUnknown> {
        self.with_instance(instance, |found| {
            found.hours.get(hours_of_operation).ok().cloned()
        })
        .map(|hours| hours.is_open(at))
        .transpose()
    }

    /// Reports whether the function is associated with the instance. An association without version
    /// or alias includes all of them. For diagnosis only: the function's policy alone decides on an
    /// invocation.
    pub fn function_associated(&self, instance: &InstanceFacts, function_arn: &str) -> bool {
        self.with_instance(instance, |found| {
            let covered = |associated: &String| {
                function_arn
                    .strip_prefix(associated.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
            };
            Some(found.functions.iter().any(covered))
        })
        .unwrap_or_default()
    }

    fn with_instance<T>(
        &self,
        instance: &InstanceFacts,
        read: impl FnOnce(&Instance) -> Option<T>,
    ) -> Option<T> {
        let state = self.state();
        read(state.region(&instance.region)?.instance(&instance.id)?)
    }

    /// Reads or changes the contacts of an instance, unless it was deleted.
    pub(crate) fn with_contacts<T>(
        &self,
        instance: &InstanceFacts,
        act: impl FnOnce(&mut Contacts) -> T,
    ) -> Option<T> {
        let mut state = self.state();
        let instance = state.instance_mut(&instance.region, &instance.id).ok()?;
        Some(act(&mut instance.contacts))
    }
}
