//! The environment variables of child processes.
//!
//! There are three kinds of child processes. Terraform and its provider get none of the user's variables
//! that could lead them to another account or change what they do ([`of_terraform`]). Compilers, package
//! managers and version managers keep the user's environment, which contains certificates and proxies of
//! companies; only variables that would change the result of a build are removed ([`of_release_build`],
//! [`forget_outer_crate`]). Functions are not children of this crate: they get only what Lambda gives
//! them.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use tokio::process::Command;

/// Prefixes of the variables of Terraform, its provider and the AWS SDKs: settings, addresses, accounts,
/// arguments. Variables of later versions have the same prefixes.
const OF_TERRAFORM: [&str; 4] = ["AWS_", "TF_", "TERRAFORM_", "TOFU_"];

/// Prefixes of variables that are kept: log settings, and tokens of private registries.
const HARMLESS: [&str; 2] = ["TF_LOG", "TF_TOKEN_"];

/// The variables with which Go's HTTP client bypasses a proxy; the first one that is set counts.
const NO_PROXY: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// The variable with the endpoint URL of the local account.
const ENDPOINT: &str = "AWS_ENDPOINT_URL";

/// The changes of a child's environment compared to this process's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Changes(BTreeMap<OsString, Option<OsString>>);

impl Changes {
    fn remove(&mut self, name: &OsStr) {
        self.0.insert(name.to_owned(), None);
    }

    pub(crate) fn set(&mut self, name: &str, value: impl Into<OsString>) {
        self.0.insert(name.into(), Some(value.into()));
    }

