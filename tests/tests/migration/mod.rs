//! A line that was clicked together in the console becomes the module's with what
//! docs/migration.md shows: number, instance, tables and rows stay.

mod clicked;
mod guide;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use aws_sdk_dynamodb::types::AttributeValue;
use clicked::{
    ALIAS, BENEFITS, BENEFITS_KEY, CALLER, Clicked, FUNCTION, MEMBER_KEY, MEMBERS, Names,
    OLD_WORDS, PIN, URL, click,
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
    what_has_the_names_of_the_module_is_taken_over_too,
    what_cannot_match_is_left_out,
];

const OUTPUTS: &str = r#"
output "instance_id"  { value = module.line.instance_id }
output "phone_number" { value = module.line.phone_number }
"#;

/// Role, policy and statement as the console calls them.
const OTHER_NAMES: Names = Names {
    role: "sale-lookup-role-x1y2z3",
    role_policy: "tables-and-messages",
    statement: "connect",
    function: FUNCTION,
    flow_log: true,
};

/// The names that the module gives, or would keep: a role's it reads once.
const SAME_NAMES: Names = Names {
    role: "sale-lookup-role",
    role_policy: "function",
    statement: "AllowAmazonConnect",
    function: FUNCTION,
    flow_log: true,
};

/// What the line of the guide has and no line of the console.
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

/// What is made next to parts of other names.
const INSTEAD: [&str; 3] = [
    "module.line.module.connect.aws_lambda_permission.connect",
    "module.line.module.lambda.aws_iam_role.function",
    "module.line.module.lambda.aws_iam_role_policy.function",
];

/// What the plan changes in place, attribute by attribute.
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
            // Nobody has said before whether changes publish a version; they do not.
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
    let world = MigrationWorld::click(&OTHER_NAMES).await?;
    let imports = world.guide.imports.clone();
    let plan = world.take_over(&imports).await?;
    assert_eq!(plan.of("create"), set(&new));
    assert_eq!(plan.changed(), attributes(&IN_PLACE));
    world
        .works_and_goes(&["role sale-lookup-role-x1y2z3"])
        .await
}

async fn what_has_the_names_of_the_module_is_taken_over_too() -> Result<(), Failure> {
    let world = MigrationWorld::click(&SAME_NAMES).await?;
    let imports = format!(
        "{}{}",
        world.guide.imports, world.guide.imports_of_same_name
    );
    let plan = world.take_over(&imports).await?;
    assert_eq!(plan.of("create"), set(&NEW));
    let mut in_place = attributes(&IN_PLACE);
    // The function keeps its role, whose policy becomes the module's.
    let function = in_place.get_mut("module.line.module.lambda.aws_lambda_function.this");
    function.unwrap().remove("role");
    in_place.extend(attributes(&[(
        "module.line.module.lambda.aws_iam_role_policy.function",
        &["policy"],
    )]));
    assert_eq!(plan.changed(), in_place);
    world.works_and_goes(&[]).await
}

