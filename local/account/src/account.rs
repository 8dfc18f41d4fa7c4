//! Wires the services together and serves them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::middleware::{from_fn, from_fn_with_state};
use local_connect::{ConnectPorts, ConnectService};
use local_lambda::{Hosting, LambdaConfig, LambdaPorts, LambdaService};
use local_wire::{FunctionInvoker, FunctionPolicies, LogSink, RoleRights, Service};
use time::OffsetDateTime;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use crate::admin::{self, Admin, AdminParts, LocalClient};
use crate::authorization::{
    AuthorizationLog, AuthorizationRecord, Authorizer, Resources, TableKeys,
};
use crate::background_work::BackgroundWork;
use crate::cloudwatch::CloudWatch;
use crate::door::{self, Door, Functions, SessionKeys, Token};
use crate::dynamodb::DynamoDb;
use crate::end_user_messaging::{EndUserMessaging, MessagingPorts};
use crate::faults::{Faults, FaultyInvoker};
use crate::firehose::Firehose;
use crate::gateway::{self, Gateway, Services};
use crate::host::HostName;
use crate::iam::Iam;
use crate::kinesis::Kinesis;
use crate::kinesis_video::KinesisVideo;
use crate::kms::Kms;
use crate::lex::Lex;
use crate::logs::Logs;
use crate::pace::ClientTimeouts;
use crate::requests::{RequestFeed, RequestLog, RequestRecord};
use crate::s3::S3;
use crate::signers::Signers;
use crate::sms::{Outbox, Recipients, Spending};
use crate::sns::Sns;
use crate::ssm::Ssm;
use crate::sts::{Clock, Sessions, Sts};
use crate::ui::{self, Ui};
use crate::upstream::{Upstream, UpstreamUrl};
use crate::xray::XRay;
use crate::{open_files, panics, server};

/// Configuration of an account.
#[derive(Debug, Clone)]
pub struct AccountConfig {
    /// The address to listen on; port 0 selects a free port. Unless it is a loopback address, other
    /// machines can reach the account, and every client must send its [token](Account::token).
    pub listen: SocketAddr,
    /// The directory for the functions' unpacked code, emptied on shutdown.
    pub work_dir: PathBuf,
    /// The host names by which clients address the account, each with its subdomains. IP addresses,
    /// `localhost` and AWS's own names are always accepted.
    pub host_names: Vec<HostName>,
    /// The number of times that a block of a call may repeat without input or a wait, before the call is stopped.
    pub repeat_limit: u32,
    /// The quota of Amazon Connect instances in a Region.
    pub instances_per_region: u16,
    /// The real time for which the alias of a deleted instance stays taken. Some minutes on AWS; by default
    /// not at all, so that a stack is destroyed and applied again without waiting.
    pub alias_hold: Duration,
    /// Another emulator, which gets the requests for services that the account does not have.
    pub upstream: Option<UpstreamUrl>,
    /// Whether every caller is held to its policies: [`Account::access_key_id`] is then the root
    /// user's key, and the account refuses every other key that it did not issue.
    pub enforce_iam: bool,
}

impl AccountConfig {
    /// Returns a configuration without additional host names.
    pub fn new(listen: SocketAddr, work_dir: impl Into<PathBuf>) -> Self {
        Self {
            listen,
            work_dir: work_dir.into(),
            host_names: Vec::new(),
            repeat_limit: local_connect::REPEAT_LIMIT,
            instances_per_region: local_connect::INSTANCES_PER_REGION,
            alias_hold: Duration::ZERO,
            upstream: None,
            enforce_iam: false,
        }
    }
}

/// Overrides for tests inside this crate.
#[derive(Default)]
pub(crate) struct TestOverrides {
    pub(crate) timeouts: ClientTimeouts,
    /// Services that replace those with the same names.
    pub(crate) services: Services,
    /// The time by which sessions of roles end, if it is not the system's.
    pub(crate) clock: Option<Clock>,
}

/// Why an account could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The port is already in use.
    #[error(
        "port {port} of {address} is already in use. Stop the program that listens \
         there, or choose another port with --listen", port = address.port(), address = address.ip()
    )]
    AddressInUse { address: SocketAddr },
    /// Requests would go round in circles.
    #[error(
        "the upstream must be another emulator, but {0} is the address of this account. Give the other \
         one's address, or leave out --upstream"
    )]
    UpstreamIsAccount(UpstreamUrl),
    /// The account cannot listen on the address.
    #[error("cannot listen on {address}")]
    Listen {
        address: SocketAddr,
        #[source]
        source: std::io::Error,
    },
}

