//! HTTPS clients, and the certificate authorities they trust.
//!
//! A system trusts some 140 authorities. Reading their certificates takes longer than the rest of a
//! start, and any of them could issue a certificate to a false DynamoDB. AWS's endpoints have
//! certificates of Amazon's own authorities, so at first a connection trusts those alone. Only an endpoint
//! whose certificate they did not issue (a gateway that inspects TLS, a new authority of Amazon) is
//! connected a second time, with the system's list.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{env, fmt, io};

use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, HttpClientError};
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use rustls::CertificateError;

/// The roots that Amazon Trust Services asks clients with a list of their own to include: Amazon Root CA 1 to
/// 4 and Starfield Services Root Certificate Authority - G2 (<https://www.amazontrust.com/repository/>). The
/// first of them expires in December 2037.
const AMAZON: &[u8] = include_bytes!("amazon.pem");

/// The variables that name the operator's own list of authorities.
const CHOSEN: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

/// Returns a client that keeps at most this many idle connections per host; `None` means no limit.
///
/// `SSL_CERT_FILE` and `SSL_CERT_DIR` replace the authorities.
///
/// # Errors
/// When TLS cannot be configured.
pub fn client(
    crypto: CryptoMode,
    idle_connections: Option<usize>,
) -> Result<SharedHttpClient, HttpClientError> {
    if CHOSEN.into_iter().any(|name| env::var_os(name).is_some()) {
        return trusting_system(crypto, idle_connections);
    }
    Ok(with_fallback(
        trusting_amazon(crypto.clone(), idle_connections)?,
        trusting_system(crypto, idle_connections)?,
    ))
}

/// Returns a client that trusts only Amazon's authorities.
///
/// # Errors
/// When TLS cannot be configured.
pub fn trusting_amazon(
    crypto: CryptoMode,
    idle_connections: Option<usize>,
) -> Result<SharedHttpClient, HttpClientError> {
    let amazon = TrustStore::empty().with_pem_certificate(AMAZON);
    trusting(amazon, crypto, idle_connections)
}

/// Returns a client that trusts the system's authorities, or those that the environment names.
///
/// # Errors
/// When TLS cannot be configured.
pub fn trusting_system(
    crypto: CryptoMode,
    idle_connections: Option<usize>,
) -> Result<SharedHttpClient, HttpClientError> {
    trusting(TrustStore::default(), crypto, idle_connections)
}

/// Returns a client with a trust store, which is not read before the first request.
fn trusting(
    trust: TrustStore,
    crypto: CryptoMode,
    idle_connections: Option<usize>,
) -> Result<SharedHttpClient, HttpClientError> {
    let context = TlsContext::builder().with_trust_store(trust).build()?;
    let mut builder = Builder::new();
    builder.set_pool_max_idle_per_host(idle_connections);
    Ok(builder
        .tls_provider(Provider::rustls(crypto))
        .tls_context(context)
        .build_https())
}

/// Returns a client that sends through `first`. If `first` does not trust the issuer of an endpoint's
/// certificate, the request, which was not sent, goes through `then`, and so do all later requests.
pub fn with_fallback(first: SharedHttpClient, then: SharedHttpClient) -> SharedHttpClient {
    SharedHttpClient::new(FallbackClient {
        first,
        then,
        distrusted: Arc::default(),
    })
}

#[derive(Debug)]
struct FallbackClient {
    first: SharedHttpClient,
    then: SharedHttpClient,
    distrusted: Arc<AtomicBool>,
}

impl HttpClient for FallbackClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        if self.distrusted.load(Ordering::Relaxed) {
            return self.then.http_connector(settings, components);
        }
        let (then, settings) = (self.then.clone(), settings.clone());
        let again = components.clone();
        SharedHttpConnector::new(FallbackConnector {
            first: self.first.http_connector(&settings, components),
            then: Arc::new(move || then.http_connector(&settings, &again)),
            distrusted: Arc::clone(&self.distrusted),
        })
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.first.connector_metadata()
    }
}

/// The connector of one request.
struct FallbackConnector {
    first: SharedHttpConnector,
    then: Arc<dyn Fn() -> SharedHttpConnector + Send + Sync>,
    distrusted: Arc<AtomicBool>,
}

impl fmt::Debug for FallbackConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FallbackConnector").finish_non_exhaustive()
    }
}

impl HttpConnector for FallbackConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let copy = request.try_clone();
        let first = self.first.call(request);
        let (then, distrusted) = (Arc::clone(&self.then), Arc::clone(&self.distrusted));
        HttpConnectorFuture::new(async move {
            match (first.await, copy) {
                // Nothing was sent, since there was no connection. So the second attempt repeats nothing,
                // not even a message.
                (Err(error), Some(copy)) if has_unknown_issuer(&error) => {
                    tracing::warn!(
                        "the certificate of an endpoint was not issued by an authority of Amazon: the \
                         system's list of authorities is used from now on"
                    );
                    distrusted.store(true, Ordering::Relaxed);
                    then().call(copy).await
                }
                (result, _) => result,
            }
        })
    }
}

/// Returns whether a certificate was rejected as issued by an untrusted authority.
fn has_unknown_issuer(error: &ConnectorError) -> bool {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(rustls::Error::InvalidCertificate(reason)) = error.downcast_ref() {
            return *reason == CertificateError::UnknownIssuer;
        }
        // The source of an I/O error is not the error that it wraps, but that error's source.
        let wrapped = error.downcast_ref().and_then(io::Error::get_ref);
        next = match wrapped {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    false
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use sha2::{Digest, Sha256};

    use super::*;

    /// The fingerprints that <https://www.amazontrust.com/repository/> publishes.
    const FINGERPRINTS: [&str; 5] = [
        "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
        "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
        "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
        "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
        "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
    ];

    #[test]
    fn the_authorities_are_amazons() {
        let text = std::str::from_utf8(AMAZON).unwrap();
        let found: Vec<String> = text
            .split("-----BEGIN CERTIFICATE-----")
            .skip(1)
            .map(|rest| {
                let (body, _) = rest.split_once("-----END CERTIFICATE-----").unwrap();
                let der = STANDARD.decode(body.replace('\n', "")).unwrap();
                let digest = Sha256::digest(der);
                digest.iter().map(|byte| format!("{byte:02x}")).collect()
            })
            .collect();
        assert_eq!(found, FINGERPRINTS);
    }
}
