//! Calls that wait in queues.

mod agents;
mod contacts;

use time::OffsetDateTime;

use super::*;

const FUNCTION: &str = "arn:aws:lambda:ap-northeast-1:123456789012:function:survey";
/// The prompt of our default customer queue flow.
const IN_QUEUE: &str = "All lines are busy. Please stay on the line.";
const ON_HOLD: &str = "<speak>Please hold the line.<break time=\"10s\"/></speak>";

impl Line {
    /// An instance with functions, outbound calls, and two queues: BasicQueue, and Experts.
    fn with_queues() -> Self {
        let neighbours = Neighbours {
            has_functions: true,
            ..Neighbours::default()
        };
        let line = Self::with(neighbours, true);
        let attribute = format!("/instance/{}/attribute/CONTACTFLOW_LOGS", line.instance);
        line.send(Method::POST, &attribute, json!({"Value": "true"}));
        let path = format!("/hours-of-operations-summary/{}", line.instance);
        let hours = line.send(Method::GET, &path, Value::Null);
        let hours = &hours["HoursOfOperationSummaryList"][0]["Id"];
        line.send(
            Method::PUT,
            &format!("/queues/{}", line.instance),
            json!({"Name": "Experts", "HoursOfOperationId": hours}),
        );
        line
    }

    /// The number answers with a flow that sets these hooks and enters BasicQueue.
    fn answers_with_queue(&self, hooks: &[(&str, &str)]) {
        let mut actions = vec![step(
            "log",
            "UpdateFlowLoggingBehavior",
            json!({ "FlowLoggingBehavior": "Enabled" }),
            "hook0",
            &[],
        )];
        for (at, (hook, flow)) in hooks.iter().enumerate() {
            let hooks = json!({ "EventHooks": { *hook: flow } });
            let (id, next) = (format!("hook{at}"), format!("hook{}", at + 1));
            let errors = [("NoMatchingError", "bye")];
            actions.push(step(&id, "UpdateContactEventHooks", hooks, &next, &errors));
        }
        let facts = self.service.instance(REGION, "calls").unwrap();
        let queue = self.service.queue_named(&facts, "BasicQueue").unwrap();
        actions.extend([
            step(
                &format!("hook{}", hooks.len()),
                "UpdateContactTargetQueue",
                json!({ "QueueId": queue.id }),
                "enter",
                &[("NoMatchingError", "bye")],
            ),
            step(
                "enter",
                "TransferContactToQueue",
                json!({}),
                "bye",
                &[("QueueAtCapacity", "bye"), ("NoMatchingError", "bye")],
            ),
            bye(),
        ]);
        self.answer_with("main", &actions);
    }

    async fn dial_scripted(&self, script: Value) -> Call {
        self.dial(super::script(script)).await
    }

    /// Returns the seconds between two blocks of the flow log.
    fn gap(&self, from: &str, to: &str) -> i64 {
        let lines = self.neighbours.log.lock().unwrap();
        let at = |block: &str| {
            let line = lines.iter().find(|line| line["Identifier"] == block);
            let at = line.unwrap()["Timestamp"].as_str().unwrap().to_owned();
            let format = time::format_description::well_known::Rfc3339;
            OffsetDateTime::parse(&at, &format).unwrap()
        };
        (at(to) - at(from)).whole_seconds()
    }
}

/// An action without conditions.
fn step(id: &str, kind: &str, parameters: Value, next: &str, errors: &[(&str, &str)]) -> Value {
    action(id, kind, parameters, next, &[], errors)
}

/// Returns the events in short: who heard what, and what the agents did.
fn told(call: &Call) -> Vec<String> {
    let short = |event: &CallEvent| match event {
        CallEvent::Heard(spoken) => format!("caller: {}", spoken.text),
        CallEvent::HeardByAgent(spoken) => format!("agent: {}", spoken.text),
        CallEvent::Agent { name, did } => format!("{name} {did}"),
        CallEvent::NewContact {
            initiation_method, ..
        } => format!("new contact: {initiation_method}"),
        CallEvent::CallbackCreated { number, queue } => format!("callback of {number} in {queue}"),
        CallEvent::Ended { how, .. } => how.clone(),
        CallEvent::FunctionInvoked { .. } => "function".to_owned(),
        other => format!("{other:?}"),
    };
    let warning = |event: &&CallEvent| matches!(event, CallEvent::Warning { .. });
    let events = call.events().iter().filter(|event| !warning(event));
    let mut told: Vec<_> = events.map(short).collect();
    told.dedup();
    told
}
