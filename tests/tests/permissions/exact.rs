//! The policy of a deployed line allows no more than the line needs: it denies a list of forbidden requests.
//! The list is long enough, because widening any part of the policy allows one of its requests.

use local_iam::{Context, Decision, Document, Named, Policies, Request};
use serde_json::{Value, json};

use crate::permissions::line::texts;
use crate::permissions::role::document;

const REGION: &str = e2e::REGION;
const ACCOUNT: &str = "123456789012";
/// A key in the same account that the line does not use.
const OTHER_KEY: &str = "00000000-1111-2222-3333-444444444444";

/// The resources of a line, and the origin of its messages.
pub(crate) struct Own {
    pub(crate) members: String,
    pub(crate) benefits: String,
    pub(crate) attempts: Option<String>,
    pub(crate) log_group: String,
    /// The ARNs of keys with which services decrypt for the function, each with the service.
    pub(crate) decrypted_by: Vec<(&'static str, String)>,
    /// The ARN of the key for MACs.
    pub(crate) mac_key: Option<String>,
    pub(crate) sender: Sender,
}

/// The origin of a line's messages.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sender {
    /// SNS sends. The resource of its requests is the recipient's number.
    Sns,
    /// End User Messaging sends from this sender id.
    Name(&'static str),
    /// End User Messaging sends from a phone number. Its ARN has an id instead of the number.
    Number,
}

/// A request that the policy must deny.
pub(crate) struct Attempt {
    pub(crate) action: String,
    pub(crate) resource: String,
    pub(crate) context: Context,
}

impl Attempt {
    pub(crate) fn new(action: impl Into<String>, resource: impl Into<String>) -> Self {
        // Set for every request, so that every condition can be decided.
        let context = Context::new()
            .without("aws:CalledViaLast")
            .without("kms:ViaService")
            .without("kms:MacAlgorithm");
        Self {
            action: action.into(),
            resource: resource.into(),
            context,
        }
    }

    pub(crate) fn given(self, key: &str, value: impl Into<String>) -> Self {
        Self {
            context: self.context.with(key, value),
            ..self
        }
    }
}

pub(crate) fn arn(service: &str, resource: &str) -> String {
    format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}")
}

/// Returns the ARN of the same resource in another Region and in another account.
fn elsewhere(arn: &str) -> [String; 2] {
    [
        arn.replacen(REGION, "eu-west-1", 1),
        arn.replacen(ACCOUNT, "210987654321", 1),
    ]
}

impl Own {
    fn forbidden(&self) -> Vec<Attempt> {
        let mut all = self.of_tables();
        all.extend(self.of_messages());
        all.extend(self.of_keys());
        all.extend(self.of_logs_and_traces());
        for (action, resource) in [
            ("iam:PassRole", "arn:aws:iam::123456789012:role/admin"),
            ("lambda:InvokeFunction", &arn("lambda", "function:other")),
            ("s3:GetObject", "arn:aws:s3:::bucket/key"),
            ("ssm:GetParameter", &arn("ssm", "parameter/other/secret")),
            ("sts:AssumeRole", "arn:aws:iam::123456789012:role/admin"),
        ] {
            all.push(Attempt::new(action, resource));
        }
        all
    }

