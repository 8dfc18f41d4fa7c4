//! Distinguishes a registry that cannot be reached from one that reports an error.

/// Messages about network failures of Go's HTTP client.
const NETWORK: &[&str] = &[
    "could not connect to",
    "failed to request discovery document",
    "dial tcp",
    "no such host",
    "server misbehaving",
    "connection refused",
    "connection reset",
    "network is unreachable",
    "no route to host",
    "i/o timeout",
    "client.timeout exceeded",
    "context deadline exceeded",
    "tls handshake timeout",
    "proxyconnect",
    "x509:",
    "unexpected eof",
    "forbidden",
    "proxy authentication required",
    "bad gateway",
    "service unavailable",
    "gateway timeout",
];

/// The hosts of providers.
const HOSTS: &[&str] = &[
    "registry.terraform.io",
    "releases.hashicorp.com",
    "registry.opentofu.org",
];

/// Reports whether the output is that of a `terraform init` that failed because the registry, or the host
/// to which it redirects, could not be reached.
///
/// A registry that responds but does not have the version or provider does not count: building the
/// provider would hide the mistake.
#[must_use]
pub fn registry_unreachable(output: &str) -> bool {
    let text = unframed(output).to_lowercase();
    let any = |words: &[&str]| words.iter().any(|word| text.contains(word));
    any(HOSTS) && any(NETWORK)
}

/// Returns Terraform's output on one line: it draws a frame on the left, and wraps lines between words.
pub(super) fn unframed(output: &str) -> String {
    let text = output.replace(['│', '╷', '╵'], " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unreachable_registry_is_recognised() {
        for text in [
            "Error: Failed to query available provider packages\n\nCould not retrieve the list of \
             available versions for provider hashicorp/aws:\ncould not connect to \
             registry.terraform.io: failed to request discovery\ndocument: Get \
             \"https://registry.terraform.io/.well-known/terraform.json\":\ndial tcp: lookup \
             registry.terraform.io on 192.0.2.53:53: no such host",
            "╷\n│ Error: Failed to query available provider packages\n│ \n│ Could not retrieve the \
             list of available versions for provider\n│ hashicorp/aws: could not\n│ connect to \
             registry.terraform.io: Forbidden\n╵",
            "│ Error: Failed to install provider\n│ Error while installing hashicorp/aws v6.40.0: \
             could not query provider registry\n│ for registry.terraform.io/hashicorp/aws: failed \
             to retrieve cryptographic\n│ signature: Get \"https://releases.hashicorp.com/x\": \
             net/http: TLS\n│ handshake timeout",
            "could not connect to registry.terraform.io: Failed to request discovery document: \
             403 Forbidden",
            "│ Could not resolve provider hashicorp/aws: could not connect to\n│ \
             registry.opentofu.org: failed to request discovery document: dial tcp: no such host",
        ] {
            assert!(registry_unreachable(text), "{text}");
        }
    }

    #[test]
    fn other_errors_are_not_network_failures() {
        for text in [
            "Error: Failed to query available provider packages\n\nCould not retrieve the list of \
             available versions for provider hashicorp/aws: no\navailable releases match the given \
             constraints >= 99.0.0",
            "Error: Failed to query available provider packages\n\nCould not retrieve the list of \
             available versions for provider hashicorp/awz:\nprovider registry \
             registry.terraform.io does not have a provider named\nregistry.terraform.io/\
             hashicorp/awz",
            "Error: Unsupported argument\n\n  on main.tf line 3: dial tcp",
            "",
        ] {
            assert!(!registry_unreachable(text), "{text}");
        }
    }
}
