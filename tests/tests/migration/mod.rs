//! The module takes over a line that was created in the console, with the configuration in
//! docs/migration.md: number, instance, tables and rows stay.

mod console_line;
mod guide;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use aws_sdk_dynamodb::types::AttributeValue;
use console_line::{
    ALIAS, BENEFITS, BENEFITS_KEY, CALLER, ConsoleLine, FUNCTION, MEMBER_KEY, MEMBERS, Names,
    OLD_SENTENCE, PIN, URL, create_line,
};
use e2e::readme::Stack;
use e2e::{Failure, REGION, TestAccount, press};
use guide::{Guide, targets};
use local_connect::{Call, CallerId};
use local_harness::{Deployment, environment};
use local_toolchain::{PlanOutcome, Terraform};
use serde_json::{Map, Value, json};

e2e::trials![
    a_line_from_the_console_is_taken_over_without_loss,
    a_line_with_the_modules_names_is_taken_over_too,
    resources_that_cannot_match_are_left_out,
];

const OUTPUTS: &str = r#"
output "instance_id"  { value = module.line.instance_id }
output "phone_number" { value = module.line.phone_number }
"#;

/// Names of role, policy and statement as the console generates them.
const OTHER_NAMES: Names = Names {
    role: "sale-lookup-role-x1y2z3",
    role_policy: "tables-and-messages",
    statement: "connect",
    function: FUNCTION,
    flow_log: true,
};

/// The module's own names. The role's name is read once, so the module keeps any.
const SAME_NAMES: Names = Names {
    role: "sale-lookup-role",
    role_policy: "function",
    statement: "AllowAmazonConnect",
    function: FUNCTION,
    flow_log: true,
};

/// Resources of the module that a line of the console does not have.
const NEW: [&str; 10] = [
    "module.line.module.monitoring.aws_cloudwatch_dashboard.this[0]",
    "module.line.module.monitoring.aws_cloudwatch_metric_alarm.metric[\"duration\"]",
    "module.line.module.monitoring.aws_cloudwatch_metric_alarm.metric[\"errors\"]",
    "module.line.module.monitoring.aws_cloudwatch_metric_alarm.metric[\"throttles\"]",
    "module.line.module.monitoring.aws_cloudwatch_metric_alarm.metric[\"unguarded_tries\"]",
    "module.line.module.monitoring.aws_cloudwatch_metric_alarm.outcomes[\"faults\"]",
    "module.line.module.monitoring.aws_cloudwatch_metric_alarm.outcomes[\"locks\"]",
    "module.line.module.monitoring.aws_cloudwatch_metric_alarm.outcomes[\"sms_failures\"]",
    "module.line.module.monitoring.aws_cloudwatch_metric_alarm.outcomes[\"wrong_pins\"]",
    "module.line.module.tables.aws_dynamodb_table.this[\"attempts\"]",
];

/// Resources that are created because the existing ones have other names.
const INSTEAD: [&str; 3] = [
    "module.line.module.connect.aws_lambda_permission.connect",
    "module.line.module.lambda.aws_iam_role.function",
    "module.line.module.lambda.aws_iam_role_policy.function",
];

/// The attributes that the plan changes in place, by address.
const IN_PLACE: [(&str, &[&str]); 7] = [
    (
        "module.line.module.connect.aws_cloudwatch_log_group.flow[0]",
        &["retention_in_days"],
    ),
    (
        "module.line.module.connect.aws_connect_contact_flow.this[0]",
        &["content", "description", "name"],
    ),
    (
        "module.line.module.connect.aws_connect_instance.this[0]",
        &["contact_lens_enabled"],
    ),
    (
        "module.line.module.lambda.aws_cloudwatch_log_group.function[0]",
        &["retention_in_days"],
    ),
    (
        "module.line.module.lambda.aws_lambda_function.this",
        &[
            "description",
            "environment",
            "filename",
            "last_modified",
            "logging_config",
            "memory_size",
            // Unset before; the module sets it to false.
            "publish",
            "role",
            "source_code_hash",
            "timeout",
            "tracing_config",
        ],
    ),
    (
        "module.line.module.tables.aws_dynamodb_table.this[\"benefits\"]",
        &[
            "billing_mode",
            "deletion_protection_enabled",
            "point_in_time_recovery",
        ],
    ),
    (
        "module.line.module.tables.aws_dynamodb_table.this[\"members\"]",
        &["deletion_protection_enabled", "point_in_time_recovery"],
    ),
];

async fn a_line_from_the_console_is_taken_over_without_loss() -> Result<(), Failure> {
    let new: Vec<&str> = NEW.iter().chain(&INSTEAD).copied().collect();
    let setup = MigrationSetup::create(&OTHER_NAMES).await?;
    let imports = setup.guide.imports.clone();
    let plan = setup.take_over(&imports).await?;
    assert_eq!(plan.with_action("create"), set(&new));
    assert_eq!(plan.changed(), attributes(&IN_PLACE));
    setup
        .works_and_is_destroyed(&["role sale-lookup-role-x1y2z3"])
        .await
}

