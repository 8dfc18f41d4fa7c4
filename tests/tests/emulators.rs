//! Compares the account's DynamoDB with Amazon's own emulator, DynamoDB Local.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use e2e::dynamodb_local::DynamoDbLocal;
use e2e::{Failure, REGION, TestAccount};
use futures_util::future::join_all;

e2e::trials![
    an_update_returns_the_row_as_it_was,
    a_row_is_new_to_one_update_only,
    the_account_differs_from_dynamodb_local_as_documented,
];

const TABLE: &str = "rows";

type Row = HashMap<String, AttributeValue>;

/// The answers by request.
type Answers = BTreeMap<String, String>;

fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.into())
}

fn set(ids: &[&str]) -> AttributeValue {
    AttributeValue::Ss(ids.iter().map(|id| (*id).to_owned()).collect())
}

/// Returns the rows that a write may find, each with its description.
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

/// Sets the row to its state before a write.
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

/// Returns the attributes as text in a fixed order, so that answers can be compared.
fn as_text(row: Option<&Row>) -> String {
    match row {
        None => "nothing".to_owned(),
        Some(row) => format!("{:?}", row.iter().collect::<BTreeMap<_, _>>()),
    }
}

/// Sends every kind of update on every row with each `ReturnValues`.
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
                    as_text(answer.attributes()),
                );
            }
        }
    }
    Ok(answers)
}

/// Sends writes that replace and delete, with `ALL_OLD`.
async fn replacements(tables: &Client) -> Result<Answers, Failure> {
    let mut answers = Answers::new();
    for (found, row) in rows() {
        prepare(tables, row.as_ref()).await?;
        let put = tables.put_item().table_name(TABLE);
        let put = put.item("k", s("1")).item("c", s("new"));
        let put = put.return_values(ReturnValue::AllOld).send().await?;
        answers.insert(format!("PutItem on {found}"), as_text(put.attributes()));

        prepare(tables, row.as_ref()).await?;
        let delete = tables.delete_item().table_name(TABLE).key("k", s("1"));
        let delete = delete.return_values(ReturnValue::AllOld).send().await?;
        answers.insert(
            format!("DeleteItem on {found}"),
            as_text(delete.attributes()),
        );
    }
    Ok(answers)
}

/// Sends writes whose condition fails, and returns the row that each answer contains.
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
        answers.insert(format!("UpdateItem on {found}"), as_text(item.as_ref()));

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
        answers.insert(format!("PutItem on {found}"), as_text(item.as_ref()));

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
        answers.insert(format!("DeleteItem on {found}"), as_text(item.as_ref()));
    }
    Ok(answers)
}

/// Sends requests at the limits of what DynamoDB allows, and returns the attributes or error codes.
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
            Ok(answer) => as_text(answer.attributes()),
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
        // The projection distinguishes a row without the attributes from a missing row.
        let request = tables.get_item().table_name(table).key(key, value);
        let answer = match request.projection_expression("nothing").send().await {
            Ok(answer) => as_text(answer.item()),
            Err(error) => code(&error),
        };
        answers.insert(format!("GetItem of {what}"), answer);
    }
    Ok(answers)
}

fn code(error: &impl ProvideErrorMetadata) -> String {
    error.code().unwrap_or("no code").to_owned()
}

/// Returns the table's ARN, and the answers about its backups and tags.
async fn table_facts(tables: &Client) -> Result<[String; 3], Failure> {
    let table = tables.describe_table().table_name(TABLE).send().await?;
    let table = table.table().and_then(|table| table.table_arn());
    let arn = table.expect("a table has an ARN").to_owned();
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

/// Checks `ALL_OLD` for a new row, for a row that has only its key, and for a full row.
async fn an_update_returns_the_row_as_it_was() -> Result<(), Failure> {
    let aws = TestAccount::start().await?;
    let tables = Client::new(&aws.sdk_config().await);
    e2e::create_table(&tables, TABLE, "k").await?;
    let answers = updates(&tables).await?;
    let old = |found: &str| answers[&format!("SET a = :value with ALL_OLD on {found}")].as_str();
    assert_eq!(old("no row"), as_text(None));
    let [_, key_alone, full] = rows().map(|(_, row)| row);
    assert_eq!(old("a row of its key alone"), as_text(key_alone.as_ref()));
    assert_eq!(old("a row"), as_text(full.as_ref()));
    aws.account.shutdown().await;
    Ok(())
}

/// When many requests update the same new row in parallel, exactly one finds no row.
async fn a_row_is_new_to_one_update_only() -> Result<(), Failure> {
    let aws = TestAccount::start().await?;
    let tables = Client::new(&aws.sdk_config().await);
    e2e::create_table(&tables, TABLE, "k").await?;
    // An update without an expression creates a row that has only its key, which an emulator could
    // mistake for a missing row.
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

/// The account answers reads and writes like Amazon's own emulator, except for the differences in
/// `docs/emulators.md`.
async fn the_account_differs_from_dynamodb_local_as_documented() -> Result<(), Failure> {
    let Some(dynamodb_local) = DynamoDbLocal::start_if_enabled().await? else {
        return Ok(());
    };
    let aws = TestAccount::start().await?;
    let config = aws.sdk_config().await;
    let ours = Client::new(&config);
    let theirs = config.to_builder();
    let theirs = Client::new(&theirs.endpoint_url(&dynamodb_local.endpoint_url).build());
    e2e::create_table(&ours, TABLE, "k").await?;
    e2e::create_table(&theirs, TABLE, "k").await?;
    assert_eq!(updates(&ours).await?, updates(&theirs).await?);
    assert_eq!(replacements(&ours).await?, replacements(&theirs).await?);
    assert_eq!(refusals(&ours).await?, refusals(&theirs).await?);

    let (mut ours_at_edges, mut theirs_at_edges) = (edges(&ours).await?, edges(&theirs).await?);
    let padded = r#"SET n = :v if "" with N("0012.500")"#;
    let number = |digits: &str| {
        as_text(Some(&Row::from([(
            "n".into(),
            AttributeValue::N(digits.into()),
        )])))
    };
    assert_eq!(ours_at_edges.remove(padded), Some(number("12.5")));
    assert_eq!(theirs_at_edges.remove(padded), Some(number("0012.500")));
    assert_eq!(ours_at_edges, theirs_at_edges);

    let [arn, backups, tags] = table_facts(&ours).await?;
    assert_eq!(
        arn,
        format!("arn:aws:dynamodb:{REGION}:123456789012:table/{TABLE}")
    );
    assert_eq!([backups, tags], ["yes", "yes"]);
    let [arn, backups, tags] = table_facts(&theirs).await?;
    assert_eq!(
        arn,
        format!("arn:aws:dynamodb:ddblocal:000000000000:table/{TABLE}")
    );
    assert_eq!([backups, tags], ["UnknownOperationException"; 2]);

    let sentence = |tables: Client| async move {
        let read = tables.get_item().table_name("nowhere").key("k", s("1"));
        let refused = read.send().await.expect_err("the table does not exist");
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
