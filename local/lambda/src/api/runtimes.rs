//! The check of a function's runtime against this machine.

use local_wire::Fault;

use super::Api;
use crate::{environment::Unavailable, faults, runtime::Runtime};

impl Api {
    /// Checks that this machine has the interpreter of a runtime. An unknown runtime has none.
    pub(super) async fn check_runtime(&self, runtime: &str) -> Result<(), Fault> {
        let Some(runtime) = Runtime::managed(runtime) else {
            return Ok(());
        };
        let checked = self.executor.interpreters().check(runtime).await;
        checked.map_err(|error| match error {
            Unavailable::Missing(sentence) => faults::invalid(sentence),
            Unavailable::Machine(source) => {
                tracing::error!(
                    error = &source as &dyn std::error::Error,
                    "this machine cannot store the program that runs handlers"
                );
                faults::internal(format!(
                    "The local account's machine cannot store the program that runs handlers: {source}"
                ))
            }
        })
    }
}