    fn of_tables(&self) -> Vec<Attempt> {
        let table = |name: &str| arn("dynamodb", &format!("table/{name}"));
        let own: Vec<_> = [&self.members, &self.benefits]
            .into_iter()
            .chain(&self.attempts)
            .collect();
        let mut all = Vec::new();
        for name in &own {
            for operation in [
                "BatchGetItem",
                "BatchWriteItem",
                "DeleteTable",
                "PutItem",
                "Query",
                "Scan",
                "UpdateTable",
            ] {
                all.push(Attempt::new(format!("dynamodb:{operation}"), table(name)));
            }
            // Tables whose names begin or end like the line's, tables of the same name in another Region or
            // account, and an index.
            let mut others = vec![
                table(&format!("{name}_old")),
                table(&format!("old_{name}")),
                format!("{}/index/by-id", table(name)),
            ];
            others.extend(elsewhere(&table(name)));
            for other in others {
                for operation in ["GetItem", "UpdateItem", "DeleteItem"] {
                    all.push(Attempt::new(format!("dynamodb:{operation}"), &other));
                }
            }
        }
        for operation in ["GetItem", "UpdateItem", "DeleteItem"] {
            all.push(Attempt::new(
                format!("dynamodb:{operation}"),
                table("payroll"),
            ));
        }
        for (operation, name) in [
            ("UpdateItem", &self.members),
            ("DeleteItem", &self.members),
            ("DeleteItem", &self.benefits),
        ] {
            all.push(Attempt::new(format!("dynamodb:{operation}"), table(name)));
        }
        // With an attempts table, which counts redemptions, the function never writes campaigns.
        if let Some(attempts) = &self.attempts {
            all.push(Attempt::new("dynamodb:UpdateItem", table(&self.benefits)));
            all.push(Attempt::new("dynamodb:DeleteItem", table(attempts)));
        }
        all
    }

    fn of_messages(&self) -> Vec<Attempt> {
        let topic = arn("sns", "alarms");
        let mut all = vec![
            Attempt::new("sns:Publish", &topic),
            Attempt::new("sns:Publish", arn("sns", "endpoint/GCM/app/0123")),
            Attempt::new("sns:SetSMSAttributes", arn("sns", "*")),
            Attempt::new("sns:Subscribe", &topic),
            Attempt::new("sns:Subscribe", "+819012345678"),
        ];
        all.extend(elsewhere(&topic).map(|topic| Attempt::new("sns:Publish", topic)));
        let via = |service: &str, operation: &str| {
            let attempt = Attempt::new(operation, arn("sms-voice", "sender-id/Other/JP"));
            attempt.given("aws:CalledViaLast", format!("{service}.amazonaws.com"))
        };
        if self.sender == Sender::Sns {
            // On behalf of the function, SNS alone sends, and only text messages.
            for operation in ["SendMediaMessage", "SendVoiceMessage", "DeletePhoneNumber"] {
                all.push(via("sns", &format!("sms-voice:{operation}")));
            }
            all.push(via("sns", "dynamodb:Scan"));
        } else {
            all.push(Attempt::new("sns:Publish", "+819012345678"));
            all.push(via("sns", "sms-voice:SendTextMessage"));
        }
        all.push(via("cloudformation", "sms-voice:SendTextMessage"));
        let mut origins = vec![
            "opt-out-list/list".to_owned(),
            "pool/pool-0123".to_owned(),
            "sender-id/Other/JP".to_owned(),
        ];
        if self.sender != Sender::Number {
            origins.push("phone-number/phone-0123".to_owned());
        }
        let own = match self.sender {
            Sender::Sns => None,
            Sender::Name(id) => {
                origins.push(format!("sender-id/{id}2/JP"));
                Some(format!("sender-id/{id}/JP"))
            }
            Sender::Number => Some("phone-number/phone-0123".to_owned()),
        };
        for origin in origins {
            let origin = arn("sms-voice", &origin);
            all.push(Attempt::new("sms-voice:SendTextMessage", origin));
        }
        if let Some(own) = own {
            let own = arn("sms-voice", &own);
            for operation in ["SendMediaMessage", "SendVoiceMessage"] {
                all.push(Attempt::new(format!("sms-voice:{operation}"), &own));
            }
            all.extend(elsewhere(&own).map(|own| Attempt::new("sms-voice:SendTextMessage", own)));
            for other in ["pool/pool-0123", "sender-id/Other/JP"] {
                let other = elsewhere(&arn("sms-voice", other));
                all.extend(other.map(|other| Attempt::new("sms-voice:SendTextMessage", other)));
            }
        }
        all
    }

