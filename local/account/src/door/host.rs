//! Hosts as requests name them, and those that the account answers to.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// AWS's own domains, which clients ask for that reach the account through a proxy or a hosts file.
///
/// They are the suffixes of the partitions that the public reaches, with those of dual-stack
/// endpoints: <https://docs.aws.amazon.com/general/latest/gr/rande.html>. Nobody but AWS says which
/// addresses these names have, so no page can move one of them to this machine. `aws.dev` is none of
/// them: it has no endpoints, and hosts of many teams.
pub(crate) const AWS_DOMAINS: [&str; 6] = [
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazonaws.eu",
    "api.aws",
    "api.amazonwebservices.com.cn",
    "api.amazonwebservices.eu",
];

/// The name of a host, in lower case and without the dot at the end.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HostName(String);

/// Why a text is no host's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HostNameError {
    /// It is an address.
    #[error("'{0}' is an IP address, and the account answers to every address; leave it out")]
    Address(IpAddr),
    /// It is nothing that DNS has.
    #[error(
        "'{0}' is no host name: write letters, digits, hyphens and dots, such as \
         host.docker.internal, without scheme and port"
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
    /// The name of the host that a request was sent to, by its authority; `None` for an address.
    pub(crate) fn of_authority(text: &str) -> Option<Self> {
        match Authority::parse(text)?.host {
            Host::Name(name) => Some(name),
            Host::Address(_) => None,
        }
    }

    /// What stands before a name and its dot: nothing where this is the name itself, `None` where it is
    /// another one.
    pub(crate) fn before(&self, domain: &str) -> Option<&str> {
        match self.0.strip_suffix(domain)? {
            "" => Some(""),
            below => below.strip_suffix('.'),
        }
    }

    /// As it is written.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A host: an address or a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Host {
    Address(IpAddr),
    Name(HostName),
}

impl Host {
    /// Addresses of version 6 have brackets around them.
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

/// A host and the port behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Authority {
    pub(super) host: Host,
    /// None is the default of the scheme.
    pub(super) port: Option<u16>,
}

impl Authority {
    /// `host`, `host:port`, `[address]:port`; whoever stands before an `@` makes it unreadable.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (host, port) = match text.rsplit_once(':') {
            // The colon is one of the address's.
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

    /// Whether both mean the same host, and the same port where those without one mean `default`
    /// of theirs.
    pub(super) fn is_same(&self, default: u16, other: &Self, default_of_other: u16) -> bool {
        self.host == other.host
            && self.port.unwrap_or(default) == other.port.unwrap_or(default_of_other)
    }
}

/// The hosts that the account answers to. Names stand for themselves and for all below them, since
/// S3's clients put the bucket before the name.
#[derive(Debug, Clone, Default)]
pub(super) struct AllowedHosts {
    /// What the account was told, beside what it always answers to.
    pub(super) names: Vec<HostName>,
}

impl AllowedHosts {
    /// Addresses are safe: a page's origin is an address only when its server has that address,
    /// which no answer of DNS can change.
    pub(super) fn allow(&self, host: &Host) -> bool {
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
    fn addresses_local_names_and_those_of_aws_are_answered() {
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
    fn other_names_are_not() {
        for host in [
            "evil.example:4566",
            "localhost.evil.example",
            "notlocalhost",
            "127.0.0.1.nip.io",
            "amazonaws.com.evil.example",
            "notamazonaws.com",
            "me.aws.dev",
            // An address that browsers would have rewritten.
            "2130706433",
            "0x7f.1",
        ] {
            assert!(!allowed(&[], host), "{host}");
        }
    }

    #[test]
    fn a_name_that_was_given_stands_for_those_below_it() {
        let given = &["Host.Docker.Internal."];
        assert!(allowed(given, "host.docker.internal:4566"));
        assert!(allowed(given, "bucket.host.docker.internal"));
        assert!(!allowed(given, "docker.internal"));
        assert!(!allowed(given, "evilhost.docker.internal.example"));
        assert!(!allowed(given, "myhost.docker.internal"));
    }

    #[test]
    fn what_is_no_authority_is_not_read() {
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
    fn a_name_is_given_without_anything_around_it() {
        let error = |text: &str| text.parse::<HostName>().unwrap_err().to_string();
        assert!(error("10.0.0.1").contains("every address"));
        assert!(error("[::1]").contains("every address"));
        for text in ["http://host", "host:4566", "*.example.com", ""] {
            assert!(error(text).contains("no host name"), "{text}");
        }
    }
}
