//! The routes of the page and their headers, without a browser.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use local_account::{Account, CallRequest, CallStep};

use crate::line::{Line, MEMBER, empty};

/// An answer: the head in lower case, and the body.
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{}", self.body))
    }

    fn has(&self, header: &str) -> bool {
        self.head.lines().any(|line| line == header)
    }
}

/// Sends a request with these headers, each with its line's end.
async fn send(account: &Account, line: &str, headers: &str, body: &str) -> Answer {
    let request = format!(
        "{line} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(account.address()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    Answer {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        head: head.to_lowercase().replace('\r', ""),
        body: body.to_owned(),
    }
}

async fn get(account: &Account, path: &str) -> Answer {
    send(account, &format!("GET {path}"), "", "").await
}

const HTML: &str = "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n";
const JSON: &str = "Content-Type: application/json\r\n";

#[tokio::test]
async fn every_file_of_the_page_has_the_headers_that_protect_it() {
    let (account, _place) = empty().await;
    for (path, kind) in [
        ("/_local/ui/", "text/html; charset=utf-8"),
        ("/_local/ui/app.js", "text/javascript; charset=utf-8"),
        ("/_local/ui/style.css", "text/css; charset=utf-8"),
        ("/_local/ui/flow-picture.css", "text/css; charset=utf-8"),
    ] {
        let answer = get(&account, path).await;
        assert_eq!(answer.status, 200, "{path}");
        for header in [
            &format!("content-type: {kind}"),
            "content-security-policy: default-src 'self'; base-uri 'none'; form-action 'none'; \
             frame-ancestors 'none'",
            "x-content-type-options: nosniff",
            "referrer-policy: no-referrer",
            "cache-control: no-cache",
        ] {
            assert!(answer.has(header), "{path}: {header}\n{}", answer.head);
        }
        let etag = answer
            .head
            .lines()
            .find_map(|line| line.strip_prefix("etag: "));
        assert!(etag.is_some(), "{}", answer.head);
    }
    let page = local_page::file("").unwrap();
    let known = format!("If-None-Match: {}\r\n", page.etag);
    let again = send(&account, "GET /_local/ui/", &known, "").await;
    assert_eq!((again.status, again.body.as_str()), (304, ""));
    assert_eq!(get(&account, "/_local/ui").await.status, 308);
    let missing = get(&account, "/_local/ui/secret").await;
    assert_eq!(missing.status, 404);
    assert!(
        missing.json()["message"]
            .as_str()
            .unwrap()
            .ends_with("but was secret")
    );
    account.shutdown().await;
}

/// The address of the account alone is for people. Everything else at `/` is a request to AWS.
#[tokio::test]
async fn a_browser_at_the_root_is_led_to_the_page_and_nothing_else_is() {
    let (account, _place) = empty().await;
    let led = send(&account, "GET /", HTML, "").await;
    assert_eq!(led.status, 303);
    assert!(led.has("location: /_local/ui/"), "{}", led.head);
    let signed = "Authorization: AWS4-HMAC-SHA256 Credential=local/20260101/eu-west-1/s3/aws4_request, \
                  SignedHeaders=host, Signature=00\r\nx-amz-date: 20260101T000000Z\r\n";
    for (line, headers) in [
        ("GET /", "Accept: */*\r\n".to_owned()),
        ("GET /", String::new()),
        ("GET /", format!("{HTML}{signed}")),
        ("GET /?Action=GetCallerIdentity", HTML.to_owned()),
        ("POST /", HTML.to_owned()),
        ("GET /bucket", HTML.to_owned()),
    ] {
        let answer = send(&account, line, &headers, "").await;
        assert_ne!(answer.status, 303, "{line} {headers}");
        // Whatever it carries must not run in the page's origin.
        assert!(
            answer.has("content-security-policy: sandbox"),
            "{}",
            answer.head
        );
        assert!(
            answer.has("x-content-type-options: nosniff"),
            "{}",
            answer.head
        );
    }
    account.shutdown().await;
}

/// Calls the line and enters the right PIN; returns the contact's id.
async fn call(line: &Line) -> String {
    let client = line.account.client();
    let request = CallRequest {
        to: line.number.clone(),
        from: Some(MEMBER.to_owned()),
        script: None,
    };
    let turn = client.dial(&request).await.unwrap();
    let turn = client
        .step(&turn.id, &CallStep::Press("4242#".to_owned()))
        .await
        .unwrap();
    assert!(!turn.waiting, "{turn:?}");
    turn.contact_id
}

