//! The address of an upstream.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use crate::host::{AWS_DOMAINS, Authority, Host};

/// The port of `http`.
const HTTP_PORT: u16 = 80;

/// The address of an emulator: `http://HOST:PORT`. It is never one of AWS's own domains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamUrl {
    text: String,
    authority: Authority,
}

/// Why a text is not the address of an upstream.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpstreamUrlError {
    /// The text has another form.
    #[error("an upstream must be http://HOST:PORT, such as http://127.0.0.1:5000, but was '{0}'")]
    Malformed(String),
    /// Requests would change a real account.
    #[error(
        "an upstream must be an emulator, but '{0}' belongs to AWS itself; to use a real account, \
         send your requests there directly"
    )]
    Aws(String),
}

impl FromStr for UpstreamUrl {
    type Err = UpstreamUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let authority = text
            .strip_prefix("http://")
            .map(|rest| rest.strip_suffix('/').unwrap_or(rest))
            .and_then(Authority::parse)
            .ok_or_else(|| UpstreamUrlError::Malformed(text.to_owned()))?;
        if let Host::Name(name) = &authority.host
            && AWS_DOMAINS
                .iter()
                .any(|domain| name.before(domain).is_some())
        {
            return Err(UpstreamUrlError::Aws(text.to_owned()));
        }
        Ok(Self {
            text: text.strip_suffix('/').unwrap_or(text).to_owned(),
            authority,
        })
    }
}

impl fmt::Display for UpstreamUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl UpstreamUrl {
    /// Reports whether the address is of this machine alone: a loopback address, or `localhost`.
    /// Other names may lead anywhere.
    pub fn is_loopback(&self) -> bool {
        match &self.authority.host {
            Host::Address(address) => address.to_canonical().is_loopback(),
            Host::Name(name) => name.as_str() == "localhost",
        }
    }

    /// Reports whether this is the address of an account that listens on `address`.
    pub(crate) fn is_account_at(&self, address: SocketAddr) -> bool {
        if self.authority.port.unwrap_or(HTTP_PORT) != address.port() {
            return false;
        }
        let listens_everywhere = address.ip().is_unspecified();
        match &self.authority.host {
            Host::Address(host) => {
                let host = host.to_canonical();
                host == address.ip().to_canonical()
                    || host.is_unspecified()
                    || (listens_everywhere && host.is_loopback())
            }
            Host::Name(name) => {
                name.as_str() == "localhost" && (address.ip().is_loopback() || listens_everywhere)
            }
        }
    }

    /// Returns host and port, as in a request's address.
    pub(crate) fn authority(&self) -> &str {
        self.text.strip_prefix("http://").unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> UpstreamUrl {
        text.parse().unwrap()
    }

    #[test]
    fn an_upstream_is_a_plain_address_of_an_emulator() {
        assert_eq!(url("http://127.0.0.1:5000/").authority(), "127.0.0.1:5000");
        assert_eq!(url("http://moto:5000").to_string(), "http://moto:5000");
        for text in [
            "127.0.0.1:5000",
            "https://127.0.0.1:5000",
            "http://",
            "http://127.0.0.1:5000/path",
            "http://user@127.0.0.1:5000",
            "http://127.0.0.1:70000",
        ] {
            let refused = UpstreamUrlError::Malformed(text.to_owned());
            assert_eq!(text.parse::<UpstreamUrl>(), Err(refused), "{text}");
        }
        for text in [
            "http://sqs.eu-west-1.amazonaws.com",
            "http://amazonaws.com.cn",
            "http://SQS.eu-west-1.API.AWS:80",
        ] {
            let refused = UpstreamUrlError::Aws(text.to_owned());
            assert_eq!(text.parse::<UpstreamUrl>(), Err(refused), "{text}");
        }
    }

    #[test]
    fn only_addresses_of_this_machine_are_loopback() {
        for (text, is_loopback) in [
            ("http://127.0.0.1:5000", true),
            ("http://127.8.8.8:5000", true),
            ("http://[::1]:5000", true),
            ("http://[::ffff:127.0.0.1]:5000", true),
            ("http://localhost:5000", true),
            ("http://moto.localhost:5000", false),
            ("http://0.0.0.0:5000", false),
            ("http://10.0.0.7:5000", false),
            ("http://moto:5000", false),
        ] {
            assert_eq!(url(text).is_loopback(), is_loopback, "{text}");
        }
    }

    #[test]
    fn an_account_is_not_its_own_upstream() {
        let at = |text: &str, address: &str| url(text).is_account_at(address.parse().unwrap());
        for (text, address, same) in [
            ("http://127.0.0.1:4566", "127.0.0.1:4566", true),
            ("http://localhost:4566", "127.0.0.1:4566", true),
            ("http://localhost:4566", "0.0.0.0:4566", true),
            ("http://127.0.0.1:4566", "0.0.0.0:4566", true),
            ("http://0.0.0.0:4566", "127.0.0.1:4566", true),
            ("http://127.0.0.1:4567", "127.0.0.1:4566", false),
            ("http://10.0.0.7:4566", "127.0.0.1:4566", false),
            ("http://moto:4566", "127.0.0.1:4566", false),
        ] {
            assert_eq!(at(text, address), same, "{text} {address}");
        }
    }
}