    fn of_keys(&self) -> Vec<Attempt> {
        let via = |service: &str| format!("{service}.{REGION}.amazonaws.com");
        let decrypt = |key: &str, service: String| {
            Attempt::new("kms:Decrypt", key).given("kms:ViaService", service)
        };
        let mac = |key: &str, algorithm: &str| {
            Attempt::new("kms:GenerateMac", key).given("kms:MacAlgorithm", algorithm)
        };
        let mut all = Vec::new();
        for (service, key) in &self.decrypted_by {
            all.push(Attempt::new("kms:Decrypt", key));
            for other in ["dynamodb", "s3", "secretsmanager", "ssm"] {
                if other != *service {
                    all.push(decrypt(key, via(other)));
                }
            }
            all.push(decrypt(key, format!("{service}.eu-west-1.amazonaws.com")));
            all.push(decrypt(&format!("{key}0"), via(service)));
            all.extend(elsewhere(key).map(|key| decrypt(&key, via(service))));
            for operation in ["CreateGrant", "Encrypt", "GenerateDataKey"] {
                let attempt = Attempt::new(format!("kms:{operation}"), key);
                all.push(attempt.given("kms:ViaService", via(service)));
            }
        }
        if let Some(key) = &self.mac_key {
            all.push(Attempt::new("kms:GenerateMac", key));
            all.push(mac(key, "HMAC_SHA_512"));
            all.push(mac(&format!("{key}0"), "HMAC_SHA_256"));
            all.extend(elsewhere(key).map(|key| mac(&key, "HMAC_SHA_256")));
            let verify = Attempt::new("kms:VerifyMac", key);
            all.push(verify.given("kms:MacAlgorithm", "HMAC_SHA_256"));
        }
        let other = arn("kms", &format!("key/{OTHER_KEY}"));
        for service in ["dynamodb", "ssm"] {
            all.push(decrypt(&other, via(service)));
        }
        all.push(mac(&other, "HMAC_SHA_256"));
        all
    }

    fn of_logs_and_traces(&self) -> Vec<Attempt> {
        let stream = |group: &str| arn("logs", &format!("log-group:{group}:log-stream:s"));
        let own = stream(&self.log_group);
        let (folder, _) = self.log_group.rsplit_once('/').unwrap();
        let mut others = vec![
            stream("/aws/connect/other"),
            stream(&format!("{folder}/other")),
            stream(&format!("{}-2", self.log_group)),
        ];
        others.extend(elsewhere(&own));
        let mut all = Vec::new();
        for other in others {
            for operation in ["CreateLogStream", "PutLogEvents"] {
                all.push(Attempt::new(format!("logs:{operation}"), &other));
            }
        }
        for operation in [
            "CreateLogGroup",
            "DeleteLogGroup",
            "DeleteLogStream",
            "FilterLogEvents",
            "GetLogEvents",
        ] {
            all.push(Attempt::new(format!("logs:{operation}"), &own));
        }
        for operation in ["BatchGetTraces", "GetTraceSummaries"] {
            all.push(Attempt::new(format!("xray:{operation}"), "*"));
        }
        all
    }

    /// Asserts that the policy allows no more than the line needs.
    pub(crate) fn assert_no_excess(&self, statements: &[Value]) {
        assert_exact(statements, &self.forbidden());
    }
}

/// Asserts that the policy denies the whole list, and that each wider policy would allow a part of it.
pub(crate) fn assert_exact(statements: &[Value], forbidden: &[Attempt]) {
    let allowed = excess(statements, forbidden);
    assert!(allowed.is_empty(), "the role must not allow {allowed:#?}");
    let wider = widened(statements);
    assert!(wider.len() > 3 * statements.len(), "{wider:#?}");
    for (what, statements) in wider {
        let allowed = excess(&statements, forbidden);
        assert!(
            !allowed.is_empty(),
            "the list must have a request that only this policy allows: {what}"
        );
    }
}

/// Returns the requests of the list that the statements allow.
pub(crate) fn excess(statements: &[Value], forbidden: &[Attempt]) -> Vec<String> {
    let document = Document::identity(&document(json!(statements))).unwrap();
    let policies = Policies {
        identity: vec![Named {
            name: "function".to_owned(),
            document,
        }],
        boundary: None,
    };
    let is_allowed = |attempt: &&Attempt| {
        let decision = policies.decide(Request {
            action: &attempt.action,
            resource: &attempt.resource,
            context: &attempt.context,
        });
        match decision {
            Decision::Allowed(_) => true,
            Decision::Denied(_) => false,
            Decision::Undecided(why) => panic!("{why}"),
        }
    };
    let allowed = forbidden.iter().filter(is_allowed);
    allowed
        .map(|attempt| {
            format!(
                "{} on {} with {:?}",
                attempt.action, attempt.resource, attempt.context
            )
        })
        .collect()
}

