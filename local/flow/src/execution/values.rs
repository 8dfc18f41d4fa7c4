//! Fills in references, and records warnings and log lines.

use serde_json::Value;

use super::scope::View;
use super::{Execution, NO_MATCH, Step};
use crate::action::Action;
use crate::reference::{Reference, Template};
use crate::{FlowLogRecord, TraceEvent, Visit};

impl Execution {
    pub(super) fn view(&self) -> View<'_> {
        View {
            contact: &self.contact,
            scope: &self.scope,
        }
    }

    /// Returns the values that an action meets now. Undefined references are reported when the action runs.
    pub(super) fn visit(&self, action: &Action) -> Visit {
        let view = self.view();
        let filled = |(name, value): &(String, _)| (name.clone(), view.fill(value, &mut |_| {}));
        Visit {
            flow_name: self.flow.name.clone(),
            parameters: action.parameters.iter().map(filled).collect(),
            attributes: self.contact.attributes.clone(),
            external: self.scope.external.clone(),
            stored_input: self.scope.stored_input.clone(),
        }
    }

    /// Returns a text with its references filled in. An undefined one becomes empty, with a warning
    /// in the trace. The service's behavior in this case is not documented.
    pub(super) fn render(&mut self, template: &Template) -> String {
        let mut undefined = Vec::new();
        let text = self
            .view()
            .render(template, |reference| undefined.push(reference));
        for reference in undefined {
            self.warn_undefined(reference);
        }
        text
    }

    /// Like [`Execution::render`], but returns `None` for a text that is one undefined reference.
    pub(super) fn value(&mut self, template: &Template) -> Option<String> {
        match template.single() {
            Some(reference) => self.resolve(reference),
            None => Some(self.render(template)),
        }
    }

    pub(super) fn resolve(&mut self, reference: &Reference) -> Option<String> {
        let value = self.view().text(reference).map(|value| value.into_owned());
        if value.is_none() {
            self.warn_undefined(reference);
        }
        value
    }

    /// Returns a value that the block cannot run without: undefined and empty are the same here.
    pub(super) fn needed(&mut self, template: &Template) -> Option<String> {
        self.value(template).filter(|value| !value.is_empty())
    }

    pub(super) fn warn_undefined(&mut self, reference: &Reference) {
        self.warn(format!("{} is undefined", reference.source));
    }

    pub(super) fn warn(&mut self, message: impl Into<String>) {
        let action = self.flow.flow.action(self.at);
        self.trace.push(TraceEvent::Warning {
            flow_id: self.flow.id.clone(),
            action: action.map_or_else(|| "".into(), |action| action.identifier.clone()),
            message: message.into(),
        });
    }

    /// Fails with NoMatchingError, and records the reason in the trace.
    pub(super) fn fail(&mut self, why: impl Into<String>) -> Step {
        self.warn(why);
        Step::Failed(NO_MATCH)
    }

    /// Adds a line to the flow log if logging is on, and returns it for further additions.
    pub(super) fn log(
        &mut self,
        action: &Action,
        kind: &'static str,
        results: Option<&str>,
        parameters: impl FnOnce() -> Vec<(&'static str, String)>,
    ) -> Option<&mut FlowLogRecord> {
        if !self.logging {
            return None;
        }
        let text = |(key, value)| (key, Value::String(value));
        let parameters = parameters().into_iter().map(text).collect();
        let mut module_execution_stack = Vec::new();
        if !self.callers.is_empty() {
            module_execution_stack.push(self.flow.arn.clone());
            let callers = self.callers.iter().rev();
            module_execution_stack.extend(callers.map(|caller| caller.flow.arn.clone()));
        }
        self.log.push(FlowLogRecord {
            results: results.map(str::to_owned),
            contact_id: self.contact_id.clone(),
            contact_flow_id: self.flow.arn.clone(),
            contact_flow_name: self.flow.name.clone(),
            contact_flow_module_type: kind,
            identifier: action.identifier.clone(),
            timestamp: self.now,
            external_results: None,
            parameters,
            result_data: None,
            module_execution_stack,
        });
        self.log.last_mut()
    }
}