/// A function's name as the console takes it and `name` does not, and an instance that logs no flows.
async fn what_cannot_match_is_left_out() -> Result<(), Failure> {
    let world = MigrationWorld::click(&Names {
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
    let imports: String = world
        .guide
        .imports
        .split_inclusive("\n}\n")
        .filter(|import| !left_out.iter().any(|address| import.contains(address)))
        .collect();
    let plan = world.take_over(&imports).await?;
    let made = NEW.iter().chain(&INSTEAD).chain(&left_out).copied();
    assert_eq!(plan.of("create"), set(&made.collect::<Vec<_>>()));
    let changed = plan.changed();
    let instance = &changed["module.line.module.connect.aws_connect_instance.this[0]"];
    assert!(
        instance.contains("contact_flow_logs_enabled"),
        "{instance:?}"
    );
    world
        .works_and_goes(&[
            "function CampaignFn",
            "log group /aws/lambda/CampaignFn",
            "role sale-lookup-role-x1y2z3",
        ])
        .await
}

/// What was clicked, and a stack that is to take it over.
struct MigrationWorld {
    aws: TestAccount,
    clicked: Clicked,
    guide: Guide,
    stack: Stack,
    deployment: Deployment,
}

impl MigrationWorld {
    async fn click(names: &Names) -> Result<Self, Failure> {
        let toolchain = e2e::toolchain().await?;
        let package = e2e::function().await?;
        let aws = TestAccount::start().await?;
        let clicked = click(&aws, package, names).await?;
        let guide = Guide::read(&[
            ("BENEFITS_KEY", BENEFITS_KEY),
            ("BENEFITS_TABLE_NAME", BENEFITS),
            ("CONTACT_FLOW_ID", &clicked.contact_flow_id),
            ("FUNCTION_ARN", &clicked.function_arn),
            ("FUNCTION_NAME", FUNCTION),
            ("INSTANCE_ALIAS", ALIAS),
            ("INSTANCE_ID", &clicked.instance_id),
            ("MEMBER_KEY", MEMBER_KEY),
            ("MEMBER_TABLE_NAME", MEMBERS),
            ("PHONE_NUMBER_ID", &clicked.phone_number_id),
            ("ROLE_NAME", names.role),
        ])?;
        let stack = Stack::stage(package)?;
        stack.write(&guide.line)?;
        fs::write(stack.path().join("outputs.tf"), OUTPUTS)?;
        let surroundings = environment(&aws.account.endpoint_url(), REGION);
        let mut deployment = Deployment::prepare_in(toolchain, stack.path(), surroundings).await?;
        deployment.keep_provider().await?;
        Ok(Self {
            aws,
            clicked,
            guide,
            stack,
            deployment,
        })
    }

    /// Plans with these imports and applies. Everything is imported, and nothing goes.
    async fn take_over(&self, imports: &str) -> Result<Planned, Failure> {
        let call = self.dial().await?;
        assert_eq!(call.heard(), [OLD_WORDS]);

        fs::write(self.stack.path().join("imports.tf"), imports)?;
        let terraform = self.deployment.terraform();
        let saved = self.stack.path().join("saved-plan");
        let plan = Planned::by(terraform, &saved).await?;
        assert_eq!(plan.imported, targets(imports)?);
        assert_eq!(plan.of("delete"), BTreeSet::new());
        terraform.apply_saved(&saved).await?;
        let outputs = terraform.outputs().await?;
        assert_eq!(outputs["instance_id"], self.clicked.instance_id);
        assert_eq!(outputs["phone_number"], self.clicked.phone_number);
        // Whether the blocks still stand there or not.
        self.nothing_is_left_to_do().await?;
        fs::remove_file(self.stack.path().join("imports.tf"))?;
        self.nothing_is_left_to_do().await?;
        Ok(plan)
    }

    async fn nothing_is_left_to_do(&self) -> Result<(), Failure> {
        let plan = self.deployment.plan().await?;
        assert_eq!(plan.outcome, PlanOutcome::Empty, "{}", plan.text);
        Ok(())
    }

    /// The rows of before are there, their caller gets a message, and the line can be destroyed;
    /// only `left` is not its own.
    async fn works_and_goes(self, left: &[&str]) -> Result<(), Failure> {
        let dynamodb = aws_sdk_dynamodb::Client::new(&self.aws.sdk_config().await);
        for (table, key, value) in [(MEMBERS, MEMBER_KEY, CALLER), (BENEFITS, BENEFITS_KEY, PIN)] {
            let value = AttributeValue::S(value.to_owned());
            let row = dynamodb.get_item().table_name(table).key(key, value);
            assert!(row.send().await?.item().is_some(), "{table} lost its row");
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
        let number = &self.clicked.phone_number;
        self.aws.call(number, caller, &[]).await
    }
}

/// What a plan would do.
struct Planned {
    /// Addresses that are imported to.
    imported: BTreeSet<String>,
    /// The changes of resources.
    changes: Vec<Value>,
}

impl Planned {
    /// Makes a plan and writes it to a file.
    async fn by(terraform: &Terraform, file: &Path) -> Result<Self, Failure> {
        terraform.plan(&Map::new(), Some(file)).await?;
        let mut plan = terraform.show(Some(file)).await?;
        let Value::Array(changes) = plan["resource_changes"].take() else {
            return Err("a plan without changes".into());
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

    /// Addresses of what has this action, be it alone or one of two.
    fn of(&self, action: &str) -> BTreeSet<String> {
        let has = |change: &&Value| {
            let actions = change["change"]["actions"].as_array().unwrap();
            actions.iter().any(|planned| planned == action)
        };
        self.changes.iter().filter(has).map(address).collect()
    }

    /// The attributes that are changed in place, by address, whether their new value is known by now
    /// or not.
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
