//! The demo: deploy, call, read the SMS, destroy.

use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{bail, ensure};
use local_account::{Account, AccountConfig, LocalClient};
use local_connect::CallerId;
use local_harness::progress::{Steps, seconds};
use local_harness::sample::{
    CAMPAIGN_URL, MEMBER_ID, MEMBER_PHONE, PIN, STRANGER_PHONE, put_campaign, put_member,
};
use local_harness::{Deployment, Outputs, telephone};
use local_toolchain::Progress;
use serde_json::json;

use super::up::{exports, page_address, unset};
use super::{region, root, toolchain, work_directory};
use crate::interrupt::interrupted;
use crate::options::{Demo, RootOption};
use crate::program::Program;
use crate::screen::{Printed, Screen};

/// The limit for an interrupted Terraform to stop; it waits for nothing but its own disk.
const SETTLING_TIME: Duration = Duration::from_secs(10);

/// Runs the demo. It leaves nothing behind, however it ends.
///
/// # Errors
/// When a tool is missing, a step fails, or the user interrupts.
pub async fn run(options: &Demo, root: &RootOption, screen: Screen) -> anyhow::Result<()> {
    let steps = Arc::new(Steps::new());
    let work_dir = work_directory()?;
    let account = Account::start(AccountConfig::new(
        SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        work_dir.path(),
    ))
    .await?;
    let story = play(options, root, screen, &steps, &account);
    let result = until_its_end(story, interrupted()).await;
    if result.is_err() {
        steps.failed();
    }
    // An interrupted Terraform sends requests to the account until it has stopped.
    local_toolchain::settle(SETTLING_TIME).await;
    account.shutdown().await;
    result
}

/// Waits for the story, then for Ctrl-C if the story returns what keeps its line. Ctrl-C is the regular end of a
/// kept line, and an error before.
///
/// One future waits for Ctrl-C in both cases: of two, either can hear it first.
///
/// # Errors
/// The story's, or when the user interrupts it.
async fn until_its_end<Kept>(
    story: impl Future<Output = anyhow::Result<Option<Kept>>>,
    pressed: impl Future<Output = anyhow::Result<()>>,
) -> anyhow::Result<()> {
    let mut pressed = pin!(pressed);
    let kept = tokio::select! {
        biased;
        kept = story => kept?,
        heard = &mut pressed => {
            heard?;
            bail!("interrupted. The account existed only in this process, so nothing is left behind");
        }
    };
    match kept {
        Some(_kept) => pressed.await,
        None => Ok(()),
    }
}

/// Deploys and calls the line, and destroys it. Returns the deployment of a line that is to be kept.
async fn play(
    options: &Demo,
    option: &RootOption,
    screen: Screen,
    steps: &Arc<Steps>,
    account: &Account,
) -> anyhow::Result<Option<Deployment>> {
    let started = Instant::now();
    let root = root(option, screen.format())?;
    let region = region();
    let client = account.client();
    if options.page {
        announce(account, screen)?;
    }
    let toolchain = toolchain(root.kind, Arc::clone(steps) as Arc<dyn Progress>).await?;

    let (mut deployment, package) = Deployment::of_root(
        &toolchain,
        &root,
        "complete",
        &account.endpoint_url(),
        &region,
    )
    .await?;
    deployment.keep_provider().await?;
    deployment.set("language", options.language.code());
    let applying = Instant::now();
    let outputs = deployment.apply().await?;
    let applied_in = applying.elapsed();

    steps.step("Loading a member and a campaign");
    load(&client, &region, &outputs).await?;
    steps.done();

    screen.say(&format!(
        "\nThe line {} is live; its function is {} ({} kB).",
        outputs.phone_number,
        outputs.function_name,
        package.size / 1000
    ))?;
    let conversation = match options.page {
        true => Ok(()),
        false => converse(account, screen, &outputs).await,
    };
    let conversation = conversation.and_then(|()| Ok(screen.say("")?));
    if options.keep || options.page {
        conversation?;
        keep(account, screen, &outputs)?;
        return Ok(Some(deployment));
    }

    deployment.destroy().await?;
    steps.done();
    conversation?;
    let left = client.inventory(&region).await?;
    ensure!(
        left.is_empty(),
        "terraform destroy left behind: {}",
        left.join(", ")
    );

    let took = started.elapsed();
    screen.say(&format!(
        "\nDestroyed; nothing is left in the account. It took {}, of which terraform apply {}.",
        seconds(took),
        seconds(applied_in)
    ))?;
    screen.result(json!({
        "type": "done",
        "seconds": took.as_secs_f64(),
        "applySeconds": applied_in.as_secs_f64(),
        "leftBehind": left,
    }))?;
    Ok(None)
}

