//! Lists the resources of an account, to verify that a destroy left nothing behind.

use axum::http::Method;
use serde_json::{Value, json};

use super::client::{AwsCall, ClientError, LocalClient};

/// A list operation of a JSON service: the operation, the list's member and the member that names
/// an element.
struct Listing {
    kind: &'static str,
    service: &'static str,
    method: Method,
    path: &'static str,
    target: Option<&'static str>,
    list: &'static str,
    /// `None` if the elements are names themselves.
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
        kind: "parameter",
        service: "ssm",
        method: Method::POST,
        path: "/",
        target: Some("AmazonSSM.DescribeParameters"),
        list: "Parameters",
        name: Some("Name"),
    },
];

/// A list operation of a service with XML responses: the operation, `None` for a plain GET, and the
/// element with the name.
struct XmlListing {
    kind: &'static str,
    service: &'static str,
    query: &'static str,
    element: &'static str,
}

const XML_LISTINGS: [XmlListing; 7] = [
    XmlListing {
        kind: "role",
        service: "iam",
        query: "Action=ListRoles&Version=2010-05-08",
        element: "RoleName",
    },
    XmlListing {
        kind: "alarm",
        service: "monitoring",
        query: "Action=DescribeAlarms&Version=2010-08-01",
        element: "AlarmName",
    },
    XmlListing {
        kind: "dashboard",
        service: "monitoring",
        query: "Action=ListDashboards&Version=2010-08-01",
        element: "DashboardName",
    },
    XmlListing {
        kind: "policy",
        service: "iam",
        query: "Action=ListPolicies&Scope=Local&Version=2010-05-08",
        element: "PolicyName",
    },
    XmlListing {
        kind: "topic",
        service: "sns",
        query: "Action=ListTopics&Version=2010-03-31",
        element: "TopicArn",
    },
    // Terraform's provider removes preferences by setting them to an empty text, after which they
    // are absent.
    XmlListing {
        kind: "SMS preference",
        service: "sns",
        query: "Action=GetSMSAttributes&Version=2010-03-31",
        element: "key",
    },
    XmlListing {
        kind: "bucket",
        service: "s3",
        query: "",
        element: "Name",
    },
];

impl LocalClient {
    /// Returns every resource of the Region that this module can create, as `kind name`, sorted.
    ///
    /// # Errors
    /// If no account responds, or a service refuses to list.
    pub async fn inventory(&self, region: &str) -> Result<Vec<String>, ClientError> {
        let mut found = Vec::new();
        for listing in &LISTINGS {
            let answer = self.listed(region, listing, "{}").await?;
            let elements = answer[listing.list].as_array().into_iter().flatten();
            found.extend(elements.filter_map(|element| {
                let name = match listing.name {
                    Some(member) => element[member].as_str()?,
                    None => element.as_str()?,
                };
                Some(format!("{} {name}", listing.kind))
            }));
        }
        for listing in &XML_LISTINGS {
            found.extend(self.xml_names(region, listing).await?);
        }
        found.extend(self.keys(region).await?);
        found.sort();
        Ok(found)
    }

    /// Sends a list request to a JSON service.
    async fn listed(
        &self,
        region: &str,
        listing: &Listing,
        body: &str,
    ) -> Result<Value, ClientError> {
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
                    body.to_owned()
                },
            })
            .await?;
        serde_json::from_str(&answer)
            .map_err(|error| ClientError::Refused(format!("{}: {error}", listing.kind)))
    }

    /// Returns the keys that can be used. KMS deletes a key days after the request.
    async fn keys(&self, region: &str) -> Result<Vec<String>, ClientError> {
        let of = |target| Listing {
            kind: "key",
            service: "kms",
            method: Method::POST,
            path: "/",
            target: Some(target),
            list: "Keys",
            name: Some("KeyId"),
        };
        let listing = of("TrentService.ListKeys");
        let listed = self.listed(region, &listing, "{}").await?;
        let mut found = Vec::new();
        for key in listed[listing.list].as_array().into_iter().flatten() {
            let body = json!({ "KeyId": key["KeyId"] }).to_string();
            let described = of("TrentService.DescribeKey");
            let key = self.listed(region, &described, &body).await?;
            let key = &key["KeyMetadata"];
            // Keys of AWS's services cannot be deleted by a user.
            if key["KeyState"] != "PendingDeletion" && key["KeyManager"] != "AWS" {
                found.push(format!("key {}", key["KeyId"].as_str().unwrap_or_default()));
            }
        }
        Ok(found)
    }

    /// Names in these lists contain no character that XML escapes, so the elements can be cut out
    /// as text.
    async fn xml_names(
        &self,
        region: &str,
        listing: &XmlListing,
    ) -> Result<Vec<String>, ClientError> {
        let answer = self
            .aws(AwsCall {
                service: listing.service,
                region,
                method: match listing.query {
                    "" => Method::GET,
                    _ => Method::POST,
                },
                path: "/",
                target: None,
                content_type: "application/x-www-form-urlencoded",
                body: listing.query.into(),
            })
            .await?;
        let (start, end) = (
            format!("<{}>", listing.element),
            format!("</{}>", listing.element),
        );
        Ok(answer
            .split(&start)
            .skip(1)
            .filter_map(|rest| rest.split(&end).next())
            .map(|name| format!("{} {name}", listing.kind))
            .collect())
    }
}
