//! A service that cannot be reached: how long the function waits for it.
#![cfg(feature = "aws")]
#![allow(
    clippy::unwrap_used,
    reason = "clippy knows tests, but not their helpers"
)]

use std::net::{SocketAddr, TcpStream};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sns::config::{Credentials, SharedCredentialsProvider};
use connect_pin_sms::aws::dynamodb::{self, AttemptsTable};
use connect_pin_sms::aws::end_user_messaging::{self, EndUserMessagingSender};
use connect_pin_sms::aws::sdk;
use connect_pin_sms::aws::sns::{self, SnsSender};
use connect_pin_sms::rules::counter::CounterId;
use connect_pin_sms::rules::phone::PhoneNumber;
use connect_pin_sms::rules::ports::{AttemptLedger, Handover, SmsSender};
use connect_pin_sms::rules::sms_options::{SmsOptions, SmsType};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpSocket};
use tokio::time::Instant;

/// A port that answers no more than a full queue does: Linux drops who comes then.
struct Unreachable {
    address: SocketAddr,
    _listener: TcpListener,
    _queue: Vec<TcpStream>,
}

impl Unreachable {
    fn new() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
        let listener = socket.listen(1).unwrap();
        let address = listener.local_addr().unwrap();
        // One more than the queue is said to hold.
        let queue = (0..2).map(|_| TcpStream::connect(address).unwrap());
        Self {
            address,
            _queue: queue.collect(),
            _listener: listener,
        }
    }

    fn config(&self) -> SdkConfig {
        config(&format!("http://{}", self.address))
    }
}

/// The configuration that `main` builds, without encryption.
fn config(endpoint_url: &str) -> SdkConfig {
    let credentials = Credentials::new("id", "secret", None, None, "test");
    without_credentials(endpoint_url)
        .into_builder()
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build()
}

fn without_credentials(endpoint_url: &str) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::from_static("ap-northeast-1"))
        .timeout_config(sdk::timeouts())
        .endpoint_url(endpoint_url)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build()
}

/// Both services that send, with this configuration.
async fn send_with_both(config: &SdkConfig) -> [Handover; 2] {
    let options = SmsOptions::of_type(SmsType::Promotional);
    let number = PhoneNumber::parse("+819011112222").unwrap();
    let sns = SnsSender::new(sns::client(config), &options).unwrap();
    let other = EndUserMessagingSender::new(end_user_messaging::client(config), options);
    [
        sns.send(&number, "text").await,
        other.send(&number, "text").await,
    ]
}

/// What cannot have left this machine was certainly not sent (issue 14, part 1, 3).
#[tokio::test]
async fn what_never_left_was_not_sent() {
    let closed = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let refusing = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let no_credentials = without_credentials(&refusing);
    for (what, config) in [
        ("a refused connection", config(&refusing)),
        (
            "a name without an address",
            config("http://nowhere.invalid"),
        ),
        ("no credentials", no_credentials),
    ] {
        for handover in send_with_both(&config).await {
            assert!(
                matches!(handover, Handover::NotReached(_)),
                "{what}: {handover:?}"
            );
        }
    }
}

/// A service that takes the request and breaks the connection may have sent the message.
#[tokio::test]
async fn what_was_taken_and_not_answered_is_unclear() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let config = config(&format!("http://{}", listener.local_addr().unwrap()));
    let breaking = async {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut some = [0; 64];
            stream.read_exact(&mut some).await.unwrap();
        }
    };
    let handovers = tokio::select! {
        handovers = send_with_both(&config) => handovers,
        () = breaking => unreachable!("it goes on"),
    };
    for handover in handovers {
        assert!(matches!(handover, Handover::Unclear(_)), "{handover:?}");
    }
}

/// The clock stands still while there is something to do, so what has passed is what was waited for.
#[tokio::test(start_paused = true)]
async fn a_connection_may_take_a_second() {
    let unreachable = Unreachable::new();
    let config = unreachable.config();

    let sender = SnsSender::new(
        sns::client(&config),
        &SmsOptions::of_type(SmsType::Promotional),
    )
    .unwrap();
    let number = PhoneNumber::parse("+819011112222").unwrap();
    let start = Instant::now();
    // Nothing can have been sent, so the attempt may be tried again.
    let Handover::NotReached(cause) = sender.send(&number, "text").await else {
        panic!("SNS was not reached");
    };
    assert!(cause.to_string().contains("connect timeout"), "{cause}");
    assert_eq!(start.elapsed().as_secs(), 1, "and no second try");

    // Tables are asked again, and the whole of it takes three seconds.
    let table = AttemptsTable::new(dynamodb::client(&config), "attempts");
    let start = Instant::now();
    let cause = table
        .counter(&CounterId::Hour { at: 0 }, false)
        .await
        .unwrap_err();
    assert_eq!(start.elapsed().as_secs(), 3, "{cause:?}");
    drop(unreachable);
}
