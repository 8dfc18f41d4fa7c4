//! The function's requests to services that cannot be reached or do not answer.

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

/// A port whose queue of connections is full, so that Linux drops further ones.
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
        // The queue holds one connection more than its size.
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

/// Sends a message through both services with this configuration.
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

#[tokio::test]
async fn a_request_that_never_left_the_machine_sent_no_message() {
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

/// A service that receives the request and closes the connection may have sent the message.
#[tokio::test]
async fn a_request_that_was_received_and_not_answered_is_unclear() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let config = config(&format!("http://{}", listener.local_addr().unwrap()));
    let breaking = async {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut beginning = [0; 64];
            stream.read_exact(&mut beginning).await.unwrap();
        }
    };
    let handovers = tokio::select! {
        handovers = send_with_both(&config) => handovers,
        () = breaking => unreachable!("the loop does not end"),
    };
    for handover in handovers {
        assert!(matches!(handover, Handover::Unclear(_)), "{handover:?}");
    }
}

/// The paused clock advances only while the test waits, so the time that has passed is the time-out.
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
    // Nothing can have been sent, so the caller may try again.
    let Handover::NotReached(cause) = sender.send(&number, "text").await else {
        panic!("SNS was not reached");
    };
    assert!(cause.to_string().contains("connect timeout"), "{cause}");
    assert_eq!(start.elapsed().as_secs(), 1, "there is no retry");

    // Requests to tables are retried, and take three seconds in all.
    let table = AttemptsTable::new(dynamodb::client(&config), "attempts");
    let start = Instant::now();
    let cause = table
        .counter(&CounterId::Hour { at: 0 }, false)
        .await
        .unwrap_err();
    assert_eq!(start.elapsed().as_secs(), 3, "{cause:?}");
    drop(unreachable);
}
