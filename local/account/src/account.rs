//! Wires the services together and serves them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use axum::middleware::{from_fn, from_fn_with_state};
use local_connect::{ConnectPorts, ConnectService};
use local_lambda::{Hosting, LambdaConfig, LambdaPorts, LambdaService};
use local_wire::{FunctionInvoker, FunctionPolicies, LogSink, RoleRights, Service};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use crate::admin::{self, Admin, LocalClient};
use crate::authorization::{
    AuthorizationLog, AuthorizationRecord, Authorizer, Resources, TableKeys,
};
use crate::background_work::BackgroundWork;
use crate::cloudwatch::CloudWatch;
use crate::door::{self, Door, Functions, HandedOut, HostName, Token};
use crate::dynamodb::DynamoDb;
use crate::end_user_messaging::EndUserMessaging;
use crate::faults::{Faults, FaultyInvoker};
use crate::gateway::{self, Gateway, Services};
use crate::iam::Iam;
use crate::kms::Kms;
use crate::logs::Logs;
use crate::pace::Patience;
use crate::requests::{RequestLog, RequestRecord};
use crate::s3::S3;
use crate::sms::{Outbox, Recipients};
use crate::sns::Sns;
use crate::ssm::Ssm;
use crate::sts::Sts;
use crate::xray::XRay;
use crate::{open_files, panics, server};

/// What an account is started with.
#[derive(Debug, Clone)]
pub struct AccountConfig {
    /// Address to listen on; port 0 takes a free one. Where it is no loopback address, other machines
    /// reach the account, and it wants its [token](Account::token) of everybody.
    pub listen: SocketAddr,
    /// Directory for the functions' unpacked code. Emptied again on shutdown.
    pub work_dir: PathBuf,
    /// Names of hosts that clients call the account by, themselves and those below them, beside IP
    /// addresses, `localhost` and AWS's own names.
    pub host_names: Vec<HostName>,
}

impl AccountConfig {
    /// An account that answers to no further names.
    pub fn new(listen: SocketAddr, work_dir: impl Into<PathBuf>) -> Self {
        Self {
            listen,
            work_dir: work_dir.into(),
            host_names: Vec::new(),
        }
    }
}

/// What tests change within an account.
#[derive(Default)]
pub(crate) struct Interior {
    pub(crate) patience: Patience,
    /// Services in the place of those with the same names.
    pub(crate) services: Services,
}

