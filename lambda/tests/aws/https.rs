//! The certificate authorities that the function trusts, tested with real TLS and certificates created here.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sns::config::{Credentials, SharedCredentialsProvider, SharedHttpClient};
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use connect_pin_sms::aws::https;
use connect_pin_sms::aws::sdk;
use connect_pin_sms::aws::sns::{self, SnsSender};
use connect_pin_sms::rules::phone::PhoneNumber;
use connect_pin_sms::rules::ports::{Handover, SmsSender};
use connect_pin_sms::rules::sms_options::{SmsOptions, SmsType};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

const ACCEPTED: &str =
    "<PublishResponse><PublishResult><MessageId>m-1</MessageId></PublishResult></PublishResponse>";

/// A service on this machine, and the certificate of its authority.
struct Service {
    port: u16,
    authority: String,
    connections: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
}

impl Service {
    /// Starts a service whose certificate is for `name`.
    async fn start(name: &str) -> Self {
        let (config, authority) = certificates(name);
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let service = Self {
            port: listener.local_addr().unwrap().port(),
            authority,
            connections: Arc::default(),
            requests: Arc::default(),
        };
        let (connections, requests) = (service.connections.clone(), service.requests.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    continue;
                };
                // The message is short enough to come in one piece.
                if stream.read(&mut [0; 4096]).await.unwrap_or_default() == 0 {
                    continue;
                }
                requests.fetch_add(1, Ordering::SeqCst);
                let answer = format!(
                    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{ACCEPTED}",
                    ACCEPTED.len()
                );
                stream.write_all(answer.as_bytes()).await.ok();
                stream.shutdown().await.ok();
            }
        });
        service
    }

    /// Returns the numbers of connections and requests so far.
    fn counts(&self) -> (usize, usize) {
        (
            self.connections.load(Ordering::SeqCst),
            self.requests.load(Ordering::SeqCst),
        )
    }

    fn sender(&self, http_client: SharedHttpClient) -> SnsSender {
        let credentials = Credentials::new("id", "secret", None, None, "test");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::from_static("ap-northeast-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .timeout_config(sdk::timeouts())
            .endpoint_url(format!("https://localhost:{}", self.port))
            .http_client(http_client)
            .build();
        let options = SmsOptions {
            sms_type: SmsType::Promotional,
            sender_id: None,
            origination: None,
            max_price: None,
        };
        SnsSender::new(sns::client(&config), &options).unwrap()
    }
}

fn certificates(name: &str) -> (ServerConfig, String) {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority
        .distinguished_name
        .push(DnType::CommonName, "authority");
    let authority_key = KeyPair::generate().unwrap();
    let authority = authority.self_signed(&authority_key).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap();
    let certificate = certificate
        .signed_by(&key, &authority, &authority_key)
        .unwrap();
    let config =
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![CertificateDer::from(certificate.der().to_vec())],
                PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
            )
            .unwrap();
    (config, authority.pem())
}

fn trusting(authority: &str) -> SharedHttpClient {
    let store = TrustStore::empty().with_pem_certificate(authority);
    let context = TlsContext::builder().with_trust_store(store).build();
    aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::rustls(CryptoMode::Ring))
        .tls_context(context.unwrap())
        .build_https()
}

fn assert_accepted(handover: Handover) {
    assert!(
        matches!(handover, Handover::Accepted { .. }),
        "{handover:?}"
    );
}

async fn send(sender: &SnsSender) -> Handover {
    let to = PhoneNumber::parse("+819011112222").unwrap();
    sender.send(&to, "text").await
}

/// The message is sent once: the connection that failed carried no request.
#[tokio::test]
async fn an_endpoint_of_another_authority_gets_one_message_over_a_second_connection() {
    let service = Service::start("localhost").await;
    let amazon = https::trusting_amazon(CryptoMode::Ring, None).unwrap();
    let client = https::with_fallback(amazon, trusting(&service.authority));
    let sender = service.sender(client);
    assert_accepted(send(&sender).await);
    assert_eq!(service.counts(), (2, 1));
    // From then on the second client is used at once.
    assert_accepted(send(&sender).await);
    assert_eq!(service.counts(), (3, 2));
}

#[tokio::test]
async fn an_endpoint_of_an_untrusted_authority_gets_no_request() {
    let service = Service::start("localhost").await;
    let amazon = || https::trusting_amazon(CryptoMode::Ring, None).unwrap();
    let sender = service.sender(https::with_fallback(amazon(), amazon()));
    assert!(matches!(send(&sender).await, Handover::NotReached(_)));
    assert_eq!(service.counts().1, 0);
}

/// A certificate for another host is refused whatever authority issued it.
#[tokio::test]
async fn an_endpoint_with_another_name_is_not_connected_again() {
    let service = Service::start("elsewhere").await;
    let client = trusting(&service.authority);
    let sender = service.sender(https::with_fallback(client.clone(), client));
    assert!(matches!(send(&sender).await, Handover::NotReached(_)));
    assert_eq!(service.counts(), (1, 0));
}
