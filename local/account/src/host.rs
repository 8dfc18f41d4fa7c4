//! Host names in requests, and the hosts that the account accepts.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// AWS's own domains, which clients use that reach the account through a proxy or a hosts file.
///
/// These are the suffixes of the public partitions, with those of dual-stack endpoints:
/// <https://docs.aws.amazon.com/general/latest/gr/rande.html>. Only AWS controls the addresses of
/// these names, so no web page can point one of them at this machine. `aws.dev` is not included: it
/// has no endpoints, and many teams host sites there.
pub(crate) const AWS_DOMAINS: [&str; 6] = [
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazonaws.eu",
    "api.aws",
    "api.amazonwebservices.com.cn",
    "api.amazonwebservices.eu",
];

/// The name of a host, in lower case and without a trailing dot.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HostName(String);

/// Why a text is not a host name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HostNameError {
    /// The text is an IP address.
    #[error(
        "a host name must not be an IP address, but was '{0}'; leave it out, since the account \
         accepts every address"
    )]
    Address(IpAddr),
    /// DNS does not allow the text as a name.
    #[error(
        "a host name must consist of letters, digits, hyphens and dots, such as \
         host.docker.internal, without scheme and port, but was '{0}'"
    )]
    Malformed(String),
}

impl FromStr for HostName {
    type Err = HostNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match Host::parse(text) {
            Some(Host::Name(name)) => Ok(name),
            Some(Host::Address(address)) => Err(HostNameError::Address(address)),
            None => Err(HostNameError::Malformed(text.to_owned())),
        }
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl HostName {
    /// Returns the host name in an authority; `None` if the host is an address.
    pub(crate) fn of_authority(text: &str) -> Option<Self> {
        match Authority::parse(text)?.host {
            Host::Name(name) => Some(name),
            Host::Address(_) => None,
        }
    }

    /// Returns the part before `domain` and the dot between them: an empty text if this is the
    /// domain itself, `None` if it is outside of the domain.
    pub(crate) fn before(&self, domain: &str) -> Option<&str> {
        match self.0.strip_suffix(domain)? {
            "" => Some(""),
            below => below.strip_suffix('.'),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A host: an address or a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Host {
    Address(IpAddr),
    Name(HostName),
}

impl Host {
    /// Parses a host. Addresses of version 6 are enclosed in brackets.
    fn parse(text: &str) -> Option<Self> {
        if let Some(inner) = text.strip_prefix('[') {
            let address: Ipv6Addr = inner.strip_suffix(']')?.parse().ok()?;
            return Some(Self::Address(address.into()));
        }
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        if let Ok(address) = name.parse::<Ipv4Addr>() {
            return Some(Self::Address(address.into()));
        }
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        };
        (name.len() <= 253 && name.split('.').all(is_label)).then_some(Self::Name(HostName(name)))
    }
}

/// A host with an optional port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Authority {
    pub(crate) host: Host,
    /// `None` is the default of the scheme.
    pub(crate) port: Option<u16>,
}

impl Authority {
    /// Parses `host`, `host:port` or `[address]:port`. User information before an `@` is not
    /// accepted.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (host, port) = match text.rsplit_once(':') {
            // This colon is part of the address.
            Some((_, rest)) if rest.ends_with(']') => (text, ""),
            Some((host, port)) => (host, port),
            None => (text, ""),
        };
        let port = match port {
            "" => None,
            digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                Some(digits.parse().ok()?)
            }
            _ => return None,
        };
        let host = Host::parse(host)?;
        Some(Self { host, port })
    }

    /// Compares host and port with another authority. A missing port means the given default of its
    /// side.
    pub(crate) fn is_same(&self, default: u16, other: &Self, default_of_other: u16) -> bool {
        self.host == other.host
            && self.port.unwrap_or(default) == other.port.unwrap_or(default_of_other)
    }
}

/// The hosts that the account accepts. Each name includes its subdomains, since S3's clients put
/// the bucket before the name.
#[derive(Debug, Clone, Default)]
pub(crate) struct AllowedHosts {
    /// The configured names, in addition to those that are always accepted.
    pub(crate) names: Vec<HostName>,
}

impl AllowedHosts {
    /// Reports whether a host is accepted. Addresses are safe: a page's origin is an address only
    /// if its server has that address, which no DNS response can change.
    pub(crate) fn allow(&self, host: &Host) -> bool {
        let Host::Name(name) = host else {
            return true;
        };
        let given = self.names.iter().map(HostName::as_str);
        ["localhost"]
            .into_iter()
            .chain(AWS_DOMAINS)
            .chain(given)
            .any(|domain| name.before(domain).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(names: &[&str], text: &str) -> bool {
        let names = names.iter().map(|name| name.parse().unwrap()).collect();
        let authority = Authority::parse(text).unwrap();
        AllowedHosts { names }.allow(&authority.host)
    }

    #[test]
    fn addresses_local_names_and_aws_names_are_accepted() {
        for host in [
            "127.0.0.1:4566",
            "127.0.0.1.",
            "192.168.1.7",
            "[::1]:4566",
            "[::ffff:127.0.0.1]",
            "localhost",
            "LOCALHOST:4566",
            "localhost.",
            "bucket.localhost:4566",
            "my.bucket.localhost",
            "bucket.s3.ap-northeast-1.amazonaws.com",
            "dynamodb.eu-west-1.amazonaws.com:443",
            "sts.cn-north-1.amazonaws.com.cn",
            "lambda.eu-west-1.api.aws",
        ] {
            assert!(allowed(&[], host), "{host}");
        }
    }

    #[test]
    fn other_names_are_not_accepted() {
        for host in [
            "evil.example:4566",
            "localhost.evil.example",
            "notlocalhost",
            "127.0.0.1.nip.io",
            "amazonaws.com.evil.example",
            "notamazonaws.com",
            "me.aws.dev",
            // Addresses in forms that browsers rewrite.
            "2130706433",
            "0x7f.1",
        ] {
            assert!(!allowed(&[], host), "{host}");
        }
    }

    #[test]
    fn a_configured_name_includes_its_subdomains() {
        let given = &["Host.Docker.Internal."];
        assert!(allowed(given, "host.docker.internal:4566"));
        assert!(allowed(given, "bucket.host.docker.internal"));
        assert!(!allowed(given, "docker.internal"));
        assert!(!allowed(given, "evilhost.docker.internal.example"));
        assert!(!allowed(given, "myhost.docker.internal"));
    }

    #[test]
    fn invalid_authorities_are_not_parsed() {
        for text in [
            "",
            ":4566",
            "a b",
            "host:port",
            "host:+80",
            "host:99999",
            "::1",
            "[::1",
            "[fe80::1%25eth0]",
            "user@localhost",
            "a..b",
            "localhost/",
            "localhost,evil.example",
        ] {
            assert_eq!(Authority::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_host_name_has_neither_scheme_nor_port() {
        let error = |text: &str| text.parse::<HostName>().unwrap_err().to_string();
        assert!(error("10.0.0.1").contains("every address"));
        assert!(error("[::1]").contains("every address"));
        for text in ["http://host", "host:4566", "*.example.com", ""] {
            assert!(error(text).contains("a host name must"), "{text}");
        }
    }
}