    /// Applies the changes to a command.
    pub(crate) fn make(&self, command: &mut Command) {
        for (name, value) in &self.0 {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
    }
}

/// Returns the changes for Terraform and its children: removes the user's variables that could lead
/// elsewhere, then sets those in `given`. Requests to the account in `given` bypass the user's proxy.
pub(crate) fn of_terraform(
    inherited: &[(OsString, OsString)],
    given: &BTreeMap<String, String>,
) -> Changes {
    let mut changes = Changes::default();
    for (name, _) in inherited {
        if begins_with(name, &OF_TERRAFORM) && !begins_with(name, &HARMLESS) {
            changes.remove(name);
        }
    }
    // Terraform and its provider run for seconds: less frequent garbage collection reduces the processor
    // time of a plan by a fifth. A value that the user has set is kept.
    if value(inherited, "GOGC").is_none() {
        changes.set("GOGC", "400");
    }
    // Profiles may name an account or an endpoint. The CLI configuration is replaced by one of our own,
    // because the user's may contain anything or not exist.
    changes.set("AWS_CONFIG_FILE", "/dev/null");
    changes.set("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
    changes.set("TF_CLI_CONFIG_FILE", "/dev/null");
    changes.set("TF_IN_AUTOMATION", "1");
    changes.set("TF_INPUT", "0");
    changes.set("CHECKPOINT_DISABLE", "1");
    for (name, value) in given {
        changes.set(name, value);
    }
    if let Some(host) = given.get(ENDPOINT).and_then(|url| host(url)) {
        past_the_proxy(inherited, host, &mut changes);
    }
    changes
}

/// Prefixes of variables that a command of the user keeps beside [`HARMLESS`]: values of the stack's own
/// variables, and settings of Terraform's and the AWS CLI's output and downloads.
const OF_THE_USER: [&str; 8] = [
    "TF_VAR_",
    "TF_INPUT",
    "TF_IN_AUTOMATION",
    "TF_PLUGIN_CACHE",
    "TF_CLI_CONFIG_FILE",
    "TF_REGISTRY_",
    "AWS_PAGER",
    "AWS_DEFAULT_OUTPUT",
];

/// Gives a command of the user the variables in `given`, which lead to a local account, and removes its
/// other variables of Terraform and AWS: profiles, keys, endpoints of single services, arguments and
/// workspaces could lead to another account or to its state. Requests to the account bypass the user's
/// proxy.
pub fn lead_to_account(command: &mut Command, given: &BTreeMap<String, String>) {
    of_users_command(&own(), given).make(command);
}

fn of_users_command(
    inherited: &[(OsString, OsString)],
    given: &BTreeMap<String, String>,
) -> Changes {
    let mut changes = Changes::default();
    for (name, _) in inherited {
        let kept = begins_with(name, &HARMLESS) || begins_with(name, &OF_THE_USER);
        if begins_with(name, &OF_TERRAFORM) && !kept {
            changes.remove(name);
        }
    }
    changes.set("AWS_CONFIG_FILE", "/dev/null");
    changes.set("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
    for (name, value) in given {
        changes.set(name, value);
    }
    if let Some(host) = given.get(ENDPOINT).and_then(|url| host(url)) {
        past_the_proxy(inherited, host, &mut changes);
    }
    changes
}

/// Adds a host to both lists of hosts that bypass the proxy: programs read one or the other.
fn past_the_proxy(inherited: &[(OsString, OsString)], host: &str, changes: &mut Changes) {
    let lists = NO_PROXY.map(|name| value(inherited, name));
    for (index, name) in NO_PROXY.into_iter().enumerate() {
        let mut list = OsString::new();
        if let Some(known) = lists[index].or(lists[1 - index]) {
            list.push(known);
            list.push(",");
        }
        list.push(host);
        changes.set(name, list);
    }
}

/// Returns the host of a URL, without brackets: `127.0.0.1` of `http://127.0.0.1:4566`.
fn host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = match authority.strip_prefix('[') {
        Some(address) => address.split(']').next()?,
        None => authority.split(':').next()?,
    };
    (!host.is_empty()).then_some(host)
}

/// Returns the changes for building a function for release: removes variables that change the bytes of
/// the binary or its output directory. The compiler, its wrappers, linkers and registries are the user's.
pub(crate) fn of_release_build(inherited: &[(OsString, OsString)]) -> Changes {
    const PREFIXES: [&str; 2] = ["CARGO_PROFILE_LAMBDA_", "CARGO_PROFILE_RELEASE_"];
    const NAMES: [&str; 6] = [
        "CARGO_BUILD_INCREMENTAL",
        "CARGO_BUILD_RUSTFLAGS",
        "CARGO_BUILD_TARGET",
        "CARGO_BUILD_TARGET_DIR",
        "CARGO_INCREMENTAL",
        "RUSTFLAGS",
    ];
    let mut changes = of_build(inherited);
    for (name, _) in inherited {
        if begins_with(name, &PREFIXES) || is_one_of(name, &NAMES) {
            changes.remove(name);
        }
    }
    changes
}

/// Returns the changes for any build: removes variables in which Cargo describes this process's own
/// crate.
fn of_build(inherited: &[(OsString, OsString)]) -> Changes {
    const PREFIXES: [&str; 3] = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"];
    const NAMES: [&str; 4] = [
        "CARGO",
        "CARGO_CRATE_NAME",
        "CARGO_PRIMARY_PACKAGE",
        "CARGO_TARGET_TMPDIR",
    ];
    let mut changes = Changes::default();
    for (name, _) in inherited {
        if begins_with(name, &PREFIXES) || is_one_of(name, &NAMES) {
            changes.remove(name);
        }
    }
    changes
}

/// Removes, from the environment of a child that compiles, the variables in which Cargo describes this
/// process's own crate.
///
/// Some build scripts, such as ring's, are run again when these variables change. They differ between
/// `cargo run`, the tests of each crate and a direct start, and each change would recompile half of the
/// function.
pub fn forget_outer_crate(command: &mut Command) {
    of_build(&own()).make(command);
}

/// Returns this process's environment.
pub(crate) fn own() -> Vec<(OsString, OsString)> {
    std::env::vars_os().collect()
}

/// Returns the value of a variable; an empty one counts as unset.
fn value<'a>(variables: &'a [(OsString, OsString)], name: &str) -> Option<&'a OsStr> {
    let mut found = variables.iter().filter(|(known, _)| known == name);
    let (_, value) = found.next()?;
    (!value.is_empty()).then_some(value)
}

fn begins_with(name: &OsStr, beginnings: &[&str]) -> bool {
    let name = name.as_encoded_bytes();
    let mut beginnings = beginnings.iter();
    beginnings.any(|beginning| name.starts_with(beginning.as_bytes()))
}

