//! The simulated agents of a call.

use std::time::Duration;

use connect_flow::{Agent, AgentAction, FlowKind, Participant, Queue};
use time::OffsetDateTime;

use super::agent_script::{AgentError, AgentScript, AgentStep};
use crate::state::ScriptedAgent;
use crate::{ConnectService, InstanceFacts};

/// The agents of a queue, and the contacts that wait in it, as its metrics count them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Staffing {
    /// Agents who are signed in.
    pub online: usize,
    /// Agents who are signed in and not offline; here the same.
    pub staffed: usize,
    /// Agents who could answer now.
    pub available: usize,
    /// Contacts in the queue.
    pub contacts_in_queue: usize,
    /// The time that the oldest of them has waited.
    pub oldest_contact: Option<Duration>,
}

/// An agent of the script, and whether a contact was answered.
struct Seat {
    agent: Agent,
    id: String,
    own_queue: Queue,
    /// The ARN of the queue that the agent serves; `None` for any.
    serves: Option<String>,
    answers_after: Duration,
    steps: std::vec::IntoIter<Step>,
    answered: bool,
}

/// A step, with its queue found.
enum Step {
    Wait(Duration),
    Act(AgentAction),
}

/// All agents of a call.
#[derive(Default)]
pub(super) struct Agents {
    seats: Vec<Seat>,
    /// The agent who is connected.
    current: Option<usize>,
}

impl Agents {
    pub(super) fn new(
        connect: &ConnectService,
        instance: &InstanceFacts,
        scripts: &[AgentScript],
    ) -> Result<Self, AgentError> {
        let mut agents = Self::default();
        let ids: Vec<_> = scripts.iter().map(|script| id(script, scripts)).collect();
        for (script, id) in scripts.iter().zip(ids) {
            agents.seats.push(Seat {
                agent: Agent {
                    arn: format!("{}/agent/{id}", instance.arn),
                    user_name: script.name.clone(),
                    first_name: script.first_name.clone(),
                    last_name: script.last_name.clone(),
                },
                own_queue: Queue {
                    arn: format!("{}/queue/agent/{id}", instance.arn),
                    name: script.name.clone(),
                    outbound_caller_id: None,
                },
                serves: match &script.queue {
                    Some(queue) => Some(find(connect, instance, script, queue)?.arn),
                    None => None,
                },
                answers_after: script.answers_after,
                steps: Vec::new().into_iter(),
                answered: false,
                id,
            });
        }
        for (at, script) in scripts.iter().enumerate() {
            let mut steps = Vec::with_capacity(script.does.len());
            for step in &script.does {
                steps.push(agents.step(connect, instance, script, step)?);
            }
            agents.seats[at].steps = steps.into_iter();
        }
        Ok(agents)
    }

    fn step(
        &self,
        connect: &ConnectService,
        instance: &InstanceFacts,
        script: &AgentScript,
        step: &AgentStep,
    ) -> Result<Step, AgentError> {
        let hold = |who, time: Duration| AgentAction::Hold { who, time };
        Ok(Step::Act(match step {
            AgentStep::Wait(time) => return Ok(Step::Wait(*time)),
            AgentStep::Hold(time) => hold(Participant::Customer, *time),
            AgentStep::AgentHold(time) => hold(Participant::Agent, *time),
            AgentStep::TransferToQueue { queue, flow } => AgentAction::Transfer {
                flow: flow.clone(),
                kind: FlowKind::QueueTransfer,
                queue: Some(find(connect, instance, script, queue)?),
            },
            AgentStep::TransferToAgent { agent, flow } => AgentAction::Transfer {
                flow: flow.clone(),
                kind: FlowKind::AgentTransfer,
                queue: Some(self.queue_of(agent).ok_or_else(|| AgentError::NoAgent {
                    agent: script.name.clone(),
                    to: agent.clone(),
                })?),
            },
            AgentStep::TransferToNumber(number) => AgentAction::TransferToNumber {
                number: number.clone(),
            },
            AgentStep::HangUp => AgentAction::HangUp,
        }))
    }

    /// Returns the own queue of an agent, by name, id or ARN.
    pub(super) fn queue_of(&self, agent: &str) -> Option<Queue> {
        let mut seats = self.seats.iter();
        let seat = seats.find(|seat| {
            let names = [&seat.agent.user_name, &seat.id, &seat.agent.arn];
            names.into_iter().any(|name| name == agent)
        })?;
        Some(seat.own_queue.clone())
    }