/// Why an account could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Somebody else has the port.
    #[error(
        "port {port} of {address} is taken. Stop what listens there, or choose another port \
         with --listen", port = address.port(), address = address.ip()
    )]
    AddressInUse {
        /// The address asked for.
        address: SocketAddr,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

/// A running local AWS account. Dropping it stops it; [`Account::shutdown`] also waits for the
/// functions' processes to be gone.
pub struct Account {
    address: SocketAddr,
    /// None where only this machine reaches it.
    token: Option<Token>,
    outbox: Arc<Outbox>,
    lambda: Arc<LambdaService>,
    connect: Arc<ConnectService>,
    faults: Arc<Faults>,
    requests: Arc<RequestLog>,
    authorizations: Arc<AuthorizationLog>,
    background: BackgroundWork,
    /// Dropped with the account, which ends calls that suffer a fault.
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

    /// Starts an empty account that treats its functions in another way than AWS does, for those
    /// who debug them.
    ///
    /// # Errors
    /// [`StartError::AddressInUse`] when the port is taken.
    pub async fn start_hosting(
        config: AccountConfig,
        hosting: Hosting,
    ) -> Result<Self, StartError> {
        Self::start_with(config, hosting, Interior::default()).await
    }

    pub(crate) async fn start_with(
        config: AccountConfig,
        hosting: Hosting,
        interior: Interior,
    ) -> Result<Self, StartError> {
        let time_limits = hosting.time_limits;
        let patience = interior.patience;
        // Here rather than in the command: whoever runs an account has its connections.
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
        let token = is_reached_by_others(address.ip()).then(Token::random);

        let cloudwatch = Arc::new(CloudWatch::default());
        let s3 = Arc::new(S3::default());
        let logs = Arc::new(Logs::new(Arc::clone(&cloudwatch) as _));
        let sink: Arc<dyn LogSink> = Arc::clone(&logs) as _;
        let iam = Arc::new(Iam::new());
        let kms: Arc<dyn Service> = Arc::new(Kms::new());
        let ssm = Arc::new(Ssm::new());
        let dynamodb = Arc::new(TableKeys::new(Arc::new(DynamoDb::new())));
        let xray = Arc::new(XRay::default());
        let authorizations = Arc::new(AuthorizationLog::default());
        let authorizer = Arc::new(Authorizer::new(
            Arc::clone(&iam),
            Resources::new(Arc::clone(&kms), Arc::clone(&ssm), Arc::clone(&dynamodb)),
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
        });
        let outbox = Arc::new(Outbox::default());
        let recipients = Arc::new(Recipients::default());

        let mut services = Services::new();
        services.insert("connect", Arc::clone(&connect) as _);
        services.insert("lambda", Arc::clone(&lambda) as _);
        services.insert("dynamodb", dynamodb);
        services.insert(
            "sns",
            Arc::new(Sns::new(
                Arc::clone(&outbox),
                Arc::clone(&recipients),
                Arc::clone(&sink),
                Arc::clone(&cloudwatch) as _,
                Arc::clone(&authorizer) as _,
            )),
        );
        services.insert(
            "sms-voice",
            Arc::new(EndUserMessaging::new(
                Arc::clone(&outbox),
                Arc::clone(&recipients),
            )),
        );
        services.insert("logs", logs);
        services.insert("iam", iam);
        services.insert("sts", Arc::new(Sts::new(Arc::clone(&lambda))));
        services.insert("kms", kms);
        services.insert("ssm", ssm);
        services.insert("xray", xray);
        services.insert("s3", s3);
        services.insert("monitoring", cloudwatch);
        services.extend(interior.services);

        let requests = Arc::new(RequestLog::new());
        let handed_out = Arc::new(HandedOut::default());
        let door = Arc::new(Door::new(
            config.host_names.clone(),
            address.port(),
            token.clone(),
            Arc::new(FunctionsOfLambda(Arc::clone(&lambda))),
            Arc::clone(&handed_out),
        ));
        let admin = Admin::new(
            Arc::clone(&outbox),
            recipients,
            Arc::clone(&connect),
            Arc::clone(&faults),
            Arc::clone(&requests),
            Arc::clone(&authorizations),
        );
        let app = admin::router(admin, patience.body)
            .merge(gateway::router(Gateway {
                services,
                faults: Arc::clone(&faults),
                requests: Arc::clone(&requests),
                lambda: Arc::clone(&lambda),
                authorizer,
                background: background.clone(),
                handed_out,
                body_pause: patience.body,
                host_names: config.host_names,
            }))
            .layer(from_fn_with_state((door, patience.body), door::guard))
            .layer(from_fn(panics::answer));
        let (stop, stopped) = oneshot::channel::<()>();
        let server = tokio::spawn(server::serve(listener, app, patience, stopped));

        Ok(Self {
            address,
            token,
            outbox,
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

    /// Where the account listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What to set `AWS_ENDPOINT_URL` to on this machine. Other machines have to name it by an
    /// address of theirs where the account listens on all.
    pub fn endpoint_url(&self) -> String {
        endpoint_url(self.address)
    }

    /// What everybody must have as their access key id; `None` where only this machine reaches the
    /// account, which then takes any.
    pub fn token(&self) -> Option<&str> {
        self.token.as_ref().map(Token::as_str)
    }

    /// What to set `AWS_ACCESS_KEY_ID` to.
    pub fn access_key_id(&self) -> &str {
        self.token().unwrap_or(ANY_KEY)
    }

    /// A client of the account that may use it.
    pub fn client(&self) -> LocalClient {
        LocalClient::new(self.endpoint_url()).signing_as(self.access_key_id())
    }

    /// The text messages that were sent.
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Amazon Connect, to place calls.
    pub fn connect(&self) -> &Arc<ConnectService> {
        &self.connect
    }

    /// The rules by which calls suffer.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Waits until every call that a fault rule has struck is over: carried out or refused, also
    /// when whoever made it has given up long ago.
    pub async fn settled(&self) {
        self.background.settled().await;
    }

    /// The latest requests that were made of the account's services, in the order in which they
    /// arrived. Amazon Connect's own invocations of functions are none of them.
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.requests.records()
    }

    /// Forgets the requests that were made so far.
    pub fn clear_requests(&self) {
        self.requests.clear();
    }

    /// Which rights functions used and lacked: of one role, by its name or ARN, or of all.
    pub fn authorizations(&self, role: Option<&str>) -> Vec<AuthorizationRecord> {
        self.authorizations.records(role)
    }

    /// Forgets which rights were used so far.
    pub fn clear_authorizations(&self) {
        self.authorizations.clear();
    }

    /// Stops serving, ends the functions' processes and removes their code.
    pub async fn shutdown(mut self) {
        if let Some(stop) = self.stop.take() {
            // The server may have ended by itself; then nobody listens.
            stop.send(()).ok();
        }
        self.lambda.shutdown().await;
        // Clients may hold connections open for as long as they like.
        self.server.abort();
    }
}

/// An access key id like any other.
const ANY_KEY: &str = "local";

/// Whether machines other than this one can reach an address. Nobody knows what a network in between
/// keeps out, so every address but a loopback one counts.
fn is_reached_by_others(address: IpAddr) -> bool {
    !address.to_canonical().is_loopback()
}

/// How this machine reaches an account that listens on an address: one that stands for all addresses
/// is none to connect to.
fn endpoint_url(address: SocketAddr) -> String {
    let ip = match address.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, address.port()))
}

/// What Lambda knows of functions.
struct FunctionsOfLambda(Arc<LambdaService>);

impl Functions for FunctionsOfLambda {
    fn is_key(&self, access_key_id: &str) -> bool {
        self.0.identity_of(access_key_id).is_some()
    }

    fn is_connection(&self, peer: SocketAddr, local: SocketAddr) -> bool {
        self.0.is_function_connection(peer, local)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_but_a_loopback_one_is_reached_by_others() {
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
            assert_eq!(is_reached_by_others(address.ip()), by_others, "{address}");
            assert_eq!(endpoint_url(address), url);
        }
    }
}
