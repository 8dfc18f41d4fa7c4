//! Two lines of the same name in two Regions of an account. They must not both create resources that belong
//! to the account rather than to a Region.

use e2e::{Failure, TestAccount, press};
use local_connect::CallerId;
use local_harness::sample::{put_campaign, put_member};
use local_harness::{environment, repository};
use local_toolchain::{PlanOutcome, StagedExample, Terraform, stage_example};
use serde_json::{Map, Value, json};

e2e::trials![two_regions_can_have_lines_of_the_same_name,];

const REGIONS: [&str; 2] = ["ap-northeast-1", "us-west-2"];
const CALLER: &str = "+819012345678";
const PIN: &str = "00420815";
const URL: &str = "https://example.com/campaign/42";

struct RegionalLine {
    region: &'static str,
    terraform: Terraform,
    variables: Map<String, Value>,
    _stage: StagedExample,
}

impl RegionalLine {
    async fn destroy(&self) -> Result<(), Failure> {
        let terraform = self.terraform.without_refresh();
        terraform.destroy(&self.variables).await?;
        Ok(())
    }
}

async fn two_regions_can_have_lines_of_the_same_name() -> Result<(), Failure> {
    let aws = TestAccount::start().await?;
    let mut lines = Vec::new();
    for region in REGIONS {
        let stage = stage_example(&repository()?, "minimal")?;
        stage.carry(e2e::function().await?)?;
        let variables = environment(&aws.account.endpoint_url(), region);
        let mut terraform = e2e::toolchain()
            .await?
            .terraform(stage.module(), variables)?;
        terraform.init().await?;
        terraform.keep_provider().await?;
        let variables = json!({
            // The alias must be unique in all of AWS.
            "instance_alias": format!("line-{region}"),
            "tables": { "deletion_protection": false },
            // The settings belong to the Region, and their role to the account.
            "sms_preferences": { "monthly_spend_limit": 1, "delivery_logs": {} },
        });
        lines.push(RegionalLine {
            region,
            terraform,
            variables: variables.as_object().unwrap().clone(),
            _stage: stage,
        });
    }
    // The first line exists when the second is applied.
    for line in &lines {
        line.terraform.apply(&line.variables).await?;
    }
    let mut dashboards = Vec::new();
    for line in &lines {
        let plan = line.terraform.plan(&line.variables, None).await?;
        let region = line.region;
        assert_eq!(plan.outcome, PlanOutcome::Empty, "{region}: {}", plan.text);
        let outputs = line.terraform.outputs().await?;
        let output = |name: &str| outputs[name].as_str().unwrap_or_default().to_owned();
        dashboards.push(output("dashboard_name"));
        let members = output("member_table_name");
        put_member(&aws.client, region, &members, CALLER, "1234").await?;
        let campaigns = output("benefits_table_name");
        put_campaign(&aws.client, region, &campaigns, PIN, URL).await?;
        let caller = CallerId::Number(CALLER.to_owned());
        let mut call = aws.call(&output("phone_number"), caller, &[]).await?;
        press(&mut call, &format!("{PIN}#")).await;
        assert_eq!(
            call.heard().last(),
            Some(&"メールをご確認下さい"),
            "{region}"
        );
    }
    dashboards.dedup();
    assert_eq!(
        dashboards.len(),
        2,
        "each line must have a dashboard of its own"
    );
    let sent: Vec<String> = aws
        .messages()
        .iter()
        .map(|sent| sent.region.clone())
        .collect();
    assert_eq!(sent, REGIONS);

    // Destroying one line changes nothing of the other.
    let (first, second) = (&lines[0], &lines[1]);
    first.destroy().await?;
    let plan = second.terraform.plan(&second.variables, None).await?;
    assert_eq!(plan.outcome, PlanOutcome::Empty, "{}", plan.text);
    second.destroy().await?;
    for region in REGIONS {
        let left = aws.client.inventory(region).await?;
        assert!(left.is_empty(), "left behind in {region}: {left:?}");
    }
    aws.account.shutdown().await;
    Ok(())
}
