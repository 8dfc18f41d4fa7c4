//! What there is in an account, to see that nothing was left behind.

use axum::http::Method;
use serde_json::{Value, json};

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
        kind: "parameter",
        service: "ssm",
        method: Method::POST,
        path: "/",
        target: Some("AmazonSSM.DescribeParameters"),
        list: "Parameters",
        name: Some("Name"),
    },
];

/// A listing of a service that answers in XML: the operation, none where it is a plain GET, and the
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
    // What Terraform's provider takes back is empty, and then not there.
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
    /// Every resource of the Region that this product can make, as `kind name`, sorted.
    ///
    /// # Errors
    /// When no account answers, or a service refuses to list.
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

    /// Asks a JSON service.
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

    /// Keys that somebody may use. KMS deletes a key days after it was asked to.
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
            let asked = json!({ "KeyId": key["KeyId"] }).to_string();
            let described = of("TrentService.DescribeKey");
            let key = self.listed(region, &described, &asked).await?;
            let key = &key["KeyMetadata"];
            // Those of AWS's services are nobody's to delete.
            if key["KeyState"] != "PendingDeletion" && key["KeyManager"] != "AWS" {
                found.push(format!("key {}", key["KeyId"].as_str().unwrap_or_default()));
            }
        }
        Ok(found)
    }

    /// The names listed here hold nothing that XML would escape, so the elements can be cut out.
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