/// A running local AWS account. Dropping it stops it; [`Account::shutdown`] also waits until the
/// functions' processes have ended.
pub struct Account {
    address: SocketAddr,
    /// `None` if only this machine can reach the account.
    token: Option<Token>,
    outbox: Arc<Outbox>,
    spending: Arc<Spending>,
    lambda: Arc<LambdaService>,
    connect: Arc<ConnectService>,
    faults: Arc<Faults>,
    requests: Arc<RequestLog>,
    authorizations: Arc<AuthorizationLog>,
    background: BackgroundWork,
    /// Dropped with the account, which ends streams of events and requests that are delayed by a fault rule.
    _alive: watch::Sender<()>,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<()>,
}

impl Account {
    /// Starts an empty account.
    ///
    /// # Errors
    /// [`StartError::AddressInUse`] when the port is taken.
    pub async fn start(config: AccountConfig) -> Result<Self, StartError> {
        Self::start_hosting(config, Hosting::default()).await
    }

    /// Starts an empty account whose functions run under other rules than AWS's, such as without
    /// time limits for a debugger.
    ///
    /// # Errors
    /// [`StartError::AddressInUse`] when the port is taken.
    pub async fn start_hosting(
        config: AccountConfig,
        hosting: Hosting,
    ) -> Result<Self, StartError> {
        Self::start_with(config, hosting, TestOverrides::default()).await
    }

