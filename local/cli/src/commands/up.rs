//! Runs an account until Ctrl-C.

mod calls;
mod rows;
mod verbose;

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use local_account::{Account, AccountConfig, Hosting, StartObserver};
use local_harness::Root;
use local_harness::root::Kind;
use local_toolchain::{Architecture, Cache, ProviderBuild, WorkDirectory, mirror_config};
use serde_json::json;
use tokio::task::JoinSet;

use super::{region, work_directory};
use crate::interrupt::interrupted;
use crate::options::{RootOption, Up};
use crate::program::Program;
use crate::screen::{Printed, Screen};

/// Runs an empty account and prints how to connect to it.
///
/// # Errors
/// When the address is in use, or the output cannot be written.
pub async fn run(options: &Up, root: &RootOption, screen: Screen) -> anyhow::Result<()> {
    let deploy = deploy(root)?;
    let running = start(options, screen).await?;
    let introduced = introduce(&running, &deploy, screen);
    let ended = match introduced {
        Ok(()) => interrupted().await,
        Err(unwritten) => Err(unwritten.into()),
    };
    let gone = running.end(screen).await;
    ended.and(gone)
}

/// Prints how to connect to the account, and what to do with it.
fn introduce(running: &Running, deploy: &str, screen: Screen) -> Printed {
    let reach = running.how_to_reach();
    screen.say(&format!(
        "Call the line in a browser, and see where each call is: {}

An empty AWS account listens on {}. Press Ctrl-C to stop it and delete everything in it.

Point Terraform, an SDK or the AWS CLI at it:

{reach}

Deploy the line from another terminal:

{deploy}

Add a member and a campaign on the page, below Account. Call the line, and read the messages that it sent:

  {program} call --from +819012345678
  {program} messages",
        running.page_address(),
        running.account.endpoint_url(),
        program = Program::own().invocation(),
    ))?;
    running.announce(screen)
}

/// Returns the commands that deploy the line, or a stack of the user where there is no root: an account is of
/// use without one. A root that is named must exist.
fn deploy(option: &RootOption) -> anyhow::Result<String> {
    let named = option.directory().map(PathBuf::as_path);
    let root = match Root::locate(named) {
        Err(error) if named.is_some() => return Err(error.into()),
        root => root.ok(),
    };
    Ok(deployed_from(root.as_ref(), Program::own().invocation()))
}

fn deployed_from(root: Option<&Root>, program: &str) -> String {
    match root {
        Some(root) if root.kind == Kind::Bundle => {
            let example = root.path.join("examples/complete");
            let terraform = format!("{program} exec -- terraform -chdir={}", example.display());
            // A release has both, and an example runs the other one unless it is told.
            let variable = match Architecture::of_host() {
                Ok(Architecture::Arm64) => " -var architecture=arm64",
                _ => "",
            };
            format!("  {terraform} init\n  {terraform} apply{variable}")
        }
        Some(_) => "  cargo run -- package
  terraform -chdir=examples/complete init
  terraform -chdir=examples/complete apply"
            .to_owned(),
        None => format!(
            "  {program} exec -- terraform init
  {program} exec -- terraform apply"
        ),
    }
}

/// A running account, and the directory that its functions are unpacked to.
pub(super) struct Running {
    pub(super) account: Account,
    enforces_iam: bool,
    faults: usize,
    work_dir: WorkDirectory,
    /// The tasks that print requests and write rows, which end with the account.
    _tasks: JoinSet<()>,
}