async fn a_line_with_the_modules_names_is_taken_over_too() -> Result<(), Failure> {
    let setup = MigrationSetup::create(&SAME_NAMES).await?;
    let imports = format!(
        "{}{}",
        setup.guide.imports, setup.guide.imports_of_same_name
    );
    let plan = setup.take_over(&imports).await?;
    assert_eq!(plan.with_action("create"), set(&NEW));
    let mut in_place = attributes(&IN_PLACE);
    // The function keeps its role; the module changes the role's policy.
    let function = in_place.get_mut("module.line.module.lambda.aws_lambda_function.this");
    function.unwrap().remove("role");
    in_place.extend(attributes(&[(
        "module.line.module.lambda.aws_iam_role_policy.function",
        &["policy"],
    )]));
    assert_eq!(plan.changed(), in_place);
    setup.works_and_is_destroyed(&[]).await
}

/// The function has a name that the console accepts and the input `name` does not, and the instance logs no
/// flows.
async fn resources_that_cannot_match_are_left_out() -> Result<(), Failure> {
    let setup = MigrationSetup::create(&Names {
        function: "CampaignFn",
        flow_log: false,
        ..OTHER_NAMES
    })
    .await?;
    let left_out = [
        "module.line.module.connect.aws_cloudwatch_log_group.flow[0]",
        "module.line.module.connect.aws_connect_lambda_function_association.this",
        "module.line.module.lambda.aws_cloudwatch_log_group.function[0]",
        "module.line.module.lambda.aws_lambda_function.this",
    ];
    let imports: String = setup
        .guide
        .imports
        .split_inclusive("\n}\n")
        .filter(|import| !left_out.iter().any(|address| import.contains(address)))
        .collect();
    let plan = setup.take_over(&imports).await?;
    let created = NEW.iter().chain(&INSTEAD).chain(&left_out).copied();
    assert_eq!(
        plan.with_action("create"),
        set(&created.collect::<Vec<_>>())
    );
    let changed = plan.changed();
    let instance = &changed["module.line.module.connect.aws_connect_instance.this[0]"];
    assert!(
        instance.contains("contact_flow_logs_enabled"),
        "{instance:?}"
    );
    setup
        .works_and_is_destroyed(&[
            "function CampaignFn",
            "log group /aws/lambda/CampaignFn",
            "role sale-lookup-role-x1y2z3",
        ])
        .await
}

/// A line from the console, and a stack that takes it over.
struct MigrationSetup {
    aws: TestAccount,
    existing: ConsoleLine,
    guide: Guide,
    stack: Stack,
    deployment: Deployment,
}

impl MigrationSetup {
    async fn create(names: &Names) -> Result<Self, Failure> {
        let toolchain = e2e::toolchain().await?;
        let package = e2e::function().await?;
        let aws = TestAccount::start().await?;
        let existing = create_line(&aws, package, names).await?;
        let guide = Guide::read(&[
            ("BENEFITS_KEY", BENEFITS_KEY),
            ("BENEFITS_TABLE_NAME", BENEFITS),
            ("CONTACT_FLOW_ID", &existing.contact_flow_id),
            ("FUNCTION_ARN", &existing.function_arn),
            ("FUNCTION_NAME", FUNCTION),
            ("INSTANCE_ALIAS", ALIAS),
            ("INSTANCE_ID", &existing.instance_id),
            ("MEMBER_KEY", MEMBER_KEY),
            ("MEMBER_TABLE_NAME", MEMBERS),
            ("PHONE_NUMBER_ID", &existing.phone_number_id),
            ("ROLE_NAME", names.role),
        ])?;
        let stack = Stack::stage(package)?;
        stack.write(&guide.line)?;
        fs::write(stack.path().join("outputs.tf"), OUTPUTS)?;
        let variables = environment(&aws.account.endpoint_url(), REGION);
        let mut deployment = Deployment::prepare_in(toolchain, stack.path(), variables).await?;
        deployment.keep_provider().await?;
        Ok(Self {
            aws,
            existing,
            guide,
            stack,
            deployment,
        })
    }

    /// Plans with these imports and applies. Asserts that everything is imported and nothing deleted.
    async fn take_over(&self, imports: &str) -> Result<Planned, Failure> {
        let call = self.dial().await?;
        assert_eq!(call.heard(), [OLD_SENTENCE]);

        fs::write(self.stack.path().join("imports.tf"), imports)?;
        let terraform = self.deployment.terraform();
        let saved = self.stack.path().join("saved-plan");
        let plan = Planned::to_file(terraform, &saved).await?;
        assert_eq!(plan.imported, targets(imports)?);
        assert_eq!(plan.with_action("delete"), BTreeSet::new());
        terraform.apply_saved(&saved).await?;
        let outputs = terraform.outputs().await?;
        assert_eq!(outputs["instance_id"], self.existing.instance_id);
        assert_eq!(outputs["phone_number"], self.existing.phone_number);
        // With and without the import blocks.
        self.assert_empty_plan().await?;
        fs::remove_file(self.stack.path().join("imports.tf"))?;
        self.assert_empty_plan().await?;
        Ok(plan)
    }

