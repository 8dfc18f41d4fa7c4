//! The rights of lines with fewer and with more features than the default.

use e2e::{Failure, TestModule};
use local_toolchain::PlanOutcome;
use serde_json::{Value, json};

use crate::permissions::exact::{Attempt, Own, Sender, arn, excess};
use crate::permissions::line::percent_decoded;

e2e::trials![
    a_line_with_fewer_features_has_fewer_rights,
    only_lambda_may_create_network_interfaces_of_a_function_in_a_vpc,
];

/// Without protection, tracing and a log group of its own, the role has fewer statements, and the remaining
/// ones are exact too.
async fn a_line_with_fewer_features_has_fewer_rights() -> Result<(), Failure> {
    let module = TestModule::prepare().await?;
    let settings = json!({
        "instance_alias": "permissions",
        "guessing": { "enabled": false },
        "function": { "tracing": false, "existing_log_group": { "name": "/company/line" } },
        "sms": { "backend": "end_user_messaging", "sender_id": "Campaign1" },
    });
    module
        .terraform
        .apply(settings.as_object().unwrap())
        .await?;
    let outputs = module.terraform.outputs().await?;
    let output = |name: &str| outputs[name].as_str().unwrap_or_default().to_owned();
    let policy = aws_sdk_iam::Client::new(&module.aws.sdk_config().await)
        .get_role_policy()
        .role_name(output("function_role_name"))
        .policy_name("function")
        .send()
        .await?;
    let policy: Value = serde_json::from_str(&percent_decoded(policy.policy_document()))?;
    let statements = policy["Statement"].as_array().unwrap();
    let sids: Vec<_> = statements.iter().map(|one| one["Sid"].clone()).collect();
    assert_eq!(
        sids,
        [
            "ReadTables",
            "CountRedemptionsAndAttempts",
            "SendTextMessages",
            "WriteLog"
        ]
    );
    let own = Own {
        members: output("member_table_name"),
        benefits: output("benefits_table_name"),
        attempts: None,
        log_group: "/company/line".to_owned(),
        decrypted_by: Vec::new(),
        mac_key: None,
        sender: Sender::Name("Campaign1"),
    };
    own.assert_no_excess(statements);
    module.aws.account.shutdown().await;
    Ok(())
}

/// The actions of AWS's policy for functions in a VPC, `AWSLambdaVPCAccessExecutionRole`.
const OF_VPC: [&str; 6] = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
];

/// Lambda creates a function's network interfaces with the function's role, but the function's code must not
/// use these rights.
async fn only_lambda_may_create_network_interfaces_of_a_function_in_a_vpc() -> Result<(), Failure> {
    let module = TestModule::prepare().await?;
    let settings = json!({
        "instance_alias": "permissions",
        "function": { "vpc": {
            "subnet_ids": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
            "security_group_ids": ["sg-0123456789abcdef0"],
        } },
    });
    let settings = settings.as_object().unwrap();
    module.terraform.apply(settings).await?;
    let plan = module.terraform.plan(settings, None).await?;
    assert_eq!(plan.outcome, PlanOutcome::Empty, "{}", plan.text);
    let outputs = module.terraform.outputs().await?;
    let output = |name: &str| outputs[name].as_str().unwrap_or_default().to_owned();
    let config = module.aws.sdk_config().await;
    let function = aws_sdk_lambda::Client::new(&config)
        .get_function_configuration()
        .function_name(output("function_name"))
        .send()
        .await?;
    let vpc = function
        .vpc_config()
        .ok_or("the function must be in a VPC")?;
    assert_eq!(vpc.subnet_ids().len(), 2);
    assert_eq!(vpc.security_group_ids(), ["sg-0123456789abcdef0"]);

    let policy = aws_sdk_iam::Client::new(&config)
        .get_role_policy()
        .role_name(output("function_role_name"))
        .policy_name("function")
        .send()
        .await?;
    let policy: Value = serde_json::from_str(&percent_decoded(policy.policy_document()))?;
    let statements = policy["Statement"].as_array().unwrap();
    let attempt = |action: &str, source: Option<String>| {
        let attempt = Attempt::new(action, arn("ec2", "*"));
        match source {
            Some(function) => attempt.given("lambda:SourceFunctionArn", function),
            None => Attempt {
                context: attempt.context.without("lambda:SourceFunctionArn"),
                ..attempt
            },
        }
    };
    for action in OF_VPC {
        let lambdas = [attempt(action, None)];
        assert_eq!(
            excess(statements, &lambdas).len(),
            1,
            "the role must allow Lambda {action}"
        );
        let own = [attempt(action, Some(output("function_arn")))];
        assert_eq!(excess(statements, &own), Vec::<String>::new());
    }
    let others = ["ec2:RunInstances", "ec2:AuthorizeSecurityGroupIngress"];
    for action in others {
        let any = [
            attempt(action, None),
            attempt(action, Some(output("function_arn"))),
        ];
        assert_eq!(excess(statements, &any), Vec::<String>::new());
    }
    module.aws.account.shutdown().await;
    Ok(())
}
