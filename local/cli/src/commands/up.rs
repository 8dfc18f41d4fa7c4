//! A running account, until Ctrl-C.

use std::sync::Arc;

use anyhow::Context;
use local_account::{Account, AccountConfig, Hosting};
use local_toolchain::{Cache, mirror_config};
use serde_json::json;
use tempfile::TempDir;

use super::region;
use crate::interrupt::interrupted;
use crate::options::Up;
use crate::screen::Screen;

/// Runs an empty account and says how to reach it.
///
/// # Errors
/// When the address is taken.
pub async fn run(options: &Up, screen: Screen) -> anyhow::Result<()> {
    let running = start(options, screen).await?;
    let reach = running.how_to_reach();
    screen.say(&format!(
        "An empty AWS account listens on {}. Press Ctrl-C to end it and all that is in it.

Point Terraform, an SDK or the AWS CLI at it:

{reach}

Deploy the line from another terminal:

  cargo run -- package
  terraform -chdir=examples/complete init
  terraform -chdir=examples/complete apply

Call it, and read what it sent:

  cargo run -- call --from +819012345678
  cargo run -- messages",
        running.account.endpoint_url()
    ));
    running.announce(screen);

    let ended = interrupted().await.context("cannot listen for Ctrl-C");
    running.end(screen).await;
    ended
}

/// An account that listens, and the directory that its functions are unpacked to.
pub(super) struct Running {
    pub(super) account: Account,
    faults: usize,
    work_dir: TempDir,
}

/// Starts an account as the options say.
///
/// # Errors
/// When the rules cannot be read, or the address is taken.
pub(super) async fn start(options: &Up, screen: Screen) -> anyhow::Result<Running> {
    // Before anything starts: a mistake in the file is all there is to say then.
    let rules = options.faults.as_deref().map(super::faults::read);
    let rules = rules.transpose()?.unwrap_or_default();
    let work_dir = tempfile::tempdir().context("no temporary directory for the functions")?;
    let hosting = match options.no_time_limits {
        false => Hosting::default(),
        true => Hosting {
            time_limits: false,
            started: Some(Arc::new(move |function: &str, process| {
                screen.process(function, process);
            })),
        },
    };
    let config = AccountConfig {
        listen: options.listen,
        work_dir: work_dir.path().to_path_buf(),
    };
    let account = Account::start_hosting(config, hosting).await?;
    let faults = rules.len();
    account.faults().set(rules)?;
    Ok(Running {
        account,
        faults,
        work_dir,
    })
}

impl Running {
    /// What to type so that Terraform, an SDK or the AWS CLI reach the account.
    pub(super) fn how_to_reach(&self) -> String {
        // On a machine that had to build the provider, Terraform run by hand needs it too.
        let provider = Cache::of_user()
            .ok()
            .and_then(|cache| mirror_config(&cache))
            .map(|path| format!("\n  export TF_CLI_CONFIG_FILE={}", path.display()))
            .unwrap_or_default();
        format!(
            "  export AWS_ENDPOINT_URL={} AWS_REGION={}
  export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local{provider}",
            self.account.endpoint_url(),
            region()
        )
    }

    /// Says what calls suffer and, to machines, where the account is.
    pub(super) fn announce(&self, screen: Screen) {
        if self.faults > 0 {
            screen.say(&format!(
                "\nCalls suffer what {} fault rules say; `cargo run -- faults` shows what they did.",
                self.faults
            ));
        }
        screen.result(json!({
            "type": "up",
            "endpointUrl": self.account.endpoint_url(),
            "region": region(),
        }));
    }

    /// Stops the account and all that is in it.
    pub(super) async fn end(self, screen: Screen) {
        self.account.shutdown().await;
        drop(self.work_dir);
        screen.say("\nThe account is gone.");
    }
}
