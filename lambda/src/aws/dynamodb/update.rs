//! A conditional update of one item.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};

/// An update with exactly the aliases that its expressions use: DynamoDB refuses unused ones.
pub(super) struct Update {
    request: UpdateItemFluentBuilder,
    set: Vec<String>,
    remove: Vec<String>,
    conditions: Vec<String>,
}

impl Update {
    pub(super) fn new(request: UpdateItemFluentBuilder) -> Self {
        Self {
            request,
            set: Vec::new(),
            remove: Vec::new(),
            conditions: Vec::new(),
        }
    }

    pub(super) fn name(mut self, alias: &str, name: impl Into<String>) -> Self {
        self.request = self.request.expression_attribute_names(alias, name);
        self
    }

    pub(super) fn value(mut self, alias: &str, value: AttributeValue) -> Self {
        self.request = self.request.expression_attribute_values(alias, value);
        self
    }

    pub(super) fn set(mut self, assignment: impl Into<String>) -> Self {
        self.set.push(assignment.into());
        self
    }

    pub(super) fn remove(mut self, alias: impl Into<String>) -> Self {
        self.remove.push(alias.into());
        self
    }

    pub(super) fn condition(mut self, condition: impl Into<String>) -> Self {
        self.conditions.push(condition.into());
        self
    }

    pub(super) fn build(self) -> UpdateItemFluentBuilder {
        let mut update = format!("SET {}", self.set.join(", "));
        if !self.remove.is_empty() {
            update.push_str(" REMOVE ");
            update.push_str(&self.remove.join(", "));
        }
        self.request
            .update_expression(update)
            .condition_expression(self.conditions.join(" AND "))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }
}