#[tokio::test]
async fn a_call_is_drawn_reported_and_written_as_a_test_case() {
    let line = Line::start().await;
    let account = &line.account;
    let contact = call(&line).await;
    let record = get(account, &format!("/_local/calls/{contact}"))
        .await
        .json();
    let flow = record["blocks"][0]["flowId"].as_str().unwrap();

    // The picture, with the first steps lit.
    let whole = get(account, &format!("/_local/flows/{flow}/picture")).await;
    assert!(
        whole.has("content-type: image/svg+xml") && !whole.body.contains(" lit"),
        "{}",
        whole.head
    );
    assert!(
        whole.has("content-security-policy: sandbox"),
        "{}",
        whole.head
    );
    let two = get(
        account,
        &format!("/_local/flows/{flow}/picture?contact={contact}&steps=2"),
    )
    .await;
    let blocks: Vec<_> = two.body.split("<g class=\"block").skip(1).collect();
    assert_eq!(blocks.len(), 9, "every block is drawn");
    let blocks = blocks.into_iter();
    let marked = blocks.filter(|block| block.split('"').next().unwrap().contains(" lit"));
    assert_eq!(marked.count(), 2);
    assert_eq!(get(account, "/_local/flows/none/picture").await.status, 404);

    // The report, a file that runs nothing.
    let report = get(
        account,
        &format!("/_local/calls/{contact}/report.html?lang=ja"),
    )
    .await;
    assert_eq!(report.status, 200);
    assert!(
        report.has("content-security-policy: sandbox"),
        "{}",
        report.head
    );
    assert!(
        report.head.contains("content-disposition: attachment"),
        "{}",
        report.head
    );
    for part in ["<html lang=\"ja\">", "Check the PIN", "<svg ", "Publish"] {
        assert!(report.body.contains(part), "{part}");
    }
    let pin = "&quot;4242";
    assert!(
        !report.body.contains(pin),
        "the PIN must not be in the report"
    );
    let other = get(
        account,
        &format!("/_local/calls/{contact}/report.html?lang=fr"),
    )
    .await;
    assert_eq!(other.status, 422);

    // The test case, which only who pressed the keys can have written.
    let path = format!("POST /_local/calls/{contact}/test-case");
    let refused = send(account, &path, JSON, r#"{ "name": "pin" }"#).await;
    assert_eq!(refused.status, 409, "{}", refused.body);
    assert!(refused.body.contains("may be a PIN"), "{}", refused.body);
    let case = send(
        account,
        &path,
        JSON,
        r#"{ "name": "pin", "keys": ["4242#"] }"#,
    )
    .await;
    let case = case.json();
    let run = json!({ "content": case["Content"], "entryPoint": case["EntryPoint"] });
    let judged = send(
        account,
        "POST /_local/test-cases/run",
        JSON,
        &run.to_string(),
    )
    .await;
    assert_eq!(judged.json()["status"], "PASSED", "{}", judged.body);
    assert_eq!(
        get(account, "/_local/calls/none/report.html").await.status,
        404
    );
    line.account.shutdown().await;
}

#[tokio::test]
async fn tables_are_listed_read_page_by_page_and_changed_unseen_by_the_record_of_requests() {
    let line = Line::start().await;
    let account = &line.account;
    account.clear_requests();
    let tables = get(account, "/_local/tables").await.json();
    let expected = json!([{ "region": "ap-northeast-1", "name": "members",
                            "keys": [{ "name": "phoneNumber", "type": "S" }] }]);
    assert_eq!(tables, expected);
    let place = "/_local/tables/ap-northeast-1/members";
    let row = r#"{ "phoneNumber": { "S": "+819000000002" }, "visits": { "N": "3" } }"#;
    assert_eq!(
        send(account, &format!("PUT {place}"), JSON, row)
            .await
            .status,
        204
    );

    let first = get(account, &format!("{place}?limit=1")).await.json();
    assert_eq!(first["rows"].as_array().unwrap().len(), 1);
    let after = form_urlencoded::Serializer::new(String::new())
        .append_pair("after", first["next"].as_str().unwrap())
        .finish();
    let second = get(account, &format!("{place}?{after}")).await.json();
    assert_eq!(second["rows"].as_array().unwrap().len(), 1);
    assert_ne!(first["rows"], second["rows"]);
    assert_eq!(second["next"], Value::Null);

    let key = r#"{ "phoneNumber": { "S": "+819000000002" } }"#;
    assert_eq!(
        send(account, &format!("DELETE {place}"), JSON, key)
            .await
            .status,
        204
    );
    let left = get(account, place).await.json();
    assert_eq!(left["rows"].as_array().unwrap().len(), 1);
    for (path, status) in [
        (format!("{place}?limit=51"), 422),
        (format!("{place}?limit=0"), 422),
        (format!("{place}?after=x"), 422),
        ("/_local/tables/ap-northeast-1/none".to_owned(), 422),
        ("/_local/tables/mars-1/members".to_owned(), 404),
    ] {
        let refused = get(account, &path).await;
        assert_eq!(refused.status, status, "{path}: {}", refused.body);
        assert!(
            refused.json()["message"]
                .as_str()
                .is_some_and(|sentence| !sentence.is_empty())
        );
    }
    let bad = send(
        account,
        &format!("PUT {place}"),
        JSON,
        r#"{ "other": { "S": "x" } }"#,
    )
    .await;
    assert_eq!(bad.status, 422, "{}", bad.body);
    assert!(account.requests().is_empty());
    line.account.shutdown().await;
}

#[tokio::test]
async fn figures_have_the_metrics_and_alarms_of_the_product() {
    let line = Line::start().await;
    let datum = [
        ("Action", "PutMetricData"),
        ("Version", "2010-08-01"),
        ("Namespace", "line"),
        ("MetricData.member.1.MetricName", "sent"),
        ("MetricData.member.1.Value", "2"),
    ];
    line.form("monitoring", &datum).await;
    let alarm = [
        ("Action", "PutMetricAlarm"),
        ("Version", "2010-08-01"),
        ("AlarmName", "none-sent"),
        ("Namespace", "line"),
        ("MetricName", "sent"),
        ("ComparisonOperator", "LessThanThreshold"),
        ("EvaluationPeriods", "1"),
        ("Period", "60"),
        ("Statistic", "Sum"),
        ("Threshold", "1"),
    ];
    line.form("monitoring", &alarm).await;
    let figures = get(&line.account, "/_local/figures").await.json();
    assert_eq!(figures["series"][0]["name"], "sent", "{figures}");
    assert_eq!(figures["series"][0]["values"], json!([2.0]), "{figures}");
    assert_eq!(figures["series"][0]["counts"], json!([1.0]), "{figures}");
    assert_eq!(figures["series"][0]["unit"], "None", "{figures}");
    assert_eq!(figures["alarms"][0]["name"], "none-sent", "{figures}");
    line.account.shutdown().await;
}
