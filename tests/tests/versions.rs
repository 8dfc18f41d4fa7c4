//! The versions that the README names: the oldest Terraform, and OpenTofu, run the examples as the
//! Terraform of this machine does.
//!
//! Each takes part only where an environment variable names its program, since no machine has
//! them by chance: `OLDEST_TERRAFORM=$(.ci/tools terraform-oldest)`, `OPENTOFU=$(.ci/tools
//! opentofu)`.

use std::path::Path;

use e2e::trials::Trial;
use e2e::{Failure, REGION, TestLine, press};
use local_connect::CallerId;
use local_harness::repository;
use local_harness::sample::{put_campaign, put_member};
use local_toolchain::{PlanOutcome, Toolchain, Version};

/// One trial for each program and example.
pub(crate) fn trials() -> Vec<Trial> {
    let both = |example: &'static str| {
        [
            e2e::trial!(the_oldest_terraform_runs_the_examples(example); example),
            e2e::trial!(opentofu_runs_the_examples(example); example),
        ]
    };
    ["complete", "minimal"].into_iter().flat_map(both).collect()
}

const MEMBER: &str = "+819012345678";
const PIN: &str = "00420815";
const URL: &str = "https://example.com/campaign/42";

async fn the_oldest_terraform_runs_the_examples(example: &str) -> Result<(), Failure> {
    let Some(toolchain) = toolchain("OLDEST_TERRAFORM").await? else {
        return Ok(());
    };
    // A newer one would prove nothing of what the module lets in.
    let version = toolchain.tools().terraform.version;
    let least = least_terraform()?;
    assert_eq!(
        (version.major, version.minor),
        (least.major, least.minor),
        "versions.tf requires {least}, OLDEST_TERRAFORM is {version}"
    );
    lives_from_init_to_destroy(&toolchain, example).await
}

async fn opentofu_runs_the_examples(example: &str) -> Result<(), Failure> {
    match toolchain("OPENTOFU").await? {
        Some(toolchain) => lives_from_init_to_destroy(&toolchain, example).await,
        None => Ok(()),
    }
}

/// The tools of this machine with the Terraform that a variable names.
async fn toolchain(variable: &str) -> Result<Option<Toolchain>, Failure> {
    let Some(program) = std::env::var_os(variable) else {
        e2e::report!("skipped: {variable} names no program; see .ci/pins/README.md");
        return Ok(None);
    };
    let toolchain = e2e::toolchain().await?;
    Ok(Some(toolchain.with_terraform(Path::new(&program)).await?))
}

/// The least version in `required_version` of the module.
fn least_terraform() -> Result<Version, Failure> {
    let text = std::fs::read_to_string(repository()?.join("versions.tf"))?;
    let line = text
        .lines()
        .find(|line| line.contains("required_version"))
        .ok_or("versions.tf has no required_version")?;
    Ok(Version::find(line).ok_or("required_version names no version")?)
}

async fn lives_from_init_to_destroy(toolchain: &Toolchain, example: &str) -> Result<(), Failure> {
    let line = TestLine::prepare_with(toolchain, example).await?;
    line.deployment.terraform().validate().await?;
    let outputs = line.apply().await?;
    let plan = line.deployment.plan().await?;
    assert_eq!(plan.outcome, PlanOutcome::Empty, "{}", plan.text);

    let account = &line.aws.client;
    put_member(account, REGION, &outputs.member_table_name, MEMBER, "1234").await?;
    put_campaign(account, REGION, &outputs.benefits_table_name, PIN, URL).await?;
    let caller = CallerId::Number(MEMBER.to_owned());
    let mut call = line.dial(&outputs, caller).await?;
    press(&mut call, &format!("{PIN}#")).await;
    let messages = line.aws.messages();
    assert_eq!(messages.len(), 1, "{:?}", call.events());
    assert_eq!(messages[0].phone_number, MEMBER);
    assert!(messages[0].message.contains(URL), "{messages:?}");

    line.deployment.destroy().await?;
    let left = account.inventory(REGION).await?;
    assert!(left.is_empty(), "left behind: {left:?}");
    line.aws.account.shutdown().await;
    Ok(())
}
