//! The part of the AWS CLI that the documents' commands use, so that they run without the AWS CLI.
//!
//! The program is the test's own binary: linked as `aws` on a search path, it sends the request to the
//! account at `AWS_ENDPOINT_URL` and prints the answer. Each option becomes the member of the request of
//! the same name; `--query` accepts names and `[]`.

use std::env;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use e2e::Failure;
use http::Method;
use local_account::{AwsCall, LocalClient};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Options whose values are numbers.
const NUMBERS: [&str; 2] = ["Period", "ReservedConcurrentExecutions"];
/// Options whose values are times, which JSON encodes as seconds since 1970.
const TIMES: [&str; 2] = ["StartTime", "EndTime"];
/// Options that take several values, each a text or `Name=a,Value=b`.
const LISTS: [&str; 2] = ["Dimensions", "Statistics"];

/// Runs the command line and returns its exit code, if this binary was started as `aws`.
pub(crate) fn run_if_started() -> Option<ExitCode> {
    let mut arguments = env::args();
    let name = arguments.next()?;
    if Path::new(&name).file_name()? != "aws" {
        return None;
    }
    let arguments: Vec<String> = arguments.collect();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let answer = runtime.block_on(answer(&arguments));
    let written = match &answer {
        Ok(text) => std::io::stdout().write_all(text.as_bytes()),
        Err(error) => writeln!(std::io::stderr(), "aws {}: {error}", arguments.join(" ")),
    };
    Some(match answer.is_ok() && written.is_ok() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

async fn answer(arguments: &[String]) -> Result<String, Failure> {
    let [service, operation, options @ ..] = arguments else {
        return Err("the command must name a service and an operation".into());
    };
    let mut members = read(options)?;
    let query = members.remove("Query");
    let as_text = members.remove("Output") == Some(json!("text"));
    let endpoint = env::var("AWS_ENDPOINT_URL")?;
    let region = env::var("AWS_REGION")?;
    let call = call(service, operation, members)?;
    let answer = LocalClient::new(endpoint)
        .aws(AwsCall {
            service: call.service,
            region: &region,
            method: call.method,
            path: &call.path,
            target: call.target.as_deref(),
            content_type: call.content_type,
            body: call.body,
        })
        .await?;
    let Ok(answer) = serde_json::from_str::<Value>(&answer) else {
        return Ok(answer);
    };
    let found = match query {
        Some(query) => find(&answer, query.as_str().ok_or("--query must have a value")?)?,
        None => answer,
    };
    Ok(match (&found, as_text) {
        (Value::Object(members), _) if members.is_empty() => String::new(),
        (_, false) => format!("{found:#}\n"),
        (Value::Array(all), true) => {
            let words: Vec<String> = all.iter().map(plain).collect();
            words.join("\t") + "\n"
        }
        (one, true) => plain(one) + "\n",
    })
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// Reads the options as the members of a request.
fn read(options: &[String]) -> Result<Map<String, Value>, Failure> {
    let mut members = Map::new();
    let mut options = options.iter().peekable();
    while let Some(option) = options.next() {
        let name = option
            .strip_prefix("--")
            .ok_or_else(|| format!("an option must begin with --, but was '{option}'"))?;
        let name = pascal(name);
        let mut values = Vec::new();
        while let Some(value) = options.next_if(|next| !next.starts_with("--")) {
            values.push(value.as_str());
        }
        let value = match values[..] {
            [] => Value::Bool(true),
            _ if LISTS.contains(&name.as_str()) => values.into_iter().map(pairs).collect(),
            [value] if NUMBERS.contains(&name.as_str()) => json!(value.parse::<i64>()?),
            [value] if TIMES.contains(&name.as_str()) => {
                json!(OffsetDateTime::parse(value, &Rfc3339)?.unix_timestamp())
            }
            [value] if value.starts_with(['{', '[']) => serde_json::from_str(value)?,
            [value] => json!(value),
            _ => return Err(format!("{option} must have one value").into()),
        };
        members.insert(name, value);
    }
    Ok(members)
}

/// Reads `Name=a,Value=b` as an object, and anything else as a text.
fn pairs(value: &str) -> Value {
    let pairs: Option<Map<String, Value>> = value
        .split(',')
        .map(|pair| {
            pair.split_once('=')
                .map(|(name, of)| (name.to_owned(), json!(of)))
        })
        .collect();
    pairs.map_or_else(|| json!(value), Value::Object)
}

/// Converts `table-name` to `TableName`.
fn pascal(kebab: &str) -> String {
    let words = kebab.split('-').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    words.collect()
}

/// A request to the account.
struct Outgoing {
    service: &'static str,
    method: Method,
    path: String,
    target: Option<String>,
    content_type: &'static str,
    body: String,
}

fn call(
    service: &str,
    operation: &str,
    mut members: Map<String, Value>,
) -> Result<Outgoing, Failure> {
    let json_rpc = |service, prefix: &str, content_type, members| Outgoing {
        service,
        method: Method::POST,
        path: "/".to_owned(),
        target: Some(format!("{prefix}.{}", pascal(operation))),
        content_type,
        body: Value::Object(members).to_string(),
    };
    let (old, new) = ("application/x-amz-json-1.0", "application/x-amz-json-1.1");
    Ok(match (service, operation) {
        ("dynamodb", _) => json_rpc("dynamodb", "DynamoDB_20120810", old, members),
        ("kms", _) => json_rpc("kms", "TrentService", new, members),
        ("cloudwatch", _) => json_rpc("monitoring", "GraniteServiceVersion20100801", old, members),
        ("lambda", "put-function-concurrency" | "delete-function-concurrency") => {
            let name = members.remove("FunctionName").unwrap_or_default();
            Outgoing {
                service: "lambda",
                method: match operation.starts_with("put") {
                    true => Method::PUT,
                    false => Method::DELETE,
                },
                path: format!("/2017-10-31/functions/{}/concurrency", plain(&name)),
                target: None,
                content_type: "application/json",
                body: Value::Object(members).to_string(),
            }
        }
        ("sns", "get-sms-attributes") => Outgoing {
            service: "sns",
            method: Method::POST,
            path: "/".to_owned(),
            target: None,
            content_type: "application/x-www-form-urlencoded",
            body: "Action=GetSMSAttributes&Version=2010-03-31".to_owned(),
        },
        _ => {
            return Err(
                "tests/tests/documents/aws.rs must implement this operation, or walk.rs must list it as not run"
                    .into(),
            );
        }
    })
}

/// Returns the value at a path of names. A name with `[]` continues the path in each element of a list.
fn find(value: &Value, path: &str) -> Result<Value, Failure> {
    let Some((name, rest)) = path
        .split_once('.')
        .or((!path.is_empty()).then_some((path, "")))
    else {
        return Ok(value.clone());
    };
    let member = &value[name.trim_end_matches("[]")];
    if !name.ends_with("[]") {
        return find(member, rest);
    }
    let elements = member
        .as_array()
        .ok_or_else(|| format!("{name} must be a list"))?;
    elements.iter().map(|element| find(element, rest)).collect()
}
