//! Operations on aliases.

use std::{collections::BTreeMap, sync::Arc};

use local_wire::Serve::Now;
use local_wire::{Answer, ApiRequest, Declared, Fault, Outcome, Serve, delete, get, post, put};
use uuid::Uuid;

use super::{
    Api, answer,
    input::{AliasInput, Routing},
    named,
    paging::page,
    shapes,
};
use crate::{
    faults,
    function::{Alias, Function},
    names::{FunctionRef, LATEST, check_alias_name, function_arn},
};

/// The operations that this file serves, one per line.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Declared<Serve<Arc<Api>>>] = &[
    post("CreateAlias", "/2015-03-31/functions/{FunctionName}/aliases", Now(Api::create_alias)).answers(201),
    get("GetAlias", "/2015-03-31/functions/{FunctionName}/aliases/{Name}", Now(Api::get_alias)),
    put("UpdateAlias", "/2015-03-31/functions/{FunctionName}/aliases/{Name}", Now(Api::update_alias)),
    delete("DeleteAlias", "/2015-03-31/functions/{FunctionName}/aliases/{Name}", Now(Api::delete_alias)).answers(204),
    get("ListAliases", "/2015-03-31/functions/{FunctionName}/aliases", Now(Api::list_aliases)),
];

impl Api {
    fn create_alias(self: &Arc<Self>, request: &ApiRequest) -> Outcome {
        let name = named(request)?;
        let input: AliasInput = request.input()?;
        let missing = |member: &str| faults::constraint("null", member, "Member must not be null");
        let alias_name = input.name.ok_or_else(|| missing("name"))?;
        check_alias_name(&alias_name)?;
        let version = input
            .function_version
            .ok_or_else(|| missing("functionVersion"))?;
        let mut functions = self.functions();
        let function = functions.get(&name)?;
        if function.aliases.contains_key(&alias_name) {
            return Err(faults::conflict(format!(
                "Alias already exists: {}:{alias_name}",
                name.arn()
            )));
        }
        let alias = Alias {
            version,
            description: input.description.unwrap_or_default(),
            routing: weights(input.routing_config),
            revision_id: Uuid::new_v4().to_string(),
            stored: self.room_for_record()?,
        };
        check_alias(&name, function, &alias)?;
        let shape = shapes::alias(&name.arn(), &alias_name, &alias);
        function.aliases.insert(alias_name, alias);
        Ok(shape.into())
    }

    fn get_alias(self: &Arc<Self>, request: &ApiRequest) -> Outcome {
        let name = named(request)?;
        let alias = request.path("Name");
        let mut functions = self.functions();
        match functions.get(&name)?.aliases.get(alias) {
            Some(found) => answer(shapes::alias(&name.arn(), alias, found)),
            None => Err(alias_not_found(&name, alias)),
        }
    }

    fn update_alias(self: &Arc<Self>, request: &ApiRequest) -> Outcome {
        let name = named(request)?;
        let alias = request.path("Name");
        let input: AliasInput = request.input()?;
        let mut functions = self.functions();
        let function = functions.get(&name)?;
        let Some(old) = function.aliases.get(alias) else {
            return Err(alias_not_found(&name, alias));
        };
        if input
            .revision_id
            .is_some_and(|given| given != old.revision_id)
        {
            return Err(faults::stale_revision("GetFunction/GetAlias"));
        }
        let new = Alias {
            version: input
                .function_version
                .unwrap_or_else(|| old.version.clone()),
            description: input.description.unwrap_or_else(|| old.description.clone()),
            routing: match input.routing_config {
                Some(routing) => weights(Some(routing)),
                None => old.routing.clone(),
            },
            revision_id: Uuid::new_v4().to_string(),
            stored: Arc::clone(&old.stored),
        };
        check_alias(&name, function, &new)?;
        let shape = shapes::alias(&name.arn(), alias, &new);
        function.aliases.insert(alias.to_owned(), new);
        Ok(shape.into())
    }

    fn delete_alias(self: &Arc<Self>, request: &ApiRequest) -> Outcome {
        let name = named(request)?;
        let alias = request.path("Name");
        let mut functions = self.functions();
        let function = functions.get(&name)?;
        // AWS answers the same whether or not the alias existed.
        function.aliases.remove(alias);
        function.policies.remove(&Some(alias.to_owned()));
        Ok(Answer::nothing())
    }

    fn list_aliases(self: &Arc<Self>, request: &ApiRequest) -> Outcome {
        let name = named(request)?;
        let version = request.query("FunctionVersion");
        let mut functions = self.functions();
        let items = functions
            .get(&name)?
            .aliases
            .iter()
            .filter(|(_, alias)| {
                version.as_ref().is_none_or(|version| {
                    alias.version == *version || alias.routing.contains_key(version)
                })
            })
            .map(|(key, alias)| (key.clone(), shapes::alias(&name.arn(), key, alias)));
        let page = page(request, &format!("aliases of {}", name.arn()), items)?;
        answer(shapes::list("Aliases", page.items, page.next))
    }
}

fn weights(routing: Option<Routing>) -> BTreeMap<String, f64> {
    routing
        .map(|routing| routing.additional_version_weights)
        .unwrap_or_default()
}

fn check_alias(name: &FunctionRef, function: &Function, alias: &Alias) -> Result<(), Fault> {
    for version in std::iter::once(&alias.version).chain(alias.routing.keys()) {
        let is_version = version == LATEST || version.parse::<u64>().is_ok();
        if !is_version || function.version(Some(version)).is_none() {
            return Err(faults::function_not_found(&format!(
                "{}:{version}",
                name.arn()
            )));
        }
    }
    if alias.routing.is_empty() {
        return Ok(());
    }
    if alias.version == LATEST || alias.routing.contains_key(LATEST) {
        return Err(faults::invalid(
            "$LATEST is not supported for an alias pointing to more than 1 version",
        ));
    }
    if alias.routing.len() > 1 || alias.routing.contains_key(&alias.version) {
        return Err(faults::invalid(
            "Number of items in AdditionalVersionWeights cannot be greater than 1, and it must \
             name another version than FunctionVersion",
        ));
    }
    if alias
        .routing
        .values()
        .any(|share| !(0.0..=1.0).contains(share))
    {
        return Err(faults::invalid(
            "Weights of AdditionalVersionWeights must be between 0.0 and 1.0",
        ));
    }
    Ok(())
}

fn alias_not_found(name: &FunctionRef, alias: &str) -> Fault {
    faults::not_found(format!(
        "Cannot find alias arn: {}:{alias}",
        function_arn(&name.region, &name.name)
    ))
}
