//! The life of a deployment with Terraform, a bundle and `connect-local up`: deploys a release's example
//! into the running account, calls it, upgrades it to this release, calls again, destroys.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use local_account::LocalClient;
use local_harness::sample::{CAMPAIGN_URL, MEMBER_ID, MEMBER_PHONE, PIN, put_campaign, put_member};
use local_harness::{Deployment, Outputs, environment, repository};
use local_toolchain::{Architecture, Cache, PlanOutcome, Silent, Toolchain};
use serde_json::{Map, Value};

use crate::support::{Up, copy, run, stderr};

const REGION: &str = "ap-northeast-1";

pub(super) async fn a_stack_lives_in_a_running_account_from_one_release_to_the_next() {
    let repository = repository().unwrap();
    let toolchain = Toolchain::detect(Cache::of_user().unwrap(), Arc::new(Silent));
    let toolchain = toolchain.await.unwrap();
    let function = toolchain.build_function_zip(&repository).await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let bundle = toolchain
        .build_bundle(&repository, &[function], home.path())
        .await
        .unwrap();
    let unpacked = home.path().join("unpacked");
    let mut zip = zip::ZipArchive::new(fs::File::open(&bundle.path).unwrap()).unwrap();
    zip.extract(&unpacked).unwrap();
    let bundle = unpacked.join(bundle.path.file_stem().unwrap());

    // The oldest release, with the function's zip under the name that it had then.
    let stack = home.path().join("stack");
    copy(&repository.join("tests/upgrades/0.1.0"), &stack);
    let carried = Architecture::of_host().unwrap().zip_name();
    fs::create_dir_all(stack.join("dist")).unwrap();
    fs::copy(
        bundle.join("dist").join(carried),
        stack.join("dist/connect-pin-sms.zip"),
    )
    .unwrap();

    let temporary = tempfile::tempdir().unwrap();
    let up = Up::start(temporary.path());
    let account = LocalClient::new(&up.endpoint_url);
    let example = stack.join("examples/minimal");
    let old = prepare(&toolchain, &example, &up).await;
    let line = old.apply().await.unwrap();
    let member = put_member(
        &account,
        REGION,
        &line.member_table_name,
        MEMBER_PHONE,
        MEMBER_ID,
    );
    member.await.unwrap();
    let campaign = put_campaign(
        &account,
        REGION,
        &line.benefits_table_name,
        PIN,
        CAMPAIGN_URL,
    );
    campaign.await.unwrap();
    gets_its_message(&up, &line);
    drop(old);

    copy(&bundle, &stack);
    let new = prepare(&toolchain, &example, &up).await;
    let saved = home.path().join("plan");
    let terraform = new.terraform();
    let changes = terraform.planned_changes(&variables(), Some(&saved)).await;
    let changes = changes.unwrap();
    assert!(!changes.is_empty());
    for change in changes {
        assert!(
            !["delete", "replace"].contains(&change.action.as_str()),
            "{change:?}"
        );
    }
    new.terraform().apply_saved(&saved).await.unwrap();
    assert_eq!(new.outputs().await.unwrap(), line);
    let plan = new.plan().await.unwrap();
    assert_eq!(plan.outcome, PlanOutcome::Empty, "{}", plan.text);
    gets_its_message(&up, &line);

    let sent = run(&["messages", "--endpoint-url", &up.endpoint_url]);
    let sent = String::from_utf8(sent.stdout).unwrap();
    assert_eq!(sent.matches(CAMPAIGN_URL).count(), 2, "{sent}");
    new.destroy_unrefreshed().await.unwrap();
    let left = account.inventory(REGION).await.unwrap();
    assert!(left.is_empty(), "left behind: {left:?}");
    assert!(up.stop());
    let left: Vec<_> = temporary.path().read_dir().unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

async fn prepare(toolchain: &Toolchain, example: &Path, up: &Up) -> Deployment {
    let surroundings = environment(&up.endpoint_url, REGION);
    let prepared = Deployment::prepare_in(toolchain, example, surroundings).await;
    let mut deployment = prepared.unwrap();
    deployment.keep_provider().await.unwrap();
    for (name, value) in variables() {
        deployment.set(&name, value);
    }
    deployment
}

fn variables() -> Map<String, Value> {
    let architecture = Architecture::of_host().unwrap().name().into();
    Map::from_iter([("architecture".to_owned(), architecture)])
}

/// Places a call with the command, as people do.
fn gets_its_message(up: &Up, line: &Outputs) {
    let call = run(&[
        "call",
        "--endpoint-url",
        &up.endpoint_url,
        "--to",
        &line.phone_number,
        "--from",
        MEMBER_PHONE,
        "--press",
        &format!("{PIN}#"),
    ]);
    assert!(call.status.success(), "{}", stderr(&call));
    let told = String::from_utf8(call.stdout).unwrap();
    assert!(told.contains(CAMPAIGN_URL), "{told}");
}
