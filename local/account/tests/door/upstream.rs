//! Requests for services that the account does not have, with another emulator as the upstream.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;

use local_account::{Account, AccountConfig, StartError};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::task::JoinHandle;

use crate::clients::{client, output_of};
use crate::{DoorWorld, status};

/// Accepts one connection, answers its request, and returns the bytes of the request.
async fn answer_once(answer: &'static str) -> (String, JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let received = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut received = Vec::new();
        let mut piece = [0; 4096];
        while !received.ends_with(b"END") {
            let read = stream.read(&mut piece).await.unwrap();
            assert_ne!(read, 0, "the request broke off");
            received.extend_from_slice(&piece[..read]);
        }
        stream.write_all(answer.as_bytes()).await.unwrap();
        received
    });
    (url, received)
}

pub(crate) async fn account_with(upstream: &str) -> DoorWorld {
    let place = tempfile::tempdir().unwrap();
    let mut config = AccountConfig::new(SocketAddr::from(([127, 0, 0, 1], 0)), place.path());
    config.upstream = Some(upstream.parse().unwrap());
    DoorWorld {
        account: Account::start(config).await.unwrap(),
        _place: place,
    }
}

/// A request for a Region and a service, with a body that is neither a form nor JSON.
fn request(service: &str, key: &str) -> String {
    let body = "\u{1}Action=Send&x=%2f END";
    format!(
        "POST /queue%2Fa?b=%20&c HTTP/1.1\r\nHost: sqs.eu-west-1.amazonaws.com\r\nConnection: close\r\n\
         X-Amz-Target: AmazonSQS.SendMessage\r\nX-Amz-Security-Token: a+b/c==\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential={key}/20261126/eu-west-1/{service}/aws4_request, \
         SignedHeaders=host;x-amz-target, Signature=00ff\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[tokio::test]
async fn a_request_for_another_service_goes_on_as_it_came() {
    let answer = "HTTP/1.1 202 Accepted\r\nAccess-Control-Allow-Origin: *\r\nX-Id: 7\r\n\
                  Content-Length: 4\r\n\r\nsent";
    let (url, received) = answer_once(answer).await;
    let world = account_with(&url).await;
    let answer = world.send(&request("sqs", "local")).await;
    assert_eq!(status(&answer), 202, "{answer}");
    assert!(
        answer.contains("x-id: 7") && answer.ends_with("sent"),
        "{answer}"
    );
    // A web page of another origin must not read it.
    assert!(
        !answer.to_lowercase().contains("access-control"),
        "{answer}"
    );

    let received = String::from_utf8(received.await.unwrap()).unwrap();
    let (head, body) = received.split_once("\r\n\r\n").unwrap();
    let head = head.to_lowercase();
    assert!(
        head.starts_with("post /queue%2fa?b=%20&c http/1.1\r\n"),
        "{head}"
    );
    for header in [
        "host: sqs.eu-west-1.amazonaws.com",
        "x-amz-target: amazonsqs.sendmessage",
        "x-amz-security-token: a+b/c==",
        "signedheaders=host;x-amz-target, signature=00ff",
    ] {
        assert!(head.contains(header), "{head}");
    }
    assert_eq!(body, "\u{1}Action=Send&x=%2f END");

    let requests = world.account.requests();
    let [request] = requests.as_slice() else {
        panic!("one request was sent: {requests:?}");
    };
    assert!(request.upstream, "{request:?}");
    assert_eq!(
        (request.service.as_str(), request.operation.as_str()),
        ("sqs", "SendMessage")
    );
    assert_eq!(request.status, Some(202));
    world.account.shutdown().await;
}

#[tokio::test]
async fn the_services_of_the_account_stay_in_it() {
    // Nothing listens there: a request that went on would be refused.
    let world = account_with("http://127.0.0.1:9").await;
    let list = "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
                X-Amz-Target: DynamoDB_20120810.ListTables\r\n\
                Content-Type: application/x-amz-json-1.0\r\nX-Amz-Date: 20261126T000000Z\r\n\
                Authorization: AWS4-HMAC-SHA256 Credential=local/20261126/eu-west-1/dynamodb/aws4_request, \
                SignedHeaders=host, Signature=00\r\nContent-Length: 2\r\n\r\n{}";
    assert_eq!(status(&world.send(list).await), 200);
    assert!(!world.account.requests()[0].upstream);
    world.account.shutdown().await;
}

/// Both versions of Lex sign their requests for `lex`.
#[tokio::test]
async fn requests_for_lex_v2_go_on_and_those_for_lex_v1_stay() {
    let request = |method: &str, path: &str, body: &str| {
        format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=local/20261126/eu-west-1/lex/aws4_request, \
             SignedHeaders=host, Signature=00\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let (url, received) = answer_once("HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}").await;
    let world = account_with(&url).await;
    let listed = world.send(&request("GET", "/bots/", "")).await;
    assert_eq!(status(&listed), 200, "{listed}");
    let created = world.send(&request("PUT", "/bots/", "END")).await;
    assert_eq!(status(&created), 202, "{created}");
    let received = String::from_utf8(received.await.unwrap()).unwrap();
    assert!(received.starts_with("PUT /bots/ HTTP/1.1"), "{received}");
    let requests = world.account.requests();
    let passed_on: Vec<_> = requests
        .iter()
        .map(|request| (request.service.as_str(), request.upstream))
        .collect();
    assert_eq!(passed_on, [("lex", false), ("lex-v2", true)]);
    world.account.shutdown().await;
}

#[tokio::test]
async fn an_upstream_that_does_not_answer_is_named() {
    let world = account_with("http://127.0.0.1:9").await;
    let answer = world.send(&request("sqs", "local")).await;
    assert_eq!(status(&answer), 502, "{answer}");
    assert!(
        answer.contains("The upstream http://127.0.0.1:9 must answer"),
        "{answer}"
    );
    world.account.shutdown().await;
}

#[tokio::test]
async fn an_account_is_not_its_own_upstream() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let place = tempfile::tempdir().unwrap();
    let mut config = AccountConfig::new(address, place.path());
    config.upstream = Some(
        format!("http://localhost:{}", address.port())
            .parse()
            .unwrap(),
    );
    let refused = Account::start(config).await.err().unwrap();
    assert!(
        matches!(refused, StartError::UpstreamIsAccount(_)),
        "{refused}"
    );
}

/// A stack that stands beside a line: a queue, a secret and a rule are in moto, the table is here.
const STACK: &str = "
import boto3
queue = boto3.client('sqs').create_queue(QueueName='beside')['QueueUrl']
boto3.client('sqs').send_message(QueueUrl=queue, MessageBody='こんにちは')
got = boto3.client('sqs').receive_message(QueueUrl=queue)['Messages']
assert [message['Body'] for message in got] == ['こんにちは'], got
secrets = boto3.client('secretsmanager')
secrets.create_secret(Name='beside', SecretString='s')
assert secrets.get_secret_value(SecretId='beside')['SecretString'] == 's'
events = boto3.client('events')
events.put_rule(Name='beside', ScheduleExpression='rate(1 hour)')
assert [rule['Name'] for rule in events.list_rules()['Rules']] == ['beside']
assert boto3.client('dynamodb').list_tables()['TableNames'] == []
print('done')
";

/// Runs moto's server, which `.ci/tools moto` installs.
#[tokio::test]
async fn a_stack_beside_the_line_uses_moto() {
    let Some(program) = std::env::var_os("MOTO_SERVER") else {
        eprintln!("skipped: MOTO_SERVER names no program; see .ci/pins/README.md");
        return;
    };
    let program = PathBuf::from(program);
    let mut moto = Command::new(&program)
        .args(["--host", "127.0.0.1", "--port", "0"])
        .env("PYTHONUNBUFFERED", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(moto.stderr.take().unwrap()).lines();
    let url = loop {
        let line = lines.next_line().await.unwrap().expect("moto must start");
        if let Some((_, address)) = line.split_once("Running on ") {
            break address.trim().to_owned();
        }
    };
    let reader = tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    let world = account_with(&url).await;
    // The client is that of moto's own environment.
    let python = program.with_file_name("python");
    let look = ["-c", "import boto3"];
    let mut python = client(&world, python.to_str().unwrap(), &look)
        .await
        .unwrap();
    assert_eq!(output_of(python.args(["-c", STACK])).await, "done\n");
    let requests = world.account.requests();
    for (service, upstream) in [
        ("sqs", true),
        ("secretsmanager", true),
        ("events", true),
        ("dynamodb", false),
    ] {
        let mut of_service = requests.iter().filter(|request| request.service == service);
        assert!(of_service.clone().next().is_some(), "{service}");
        assert!(
            of_service.all(|request| request.upstream == upstream),
            "{service}"
        );
    }
    world.account.shutdown().await;
    moto.kill().await.unwrap();
    reader.await.unwrap();
}
