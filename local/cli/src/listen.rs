//! The address that an account listens on.

use std::net::SocketAddr;
use std::str::FromStr;

use anyhow::Context;
use local_account::HostName;

/// The expected form, for error messages.
const FORM: &str = "write an address or a name and a port, such as 127.0.0.1:4566, [::1]:4566 or \
    myhost:4566; port 0 selects a free port";

/// An address, or a host name of this machine, with a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listen {
    /// Such as `127.0.0.1:4566`.
    Address(SocketAddr),
    /// Such as `myhost:4566`.
    Name(HostName, u16),
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(address) = text.parse() {
            return Ok(Self::Address(address));
        }
        let port = text
            .rsplit_once(':')
            .and_then(|(name, port)| Some((name, port.parse().ok()?)));
        let Some((name, port)) = port else {
            return Err(FORM.to_owned());
        };
        match name.parse() {
            Ok(name) => Ok(Self::Name(name, port)),
            Err(error) => Err(format!("{FORM}. Before the port, {error}")),
        }
    }
}

impl Listen {
    /// Returns the address to listen on. A name is resolved to its first IPv4 address, which every client
    /// can reach, or else to its first address.
    ///
    /// # Errors
    /// When the name has no address.
    pub(crate) async fn address(&self) -> anyhow::Result<SocketAddr> {
        let (name, port) = match self {
            Self::Address(address) => return Ok(*address),
            Self::Name(name, port) => (name.to_string(), *port),
        };
        let found = tokio::net::lookup_host((name.as_str(), port)).await;
        let found: Vec<_> = found
            .with_context(|| {
                format!("--listen must name an address of this machine, but {name} has none")
            })?
            .collect();
        found
            .iter()
            .find(|address| address.is_ipv4())
            .or(found.first())
            .copied()
            .with_context(|| {
                format!("--listen must name an address of this machine, but {name} has none")
            })
    }

    /// Returns the name, which clients may then use for the account.
    pub(crate) fn name(&self) -> Option<&HostName> {
        match self {
            Self::Address(_) => None,
            Self::Name(name, _) => Some(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_names_have_a_port() {
        let read = |text: &str| text.parse::<Listen>();
        for address in ["127.0.0.1:0", "0.0.0.0:4566", "[::]:4566"] {
            assert_eq!(read(address), Ok(Listen::Address(address.parse().unwrap())));
        }
        let named = read("MyHost:4566").unwrap();
        assert_eq!(named, Listen::Name("myhost".parse().unwrap(), 4566));
        for wrong in [
            "4566",
            "127.0.0.1",
            "::1",
            "myhost",
            "myhost:http",
            "myhost:70000",
            "",
        ] {
            let said = read(wrong).unwrap_err();
            assert!(said.contains("such as 127.0.0.1:4566"), "{wrong}: {said}");
        }
        let said = read("http://myhost:4566").unwrap_err();
        assert!(said.contains("a host name must"), "{said}");
    }

    #[tokio::test]
    async fn a_name_is_resolved() {
        let local: Listen = "localhost:4566".parse().unwrap();
        let address = local.address().await.unwrap();
        assert!(address.ip().is_loopback(), "{address}");
        assert_eq!(address.port(), 4566);
        let nowhere: Listen = "nowhere.invalid:4566".parse().unwrap();
        let said = format!("{:#}", nowhere.address().await.unwrap_err());
        assert!(said.contains("nowhere.invalid has none"), "{said}");
    }
}
