//! A line that was created in the console, without Terraform.

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
    ProvisionedThroughput, ScalarAttributeType,
};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Architecture, Environment, FunctionCode, Runtime};
use e2e::{Failure, REGION, TestAccount};
use http::Method;
use local_account::AwsCall;
use local_toolchain::FunctionPackage;
use serde_json::{Value, json};

pub(crate) const ALIAS: &str = "spring-sale";
pub(crate) const FUNCTION: &str = "sale-lookup";
pub(crate) const MEMBERS: &str = "Customers";
pub(crate) const MEMBER_KEY: &str = "telephone";
pub(crate) const BENEFITS: &str = "Campaigns";
pub(crate) const BENEFITS_KEY: &str = "pinCode";

pub(crate) const CALLER: &str = "+819012345678";
pub(crate) const PIN: &str = "00420815";
pub(crate) const URL: &str = "https://example.com/campaign/42";

/// The sentence of the old flow.
pub(crate) const OLD_SENTENCE: &str = "お電話ありがとうございます";

/// Names that may be the module's own, or others.
pub(crate) struct Names {
    pub(crate) role: &'static str,
    pub(crate) role_policy: &'static str,
    pub(crate) statement: &'static str,
    pub(crate) function: &'static str,
    /// Whether flow logs were enabled in the console, so that Amazon Connect created their log group.
    pub(crate) flow_log: bool,
}

/// The ids of the line's parts.
#[derive(Debug)]
pub(crate) struct ConsoleLine {
    pub(crate) instance_id: String,
    pub(crate) phone_number_id: String,
    pub(crate) phone_number: String,
    pub(crate) contact_flow_id: String,
    pub(crate) function_arn: String,
}

/// Creates the whole line.
pub(crate) async fn create_line(
    aws: &TestAccount,
    package: &FunctionPackage,
    names: &Names,
) -> Result<ConsoleLine, Failure> {
    tables(aws).await?;
    let function_arn = function(aws, package, names).await?;
    let instance = connect(
        aws,
        Method::PUT,
        "/instance",
        &json!({
            "IdentityManagementType": "CONNECT_MANAGED", "InstanceAlias": ALIAS,
            "InboundCallsEnabled": true, "OutboundCallsEnabled": true,
        }),
    )
    .await?;
    let instance_id = text(&instance, "Id");
    if names.flow_log {
        let logs = format!("/instance/{instance_id}/attribute/CONTACTFLOW_LOGS");
        connect(aws, Method::POST, &logs, &json!({ "Value": "true" })).await?;
    }

    let permitted = aws_sdk_lambda::Client::new(&aws.sdk_config().await)
        .add_permission()
        .function_name(names.function)
        .statement_id(names.statement)
        .action("lambda:InvokeFunction")
        .principal("connect.amazonaws.com")
        .source_account("123456789012")
        .source_arn(text(&instance, "Arn"));
    permitted.send().await?;
    let associated = format!("/instance/{instance_id}/lambda-function");
    let body = json!({ "FunctionArn": function_arn });
    connect(aws, Method::PUT, &associated, &body).await?;

    let flows = format!("/contact-flows/{instance_id}");
    let body = json!({ "Name": "Sale line", "Type": "CONTACT_FLOW", "Content": old_flow() });
    let flow = connect(aws, Method::PUT, &flows, &body).await?;
    let contact_flow_id = text(&flow, "ContactFlowId");

    let wanted = json!({
        "TargetArn": text(&instance, "Arn"),
        "PhoneNumberCountryCode": "JP", "PhoneNumberType": "DID",
    });
    let offered = connect(aws, Method::POST, "/phone-number/search-available", &wanted).await?;
    let phone_number = text(&offered["AvailableNumbersList"][0], "PhoneNumber");
    let body = json!({
        "TargetArn": text(&instance, "Arn"), "PhoneNumber": phone_number,
        "PhoneNumberDescription": "Sale", "ClientToken": "one",
    });
    let claimed = connect(aws, Method::POST, "/phone-number/claim", &body).await?;
    let phone_number_id = text(&claimed, "PhoneNumberId");
    let answers = format!("/phone-number/{phone_number_id}/contact-flow");
    let body = json!({ "InstanceId": instance_id, "ContactFlowId": contact_flow_id });
    connect(aws, Method::PUT, &answers, &body).await?;
    Ok(ConsoleLine {
        instance_id,
        phone_number_id,
        phone_number,
        contact_flow_id,
        function_arn,
    })
}

