//! Amazon Lex V1, the Model Building Service: intents, bots and aliases, with their versions.
//!
//! A definition is kept and read back. Nothing here understands an utterance, so a bot is built at
//! once. Slot types, imports and exports are not served.

mod definitions;
#[cfg(test)]
mod model_made;
mod state;
#[cfg(test)]
mod tests;

use std::sync::{LazyLock, Mutex, PoisonError};

use futures_util::FutureExt;
use local_wire::model::ServiceModel;
use local_wire::{
    ApiRequest, Declared, Dialect, Fault, Operations, Outcome, OutcomeFuture, Service, delete, get,
    post, put,
};

use state::State;

/// The function that serves an operation.
type Serve = fn(&mut State, &ApiRequest) -> Outcome;

#[rustfmt::skip]
const SERVED: &[Declared<Serve>] = &[
    put("PutIntent", "/intents/{name}/versions/$LATEST", State::put),
    get("GetIntent", "/intents/{name}/versions/{version}", State::get),
    post("CreateIntentVersion", "/intents/{name}/versions", State::create_version as Serve).answers(201),
    get("GetIntentVersions", "/intents/{name}/versions/", State::versions),
    get("GetIntents", "/intents/", State::list),
    delete("DeleteIntent", "/intents/{name}", State::delete as Serve).answers(204),
    delete("DeleteIntentVersion", "/intents/{name}/versions/{version}", State::delete_version as Serve).answers(204),
    put("PutBot", "/bots/{name}/versions/$LATEST", State::put),
    get("GetBot", "/bots/{name}/versions/{versionoralias}", State::get),
    post("CreateBotVersion", "/bots/{name}/versions", State::create_version as Serve).answers(201),
    get("GetBotVersions", "/bots/{name}/versions/", State::versions),
    get("GetBots", "/bots/", State::list),
    delete("DeleteBot", "/bots/{name}", State::delete as Serve).answers(204),
    delete("DeleteBotVersion", "/bots/{name}/versions/{version}", State::delete_version as Serve).answers(204),
    put("PutBotAlias", "/bots/{botName}/aliases/{name}", State::put_alias),
    get("GetBotAlias", "/bots/{botName}/aliases/{name}", State::get_alias),
    get("GetBotAliases", "/bots/{botName}/aliases/", State::list_aliases),
    delete("DeleteBotAlias", "/bots/{botName}/aliases/{name}", State::delete_alias as Serve).answers(204),
];

static OPERATIONS: LazyLock<Operations<Serve>> =
    LazyLock::new(|| Operations::new("lex", &[SERVED], include_str!("operations.txt")));

/// The dialect of Lex.
pub(crate) static DIALECT: Dialect = Dialect {
    throttled: (429, "LimitExceededException"),
    broken: (500, "InternalFailureException"),
    ..Dialect::rest_json("lex", || &*OPERATIONS)
};

/// The service model of the operations that are served.
static MODEL: LazyLock<serde_json::Result<ServiceModel>> =
    LazyLock::new(|| ServiceModel::read(include_str!("model.json")));

/// Lex of the account.
#[derive(Debug, Default)]
pub(crate) struct Lex {
    state: Mutex<State>,
}

impl Lex {
    fn serve(&self, request: &ApiRequest) -> Outcome {
        let declared = OPERATIONS.find(&request.operation)?;
        let model = MODEL.as_ref().map_err(|error| {
            Fault::new(
                500,
                "InternalFailureException",
                format!("The service model of Amazon Lex must be readable: {error}"),
            )
        })?;
        model.check(request)?;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = (declared.serve)(&mut state, request)?;
        Ok(answer.or_status(declared.status))
    }
}

impl Service for Lex {
    fn dialect(&self) -> &'static Dialect {
        &DIALECT
    }

    fn call(&self, request: ApiRequest) -> OutcomeFuture<'_> {
        async move { self.serve(&request) }.boxed()
    }
}
