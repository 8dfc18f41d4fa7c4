//! What there is in an account, to see that nothing was left behind.

use axum::http::Method;
use serde_json::Value;

use super::client::{AwsCall, ClientError, LocalClient};

/// A listing of a JSON service: the operation, where the list is, and what names an element.
struct Listing {
    kind: &'static str,
    service: &'static str,
    method: Method,
    path: &'static str,
    target: Option<&'static str>,
    list: &'static str,
    /// `None` when the elements are names themselves.
    name: Option<&'static str>,
}

const LISTINGS: [Listing; 6] = [
    Listing {
        kind: "Amazon Connect instance",
        service: "connect",
        method: Method::GET,
        path: "/instance",
        target: None,
        list: "InstanceSummaryList",
        name: Some("InstanceAlias"),
    },
    Listing {
        kind: "phone number",
        service: "connect",
        method: Method::POST,
        path: "/phone-number/list",
        target: None,
        list: "ListPhoneNumbersSummaryList",
        name: Some("PhoneNumber"),
    },
    Listing {
        kind: "function",
        service: "lambda",
        method: Method::GET,
        path: "/2015-03-31/functions",
        target: None,
        list: "Functions",
        name: Some("FunctionName"),
    },
    Listing {
        kind: "table",
        service: "dynamodb",
        method: Method::POST,
        path: "/",
        target: Some("DynamoDB_20120810.ListTables"),
        list: "TableNames",
        name: None,
    },
    Listing {
        kind: "log group",
        service: "logs",
        method: Method::POST,
        path: "/",
        target: Some("Logs_20140328.DescribeLogGroups"),
        list: "logGroups",
        name: Some("logGroupName"),
    },
    Listing {
        kind: "alarm",
        service: "monitoring",
        method: Method::POST,
        path: "/",
        target: Some("GraniteServiceVersion20100801.DescribeAlarms"),
        list: "MetricAlarms",
        name: Some("AlarmName"),
    },
];

impl LocalClient {
    /// Every resource of the Region that this product can make, as `kind name`, sorted.
    ///
    /// # Errors
    /// When no account answers, or a service refuses to list.
    pub async fn inventory(&self, region: &str) -> Result<Vec<String>, ClientError> {
        let mut found = Vec::new();
        for listing in &LISTINGS {
            let answer = self
                .aws(AwsCall {
                    service: listing.service,
                    region,
                    method: listing.method.clone(),
                    path: listing.path,
                    target: listing.target,
                    content_type: if listing.target.is_some() {
                        "application/x-amz-json-1.0"
                    } else {
                        "application/json"
                    },
                    body: if listing.method == Method::GET {
                        String::new()
                    } else {
                        "{}".into()
                    },
                })
                .await?;
            let answer: Value = serde_json::from_str(&answer)
                .map_err(|error| ClientError::Refused(format!("{}: {error}", listing.kind)))?;
            let elements = answer[listing.list].as_array().into_iter().flatten();
            found.extend(elements.filter_map(|element| {
                let name = match listing.name {
                    Some(member) => element[member].as_str()?,
                    None => element.as_str()?,
                };
                Some(format!("{} {name}", listing.kind))
            }));
        }
        found.extend(self.roles(region).await?);
        found.sort();
        Ok(found)
    }

    /// IAM answers in XML; role names hold nothing that XML would escape.
    async fn roles(&self, region: &str) -> Result<Vec<String>, ClientError> {
        let answer = self
            .aws(AwsCall {
                service: "iam",
                region,
                method: Method::POST,
                path: "/",
                target: None,
                content_type: "application/x-www-form-urlencoded",
                body: "Action=ListRoles&Version=2010-05-08".into(),
            })
            .await?;
        Ok(answer
            .split("<RoleName>")
            .skip(1)
            .filter_map(|rest| rest.split("</RoleName>").next())
            .map(|name| format!("role {name}"))
            .collect())
    }
}