/// Starts an account with these options.
///
/// # Errors
/// When the rules cannot be read, or the address is in use.
pub(super) async fn start(options: &Up, screen: Screen) -> anyhow::Result<Running> {
    // Before anything starts, so that a mistake in the file is the only output.
    let rules = options.faults.as_deref().map(super::faults::read);
    let rules = rules.transpose()?.unwrap_or_default();
    let held = options.load.as_deref().map(rows::read).transpose()?;
    let upstream = options.upstream.clone();
    if let Some(url) = &upstream
        && !options.allow_remote_upstream
    {
        anyhow::ensure!(
            url.is_loopback(),
            "the upstream must be on this machine, such as http://127.0.0.1:5000, but was {url}; \
             --allow-remote-upstream accepts it"
        );
    }
    let work_dir = work_directory()?;
    let started: StartObserver = Arc::new(move |function: &str, process| {
        // The final output fails in the same way, and ends the command with an error.
        if let Err(error) = screen.process(function, process) {
            tracing::debug!(%error, "cannot print the process of a function");
        }
    });
    let hosting = Hosting {
        time_limits: !options.no_time_limits,
        started: (options.no_time_limits || options.verbose).then_some(started),
    };
    let mut config = AccountConfig::new(options.listen.address().await?, work_dir.path());
    config.repeat_limit = options.repeat_limit;
    config.instances_per_region = options.instances;
    config.alias_hold = Duration::from_secs(options.hold_aliases);
    config.upstream = upstream;
    config.enforce_iam = options.enforce_iam;
    let names = options.listen.name().into_iter();
    config.host_names = names.chain(&options.allowed_hosts).cloned().collect();
    let account = Account::start_hosting(config, hosting).await?;
    if account.token().is_some() {
        local_terminal::tell(format_args!("warning: {}", exposed(account.address())));
    }
    let faults = rules.len();
    account.faults().set(rules)?;
    let mut tasks = JoinSet::new();
    if options.verbose {
        tasks.spawn(verbose::print_requests(account.request_feed(), screen));
        let (connect, outbox) = (Arc::clone(account.connect()), Arc::clone(account.outbox()));
        tasks.spawn(calls::print_calls(connect, outbox, screen));
    }
    if let Some(held) = held {
        tasks.spawn(rows::write(
            held,
            account.request_feed(),
            account.client(),
            region(),
        ));
    }
    Ok(Running {
        _tasks: tasks,
        account,
        enforces_iam: options.enforce_iam,
        faults,
        work_dir,
    })
}

impl Running {
    /// Returns the address of the account's page.
    pub(super) fn page_address(&self) -> String {
        page_address(&self.account)
    }

    /// Returns the commands with which Terraform, an SDK or the AWS CLI use the account.
    pub(super) fn how_to_reach(&self) -> String {
        let elsewhere = self.reached_from_elsewhere();
        let enforced = self.rights_of_callers();
        let (exports, unset) = (exports(&self.account), unset());
        format!("{exports}{enforced}{elsewhere}{unset}")
    }

    /// Describes who may do what in an account that holds every caller to its policies; empty in others.
    fn rights_of_callers(&self) -> String {
        match self.enforces_iam {
            false => String::new(),
            true => format!(
                "\n\nEvery caller is held to its IAM policies (--enforce-iam). The access key id {} is the \
                 root user's, who may do everything; create users, access keys and roles with it. Requests \
                 with any other key that CreateAccessKey or AssumeRole did not return are refused.",
                self.account.access_key_id()
            ),
        }
    }

    /// Describes how other machines and browsers reach the account. Empty if only this machine can.
    fn reached_from_elsewhere(&self) -> String {
        let Some(token) = self.account.token() else {
            return String::new();
        };
        let url = self.account.endpoint_url();
        let address = self.account.address();
        let others = outward_address(address)
            .map(|outward| SocketAddr::new(outward, address.port()))
            .map(|outward| format!(" Other machines set AWS_ENDPOINT_URL to http://{outward}."))
            .unwrap_or_default();
        format!(
            "\n\nThe access key id is the account's token; requests without it are rejected.{others} \
             In a browser, pass the token once to open pages below /_local/:\n\n  \
             {url}/_local/messages?token={token}"
        )
    }

    /// Prints how many fault rules are set and, as JSON, the account's address.
    pub(super) fn announce(&self, screen: Screen) -> Printed {
        if self.faults > 0 {
            screen.say(&format!(
                "\nFault rules: {}. `{} faults` shows what they have affected.",
                self.faults,
                Program::own().invocation()
            ))?;
        }
        screen.result(json!({
            "type": "up",
            "endpointUrl": self.account.endpoint_url(),
            "region": region(),
            "accessKeyId": self.account.access_key_id(),
            "enforceIam": self.enforces_iam,
            // Null if only this machine can reach the account.
            "token": self.account.token(),
            "pageUrl": self.page_address(),
        }))
    }

    /// Stops the account and deletes everything in it.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub(super) async fn end(self, screen: Screen) -> anyhow::Result<()> {
        self.account.shutdown().await;
        drop(self.work_dir);
        Ok(screen.say("\nThe account was stopped and deleted.")?)
    }
}

/// Returns the address of an account's page, with the token where other machines can reach the account: the
/// browser keeps it in a cookie, and drops it from the address.
pub(super) fn page_address(account: &Account) -> String {
    let url = account.endpoint_url();
    match account.token() {
        Some(token) => format!("{url}/_local/ui/?token={token}"),
        None => format!("{url}/_local/ui/"),
    }
}

