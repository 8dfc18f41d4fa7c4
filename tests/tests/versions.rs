//! The other versions that the README names, the oldest Terraform and OpenTofu, run the examples like this
//! machine's Terraform.
//!
//! Each is tested only if an environment variable names its program, because machines do not usually have
//! them: `OLDEST_TERRAFORM=$(.ci/tools terraform-oldest)`, `OPENTOFU=$(.ci/tools opentofu)`.

use std::path::Path;

use e2e::trials::Trial;
use e2e::{Failure, REGION, TestLine, press};
use local_connect::CallerId;
use local_harness::repository;
use local_harness::sample::{put_campaign, put_member};
use local_toolchain::{PlanOutcome, Toolchain, Version};

/// Returns one trial for each program and example.
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
    // A newer Terraform would not test the oldest version that the module accepts.
    let version = toolchain.tools().terraform.version;
    let oldest = oldest_terraform()?;
    assert_eq!(
        (version.major, version.minor),
        (oldest.major, oldest.minor),
        "OLDEST_TERRAFORM must be {oldest}, which versions.tf requires, but was {version}"
    );
    run_example(&toolchain, example).await
}

async fn opentofu_runs_the_examples(example: &str) -> Result<(), Failure> {
    match toolchain("OPENTOFU").await? {
        Some(toolchain) => run_example(&toolchain, example).await,
        None => Ok(()),
    }
}

/// Returns this machine's tools with the Terraform that an environment variable names; without the variable,
/// reports that the test is skipped.
async fn toolchain(variable: &str) -> Result<Option<Toolchain>, Failure> {
    let Some(program) = std::env::var_os(variable) else {
        e2e::report!("skipped: {variable} names no program; see .ci/pins/README.md");
        return Ok(None);
    };
    let toolchain = e2e::toolchain().await?;
    Ok(Some(toolchain.with_terraform(Path::new(&program)).await?))
}

/// Returns the oldest version in the module's `required_version`.
fn oldest_terraform() -> Result<Version, Failure> {
    let text = std::fs::read_to_string(repository()?.join("versions.tf"))?;
    let line = text
        .lines()
        .find(|line| line.contains("required_version"))
        .ok_or("versions.tf must have required_version")?;
    Ok(Version::find(line).ok_or("required_version must name a version")?)
}

async fn run_example(toolchain: &Toolchain, example: &str) -> Result<(), Failure> {
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
    line.aws.assert_empty().await?;
    line.aws.account.shutdown().await;
    Ok(())
}
