//! The records of calls and the stream of changes, which the account's page reads.

use http::Method;
use local_account::AwsCall;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::{DoorWorld, status};

const STREAM: &str = "GET /_local/events HTTP/1.1\r\nHost: localhost:PORT\r\n\
    Accept: text/event-stream\r\n\r\n";

/// Opens a stream of events, and reads its head.
async fn open(world: &DoorWorld) -> BufReader<TcpStream> {
    let mut stream = TcpStream::connect(("127.0.0.1", world.port()))
        .await
        .unwrap();
    let request = STREAM.replace("PORT", &world.port().to_string());
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut stream = BufReader::new(stream);
    let head = until(&mut stream, "").await.unwrap();
    assert_eq!(status(&head), 200);
    assert!(head.contains("content-type: text/event-stream"), "{head}");
    stream
}

/// Reads lines up to this one; `None` if the stream ends before it.
async fn until(stream: &mut BufReader<TcpStream>, last: &str) -> Option<String> {
    let mut text = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap() == 0 {
            return None;
        }
        text.push_str(&line);
        if line.trim_end() == last {
            return Some(text);
        }
    }
}

async fn publish(world: &DoorWorld) {
    let client = world.account.client();
    let publish = client.aws(AwsCall {
        service: "sns",
        region: "eu-west-1",
        method: Method::POST,
        path: "/",
        target: None,
        content_type: "application/x-www-form-urlencoded",
        body: "Action=Publish&Version=2010-03-31&PhoneNumber=%2B819012345678&Message=hello".into(),
    });
    publish.await.unwrap();
}

#[tokio::test]
async fn a_stream_tells_of_a_message_and_ends_with_the_account() {
    let world = DoorWorld::local().await;
    let mut stream = open(&world).await;
    publish(&world).await;
    assert!(until(&mut stream, "event: messages").await.is_some());
    // A browser drops an event whose data is empty:
    // https://html.spec.whatwg.org/multipage/server-sent-events.html#dispatchMessage
    let rest = until(&mut stream, "").await.unwrap();
    assert!(rest.contains("data: changed"), "{rest}");
    world.account.shutdown().await;
    // The end of the body: a chunk of no bytes.
    let rest = until(&mut stream, "0").await;
    assert!(rest.is_some(), "the stream must end, not break");
}

#[tokio::test]
async fn at_most_64_streams_are_open() {
    let world = DoorWorld::local().await;
    let mut streams = Vec::new();
    for _ in 0..64 {
        streams.push(open(&world).await);
    }
    let closing = STREAM.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
    let refused = world.send(&closing).await;
    assert_eq!(status(&refused), 429, "{refused}");
    assert!(refused.contains("at most 64 streams"), "{refused}");
}

#[tokio::test]
async fn a_contact_that_is_not_on_record_gets_a_sentence() {
    let world = DoorWorld::local().await;
    let answer = world
        .send("GET /_local/calls/nobody HTTP/1.1\r\nHost: localhost:PORT\r\nConnection: close\r\n\r\n")
        .await;
    assert_eq!(status(&answer), 404, "{answer}");
    assert!(
        answer.contains("no call on record has the contact nobody"),
        "{answer}"
    );
    let error = world
        .account
        .client()
        .call_report("nobody")
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("GET /_local/calls lists them"),
        "{error}"
    );
    assert_eq!(world.account.client().calls().await.unwrap(), []);
}