/// Creates one table with the console's present settings and one with those of years ago, with a row in each.
async fn tables(aws: &TestAccount) -> Result<(), Failure> {
    let dynamodb = aws_sdk_dynamodb::Client::new(&aws.sdk_config().await);
    let create = |name: &str, key: &str| -> Result<_, Failure> {
        let attribute = AttributeDefinition::builder()
            .attribute_name(key)
            .attribute_type(ScalarAttributeType::S);
        let hash = KeySchemaElement::builder()
            .attribute_name(key)
            .key_type(KeyType::Hash);
        let table = dynamodb.create_table().table_name(name);
        Ok(table
            .attribute_definitions(attribute.build()?)
            .key_schema(hash.build()?))
    };
    let on_demand = create(MEMBERS, MEMBER_KEY)?;
    on_demand
        .billing_mode(BillingMode::PayPerRequest)
        .send()
        .await?;
    let provisioned = ProvisionedThroughput::builder()
        .read_capacity_units(5)
        .write_capacity_units(5);
    create(BENEFITS, BENEFITS_KEY)?
        .provisioned_throughput(provisioned.build()?)
        .send()
        .await?;

    let is = |value: &str| AttributeValue::S(value.to_owned());
    dynamodb
        .put_item()
        .table_name(MEMBERS)
        .item(MEMBER_KEY, is(CALLER))
        .item("id", is("m-1"))
        .send()
        .await?;
    dynamodb
        .put_item()
        .table_name(BENEFITS)
        .item(BENEFITS_KEY, is(PIN))
        .item("campaignUrl", is(URL))
        .send()
        .await?;
    Ok(())
}

/// Creates the function with the console's default settings, its role and its log group.
async fn function(
    aws: &TestAccount,
    package: &FunctionPackage,
    names: &Names,
) -> Result<String, Failure> {
    let config = aws.sdk_config().await;
    let iam = aws_sdk_iam::Client::new(&config);
    let trust = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": { "Service": "lambda.amazonaws.com" },
    }]});
    let role = iam
        .create_role()
        .role_name(names.role)
        .assume_role_policy_document(trust.to_string())
        .send()
        .await?;
    let everything = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Resource": "*",
        "Action": ["dynamodb:*", "logs:*", "sns:Publish"],
    }]});
    iam.put_role_policy()
        .role_name(names.role)
        .policy_name(names.role_policy)
        .policy_document(everything.to_string())
        .send()
        .await?;
    let logs = aws_sdk_cloudwatchlogs::Client::new(&config);
    let group = format!("/aws/lambda/{}", names.function);
    let created = logs.create_log_group().log_group_name(&group);
    created.send().await?;
    let kept = logs.put_retention_policy().log_group_name(&group);
    kept.retention_in_days(7).send().await?;

    let variables = [
        ("MEMBER_TABLE_NAME", MEMBERS),
        ("BENEFITS_TABLE_NAME", BENEFITS),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let environment = Environment::builder().set_variables(Some(variables.into()));
    let code = FunctionCode::builder().zip_file(Blob::new(std::fs::read(&package.path)?));
    let created = aws_sdk_lambda::Client::new(&config)
        .create_function()
        .function_name(names.function)
        .role(role.role().ok_or("the answer must have a role")?.arn())
        .runtime(Runtime::from("provided.al2023"))
        .handler("bootstrap")
        .architectures(Architecture::from(package.architecture.name()))
        .memory_size(128)
        .timeout(3)
        .environment(environment.build())
        .code(code.build())
        .send()
        .await?;
    Ok(created
        .function_arn()
        .ok_or("the function must have an ARN")?
        .to_owned())
}

fn old_flow() -> String {
    json!({
        "Version": "2019-10-30",
        "StartAction": "say",
        "Metadata": {},
        "Actions": [
            {
                "Identifier": "say",
                "Type": "MessageParticipant",
                "Parameters": { "Text": OLD_SENTENCE },
                "Transitions": {
                    "NextAction": "end",
                    "Errors": [{ "NextAction": "end", "ErrorType": "NoMatchingError" }],
                },
            },
            {
                "Identifier": "end",
                "Type": "DisconnectParticipant",
                "Parameters": {},
                "Transitions": {},
            },
        ],
    })
    .to_string()
}

/// Sends a request to Amazon Connect's API without its SDK, which is by far the largest and not worth
/// compiling for six requests.
async fn connect(
    aws: &TestAccount,
    method: Method,
    path: &str,
    body: &Value,
) -> Result<Value, Failure> {
    let answer = aws
        .client
        .aws(AwsCall {
            service: "connect",
            region: REGION,
            method,
            path,
            target: None,
            content_type: "application/json",
            body: body.to_string(),
        })
        .await?;
    Ok(match answer.is_empty() {
        true => Value::Null,
        false => serde_json::from_str(&answer)?,
    })
}

fn text(of: &Value, member: &str) -> String {
    let text = of[member].as_str();
    text.unwrap_or_else(|| panic!("{of} must have the member {member}"))
        .to_owned()
}
