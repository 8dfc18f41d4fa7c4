//! The options of `up`, which `dev` has, too.

use std::path::PathBuf;

use clap::Args;
use local_account::{HostName, UpstreamUrl};

use super::DEFAULT_ADDRESS;
use crate::listen::Listen;

/// Options of a running account.
#[derive(Debug, Args, Clone)]
pub struct Up {
    /// Address to listen on, or a host name of this machine; port 0 selects a free port
    ///
    /// On an address other than loopback, such as 0.0.0.0, other machines can reach the account, and
    /// anyone who can use it can run programs on this machine. The account then requires a token, which
    /// is printed at the start. AWS clients send it as their access key id. A browser sends it once as
    /// ?token= in an address below /_local/. The other commands read it from AWS_ACCESS_KEY_ID. Traffic
    /// is not encrypted.
    #[arg(long, default_value = DEFAULT_ADDRESS, value_name = "HOST:PORT")]
    pub listen: Listen,

    /// Additional host name under which clients may reach the account, with its subdomains; can be
    /// repeated
    ///
    /// Restricting names keeps a web page from reaching the account through a domain of its own (DNS
    /// rebinding). The account always accepts IP addresses, localhost and its subdomains, AWS's own names
    /// (amazonaws.com, api.aws and so on) and a name given to --listen. Add the names of containers and
    /// forwarded ports, such as host.docker.internal.
    #[arg(long = "allow-host", value_name = "NAME")]
    pub allowed_hosts: Vec<HostName>,

    /// Address of another emulator, which gets the requests for services that the account does not have
    ///
    /// So a whole stack applies with one AWS_ENDPOINT_URL. A request goes on as it came, with its
    /// signature. Requests that functions sign do not go on: the account keeps their credentials to itself.
    #[arg(long, value_name = "http://HOST:PORT")]
    pub upstream: Option<UpstreamUrl>,

    /// Accept an upstream on another machine
    ///
    /// Without this option an upstream must have a loopback address or the name localhost, since requests
    /// and what they contain leave the machine otherwise. AWS's own domains are refused in any case.
    #[arg(long, requires = "upstream")]
    pub allow_remote_upstream: bool,

    /// Hold every caller to its IAM policies
    ///
    /// The access key id that is printed at the start is then that of the account's root user, who may do
    /// everything. Any other key must be one that CreateAccessKey or AssumeRole returned, or is refused.
    /// Without this option such a key is the root user's, too. Functions, sessions of roles and users are
    /// held to their policies in any case.
    #[arg(long)]
    pub enforce_iam: bool,

    /// JSON file with the initial fault rules
    #[arg(long, value_name = "FILE")]
    pub faults: Option<PathBuf>,

    /// JSON file with rows, which are written as soon as their tables exist
    ///
    /// The shape is what `aws dynamodb batch-write-item --request-items` takes, so that the same file loads
    /// a table on AWS. The rows are held until their tables are created, and written again when a table was
    /// deleted and created anew.
    #[arg(long, value_name = "FILE")]
    pub load: Option<PathBuf>,

    /// Print each request to the account, each step of a call, each message and each start of a function
    ///
    /// The line of a request has the time, the service, the operation, the caller, the status and the
    /// duration, and nothing of what the request contains. Lines of calls name the blocks, the functions and
    /// their outcomes; numbers are masked, and keys are only counted.
    #[arg(long)]
    pub verbose: bool,

    /// Enforce no time limits, for debugging, and print the process id of each function
    ///
    /// Neither the function's timeout nor the 8 seconds of Amazon Connect are enforced, and the deadline
    /// in the function's context is a year away.
    #[arg(long)]
    pub no_time_limits: bool,

    /// Number of times that a block of a flow may repeat in a call without input or a wait
    ///
    /// A call that repeats more often is stopped, and its last line names the block. Prompts and functions do
    /// not count as waits. On Amazon Connect such a call lasts until the caller hangs up.
    #[arg(long, value_name = "TIMES", default_value_t = local_connect::REPEAT_LIMIT,
          value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub repeat_limit: u32,

    /// Quota of Amazon Connect instances in a Region
    ///
    /// On AWS it is 2 until it is raised.
    #[arg(long, value_name = "NUMBER", default_value_t = local_connect::INSTANCES_PER_REGION,
          value_parser = clap::value_parser!(u16).range(1..=100))]
    pub instances: u16,

    /// Seconds for which the alias of a deleted instance stays taken
    ///
    /// On Amazon Connect it stays taken for some minutes, so that destroying a stack and applying it again at
    /// once fails. By default it is free at once.
    #[arg(long, value_name = "SECONDS", default_value_t = 0,
          value_parser = clap::value_parser!(u64).range(0..=300))]
    pub hold_aliases: u64,
}
