//! A running account, until Ctrl-C.

use anyhow::Context;
use local_account::{Account, AccountConfig};
use local_toolchain::{Cache, mirror_config};
use serde_json::json;

use super::region;
use crate::interrupt::interrupted;
use crate::options::Up;
use crate::screen::Screen;

/// Runs an empty account and says how to reach it.
///
/// # Errors
/// When the address is taken.
pub async fn run(options: &Up, screen: Screen) -> anyhow::Result<()> {
    // Before anything starts: a mistake in the file is all there is to say then.
    let rules = options.faults.as_deref().map(super::faults::read);
    let rules = rules.transpose()?.unwrap_or_default();
    let work_dir = tempfile::tempdir().context("no temporary directory for the functions")?;
    let account = Account::start(AccountConfig {
        listen: options.listen,
        work_dir: work_dir.path().to_path_buf(),
    })
    .await?;
    let suffering = rules.len();
    account.faults().set(rules)?;
    let endpoint_url = account.endpoint_url();
    let region = region();
    // On a machine that had to build the provider, Terraform run by hand needs it too.
    let provider = Cache::of_user()
        .ok()
        .and_then(|cache| mirror_config(&cache))
        .map(|path| format!("\n  export TF_CLI_CONFIG_FILE={}", path.display()))
        .unwrap_or_default();
    screen.say(&format!(
        "An empty AWS account listens on {endpoint_url}. Press Ctrl-C to end it and all that is in it.

Point Terraform, an SDK or the AWS CLI at it:

  export AWS_ENDPOINT_URL={endpoint_url} AWS_REGION={region}
  export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local{provider}

Deploy the line from another terminal:

  cargo run -- package
  terraform -chdir=examples/complete init
  terraform -chdir=examples/complete apply

Call it, and read what it sent:

  cargo run -- call --from +819012345678
  cargo run -- messages"
    ));
    if suffering > 0 {
        screen.say(&format!(
            "\nCalls suffer what {suffering} fault rules say; `cargo run -- faults` shows what they did."
        ));
    }
    screen.result(json!({
        "type": "up",
        "endpointUrl": endpoint_url,
        "region": region,
    }));

    let ended = interrupted().await.context("cannot listen for Ctrl-C");
    account.shutdown().await;
    screen.say("\nThe account is gone.");
    ended
}