    async fn assert_empty_plan(&self) -> Result<(), Failure> {
        let plan = self.deployment.plan().await?;
        assert_eq!(plan.outcome, PlanOutcome::Empty, "{}", plan.text);
        Ok(())
    }

    /// Asserts that the rows are still there, that the member's call sends a message, and that destroying the
    /// line leaves only `left`.
    async fn works_and_is_destroyed(self, left: &[&str]) -> Result<(), Failure> {
        let dynamodb = aws_sdk_dynamodb::Client::new(&self.aws.sdk_config().await);
        for (table, key, value) in [(MEMBERS, MEMBER_KEY, CALLER), (BENEFITS, BENEFITS_KEY, PIN)] {
            let value = AttributeValue::S(value.to_owned());
            let row = dynamodb.get_item().table_name(table).key(key, value);
            assert!(
                row.send().await?.item().is_some(),
                "{table} must keep its row"
            );
        }
        let mut call = self.dial().await?;
        press(&mut call, &format!("{PIN}#")).await;
        let messages = self.aws.messages();
        assert_eq!(messages.len(), 1, "{:?}", call.heard());
        assert_eq!(messages[0].phone_number, CALLER);
        assert!(messages[0].message.contains(URL), "{messages:?}");

        for table in [MEMBERS, BENEFITS, "sale_lookup_attempts_table"] {
            dynamodb
                .update_table()
                .table_name(table)
                .deletion_protection_enabled(false)
                .send()
                .await?;
        }
        self.deployment.destroy().await?;
        assert_eq!(self.aws.client.inventory(REGION).await?, left);
        self.aws.account.shutdown().await;
        Ok(())
    }

    async fn dial(&self) -> Result<Call, Failure> {
        let caller = CallerId::Number(CALLER.to_owned());
        let number = &self.existing.phone_number;
        self.aws.call(number, caller, &[]).await
    }
}

/// A plan.
struct Planned {
    /// The addresses of imported resources.
    imported: BTreeSet<String>,
    changes: Vec<Value>,
}

impl Planned {
    /// Plans and writes the plan to a file.
    async fn to_file(terraform: &Terraform, file: &Path) -> Result<Self, Failure> {
        terraform.plan(&Map::new(), Some(file)).await?;
        let mut plan = terraform.show(Some(file)).await?;
        let Value::Array(changes) = plan["resource_changes"].take() else {
            return Err("the plan must have resource_changes".into());
        };
        let changes: Vec<Value> = changes
            .into_iter()
            .filter(|change| change["mode"] == "managed")
            .collect();
        let imported = changes
            .iter()
            .filter(|change| change["change"]["importing"].is_object());
        Ok(Self {
            imported: imported.map(address).collect(),
            changes,
        })
    }

    /// Returns the addresses of resources with this action. A replaced resource has two actions.
    fn with_action(&self, action: &str) -> BTreeSet<String> {
        let has = |change: &&Value| {
            let actions = change["change"]["actions"].as_array().unwrap();
            actions.iter().any(|planned| planned == action)
        };
        self.changes.iter().filter(has).map(address).collect()
    }

    /// Returns the attributes that are changed in place, by address, including those whose new value is not
    /// known yet.
    fn changed(&self) -> BTreeMap<String, BTreeSet<String>> {
        let updates = self
            .changes
            .iter()
            .map(|change| (address(change), &change["change"]))
            .filter(|(_, change)| change["actions"] == json!(["update"]));
        updates
            .map(|(address, change)| {
                let known = change["after"].as_object().unwrap().iter();
                let known = known.filter(|(name, value)| change["before"][name] != **value);
                let unknown = change["after_unknown"].as_object().unwrap().iter();
                let unknown = unknown.filter(|(_, unknown)| **unknown == json!(true));
                let names = known.chain(unknown).map(|(name, _)| name.clone());
                (address, names.collect())
            })
            .collect()
    }
}

fn address(change: &Value) -> String {
    change["address"].as_str().unwrap().to_owned()
}

fn set(addresses: &[&str]) -> BTreeSet<String> {
    addresses
        .iter()
        .map(|&address| address.to_owned())
        .collect()
}

fn attributes(changes: &[(&str, &[&str])]) -> BTreeMap<String, BTreeSet<String>> {
    changes
        .iter()
        .map(|(address, attributes)| ((*address).to_owned(), set(attributes)))
        .collect()
}
