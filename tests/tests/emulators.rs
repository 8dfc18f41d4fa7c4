//! What DynamoDB answers, as the account has it and as Amazon's own emulator has it.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ReturnValue,
    ReturnValuesOnConditionCheckFailure, ScalarAttributeType,
};
use e2e::dynamodb_local::DynamoDbLocal;
use e2e::{Failure, REGION, TestAccount};
use futures_util::future::join_all;

e2e::trials![
    an_update_returns_the_row_as_it_was,
    a_row_is_new_to_one_update_only,
    the_account_differs_from_dynamodb_local_as_written_down,
];

const TABLE: &str = "rows";

type Row = HashMap<String, AttributeValue>;

/// What was done, and what came back.
type Answers = BTreeMap<String, String>;

fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.into())
}

fn set(ids: &[&str]) -> AttributeValue {
    AttributeValue::Ss(ids.iter().map(|id| (*id).to_owned()).collect())
}

/// The rows that a write may meet.
fn rows() -> [(&'static str, Option<Row>); 3] {
    let key = || ("k".to_owned(), s("1"));
    let full = [
        key(),
        ("a".to_owned(), s("old")),
        ("b".to_owned(), s("kept")),
        ("ids".to_owned(), set(&["x"])),
    ];
    [
        ("no row", None),
        ("a row of its key alone", Some(Row::from([key()]))),
        ("a row", Some(Row::from(full))),
    ]
}

/// Makes the one row what it is before a write.
async fn prepare(tables: &Client, row: Option<&Row>) -> Result<(), Failure> {
    match row {
        Some(row) => {
            let put = tables.put_item().table_name(TABLE);
            put.set_item(Some(row.clone())).send().await?;
        }
        None => {
            let delete = tables.delete_item().table_name(TABLE);
            delete.key("k", s("1")).send().await?;
        }
    }
    Ok(())
}

/// Attributes in one order, so that two answers can be compared.
fn told(row: Option<&Row>) -> String {
    match row {
        None => "nothing".to_owned(),
        Some(row) => format!("{:?}", row.iter().collect::<BTreeMap<_, _>>()),
    }
}

async fn create_table(tables: &Client) -> Result<(), Failure> {
    tables
        .create_table()
        .table_name(TABLE)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(
            AttributeDefinition::builder()
                .attribute_name("k")
                .attribute_type(ScalarAttributeType::S)
                .build()?,
        )
        .key_schema(
            KeySchemaElement::builder()
                .attribute_name("k")
                .key_type(KeyType::Hash)
                .build()?,
        )
        .send()
        .await?;
    Ok(())
}

/// Every kind of update with everything that it may return, and what is returned.
async fn updates(tables: &Client) -> Result<Answers, Failure> {
    let updates = [
        ("SET a = :value", Some(s("new"))),
        ("REMOVE a", None),
        ("ADD ids :value", Some(set(&["y"]))),
        ("DELETE ids :value", Some(set(&["x"]))),
    ];
    let mut answers = Answers::new();
    for (update, value) in updates {
        for (found, row) in rows() {
            for wanted in [
                ReturnValue::None,
                ReturnValue::AllOld,
                ReturnValue::UpdatedOld,
                ReturnValue::AllNew,
                ReturnValue::UpdatedNew,
            ] {
                prepare(tables, row.as_ref()).await?;
                let mut request = tables
                    .update_item()
                    .table_name(TABLE)
                    .key("k", s("1"))
                    .update_expression(update)
                    .return_values(wanted.clone());
                if let Some(value) = &value {
                    request = request.expression_attribute_values(":value", value.clone());
                }
                let answer = request.send().await?;
                answers.insert(
                    format!("{update} with {wanted} on {found}"),
                    told(answer.attributes()),
                );
            }
        }
    }
    Ok(answers)
}

/// `ALL_OLD` of the writes that replace and delete.
async fn replacements(tables: &Client) -> Result<Answers, Failure> {
    let mut answers = Answers::new();
    for (found, row) in rows() {
        prepare(tables, row.as_ref()).await?;
        let put = tables.put_item().table_name(TABLE);
        let put = put.item("k", s("1")).item("c", s("new"));
        let put = put.return_values(ReturnValue::AllOld).send().await?;
        answers.insert(format!("PutItem on {found}"), told(put.attributes()));

        prepare(tables, row.as_ref()).await?;
        let delete = tables.delete_item().table_name(TABLE).key("k", s("1"));
        let delete = delete.return_values(ReturnValue::AllOld).send().await?;
        answers.insert(format!("DeleteItem on {found}"), told(delete.attributes()));
    }
    Ok(answers)
}

/// What a write whose condition does not hold tells of the row.
async fn refusals(tables: &Client) -> Result<Answers, Failure> {
    const NEVER: &str = "attribute_exists(nowhere)";
    let all_old = ReturnValuesOnConditionCheckFailure::AllOld;
    let mut answers = Answers::new();
    for (found, row) in rows() {
        prepare(tables, row.as_ref()).await?;
        let update = tables
            .update_item()
            .table_name(TABLE)
            .key("k", s("1"))
            .update_expression("SET a = :value")
            .expression_attribute_values(":value", s("new"))
            .condition_expression(NEVER)
            .return_values_on_condition_check_failure(all_old.clone())
            .send()
            .await;
        let item = match update.expect_err("the condition").into_service_error() {
            UpdateItemError::ConditionalCheckFailedException(failed) => failed.item,
            other => return Err(other.into()),
        };
        answers.insert(format!("UpdateItem on {found}"), told(item.as_ref()));

        let put = tables
            .put_item()
            .table_name(TABLE)
            .item("k", s("1"))
            .condition_expression(NEVER)
            .return_values_on_condition_check_failure(all_old.clone())
            .send()
            .await;
        let item = match put.expect_err("the condition").into_service_error() {
            PutItemError::ConditionalCheckFailedException(failed) => failed.item,
            other => return Err(other.into()),
        };
        answers.insert(format!("PutItem on {found}"), told(item.as_ref()));

        let delete = tables
            .delete_item()
            .table_name(TABLE)
            .key("k", s("1"))
            .condition_expression(NEVER)
            .return_values_on_condition_check_failure(all_old.clone())
            .send()
            .await;
        let item = match delete.expect_err("the condition").into_service_error() {
            DeleteItemError::ConditionalCheckFailedException(failed) => failed.item,
            other => return Err(other.into()),
        };
        answers.insert(format!("DeleteItem on {found}"), told(item.as_ref()));
    }
    Ok(answers)
}

/// What requests at the edge of what is allowed come to: attributes, or the code of the refusal.
async fn edges(tables: &Client) -> Result<Answers, Failure> {
    let text = || s("x");
    let number = |digits: &str| AttributeValue::N(digits.into());
    let mut answers = Answers::new();
    prepare(tables, rows()[2].1.as_ref()).await?;
    for (update, condition, value) in [
        ("SET n = :v", "", number("0012.500")),
        ("SET n = :v", "", number("1234567890".repeat(4).as_str())),
        ("SET n = :v", "", number("twelve")),
        ("SET e = :v", "", s("")),
        ("SET e = :v", "", set(&[])),
        ("SET e = :v", "", set(&["x", "x"])),
        ("SET e = :v", "", s(&"x".repeat(410_000))),
        ("SET k = :v", "", text()),
        ("SET e = :v REMOVE e", "", text()),
        ("SET e = nowhere", "", text()),
        ("SET e = :none", "", text()),
        ("SEET e = :v", "", text()),
        ("REMOVE name", "name = :v", text()),
        ("REMOVE e", "", text()),
        ("ADD a :v", "", number("1")),
        ("ADD a :v", "", set(&["x"])),
        ("DELETE a :v", "", set(&["x"])),
        ("ADD counted :v", "", number("1")),
        ("REMOVE e", "a == :v", text()),
        ("REMOVE e", "size(nowhere) < :v", number("9")),
        ("REMOVE e", "size(ids) < :v", number("9")),
        ("REMOVE e", "size(counted) < :v", number("9")),
        ("REMOVE e", "contains(nowhere, :v)", text()),
        ("REMOVE e", "NOT contains(nowhere, :v)", text()),
        ("REMOVE e", "contains(ids, :v)", text()),
        ("REMOVE e", "nowhere <> :v", text()),
        ("REMOVE e", "a < :v", number("1")),
    ] {
        let what = format!("{update} if {condition:?} with {:.40?}", value);
        let mut request = tables
            .update_item()
            .table_name(TABLE)
            .key("k", s("1"))
            .update_expression(update)
            .expression_attribute_values(":v", value)
            .return_values(ReturnValue::UpdatedNew);
        if !condition.is_empty() {
            request = request.condition_expression(condition);
        }
        let answer = match request.send().await {
            Ok(answer) => told(answer.attributes()),
            Err(error) => code(&error),
        };
        answers.insert(what, answer);
    }
    let long = "x".repeat(2_049);
    for (what, table, key, value) in [
        ("no row", TABLE, "k", s("2")),
        ("an empty key", TABLE, "k", s("")),
        ("a key too long", TABLE, "k", s(&long)),
        ("a key of another type", TABLE, "k", number("1")),
        ("a key of another name", TABLE, "q", s("1")),
        ("no table", "nowhere", "k", s("1")),
    ] {
        // A row without the attributes and no row are told apart.
        let request = tables.get_item().table_name(table).key(key, value);
        let answer = match request.projection_expression("nothing").send().await {
            Ok(answer) => told(answer.item()),
            Err(error) => code(&error),
        };
        answers.insert(format!("GetItem of {what}"), answer);
    }
    Ok(answers)
}

fn code(error: &impl ProvideErrorMetadata) -> String {
    error.code().unwrap_or("no code").to_owned()
}

/// What is asked of a table as a whole: its ARN, and whether there are backups and tags.
async fn surroundings(tables: &Client) -> Result<[String; 3], Failure> {
    let table = tables.describe_table().table_name(TABLE).send().await?;
    let table = table.table().and_then(|table| table.table_arn());
    let arn = table.expect("an ARN").to_owned();
    let backups = tables.describe_continuous_backups().table_name(TABLE);
    let backups = backups
        .send()
        .await
        .map_or_else(|e| code(&e), |_| "yes".into());
    let tags = tables.list_tags_of_resource().resource_arn(&arn);
    let tags = tags
        .send()
        .await
        .map_or_else(|e| code(&e), |_| "yes".into());
    Ok([arn, backups, tags])
}

/// `ALL_OLD` where a row is new, and where it holds nothing but its key.
async fn an_update_returns_the_row_as_it_was() -> Result<(), Failure> {
    let aws = TestAccount::start().await?;
    let tables = Client::new(&aws.sdk_config().await);
    create_table(&tables).await?;
    let answers = updates(&tables).await?;
    let old = |found: &str| answers[&format!("SET a = :value with ALL_OLD on {found}")].as_str();
    assert_eq!(old("no row"), told(None));
    let [_, key_alone, full] = rows().map(|(_, row)| row);
    assert_eq!(old("a row of its key alone"), told(key_alone.as_ref()));
    assert_eq!(old("a row"), told(full.as_ref()));
    aws.account.shutdown().await;
    Ok(())
}

/// Of many who update the same new row at the same time, one finds none.
async fn a_row_is_new_to_one_update_only() -> Result<(), Failure> {
    let aws = TestAccount::start().await?;
    let tables = Client::new(&aws.sdk_config().await);
    create_table(&tables).await?;
    // An update without an expression makes a row of nothing but its key, which is what could be
    // taken for no row.
    let update = || {
        let update = tables.update_item().table_name(TABLE).key("k", s("1"));
        update.return_values(ReturnValue::AllOld).send()
    };
    let answers = join_all((0..20).map(|_| update())).await;
    let mut found = 0;
    for answer in answers {
        found += usize::from(answer?.attributes().is_some());
    }
    assert_eq!(found, 19);
    aws.account.shutdown().await;
    Ok(())
}

/// What the account answers to reads and writes is what Amazon's own emulator answers, but for
/// the differences that `docs/emulators.md` has.
async fn the_account_differs_from_dynamodb_local_as_written_down() -> Result<(), Failure> {
    let Some(dynamodb_local) = DynamoDbLocal::start_if_asked().await? else {
        return Ok(());
    };
    let aws = TestAccount::start().await?;
    let config = aws.sdk_config().await;
    let ours = Client::new(&config);
    let theirs = config.to_builder();
    let theirs = Client::new(&theirs.endpoint_url(&dynamodb_local.endpoint_url).build());
    create_table(&ours).await?;
    create_table(&theirs).await?;
    assert_eq!(updates(&ours).await?, updates(&theirs).await?);
    assert_eq!(replacements(&ours).await?, replacements(&theirs).await?);
    assert_eq!(refusals(&ours).await?, refusals(&theirs).await?);

    let (mut ours_at_edges, mut theirs_at_edges) = (edges(&ours).await?, edges(&theirs).await?);
    let padded = r#"SET n = :v if "" with N("0012.500")"#;
    let number = |digits: &str| {
        told(Some(&Row::from([(
            "n".into(),
            AttributeValue::N(digits.into()),
        )])))
    };
    assert_eq!(ours_at_edges.remove(padded), Some(number("12.5")));
    assert_eq!(theirs_at_edges.remove(padded), Some(number("0012.500")));
    assert_eq!(ours_at_edges, theirs_at_edges);

    let [arn, backups, tags] = surroundings(&ours).await?;
    assert_eq!(
        arn,
        format!("arn:aws:dynamodb:{REGION}:123456789012:table/{TABLE}")
    );
    assert_eq!([backups, tags], ["yes", "yes"]);
    let [arn, backups, tags] = surroundings(&theirs).await?;
    assert_eq!(
        arn,
        format!("arn:aws:dynamodb:ddblocal:000000000000:table/{TABLE}")
    );
    assert_eq!([backups, tags], ["UnknownOperationException"; 2]);

    let sentence = |tables: Client| async move {
        let read = tables.get_item().table_name("nowhere").key("k", s("1"));
        let refused = read.send().await.expect_err("there is no table");
        refused.message().unwrap_or_default().to_owned()
    };
    assert_eq!(sentence(ours).await, "Requested resource not found");
    assert_eq!(
        sentence(theirs).await,
        "Cannot do operations on a non-existent table"
    );
    aws.account.shutdown().await;
    Ok(())
}
