//! The blocks of a published flow that no call here can pass.

use connect_flow::UnservedBlock;

use crate::state::FlowRecord;

/// Writes a line for each block of the published content that fails in a call without a script.
pub(super) fn report(flow: &FlowRecord) {
    for block in flow
        .published_flow()
        .into_iter()
        .flat_map(|flow| flow.unserved())
    {
        let UnservedBlock {
            identifier,
            kind,
            error,
            because,
        } = block;
        match error {
            Some(error) => tracing::warn!(
                "the block \"{identifier}\" ({kind}) of \"{}\" takes its branch {error} in calls \
                 here, unless their script provides its effect: {because}",
                flow.name
            ),
            None => tracing::warn!(
                "calls here stop at the block \"{identifier}\" ({kind}) of \"{}\": {because}",
                flow.name
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;
    use std::sync::{Arc, Mutex};

    use connect_flow::FlowKind;
    use tracing::field::{Field, Visit};
    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Metadata, Subscriber};

    use super::*;
    use crate::state::ModuleContracts;

    /// Keeps the messages of events.
    #[derive(Clone, Default)]
    struct Messages(Arc<Mutex<Vec<String>>>);

    impl Subscriber for Messages {
        fn enabled(&self, _metadata: &Metadata<'_>) -> bool {
            true
        }

        fn new_span(&self, _span: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }

        fn record(&self, _span: &Id, _values: &Record<'_>) {}

        fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

        fn event(&self, event: &Event<'_>) {
            event.record(&mut self.clone());
        }

        fn enter(&self, _span: &Id) {}

        fn exit(&self, _span: &Id) {}
    }

    impl Visit for Messages {
        fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
            if field.name() == "message" {
                self.0.lock().unwrap().push(format!("{value:?}"));
            }
        }
    }

    /// AWS's pages: a case needs a Cases domain. A prompt needs nothing.
    #[test]
    fn a_block_that_no_call_can_pass_has_a_line_with_flow_block_type_and_reason() {
        let content = r#"{ "Version": "2019-10-30", "StartAction": "case", "Actions": [
            { "Identifier": "case", "Type": "GetCase",
              "Parameters": { "LinkContactToCase": "false", "GetLastUpdatedCase": "true",
                              "CustomerId": "c", "CaseRequestFields": { "case_id": "7" } },
              "Transitions": { "NextAction": "say",
                               "Errors": [{ "NextAction": "say", "ErrorType": "NoMatchingError" }] } },
            { "Identifier": "say", "Type": "MessageParticipant", "Parameters": { "Text": "Hello" },
              "Transitions": { "NextAction": "bye" } },
            { "Identifier": "bye", "Type": "DisconnectParticipant", "Parameters": {},
              "Transitions": {} } ] }"#;
        let mut flow = FlowRecord::new(
            "f-1".into(),
            "arn:f-1".into(),
            "main".into(),
            FlowKind::ContactFlow,
        );
        flow.publish(content.to_owned(), &ModuleContracts::default())
            .unwrap();
        let messages = Messages::default();
        tracing::subscriber::with_default(messages.clone(), || report(&flow));
        assert_eq!(
            *messages.0.lock().unwrap(),
            [
                "the block \"case\" (GetCase) of \"main\" takes its branch NoMatchingError in calls \
                 here, unless their script provides its effect: the instance must have a Cases \
                 domain"
            ]
        );
    }
}