/// Returns policies in which one part is wider, for each part in turn, with a description of the change.
fn widened(statements: &[Value]) -> Vec<(String, Vec<Value>)> {
    let mut all = Vec::new();
    for (index, statement) in statements.iter().enumerate() {
        let sid = statement["Sid"].as_str().unwrap();
        let mut add = |what: String, wider: Value| {
            if wider != *statement {
                let mut statements = statements.to_vec();
                statements[index] = wider;
                all.push((format!("{sid} with {what}"), statements));
            }
        };
        for (position, action) in texts(&statement["Action"]).into_iter().enumerate() {
            let (service, _) = action.split_once(':').unwrap();
            for wider in [format!("{service}:*"), "*".to_owned()] {
                let changed = with_text(statement, "Action", position, &wider);
                add(format!("{wider} for {action}"), changed);
            }
        }
        for (position, resource) in texts(&statement["Resource"]).into_iter().enumerate() {
            for wider in wider_resources(resource) {
                let changed = with_text(statement, "Resource", position, &wider);
                add(format!("{wider} for {resource}"), changed);
            }
        }
        if !statement["NotResource"].is_null() {
            let mut open = statement.clone();
            open.as_object_mut().unwrap().remove("NotResource");
            open["Resource"] = "*".into();
            add("every resource".into(), open);
            let mut narrow = statement.clone();
            narrow["NotResource"] = format!("arn:aws:sns:{REGION}:{ACCOUNT}:*").into();
            add("the topics of other Regions and accounts".into(), narrow);
        }
        for (operator, keys) in statement["Condition"].as_object().into_iter().flatten() {
            for key in keys.as_object().unwrap().keys() {
                let mut open = statement.clone();
                let condition = open["Condition"].as_object_mut().unwrap();
                condition[operator].as_object_mut().unwrap().remove(key);
                condition.retain(|_, keys| keys.as_object().is_some_and(|keys| !keys.is_empty()));
                if condition.is_empty() {
                    open.as_object_mut().unwrap().remove("Condition");
                }
                add(format!("no condition on {key}"), open);
                let mut loose = statement.clone();
                loose["Condition"] = json!({ "StringLike": { key: "*" } });
                add(format!("any value of {key}"), loose);
            }
        }
    }
    all
}

/// Returns patterns that match an ARN and others.
fn wider_resources(resource: &str) -> Vec<String> {
    if resource == "*" {
        return Vec::new();
    }
    let mut all = vec!["*".to_owned()];
    let parts: Vec<&str> = resource.splitn(6, ':').collect();
    let [arn, partition, service, region, account, rest] = parts[..] else {
        panic!("a resource must be an ARN, but was {resource}");
    };
    let prefix = format!("{arn}:{partition}:{service}");
    all.push(format!("{prefix}:{region}:{account}:*"));
    all.push(format!("{prefix}:*:{account}:{rest}"));
    all.push(format!("{prefix}:{region}:*:{rest}"));
    // The streams of a log group, the countries of a sender id.
    let (name, below) = ["/*", ":*"]
        .into_iter()
        .find_map(|end| Some((resource.strip_suffix(end)?, end)))
        .unwrap_or((resource, ""));
    if let Some((folder, last)) = name.rsplit_once('/') {
        all.push(format!("{folder}/*{below}"));
        // A pattern such as phone-number/* has no name that could be longer.
        if !last.is_empty() {
            all.push(format!("{name}*{below}"));
        }
    }
    all
}

/// Returns the statement with another text at a position of a list, or instead of a single text.
fn with_text(statement: &Value, element: &str, position: usize, text: &str) -> Value {
    let mut changed = statement.clone();
    match &mut changed[element] {
        Value::Array(values) => values[position] = text.into(),
        value => *value = text.into(),
    }
    changed
}
