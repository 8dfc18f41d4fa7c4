//! The lines of an account, found by the configuration of their functions: independent of the stack
//! that created them and of its outputs.

use base64::{Engine, engine::general_purpose::STANDARD};
use http::Method;
use local_account::{AwsCall, ClientError, LocalClient};
use serde_json::{Value, json};

use crate::sample::{self, CAMPAIGN_URL, MEMBER_ID, MEMBER_PHONE, PIN};

/// The partition key of the attempts table, whose name is fixed in the module.
const ATTEMPTS_KEY: &str = "pk";

/// The reason why the lines of an account cannot be listed.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// The account refused a request, or does not run.
    #[error(transparent)]
    Account(#[from] ClientError),
    /// The account's response is not JSON.
    #[error("the account's response must be JSON")]
    Answer(#[from] serde_json::Error),
}

/// A table and its partition key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The table's name or ARN.
    pub name: String,
    /// The attribute that is the partition key.
    pub key: String,
}

/// A line: its function, and the tables that the function reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub function: String,
    /// SHA-256 of the zip that the function runs, in lower-case hexadecimal.
    pub code_sha256: String,
    pub members: Table,
    pub benefits: Table,
    /// The table where wrong PINs and messages are counted; `None` without `guessing.enabled`.
    pub attempts: Option<String>,
    /// Whether the keys of campaigns are MACs of their PINs, which need the pepper.
    pub macs: bool,
}

impl Line {
    /// Reads a line from Lambda's description of a function; `None` if the function is not a
    /// line's.
    fn read(function: &Value) -> Option<Self> {
        let variables = &function["Environment"]["Variables"];
        let text = |value: &Value| {
            value
                .as_str()
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
        };
        let table = |name: &str, key: &str, usual: &str| {
            Some(Table {
                name: text(&variables[name])?,
                key: text(&variables[key]).unwrap_or_else(|| usual.to_owned()),
            })
        };
        Some(Self {
            function: text(&function["FunctionName"])?,
            code_sha256: hexadecimal(function["CodeSha256"].as_str()?)?,
            members: table("MEMBER_TABLE_NAME", "MEMBER_KEY_ATTRIBUTE", "phone")?,
            benefits: table("BENEFITS_TABLE_NAME", "BENEFITS_KEY_ATTRIBUTE", "pinCode")?,
            attempts: text(&variables["ATTEMPTS_TABLE_NAME"]),
            macs: variables["PIN_KEY_MODE"] == "hmac",
        })
    }

    /// Deploys this zip to the function, as `aws lambda update-function-code` does. Terraform does
    /// not notice, and deploys its own zip again when that one changes.
    ///
    /// # Errors
    /// When Lambda refuses the zip.
    pub async fn run_zip(
        &self,
        account: &LocalClient,
        region: &str,
        zip: &[u8],
    ) -> Result<(), LineError> {
        let update = AwsCall {
            service: "lambda",
            region,
            method: Method::PUT,
            path: &format!("/2015-03-31/functions/{}/code", self.function),
            target: None,
            content_type: "application/json",
            body: json!({ "ZipFile": STANDARD.encode(zip) }).to_string(),
        };
        account.aws(update).await?;
        Ok(())
    }

    /// Writes the demo's member and, unless keys are MACs, its campaign, as they were before any
    /// call.
    ///
    /// # Errors
    /// When a table refuses a row.
    pub async fn load_samples(&self, account: &LocalClient, region: &str) -> Result<(), LineError> {
        let member = json!({ &self.members.key: { "S": MEMBER_PHONE }, "id": { "S": MEMBER_ID } });
        sample::put(account, region, &self.members.name, member).await?;
        if !self.macs {
            let campaign =
                json!({ &self.benefits.key: { "S": PIN }, "campaignUrl": { "S": CAMPAIGN_URL } });
            sample::put(account, region, &self.benefits.name, campaign).await?;
        }
        Ok(())
    }

    /// Deletes all recorded attempts, messages and single uses, which resets the limits of callers.
    ///
    /// # Errors
    /// When the attempts table cannot be emptied.
    pub async fn forget_attempts(
        &self,
        account: &LocalClient,
        region: &str,
    ) -> Result<(), LineError> {
        let Some(table) = &self.attempts else {
            return Ok(());
        };
        let scan = json!({ "TableName": table, "ProjectionExpression": ATTEMPTS_KEY });
        let found = sample::dynamodb(account, region, "Scan", scan).await?;
        let found: Value = serde_json::from_str(&found)?;
        for key in found["Items"].as_array().into_iter().flatten() {
            let delete = json!({ "TableName": table, "Key": key });
            sample::dynamodb(account, region, "DeleteItem", delete).await?;
        }
        Ok(())
    }
}

/// Converts a digest from Base64, which Lambda uses, to hexadecimal.
fn hexadecimal(base64: &str) -> Option<String> {
    let bytes = STANDARD.decode(base64).ok()?;
    Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Returns the lines of an account in a region, sorted by the names of their functions.
///
/// # Errors
/// When the account does not list its functions.
pub async fn lines(account: &LocalClient, region: &str) -> Result<Vec<Line>, LineError> {
    let mut lines = Vec::new();
    let mut path = "/2015-03-31/functions/".to_owned();
    loop {
        let call = AwsCall {
            service: "lambda",
            region,
            method: Method::GET,
            path: &path,
            target: None,
            content_type: "application/json",
            body: String::new(),
        };
        let listed: Value = serde_json::from_str(&account.aws(call).await?)?;
        let functions = listed["Functions"].as_array().into_iter().flatten();
        lines.extend(functions.filter_map(Line::read));
        match listed["NextMarker"].as_str() {
            Some(marker) => path = format!("/2015-03-31/functions/?Marker={marker}"),
            None => break,
        }
    }
    lines.sort_by(|one, other| one.function.cmp(&other.function));
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(variables: Value) -> Value {
        json!({
            "FunctionName": "customer-line",
            "CodeSha256": "3q2+7w==",
            "Environment": { "Variables": variables },
        })
    }

    #[test]
    fn tables_and_keys_come_from_the_functions_variables() {
        let found = Line::read(&function(json!({
            "MEMBER_TABLE_NAME": "customers",
            "MEMBER_KEY_ATTRIBUTE": "tel",
            "BENEFITS_TABLE_NAME": "campaigns",
            "ATTEMPTS_TABLE_NAME": "attempts",
            "PIN_KEY_MODE": "hmac",
        })));
        let table = |name: &str, key: &str| Table {
            name: name.to_owned(),
            key: key.to_owned(),
        };
        let expected = Line {
            function: "customer-line".to_owned(),
            code_sha256: "deadbeef".to_owned(),
            members: table("customers", "tel"),
            benefits: table("campaigns", "pinCode"),
            attempts: Some("attempts".to_owned()),
            macs: true,
        };
        assert_eq!(found, Some(expected));
    }

    #[test]
    fn a_function_without_tables_is_not_a_line() {
        assert_eq!(Line::read(&function(json!({ "STAGE": "dev" }))), None);
        assert_eq!(Line::read(&json!({ "FunctionName": "other" })), None);
    }
}