    /// Returns the moment at which the first free agent answers a contact that has waited in this
    /// queue since a moment.
    pub(super) fn coming(&self, queue: &Queue, since: OffsetDateTime) -> Option<OffsetDateTime> {
        self.next_free(queue)
            .map(|seat| since + self.seats[seat].answers_after)
    }

    fn next_free(&self, queue: &Queue) -> Option<usize> {
        let free = (0..self.seats.len())
            .filter(|at| !self.seats[*at].answered && self.seats[*at].serves(&queue.arn));
        free.min_by_key(|at| self.seats[*at].answers_after)
    }

    /// Connects the first free agent of a queue.
    pub(super) fn answer(&mut self, queue: &Queue) -> Option<Agent> {
        let at = self.next_free(queue)?;
        self.seats[at].answered = true;
        self.current = Some(at);
        Some(self.seats[at].agent.clone())
    }

    /// Returns the next action of the connected agent, and the time until then.
    pub(super) fn act(&mut self) -> (AgentAction, Duration) {
        let mut waited = Duration::ZERO;
        let seat = self.current.and_then(|at| self.seats.get_mut(at));
        for step in seat.map(|seat| &mut seat.steps).into_iter().flatten() {
            match step {
                Step::Wait(time) => waited += time,
                Step::Act(action) => return (action, waited),
            }
        }
        (AgentAction::HangUp, waited)
    }

    /// Returns the agents as statistics of the instance count them.
    pub(super) fn of_call(&self) -> Vec<ScriptedAgent> {
        let seats = self.seats.iter().enumerate();
        let agents = seats.map(|(at, seat)| ScriptedAgent {
            own_queue: seat.own_queue.arn.clone(),
            serves: seat.serves.clone(),
            available: !seat.answered,
            connected: self.current == Some(at),
        });
        agents.collect()
    }

    /// Counts the agents of a queue.
    pub(super) fn staffing(&self, queue: Option<&Queue>) -> Staffing {
        let of_queue = |seat: &&Seat| queue.is_none_or(|queue| seat.serves(&queue.arn));
        let online = self.seats.iter().filter(of_queue);
        let available = online.clone().filter(|seat| !seat.answered).count();
        let online = online.count();
        Staffing {
            online,
            staffed: online,
            available,
            ..Staffing::default()
        }
    }
}

impl Seat {
    fn serves(&self, queue: &str) -> bool {
        let any = self.serves.is_none() && !queue.contains("/queue/agent/");
        any || self.serves.as_deref() == Some(queue) || self.own_queue.arn == queue
    }
}

/// Returns the id of an agent. An agent who is written twice has one id.
fn id(script: &AgentScript, all: &[AgentScript]) -> String {
    let same = all.iter().filter(|other| other.name == script.name);
    let given = same.clone().find_map(|other| other.id.clone());
    given.unwrap_or_else(|| {
        let position = all.iter().position(|other| other.name == script.name);
        format!(
            "00000000-0000-4000-8000-{:012}",
            position.unwrap_or_default() + 1
        )
    })
}

fn find(
    connect: &ConnectService,
    instance: &InstanceFacts,
    script: &AgentScript,
    queue: &str,
) -> Result<Queue, AgentError> {
    let found = connect.queue_named(instance, queue);
    found
        .map(|found| found.queue)
        .ok_or_else(|| AgentError::NoQueue {
            agent: script.name.clone(),
            queue: queue.to_owned(),
        })
}

/// Describes an action for the events of a call.
pub(super) fn describe(action: &AgentAction) -> String {
    match action {
        AgentAction::Hold { who, time } => match who {
            Participant::Customer => {
                format!("puts the caller on hold for {} s", time.as_secs())
            }
            Participant::Agent => format!("is on hold for {} s", time.as_secs()),
        },
        AgentAction::Transfer { queue, kind, .. } => {
            let name = queue.as_ref().map_or("", |queue| queue.name.as_str());
            match kind {
                FlowKind::AgentTransfer => format!("transfers the call to the agent {name}"),
                _ => format!("transfers the call to the queue {name}"),
            }
        }
        AgentAction::TransferToNumber { number } => format!("transfers the call to {number}"),
        AgentAction::HangUp => "hangs up".to_owned(),
    }
}
