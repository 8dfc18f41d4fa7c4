//! Minimal connections: TCP, TLS for https addresses, and HTTP/1.1 with hyper.

use std::error::Error;
use std::fs;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{HeaderMap, Request, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error>>;
pub(crate) type Body = Full<Bytes>;

/// An answer with its whole body.
pub(crate) struct Answer {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// A server's address, with TLS or without.
#[derive(Clone)]
pub(crate) struct Origin {
    address: String,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl Origin {
    /// Parses a URL such as `https://localhost:8443`. Only the certificates in the file `FLOOR_CA_FILE` are
    /// trusted.
    pub(crate) fn parse(url: &str) -> Result<Self> {
        if let Some(address) = url.strip_prefix("http://") {
            return Ok(Self {
                address: address.trim_end_matches('/').to_owned(),
                tls: None,
            });
        }
        let address = url
            .strip_prefix("https://")
            .ok_or_else(|| {
                format!("an address must begin with http:// or https://, but was {url}")
            })?
            .trim_end_matches('/');
        let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
        let pem = fs::read(crate::variable("FLOOR_CA_FILE")?)?;
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(&pem) {
            roots.add(certificate?)?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(host.to_owned())?;
        Ok(Self {
            address: address.to_owned(),
            tls: Some((TlsConnector::from(Arc::new(config)), name)),
        })
    }

    async fn connect(&self) -> Result<SendRequest<Body>> {
        let stream = TcpStream::connect(&self.address).await?;
        stream.set_nodelay(true)?;
        match &self.tls {
            None => {
                let (sender, connection) = handshake(TokioIo::new(stream)).await?;
                tokio::spawn(connection);
                Ok(sender)
            }
            Some((connector, name)) => {
                let stream = connector.connect(name.clone(), stream).await?;
                let (sender, connection) = handshake(TokioIo::new(stream)).await?;
                tokio::spawn(connection);
                Ok(sender)
            }
        }
    }
}

/// The idle connections to an origin.
pub(crate) struct Pool {
    origin: Origin,
    idle: Vec<SendRequest<Body>>,
}

impl Pool {
    pub(crate) fn new(origin: Origin) -> Self {
        Self {
            origin,
            idle: Vec::new(),
        }
    }

    /// Returns the value of the header Host.
    pub(crate) fn host(&self) -> &str {
        &self.origin.address
    }

    pub(crate) async fn get(&mut self, path: &str) -> Result<Answer> {
        let request = Request::get(path)
            .header("host", self.host())
            .body(Body::default())?;
        self.send(request).await
    }

    pub(crate) async fn send(&mut self, request: Request<Body>) -> Result<Answer> {
        let mut answers = self.send_all(vec![request]).await?;
        answers
            .pop()
            .ok_or_else(|| "the server sent no answer".into())
    }

    /// Sends all requests in parallel, each over a connection of its own, and keeps the connections.
    pub(crate) async fn send_all(&mut self, requests: Vec<Request<Body>>) -> Result<Vec<Answer>> {
        let exchanges = requests.into_iter().map(|request| {
            let idle = self.idle.pop();
            let origin = &self.origin;
            async move {
                let mut connection = match idle {
                    Some(connection) => connection,
                    None => origin.connect().await?,
                };
                let answer = exchange(&mut connection, request).await?;
                Ok::<_, Box<dyn Error>>((connection, answer))
            }
        });
        let exchanges: Vec<_> = exchanges.collect();
        let mut answers = Vec::with_capacity(exchanges.len());
        for (connection, answer) in futures_util::future::try_join_all(exchanges).await? {
            self.idle.push(connection);
            answers.push(answer);
        }
        Ok(answers)
    }

    /// Sends a request over a new connection, which is not used again.
    pub(crate) async fn send_once(&self, request: Request<Body>) -> Result<Answer> {
        let mut connection = self.origin.connect().await?;
        exchange(&mut connection, request).await
    }
}

async fn exchange(connection: &mut SendRequest<Body>, request: Request<Body>) -> Result<Answer> {
    connection.ready().await?;
    let (head, body) = connection.send_request(request).await?.into_parts();
    let body = body.collect().await?.to_bytes();
    if !head.status.is_success() {
        return Err(refused(head.status, &body).into());
    }
    Ok(Answer {
        headers: head.headers,
        body,
    })
}

fn refused(status: StatusCode, body: &[u8]) -> String {
    format!("{status}: {}", String::from_utf8_lossy(body))
}
