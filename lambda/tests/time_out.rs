//! A service that cannot be reached: how long the function waits for it.
#![cfg(feature = "aws")]
#![allow(
    clippy::unwrap_used,
    reason = "clippy knows tests, but not their helpers"
)]

use std::net::{SocketAddr, TcpStream};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sns::config::{Credentials, SharedCredentialsProvider};
use connect_pin_sms::dynamodb::{self, AttemptsTable};
use connect_pin_sms::phone::PhoneNumber;
use connect_pin_sms::ports::{AttemptLedger, Handover, SmsSender};
use connect_pin_sms::sdk;
use connect_pin_sms::sms::{SmsOptions, SmsType};
use connect_pin_sms::sns::{self, SnsSender};
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

    /// The configuration that `main` builds, without encryption.
    fn config(&self) -> SdkConfig {
        let credentials = Credentials::new("id", "secret", None, None, "test");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::from_static("ap-northeast-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .timeout_config(sdk::timeouts())
            .endpoint_url(format!("http://{}", self.address))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build()
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
    let Handover::Unclear(cause) = sender.send(&number, "text").await else {
        panic!("nobody was reached");
    };
    assert!(cause.to_string().contains("connect timeout"), "{cause}");
    assert_eq!(start.elapsed().as_secs(), 1, "and no second try");

    // Tables are asked again, and the whole of it takes three seconds.
    let table = AttemptsTable::new(dynamodb::client(&config), "attempts");
    let start = Instant::now();
    let cause = table.wrong_pins(0).await.unwrap_err();
    assert_eq!(start.elapsed().as_secs(), 3, "{cause}");
    drop(unreachable);
}
