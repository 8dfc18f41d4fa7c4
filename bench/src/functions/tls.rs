//! A TLS listener in front of the local account.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::Context;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// Terminates TLS, and forwards connections to the account.
#[derive(Debug)]
pub(super) struct TlsListener {
    port: u16,
    authority: String,
    task: JoinHandle<()>,
}

impl TlsListener {
    /// Listens on a free port in front of `account`.
    pub(super) async fn start(account: SocketAddr) -> anyhow::Result<Self> {
        let (config, authority) = certificates().context("cannot create certificates")?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    // The client reports a failed connection in its own log.
                    forward(stream, &acceptor, account).await.ok();
                });
            }
        });
        Ok(Self {
            port,
            authority,
            task,
        })
    }

    /// Returns the value for the variables `AWS_ENDPOINT_URL_…`.
    pub(super) fn endpoint_url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// Returns the authority's certificate in PEM, which clients must trust.
    pub(super) fn authority(&self) -> &str {
        &self.authority
    }
}

impl Drop for TlsListener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn forward(
    stream: TcpStream,
    acceptor: &TlsAcceptor,
    account: SocketAddr,
) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = acceptor.accept(stream).await?;
    let mut account = TcpStream::connect(account).await?;
    account.set_nodelay(true)?;
    copy_bidirectional(&mut stream, &mut account)
        .await
        .map(drop)
}

/// Creates a certificate for `localhost` and the authority that signs it, both ECDSA on P-256.
fn certificates() -> anyhow::Result<(ServerConfig, String)> {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    // By default both would have the same name, and OpenSSL would treat the certificate as self-signed.
    authority
        .distinguished_name
        .push(DnType::CommonName, "the bench's authority");
    let authority_key = KeyPair::generate()?;
    let authority = authority.self_signed(&authority_key)?;
    let key = KeyPair::generate()?;
    let mut certificate = CertificateParams::new(vec!["localhost".to_owned()])?;
    certificate
        .distinguished_name
        .push(DnType::CommonName, "localhost");
    let certificate = certificate.signed_by(&key, &authority, &authority_key)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from(certificate.der().to_vec())],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
        )?;
    Ok((config, authority.pem()))
}