    pub(crate) async fn start_with(
        config: AccountConfig,
        hosting: Hosting,
        overrides: TestOverrides,
    ) -> Result<Self, StartError> {
        let time_limits = hosting.time_limits;
        let timeouts = overrides.timeouts;
        // Here rather than in the command, since every program that runs an account needs the
        // connections.
        open_files::allow_many();
        let listener = server::listen(config.listen)
            .and_then(|listener| Ok((listener.local_addr()?, listener)))
            .map_err(|source| match source.kind() {
                std::io::ErrorKind::AddrInUse => StartError::AddressInUse {
                    address: config.listen,
                },
                _ => StartError::Listen {
                    address: config.listen,
                    source,
                },
            });
        let (address, listener) = listener?;
        if let Some(url) = config
            .upstream
            .as_ref()
            .filter(|url| url.is_account_at(address))
        {
            return Err(StartError::UpstreamIsAccount(url.clone()));
        }
        let token = is_reachable_from_other_machines(address.ip()).then(Token::random);

        let cloudwatch = Arc::new(CloudWatch::default());
        let s3 = Arc::new(S3::default());
        let logs = Arc::new(Logs::new(Arc::clone(&cloudwatch) as _));
        let sink: Arc<dyn LogSink> = Arc::clone(&logs) as _;
        let iam = Arc::new(Iam::new());
        let kms: Arc<dyn Service> = Arc::new(Kms::new());
        let ssm = Arc::new(Ssm::new());
        let database = Arc::new(DynamoDb::new());
        let dynamodb = Arc::new(TableKeys::new(Arc::clone(&database) as _));
        let xray = Arc::new(XRay::default());
        let authorizations = Arc::new(AuthorizationLog::default());
        let authorizer = Arc::new(Authorizer::new(
            Arc::clone(&iam),
            Resources::new(
                Arc::clone(&iam),
                Arc::clone(&kms),
                Arc::clone(&ssm),
                Arc::clone(&dynamodb),
            ),
            Arc::clone(&authorizations),
        ));
        let lambda = LambdaService::new(
            LambdaConfig {
                hosting,
                ..LambdaConfig::new(endpoint_url(address), config.work_dir)
            },
            LambdaPorts {
                logs: Arc::clone(&sink),
                rights: Arc::clone(&authorizer) as Arc<dyn RoleRights>,
                traces: Arc::clone(&xray) as _,
                objects: Arc::clone(&s3) as _,
                metrics: Arc::clone(&cloudwatch) as _,
            },
        );
        let faults = Arc::new(Faults::default());
        let (alive, background) = BackgroundWork::new();
        let connect = ConnectService::new(ConnectPorts {
            functions: Arc::clone(&lambda) as Arc<dyn FunctionPolicies>,
            invoker: Arc::new(FaultyInvoker::new(
                Arc::clone(&lambda) as Arc<dyn FunctionInvoker>,
                Arc::clone(&faults),
                background.clone(),
            )),
            logs: Arc::clone(&sink),
            time_limits,
            repeat_limit: config.repeat_limit,
            instances_per_region: config.instances_per_region,
            alias_hold: config.alias_hold,
        });
        let outbox = Arc::new(Outbox::default());
        let recipients = Arc::new(Recipients::default());
        let spending = Arc::new(Spending::default());

        let mut services = Services::new();
        services.insert("connect", Arc::clone(&connect) as _);
        services.insert("lambda", Arc::clone(&lambda) as _);
        services.insert("dynamodb", dynamodb);
        let sns = Arc::new(Sns::new(
            Arc::clone(&outbox),
            Arc::clone(&recipients),
            Arc::clone(&spending),
            Arc::clone(&sink),
            Arc::clone(&cloudwatch) as _,
            Arc::clone(&authorizer) as _,
        ));
        let messaging = EndUserMessaging::new(MessagingPorts {
            outbox: Arc::clone(&outbox),
            recipients: Arc::clone(&recipients),
            spending: Arc::clone(&spending),
            logs: Arc::clone(&sink),
            topics: Arc::clone(&sns) as _,
            rights: Arc::clone(&authorizer) as _,
        });
        services.insert("sns", sns);
        services.insert("sms-voice", Arc::new(messaging));
        services.insert("logs", logs);
        let clock = overrides
            .clock
            .unwrap_or_else(|| Arc::new(OffsetDateTime::now_utc));
        let sessions = Arc::new(Sessions::new(clock));
        let root_key = token.as_ref().map_or(ANY_KEY, Token::as_str);
        let signers = Arc::new(Signers::new(
            Arc::clone(&lambda),
            Arc::clone(&iam),
            Arc::clone(&sessions),
            config.enforce_iam.then(|| root_key.to_owned()),
        ));
        let sts = Sts {
            iam: Arc::clone(&iam),
            signers: Arc::clone(&signers),
            sessions,
            authorizer: Arc::clone(&authorizer),
        };
        services.insert("iam", Arc::clone(&iam) as _);
        services.insert("sts", Arc::new(sts));
        services.insert("firehose", Arc::new(Firehose::default()));
        services.insert("kinesis", Arc::new(Kinesis::new()));
        services.insert("kinesisvideo", Arc::new(KinesisVideo::default()));
        services.insert("kms", kms);
        services.insert("lex", Arc::new(Lex::default()));
        services.insert("ssm", ssm);
        services.insert("xray", xray);
        services.insert("s3", s3);
        services.insert("monitoring", Arc::clone(&cloudwatch) as _);
        services.extend(overrides.services);

        let requests = Arc::new(RequestLog::new());
        let session_keys = Arc::new(SessionKeys::default());
        let door = Arc::new(Door::new(
            config.host_names.clone(),
            address.port(),
            token.clone(),
            Arc::new(KeysOfAccount {
                lambda: Arc::clone(&lambda),
                iam,
            }),
            Arc::clone(&session_keys),
        ));
        let parts = AdminParts {
            outbox: Arc::clone(&outbox),
            recipients,
            spending: Arc::clone(&spending),
            connect: Arc::clone(&connect),
            faults: Arc::clone(&faults),
            requests: Arc::clone(&requests),
            authorizations: Arc::clone(&authorizations),
        };
        let admin = Admin::new(parts, alive.subscribe());
        let page = Ui {
            connect: Arc::clone(&connect),
            requests: Arc::clone(&requests),
            dynamodb: database,
            cloudwatch,
        };
        let names = Arc::new(config.host_names.clone());
        let aws = gateway::router(Gateway {
            services,
            faults: Arc::clone(&faults),
            requests: Arc::clone(&requests),
            signers,
            authorizer,
            background: background.clone(),
            session_keys,
            body_pause: timeouts.body,
            host_names: config.host_names,
            upstream: config.upstream.map(Upstream::new),
        })
        .layer(from_fn_with_state(names, ui::lead_or_guard));
        let app = admin::router(admin, timeouts.body)
            .merge(ui::router(page, timeouts.body))
            .merge(aws)
            .layer(from_fn_with_state((door, timeouts.body), door::guard))
            .layer(from_fn(panics::answer));
        let (stop, stopped) = oneshot::channel::<()>();
        let server = tokio::spawn(server::serve(listener, app, timeouts, stopped));

        Ok(Self {
            address,
            token,
            outbox,
            spending,
            lambda,
            connect,
            faults,
            requests,
            authorizations,
            background,
            _alive: alive,
            stop: Some(stop),
            server,
        })
    }

    /// Returns the address on which the account listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the value for `AWS_ENDPOINT_URL` on this machine. If the account listens on all
    /// addresses, other machines must use one of this machine's own.
    pub fn endpoint_url(&self) -> String {
        endpoint_url(self.address)
    }

    /// Returns the access key id that every client must use; `None` if only this machine can reach
    /// the account, which then accepts any key.
    pub fn token(&self) -> Option<&str> {
        self.token.as_ref().map(Token::as_str)
    }

