//! Published versions.

use local_wire::{Fault, Request, Response};
use serde_json::Value;

use super::{
    Api, functions::check_revision, input, input::PublishVersion, json, named, paging::page,
    shapes, validation,
};
use crate::{faults, function::Function, names::FunctionRef};

impl Api {
    pub(super) fn publish_version(&self, request: &Request, name: &str) -> Result<Response, Fault> {
        let name = named(request, name)?;
        let input: PublishVersion = input(request)?;
        validation::publish_to(input.publish_to)?;
        let mut functions = self.functions();
        let function = functions.get(&name)?;
        check_revision(&function.latest, input.revision_id.as_deref())?;
        let current = function.latest.code.sha256();
        if let Some(given) = input.code_sha256.filter(|given| given != current) {
            return Err(faults::invalid(format!(
                "CodeSHA256 ({given}) is different from current CodeSHA256 in $LATEST \
                 ({current}). Please try again with the CodeSHA256 in $LATEST."
            )));
        }
        let shape = self.publish(&name, function, input.description);
        json(201, &shape)
    }

    pub(super) fn list_versions(&self, request: &Request, name: &str) -> Result<Response, Fault> {
        let name = named(request, name)?;
        let mut functions = self.functions();
        let items = functions.get(&name)?.versions().map(|(number, version)| {
            (
                number,
                shapes::configuration(version, Some(&version.version)),
            )
        });
        let page = page(request, items)?;
        json(200, &shapes::list("Versions", page.items, page.next))
    }

    /// Publishes `$LATEST`, unless it is what was published last.
    pub(super) fn publish(
        &self,
        name: &FunctionRef,
        function: &mut Function,
        description: Option<String>,
    ) -> Value {
        let latest = &function.latest;
        let mut settings = latest.settings.clone();
        if let Some(description) = description {
            settings.description = description;
        }
        let unchanged = function.published.values().next_back().filter(|last| {
            last.settings == settings
                && last.architecture == latest.architecture
                && last.code.sha256() == latest.code.sha256()
        });
        if let Some(last) = unchanged {
            return shapes::configuration(last, Some(&last.version));
        }
        let number = function.last_number + 1;
        let version = self.version(
            name,
            &number.to_string(),
            settings,
            latest.architecture.clone(),
            latest.code.clone(),
        );
        let shape = shapes::configuration(&version, Some(&version.version));
        function.last_number = number;
        function.published.insert(number, version);
        shape
    }
}