fn is_one_of(name: &OsStr, names: &[&str]) -> bool {
    names.iter().any(|known| name == *known)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(list: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
        let own = |(name, value): &(&str, &str)| (OsString::from(name), OsString::from(value));
        list.iter().map(own).collect()
    }

    fn account(url: &str) -> BTreeMap<String, String> {
        BTreeMap::from([(ENDPOINT.to_owned(), url.to_owned())])
    }

    /// Returns the environment of a child that inherits these variables.
    fn found(
        inherited: &[(&str, &str)],
        given: &BTreeMap<String, String>,
    ) -> BTreeMap<String, String> {
        let inherited = variables(inherited);
        let Changes(changes) = of_terraform(&inherited, given);
        let kept = inherited
            .into_iter()
            .filter(|(name, _)| !changes.contains_key(name));
        let set = changes
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), value.clone()?)));
        let text = |text: OsString| text.into_string().unwrap();
        kept.chain(set)
            .map(|(name, value)| (text(name), text(value)))
            .collect()
    }

    /// The names come from the provider's guide (custom service endpoints), the AWS SDKs' reference
    /// (settings) and Terraform's documentation (environment variables).
    #[test]
    fn no_variable_of_the_user_leads_terraform_elsewhere() {
        let elsewhere = "http://elsewhere";
        let inherited: Vec<(&str, &str)> = [
            "AWS_ENDPOINT_URL",
            "AWS_ENDPOINT_URL_DYNAMODB",
            "AWS_DYNAMODB_ENDPOINT",
            "AWS_STS_ENDPOINT",
            "TF_AWS_DYNAMODB_ENDPOINT",
            "TF_AWS_IAM_ENDPOINT",
            "TF_AWS_S3_ENDPOINT",
            "TF_AWS_STS_ENDPOINT",
            "TF_AWS_A_LATER_SERVICE_ENDPOINT",
            "AWS_PROFILE",
            "AWS_CONFIG_FILE",
            "AWS_SHARED_CREDENTIALS_FILE",
            "AWS_ROLE_ARN",
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "AWS_EC2_METADATA_SERVICE_ENDPOINT",
            "AWS_CA_BUNDLE",
            "AWS_USE_FIPS_ENDPOINT",
            "AWS_USE_DUALSTACK_ENDPOINT",
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
            "TF_APPEND_USER_AGENT",
            "TF_VAR_language",
            "TF_CLI_ARGS",
            "TF_CLI_ARGS_apply",
            "TF_CLI_ARGS_version",
            "TF_CLI_CONFIG_FILE",
            "TERRAFORM_CONFIG",
            "TF_DATA_DIR",
            "TF_WORKSPACE",
            "TF_REATTACH_PROVIDERS",
            "TF_PLUGIN_CACHE_DIR",
            "TF_HTTP_ADDRESS",
            "TF_ENCRYPTION",
        ]
        .map(|name| (name, elsewhere))
        .into();
        let found = found(&inherited, &account("http://127.0.0.1:1"));
        let led: Vec<_> = found
            .iter()
            .filter(|(_, value)| *value == elsewhere)
            .collect();
        assert!(led.is_empty(), "{led:?}");
        assert_eq!(found[ENDPOINT], "http://127.0.0.1:1");
        assert_eq!(found["AWS_CONFIG_FILE"], "/dev/null");
    }

    #[test]
    fn variables_that_the_user_needs_are_kept() {
        let inherited = [
            ("PATH", "/opt/tfenv/bin:/usr/bin"),
            ("HOME", "/home/x"),
            ("SSL_CERT_FILE", "/etc/company.pem"),
            ("HTTPS_PROXY", "http://proxy:3128"),
            ("TF_LOG", "debug"),
            ("TF_LOG_PROVIDER", "trace"),
            ("TF_LOG_PATH", "/tmp/log"),
            ("TF_TOKEN_app_terraform_io", "token"),
            ("GOGC", "50"),
        ];
        let found = found(&inherited, &BTreeMap::new());
        for (name, value) in inherited {
            assert_eq!(found[name], value);
        }
        assert!(!found.contains_key("NO_PROXY"), "{found:?}");
    }

    /// The names are those of "Environment Variables" in Terraform's documentation and of the reference of
    /// the AWS SDKs.
    #[test]
    fn a_command_of_the_user_keeps_values_and_loses_what_leads_elsewhere() {
        let inherited = variables(&[
            ("PATH", "/usr/bin"),
            ("TF_VAR_alias", "shop"),
            ("TF_LOG", "debug"),
            ("TF_CLI_CONFIG_FILE", "/home/x/.terraformrc"),
            ("TF_CLI_ARGS_apply", "-state=/srv/aws.tfstate"),
            ("TF_WORKSPACE", "production"),
            ("TF_DATA_DIR", "/srv/data"),
            ("AWS_PROFILE", "production"),
            ("AWS_SECRET_ACCESS_KEY", "real"),
            ("AWS_SESSION_TOKEN", "real"),
            ("AWS_ENDPOINT_URL_S3", "https://s3.example.com"),
            ("AWS_USE_FIPS_ENDPOINT", "true"),
            ("AWS_PAGER", ""),
        ]);
        let Changes(changes) = of_users_command(&inherited, &account("http://127.0.0.1:1"));
        let removed = changes.iter().filter(|(_, value)| value.is_none());
        let removed: Vec<_> = removed.map(|(name, _)| name.to_str().unwrap()).collect();
        assert_eq!(
            removed,
            [
                "AWS_ENDPOINT_URL_S3",
                "AWS_PROFILE",
                "AWS_SECRET_ACCESS_KEY",
                "AWS_SESSION_TOKEN",
                "AWS_USE_FIPS_ENDPOINT",
                "TF_CLI_ARGS_apply",
                "TF_DATA_DIR",
                "TF_WORKSPACE",
            ]
        );
        for kept in [
            "PATH",
            "TF_VAR_alias",
            "TF_LOG",
            "TF_CLI_CONFIG_FILE",
            "AWS_PAGER",
        ] {
            assert!(!changes.contains_key(OsStr::new(kept)), "{kept}");
        }
        assert_eq!(
            changes[OsStr::new(ENDPOINT)].as_deref(),
            Some(OsStr::new("http://127.0.0.1:1"))
        );
    }

    #[test]
    fn requests_to_the_account_bypass_the_proxy() {
        let lists = |inherited: &[(&str, &str)]| {
            let found = found(inherited, &account("http://10.0.0.7:4566/"));
            NO_PROXY.map(|name| found[name].clone())
        };
        assert_eq!(lists(&[]), ["10.0.0.7", "10.0.0.7"]);
        // Go reads the first one that is set, other programs the second.
        assert_eq!(
            lists(&[("no_proxy", "a,.b")]),
            ["a,.b,10.0.0.7", "a,.b,10.0.0.7"]
        );
        assert_eq!(
            lists(&[("NO_PROXY", "a"), ("no_proxy", "*")]),
            ["a,10.0.0.7", "*,10.0.0.7"]
        );
    }

    #[test]
    fn the_host_is_between_scheme_and_port() {
        for (url, expected) in [
            ("http://127.0.0.1:4566", Some("127.0.0.1")),
            ("http://[::1]:4566", Some("::1")),
            ("https://localhost/path:1", Some("localhost")),
            ("localhost:4566", None),
            ("http://", None),
        ] {
            assert_eq!(host(url), expected, "{url}");
        }
    }

    #[test]
    fn a_release_build_ignores_the_users_settings() {
        let inherited = variables(&[
            ("RUSTFLAGS", "-C target-cpu=native"),
            ("CARGO_BUILD_RUSTFLAGS", "-g"),
            ("CARGO_BUILD_TARGET", "wasm32-unknown-unknown"),
            ("CARGO_INCREMENTAL", "1"),
            ("CARGO_PROFILE_LAMBDA_LTO", "off"),
            ("CARGO_PROFILE_RELEASE_DEBUG", "2"),
            ("CARGO_PKG_NAME", "connect-local"),
            ("CARGO", "/x/cargo"),
            ("CARGO_HOME", "/x"),
            ("CARGO_HTTP_CAINFO", "/etc/company.pem"),
            ("CARGO_HTTP_PROXY", "http://proxy:3128"),
            ("RUSTUP_TOOLCHAIN", "stable"),
            ("RUSTC_WRAPPER", "sccache"),
            ("ASDF_DIR", "/x"),
        ]);
        let Changes(changes) = of_release_build(&inherited);
        let gone: Vec<_> = changes.keys().map(|name| name.to_str().unwrap()).collect();
        assert_eq!(
            gone,
            [
                "CARGO",
                "CARGO_BUILD_RUSTFLAGS",
                "CARGO_BUILD_TARGET",
                "CARGO_INCREMENTAL",
                "CARGO_PKG_NAME",
                "CARGO_PROFILE_LAMBDA_LTO",
                "CARGO_PROFILE_RELEASE_DEBUG",
                "RUSTFLAGS",
            ]
        );
        assert!(changes.values().all(Option::is_none));
    }
}