    /// Returns the value for `AWS_ACCESS_KEY_ID`: the key of the account's root user.
    pub fn access_key_id(&self) -> &str {
        self.token().unwrap_or(ANY_KEY)
    }

    /// Returns a client that the account admits.
    pub fn client(&self) -> LocalClient {
        LocalClient::new(self.endpoint_url()).signing_as(self.access_key_id())
    }

    /// Returns the text messages that the account accepted.
    pub fn outbox(&self) -> &Arc<Outbox> {
        &self.outbox
    }

    /// Forgets what the month's text messages have cost, as if a month began. The limits stay.
    pub fn forget_sms_spending(&self) {
        self.spending.forget();
    }

    /// Returns Amazon Connect, for placing calls.
    pub fn connect(&self) -> &Arc<ConnectService> {
        &self.connect
    }

    /// Returns the fault rules that requests are matched against.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Waits until every request that a fault rule matched has been carried out or refused,
    /// including requests whose client has given up.
    pub async fn settled(&self) {
        self.background.settled().await;
    }

    /// Returns the latest requests to the account's services, ordered by arrival. Invocations of
    /// functions by Amazon Connect are not among them.
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.requests.records()
    }

    /// Returns the requests to the account's services from now on, in the order in which they end.
    pub fn request_feed(&self) -> RequestFeed {
        self.requests.feed()
    }

    /// Clears the recorded requests.
    pub fn clear_requests(&self) {
        self.requests.clear();
    }

    /// Returns the permissions that functions, sessions and users used and lacked: of one role or
    /// user, given by name or ARN, or of all.
    pub fn authorizations(&self, role: Option<&str>) -> Vec<AuthorizationRecord> {
        self.authorizations.records(role)
    }

    /// Clears the recorded permissions.
    pub fn clear_authorizations(&self) {
        self.authorizations.clear();
    }

    /// Stops the server, ends the functions' processes and removes their code.
    pub async fn shutdown(mut self) {
        if let Some(stop) = self.stop.take() {
            // The server may have ended already; then the channel has no receiver.
            stop.send(()).ok();
        }
        self.lambda.shutdown().await;
        // Clients may keep connections open for any length of time.
        self.server.abort();
    }
}

/// Ends what the services run by themselves; the other parts end with their channels.
impl Drop for Account {
    fn drop(&mut self) {
        self.connect.end_test_runs();
    }
}

/// The access key id of the root user where only this machine can reach the account.
const ANY_KEY: &str = "local";

/// Reports whether other machines can reach an address. A firewall may prevent it, which the
/// account cannot know, so every address but a loopback one counts.
fn is_reachable_from_other_machines(address: IpAddr) -> bool {
    !address.to_canonical().is_loopback()
}

/// Returns the URL by which this machine reaches an account that listens on `address`. A client
/// cannot connect to an unspecified address such as 0.0.0.0, so that becomes the loopback address.
fn endpoint_url(address: SocketAddr) -> String {
    let ip = match address.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, address.port()))
}

/// Identifies functions by Lambda's records of their keys and processes, and users by IAM's.
struct KeysOfAccount {
    lambda: Arc<LambdaService>,
    iam: Arc<Iam>,
}

impl Functions for KeysOfAccount {
    fn is_key(&self, access_key_id: &str) -> bool {
        self.lambda.identity_of(access_key_id).is_some() || self.iam.has_issued(access_key_id)
    }

    fn is_connection(&self, peer: SocketAddr, local: SocketAddr) -> bool {
        self.lambda.is_function_connection(peer, local)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_but_a_loopback_one_is_reachable_from_other_machines() {
        for (address, by_others, url) in [
            ("127.0.0.1:1", false, "http://127.0.0.1:1"),
            ("127.8.8.8:1", false, "http://127.8.8.8:1"),
            ("[::1]:1", false, "http://[::1]:1"),
            ("[::ffff:127.0.0.1]:1", false, "http://[::ffff:127.0.0.1]:1"),
            ("0.0.0.0:1", true, "http://127.0.0.1:1"),
            ("[::]:1", true, "http://[::1]:1"),
            ("192.168.1.7:1", true, "http://192.168.1.7:1"),
            ("[fd00::7]:1", true, "http://[fd00::7]:1"),
            ("[::ffff:0.0.0.0]:1", true, "http://[::ffff:0.0.0.0]:1"),
        ] {
            let address: SocketAddr = address.parse().unwrap();
            assert_eq!(
                is_reachable_from_other_machines(address.ip()),
                by_others,
                "{address}"
            );
            assert_eq!(endpoint_url(address), url);
        }
    }
}
