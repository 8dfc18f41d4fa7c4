//! The requests of a command: those of the line's function, with fixed contents.

use bytes::Bytes;
use hyper::Request;

use crate::connection::{Body, Origin, Pool, Result};

/// The steps of a command.
#[derive(Clone, Copy)]
pub(crate) enum Steps {
    /// `getMemberId`.
    Identify,
    /// `sendSms`.
    Send,
}

/// The requests' tables, credentials and connections.
pub(crate) struct Plan {
    dynamodb: Pool,
    sns: Pool,
    authorization: [String; 2],
    members: String,
    benefits: String,
    attempts: Option<String>,
    /// Counts invocations, because each writes an item of its own, like each caller of the line.
    sent: u64,
    process: u32,
}

impl Plan {
    /// Reads the environment variables of the line's function.
    pub(crate) fn read(variable: impl Fn(&str) -> Result<String>) -> Result<Self> {
        let endpoint = |service: &str| {
            variable(&format!("AWS_ENDPOINT_URL_{service}"))
                .or_else(|_| variable("AWS_ENDPOINT_URL"))
                .and_then(|url| Origin::parse(&url))
        };
        let (key, region) = (variable("AWS_ACCESS_KEY_ID")?, variable("AWS_REGION")?);
        // The account routes by the credential scope and does not verify signatures.
        let authorization = ["dynamodb", "sns"].map(|service| {
            format!(
                "AWS4-HMAC-SHA256 Credential={key}/20260101/{region}/{service}/aws4_request, \
                 SignedHeaders=host, Signature=0"
            )
        });
        Ok(Self {
            dynamodb: Pool::new(endpoint("DYNAMODB")?),
            sns: Pool::new(endpoint("SNS")?),
            authorization,
            members: variable("MEMBER_TABLE_NAME")?,
            benefits: variable("BENEFITS_TABLE_NAME")?,
            attempts: variable("ATTEMPTS_TABLE_NAME").ok(),
            sent: 0,
            process: std::process::id(),
        })
    }

    /// Sends the requests, and returns the answer to the flow.
    pub(crate) async fn run(&mut self, steps: Steps) -> Result<&'static [u8]> {
        match steps {
            Steps::Identify => {
                let member = self.read_row(&self.members, "phone", "+819000000001", "id")?;
                self.dynamodb.send(member).await?;
                Ok(br#"{"memberId":"1"}"#)
            }
            Steps::Send => {
                self.sent += 1;
                let key = format!("FLOOR#{}#{}", self.process, self.sent);
                let mut first = vec![
                    self.read_row(&self.members, "phone", "+819000000001", "id")?,
                    self.read_row(&self.benefits, "pinCode", "123456", "campaignUrl")?,
                ];
                if let Some(attempts) = &self.attempts {
                    first.push(self.update(attempts, &key, OPEN)?);
                    first.push(self.read_row(attempts, "pk", "GLOBAL", "left")?);
                }
                self.dynamodb.send_all(first).await?;
                self.sns.send_once(self.publish()?).await?;
                if let Some(attempts) = &self.attempts {
                    let close = self.update(attempts, &key, CLOSE)?;
                    let settle = self.update(attempts, "GLOBAL#FLOOR", SETTLE)?;
                    self.dynamodb.send_all(vec![close, settle]).await?;
                }
                Ok(br#"{"result":"Success"}"#)
            }
        }
    }

    fn read_row(
        &self,
        table: &str,
        key: &str,
        value: &str,
        attribute: &str,
    ) -> Result<Request<Body>> {
        self.dynamodb_request(
            "GetItem",
            format!(
                r##"{{"TableName":"{table}","Key":{{"{key}":{{"S":"{value}"}}}},"ProjectionExpression":"#a0","ExpressionAttributeNames":{{"#a0":"{attribute}"}}}}"##
            ),
        )
    }

    fn update(&self, table: &str, key: &str, rest: &str) -> Result<Request<Body>> {
        self.dynamodb_request(
            "UpdateItem",
            format!(r#"{{"TableName":"{table}","Key":{{"pk":{{"S":"{key}"}}}},{rest}}}"#),
        )
    }

    fn dynamodb_request(&self, operation: &str, body: String) -> Result<Request<Body>> {
        Ok(Request::post("/")
            .header("host", "localhost")
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
            .header("x-amz-date", DATE)
            .header("authorization", &self.authorization[0])
            .body(Body::new(Bytes::from(body)))?)
    }

    fn publish(&self) -> Result<Request<Body>> {
        Ok(Request::post("/")
            .header("host", "localhost")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("x-amz-date", DATE)
            .header("authorization", &self.authorization[1])
            .body(Body::new(Bytes::from_static(PUBLISH)))?)
    }
}

/// The day of the credential scope above.
const DATE: &str = "20260101T000000Z";

// The writes have as many names, values and conditions as the writes of the line's function.
const OPEN: &str = r##""UpdateExpression":"SET #expires = :expires ADD #d :ids, #h :ids, #claims :ids, #open :owners","ConditionExpression":"NOT contains(#claims, :id) AND NOT contains(#d, :id) AND (attribute_not_exists(#h) OR size(#h) < :hour) AND (attribute_not_exists(#d) OR size(#d) < :day)","ExpressionAttributeNames":{"#expires":"expiresAt","#d":"d","#h":"h00","#claims":"claims","#open":"open"},"ExpressionAttributeValues":{":expires":{"N":"1900000000"},":ids":{"SS":["0000000000000000"]},":owners":{"SS":["0000000000000000.0.0"]},":id":{"S":"0000000000000000"},":hour":{"N":"5"},":day":{"N":"10"}},"ReturnValues":"ALL_NEW""##;
const CLOSE: &str = r##""UpdateExpression":"ADD #sent :ids DELETE #d :ids, #h :ids, #open :owners","ConditionExpression":"contains(#open, :owner)","ExpressionAttributeNames":{"#sent":"sent","#d":"d","#h":"h00","#open":"open"},"ExpressionAttributeValues":{":ids":{"SS":["0000000000000000"]},":owners":{"SS":["0000000000000000.0.0"]},":owner":{"S":"0000000000000000.0.0"}}"##;
const SETTLE: &str = r##""UpdateExpression":"SET #n = if_not_exists(#n, :start) + :by, #lane = :step, #expires = :expires","ConditionExpression":"(attribute_not_exists(#lane) OR #lane < :step) AND (attribute_not_exists(#floor) OR #floor < :step) OR attribute_exists(#n)","ExpressionAttributeNames":{"#n":"left","#lane":"w0123456789ab","#floor":"floor","#expires":"expiresAt"},"ExpressionAttributeValues":{":start":{"N":"1200"},":by":{"N":"1"},":step":{"N":"1900000000000000"},":expires":{"N":"1900000000"}},"ReturnValues":"ALL_NEW""##;
const PUBLISH: &[u8] = b"Action=Publish&Version=2010-03-31&PhoneNumber=%2B819000000001&Message=https%3A%2F%2Fexample.com%2Fcampaign&MessageAttributes.entry.1.Name=AWS.SNS.SMS.SMSType&MessageAttributes.entry.1.Value.DataType=String&MessageAttributes.entry.1.Value.StringValue=Promotional";
