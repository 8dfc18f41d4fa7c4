//! The members and campaigns of the demo, and the way to write rows to a local account.

use http::Method;
use local_account::{AwsCall, ClientError, LocalClient};
use serde_json::{Value, json};

/// A member's number. Both numbers are in ranges of Japanese mobile phones.
pub const MEMBER_PHONE: &str = "+819012345678";
pub const MEMBER_ID: &str = "1234";
/// The number of a caller who is not a member.
pub const STRANGER_PHONE: &str = "+818087654321";
/// The PIN of the demo's campaign.
pub const PIN: &str = "0042";
/// The URL of that campaign.
pub const CAMPAIGN_URL: &str = "https://example.com/campaign/0042";

/// Writes a member row.
///
/// # Errors
/// When the account refuses it.
pub async fn put_member(
    account: &LocalClient,
    region: &str,
    table: &str,
    phone: &str,
    id: &str,
) -> Result<(), ClientError> {
    let item = json!({ "phone": { "S": phone }, "id": { "S": id } });
    put(account, region, table, item).await
}

/// Writes a campaign row.
///
/// # Errors
/// When the account refuses it.
pub async fn put_campaign(
    account: &LocalClient,
    region: &str,
    table: &str,
    pin: &str,
    url: &str,
) -> Result<(), ClientError> {
    let item = json!({ "pinCode": { "S": pin }, "campaignUrl": { "S": url } });
    put(account, region, table, item).await
}

/// Writes a row.
///
/// # Errors
/// When the account refuses it.
pub async fn put(
    account: &LocalClient,
    region: &str,
    table: &str,
    item: Value,
) -> Result<(), ClientError> {
    let row = json!({ "TableName": table, "Item": item });
    dynamodb(account, region, "PutItem", row).await.map(drop)
}

/// Sends a request to DynamoDB and returns the body of its response.
///
/// # Errors
/// When the account refuses it.
pub async fn dynamodb(
    account: &LocalClient,
    region: &str,
    operation: &str,
    request: Value,
) -> Result<String, ClientError> {
    account
        .aws(AwsCall {
            service: "dynamodb",
            region,
            method: Method::POST,
            path: "/",
            target: Some(&format!("DynamoDB_20120810.{operation}")),
            content_type: "application/x-amz-json-1.0",
            body: request.to_string(),
        })
        .await
}