/// Prints the address of the page, before the line answers.
fn announce(account: &Account, screen: Screen) -> Printed {
    let page = page_address(account);
    screen.say(&format!(
        "Call the line in a browser, as soon as it is live: {page}\n"
    ))?;
    screen.result(json!({ "type": "page", "pageUrl": page }))
}

/// Prints how to connect to an account that stays up.
fn keep(account: &Account, screen: Screen, outputs: &Outputs) -> Printed {
    let number = &outputs.phone_number;
    screen.say(&format!(
        "The line stays up at {number} until Ctrl-C, which deletes the account with everything in it.

Call it in a browser, as the member {MEMBER_PHONE} with the PIN {PIN}: {page}

Point Terraform, an SDK or the AWS CLI at the account:

{exports}{unset}

Then, in another terminal:

  {program} call --from {MEMBER_PHONE}
  {program} messages",
        page = page_address(account),
        program = Program::own().invocation(),
        exports = exports(account),
        unset = unset(),
    ))?;
    screen.result(json!({
        "type": "kept",
        "endpointUrl": account.endpoint_url(),
        "region": region(),
        "accessKeyId": account.access_key_id(),
        "pageUrl": page_address(account),
        "number": number,
        "outputs": { "memberTableName": outputs.member_table_name,
                     "benefitsTableName": outputs.benefits_table_name,
                     "functionName": outputs.function_name },
    }))
}

async fn load(client: &LocalClient, region: &str, outputs: &Outputs) -> anyhow::Result<()> {
    put_member(
        client,
        region,
        &outputs.member_table_name,
        MEMBER_PHONE,
        MEMBER_ID,
    )
    .await?;
    put_campaign(
        client,
        region,
        &outputs.benefits_table_name,
        PIN,
        CAMPAIGN_URL,
    )
    .await?;
    Ok(())
}

/// Places a call from a member who knows the PIN, then one from a caller who is not a member.
async fn converse(account: &Account, screen: Screen, outputs: &Outputs) -> anyhow::Result<()> {
    call(account, screen, &outputs.phone_number, MEMBER_PHONE, PIN).await?;
    let sent = account.outbox().messages();
    for message in &sent {
        screen.message(message)?;
    }
    if sent.len() != 1 {
        bail!(
            "the member must get exactly one message, but got {}",
            sent.len()
        );
    }

    call(account, screen, &outputs.phone_number, STRANGER_PHONE, PIN).await?;
    if account.outbox().messages().len() != 1 {
        bail!("a caller who is not a member was sent a message");
    }
    screen.say("  no SMS")?;
    Ok(())
}

async fn call(
    account: &Account,
    screen: Screen,
    to: &str,
    from: &str,
    pin: &str,
) -> anyhow::Result<()> {
    screen.dialling(Some(from), to)?;
    let keys = [format!("{pin}#")];
    let caller = CallerId::Number(from.to_owned());
    let call = telephone::place(account.connect(), to, caller, &keys).await?;
    screen.call(call.events(), &keys)?;
    if call.ending().is_none() {
        bail!("the line must end the call after the PIN, but still waits for keys");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn an_interrupt_is_the_regular_end_of_a_kept_line() {
        // It comes as soon as the line is kept.
        let (press, pressed) = oneshot::channel();
        let story = async {
            press.send(()).unwrap();
            Ok(Some("deployment"))
        };
        let pressed = async { Ok(pressed.await?) };
        until_its_end(story, pressed).await.unwrap();
    }

    #[tokio::test]
    async fn an_interrupt_before_is_an_error() {
        let story = pending::<anyhow::Result<Option<()>>>();
        let error = until_its_end(story, ready(Ok(()))).await.unwrap_err();
        assert!(error.to_string().starts_with("interrupted"), "{error}");
    }

    #[tokio::test]
    async fn a_destroyed_line_waits_for_nothing() {
        let story = ready(Ok(None::<()>));
        until_its_end(story, pending()).await.unwrap();
    }
}