/// Returns the commands that lead Terraform, an SDK or the AWS CLI to the account.
pub(super) fn exports(account: &Account) -> String {
    // Where the provider had to be built, Terraform needs its location also when run by hand.
    let built = Cache::of_user()
        .ok()
        .and_then(|cache| mirror_config(&cache));
    let (provider, families) = built.map_or_else(Default::default, |path| {
        let export = format!("\n  export TF_CLI_CONFIG_FILE={}", path.display());
        (export, families_of_the_built_provider())
    });
    format!(
        "  export AWS_ENDPOINT_URL={} AWS_REGION={region} AWS_DEFAULT_REGION={region}
  export AWS_ACCESS_KEY_ID={key} AWS_SECRET_ACCESS_KEY=local{provider}{families}",
        account.endpoint_url(),
        region = region(),
        key = account.access_key_id(),
    )
}

/// Returns the command that removes the variables of the shell that lead elsewhere; empty without any.
pub(super) fn unset() -> String {
    match leading_elsewhere(std::env::vars_os()).as_slice() {
        [] => String::new(),
        names => format!(
            "\n\nThese variables of your shell would send requests elsewhere. Unset them first:\n\n  unset {}",
            names.join(" ")
        ),
    }
}

/// Describes which resources the provider has that was built on this machine.
fn families_of_the_built_provider() -> String {
    format!(
        "\n\nThe AWS provider in that file was built on this machine, with these resource families: {}. \
         For all others, run Terraform without TF_CLI_CONFIG_FILE where registry.terraform.io can be \
         reached.",
        ProviderBuild::Module.families().join(", ")
    )
}

/// The warning for an account that other machines can reach.
fn exposed(address: SocketAddr) -> String {
    format!(
        "other machines can reach this account, which listens on {address}. Anyone with the token \
         below can run programs on this machine with your rights, and the token can be read on the \
         network, because nothing is encrypted. Without --listen, only this machine can reach the account"
    )
}

/// Returns this machine's likely address in a network, if the account listens on all addresses: the
/// source address of outgoing packets. No packet is sent to find out.
fn outward_address(listened: SocketAddr) -> Option<IpAddr> {
    if !listened.ip().is_unspecified() {
        return None;
    }
    // Addresses reserved for documentation: RFC 5737 and RFC 3849.
    let elsewhere: [(SocketAddr, SocketAddr); 2] = [
        (
            (Ipv4Addr::UNSPECIFIED, 0).into(),
            (Ipv4Addr::new(192, 0, 2, 1), 9).into(),
        ),
        (
            (Ipv6Addr::UNSPECIFIED, 0).into(),
            (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1), 9).into(),
        ),
    ];
    elsewhere
        .into_iter()
        .filter(|(own, _)| listened.is_ipv6() || own.is_ipv4())
        .find_map(|(own, other)| {
            let socket = UdpSocket::bind(own).ok()?;
            socket.connect(other).ok()?;
            Some(socket.local_addr().ok()?.ip())
        })
        .filter(|address| !address.is_loopback() && !address.is_unspecified())
}

/// Returns the sorted names of variables that make an SDK ignore `AWS_ENDPOINT_URL`: an endpoint for a
/// single service has precedence, and FIPS, dual-stack and ignored endpoints lead to AWS. Source:
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html> and the pages next to it.
fn leading_elsewhere(variables: impl Iterator<Item = (OsString, OsString)>) -> Vec<String> {
    const SWITCHES: [&str; 3] = [
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
        "AWS_USE_DUALSTACK_ENDPOINT",
        "AWS_USE_FIPS_ENDPOINT",
    ];
    let mut names: Vec<String> = variables
        .filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            let leads = if SWITCHES.contains(&name.as_str()) {
                value.eq_ignore_ascii_case("true")
            } else {
                name.starts_with("AWS_ENDPOINT_URL_") && !value.is_empty()
            };
            leads.then_some(name)
        })
        .collect();
    names.sort_unstable();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_variables_that_lead_elsewhere() {
        let variables = |list: &[(&str, &str)]| {
            let owned: Vec<_> = list
                .iter()
                .map(|(name, value)| (OsString::from(name), OsString::from(value)))
                .collect();
            leading_elsewhere(owned.into_iter())
        };
        assert_eq!(
            variables(&[
                ("AWS_USE_FIPS_ENDPOINT", "true"),
                ("AWS_ENDPOINT_URL_DYNAMODB", "http://localhost:8000"),
                ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "True"),
                ("AWS_USE_DUALSTACK_ENDPOINT", "true"),
            ]),
            [
                "AWS_ENDPOINT_URL_DYNAMODB",
                "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
                "AWS_USE_DUALSTACK_ENDPOINT",
                "AWS_USE_FIPS_ENDPOINT",
            ]
        );
        let harmless = [
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:4566"),
            ("AWS_ENDPOINT_URL_S3", ""),
            ("AWS_USE_FIPS_ENDPOINT", "false"),
            ("AWS_REGION", "eu-central-1"),
        ];
        assert!(variables(&harmless).is_empty());
    }
}
