//! Operations on published versions.

use std::sync::Arc;

use local_wire::Serve::Now;
use local_wire::{ApiRequest, Declared, Fault, Outcome, Serve, get, post};
use serde_json::Value;

use super::{
    Api, answer, functions::check_revision, input::PublishVersion, named, paging::page, shapes,
    validation,
};
use crate::{faults, function::Function, names::FunctionRef};

/// The operations that this file serves, one per line.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Declared<Serve<Arc<Api>>>] = &[
    post("PublishVersion", "/2015-03-31/functions/{FunctionName}/versions", Now(Api::publish_version)).answers(201),
    get("ListVersionsByFunction", "/2015-03-31/functions/{FunctionName}/versions", Now(Api::list_versions)),
];

impl Api {
    fn publish_version(self: &Arc<Self>, request: &ApiRequest) -> Outcome {
        let name = named(request)?;
        let input: PublishVersion = request.input()?;
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
        let shape = self.publish(&name, function, input.description)?;
        Ok(shape.into())
    }

    fn list_versions(self: &Arc<Self>, request: &ApiRequest) -> Outcome {
        let name = named(request)?;
        let mut functions = self.functions();
        let items = functions.get(&name)?.versions().map(|(number, version)| {
            (
                number,
                shapes::configuration(version, Some(&version.version)),
            )
        });
        let page = page(request, &format!("versions of {}", name.arn()), items)?;
        answer(shapes::list("Versions", page.items, page.next))
    }

    /// Publishes `$LATEST`, unless it is unchanged since the last publication.
    pub(super) fn publish(
        &self,
        name: &FunctionRef,
        function: &mut Function,
        description: Option<String>,
    ) -> Result<Value, Fault> {
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
            return Ok(shapes::configuration(last, Some(&last.version)));
        }
        let number = function.last_number + 1;
        let version = self.version(
            name,
            &number.to_string(),
            settings,
            latest.architecture.clone(),
            latest.code.clone(),
        )?;
        let shape = shapes::configuration(&version, Some(&version.version));
        function.last_number = number;
        function.published.insert(number, version);
        Ok(shape)
    }
}
