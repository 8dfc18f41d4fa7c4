//! The transitions of a flow that a set of calls has taken, and those that it has missed.

use std::collections::HashMap;
use std::fmt;

use crate::{Flow, TraceEvent, Transition};

/// The branch coverage of one flow: every transition of every block, with the number of times that
/// calls took it.
///
/// ```
/// # use connect_flow::*;
/// # let content = r#"{ "Version": "2019-10-30", "StartAction": "bye", "Actions": [
/// #     { "Identifier": "bye", "Type": "DisconnectParticipant", "Parameters": {},
/// #       "Transitions": {} } ] }"#;
/// # let flow = Flow::publish(content, FlowKind::ContactFlow).map_err(|p| p[0].message.clone())?;
/// let mut coverage = Coverage::of("f-1", &flow);
/// assert_eq!(coverage.to_string(), "0/1 (0 %)");
/// assert_eq!(coverage.missed().count(), 1);
/// # let trace = [TraceEvent::Taken { flow_id: "f-1".into(),
/// #     transition: flow.transitions().remove(0) }];
/// coverage.record(&trace);
/// assert_eq!(coverage.to_string(), "1/1 (100 %)");
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone)]
pub struct Coverage {
    flow_id: String,
    /// Transitions with counts, in the order of the content.
    ways: Vec<(Transition, usize)>,
    places: HashMap<Transition, usize>,
}

impl Coverage {
    /// Creates the coverage of a flow whose id in traces is `flow_id`, without any calls.
    pub fn of(flow_id: impl Into<String>, flow: &Flow) -> Self {
        let ways: Vec<_> = flow.transitions().into_iter().map(|way| (way, 0)).collect();
        let places = ways
            .iter()
            .enumerate()
            .map(|(place, (way, _))| (way.clone(), place))
            .collect();
        Self {
            flow_id: flow_id.into(),
            ways,
            places,
        }
    }

    /// Adds the trace of a call. Transitions of other flows are ignored.
    pub fn record<'a>(&mut self, trace: impl IntoIterator<Item = &'a TraceEvent>) {
        for event in trace {
            if let TraceEvent::Taken {
                flow_id,
                transition,
            } = event
                && **flow_id == *self.flow_id
                && let Some(place) = self.places.get(transition)
                && let Some((_, times)) = self.ways.get_mut(*place)
            {
                *times += 1;
            }
        }
    }

    /// Returns all transitions, in the order of the content, each with the number of times that calls
    /// took it.
    pub fn branches(&self) -> impl Iterator<Item = (&Transition, usize)> {
        self.ways.iter().map(|(way, times)| (way, *times))
    }

    /// Returns the transitions that no call has taken, in the order of the content.
    pub fn missed(&self) -> impl Iterator<Item = &Transition> {
        let missed = self.ways.iter().filter(|(_, times)| *times == 0);
        missed.map(|(way, _)| way)
    }

    /// Returns the number of transitions that were taken at least once.
    pub fn taken(&self) -> usize {
        self.total() - self.missed().count()
    }

    /// Returns the number of transitions.
    pub fn total(&self) -> usize {
        self.ways.len()
    }

    /// Reports whether every transition was taken.
    pub fn is_complete(&self) -> bool {
        self.missed().next().is_none()
    }

    /// Returns one line for each transition that no call has taken, such as `Look up -> Say trouble
    /// (NoMatchingError)`.
    pub fn report(&self) -> String {
        self.missed().map(|way| format!("{way}\n")).collect()
    }
}

/// The ratio, such as `57/60 (95 %)`. Only complete coverage is rounded to 100.
impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (taken, total) = (self.taken(), self.total());
        let percent = (taken * 100).checked_div(total).unwrap_or(100);
        write!(f, "{taken}/{total} ({percent} %)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FlowKind;

    const FLOW: &str = r#"{ "Version": "2019-10-30", "StartAction": "ask", "Actions": [
        { "Identifier": "ask", "Type": "GetParticipantInput",
          "Parameters": { "Text": "One?", "StoreInput": "False", "InputTimeLimitSeconds": "5" },
          "Transitions": { "NextAction": "bye",
            "Conditions": [
              { "NextAction": "say", "Condition": { "Operator": "Equals", "Operands": ["1"] } }],
            "Errors": [
              { "NextAction": "bye", "ErrorType": "InputTimeLimitExceeded" },
              { "NextAction": "bye", "ErrorType": "NoMatchingCondition" },
              { "NextAction": "bye", "ErrorType": "NoMatchingError" }] } },
        { "Identifier": "say", "Type": "MessageParticipant", "Parameters": { "Text": "Yes" },
          "Transitions": { "NextAction": "bye" } },
        { "Identifier": "bye", "Type": "DisconnectParticipant", "Parameters": {},
          "Transitions": {} } ] }"#;

    fn taken(flow_id: &str, way: &Transition) -> TraceEvent {
        TraceEvent::Taken {
            flow_id: flow_id.into(),
            transition: way.clone(),
        }
    }

    #[test]
    fn taken_transitions_are_counted_and_missed_ones_listed() {
        let flow = Flow::publish(FLOW, FlowKind::ContactFlow).unwrap();
        let ways = flow.transitions();
        let mut coverage = Coverage::of("f", &flow);
        coverage.record(&[taken("f", &ways[0]), taken("f", &ways[0])]);
        coverage.record(&[taken("f", &ways[4]), taken("f", &ways[5])]);
        assert_eq!(coverage.to_string(), "3/6 (50 %)");
        assert_eq!(
            coverage.report(),
            "ask -> bye (InputTimeLimitExceeded)\n\
             ask -> bye (NoMatchingCondition)\n\
             ask -> bye (NoMatchingError)\n"
        );
        assert!(!coverage.is_complete());
        coverage.record(&ways.iter().map(|way| taken("f", way)).collect::<Vec<_>>());
        assert_eq!(coverage.to_string(), "6/6 (100 %)");
        assert!(coverage.is_complete());
        assert_eq!(coverage.report(), "");
    }

    #[test]
    fn transitions_of_other_flows_are_not_counted() {
        let flow = Flow::publish(FLOW, FlowKind::ContactFlow).unwrap();
        let mut coverage = Coverage::of("f", &flow);
        coverage.record(&[taken("another", &flow.transitions()[0])]);
        assert_eq!(coverage.taken(), 0);
    }
}
