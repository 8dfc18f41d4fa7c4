//! HTTPS, and whom to believe to be AWS.
//!
//! A system trusts some 140 authorities. Reading their certificates takes longer than everything else
//! that a start does, and any of them could vouch for a false DynamoDB. AWS's endpoints have
//! certificates of Amazon's own authorities, so a connection is tried with those alone, and only an
//! endpoint that they do not vouch for (a gateway that inspects TLS, an authority that Amazon has not
//! had yet) is asked a second time with the system's list.

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

/// The roots that Amazon Trust Services asks those to include who keep a list of their own: Amazon
/// Root CA 1 to 4 and Starfield Services Root Certificate Authority - G2
/// (<https://www.amazontrust.com/repository/>). The first of them ends in December 2037.
const AMAZON: &[u8] = include_bytes!("amazon.pem");

/// Lists of authorities that whoever runs the function has chosen.
const CHOSEN: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

/// A client that keeps so many idle connections a host; none is as many as there are.
///
/// `SSL_CERT_FILE` and `SSL_CERT_DIR` say whom to trust instead.
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
    Ok(first_and_then(
        trusting_amazon(crypto.clone(), idle_connections)?,
        trusting_system(crypto, idle_connections)?,
    ))
}

/// A client that trusts Amazon's authorities and nobody else.
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

/// A client that trusts whom the system trusts, or those whom the environment names.
///
/// # Errors
/// When TLS cannot be configured.
pub fn trusting_system(
    crypto: CryptoMode,
    idle_connections: Option<usize>,
) -> Result<SharedHttpClient, HttpClientError> {
    trusting(TrustStore::default(), crypto, idle_connections)
}

/// Nothing of a trust store is read before a client's first request.
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

/// A client that sends through `first`, and through `then` what an endpoint did not get because
/// `first` trusts nobody who vouches for it; and from there on everything.
pub fn first_and_then(first: SharedHttpClient, then: SharedHttpClient) -> SharedHttpClient {
    SharedHttpClient::new(FirstAndThen {
        first,
        then,
        distrusted: Arc::default(),
    })
}

#[derive(Debug)]
struct FirstAndThen {
    first: SharedHttpClient,
    then: SharedHttpClient,
    distrusted: Arc<AtomicBool>,
}

impl HttpClient for FirstAndThen {
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
        SharedHttpConnector::new(Attempt {
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
struct Attempt {
    first: SharedHttpConnector,
    then: Arc<dyn Fn() -> SharedHttpConnector + Send + Sync>,
    distrusted: Arc<AtomicBool>,
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt").finish_non_exhaustive()
    }
}

impl HttpConnector for Attempt {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let copy = request.try_clone();
        let first = self.first.call(request);
        let (then, distrusted) = (Arc::clone(&self.then), Arc::clone(&self.distrusted));
        HttpConnectorFuture::new(async move {
            match (first.await, copy) {
                // Nothing was sent: the connection came to nothing. So a second try is no repetition,
                // not even of a message.
                (Err(error), Some(copy)) if has_unknown_issuer(&error) => {
                    tracing::warn!(
                        "none of Amazon's authorities vouches for an endpoint: the system's list \
                         decides from here on"
                    );
                    distrusted.store(true, Ordering::Relaxed);
                    then().call(copy).await
                }
                (result, _) => result,
            }
        })
    }
}

/// Whether a certificate was refused because nobody who is trusted vouches for it.
fn has_unknown_issuer(error: &ConnectorError) -> bool {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(rustls::Error::InvalidCertificate(reason)) = error.downcast_ref() {
            return *reason == CertificateError::UnknownIssuer;
        }
        // An I/O error does not tell what it wraps as its source, but the source of that.
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

    /// As <https://www.amazontrust.com/repository/> tells them.
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
