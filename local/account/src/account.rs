//! Wires the services together and serves them.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use local_aws::{FunctionInvoker, FunctionPolicies, LogSink, RoleRights, Service};
use local_connect::{ConnectPorts, ConnectService};
use local_lambda::{Hosting, LambdaConfig, LambdaPorts, LambdaService};
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use crate::authorization::{
    AuthorizationLog, AuthorizationRecord, Authorizer, Resources, TableKeys,
};
use crate::cloudwatch::CloudWatch;
use crate::connection::{Cut, CuttableListener};
use crate::control::{self, Control};
use crate::detached::Detached;
use crate::dynamodb::DynamoDb;
use crate::end_user_messaging::EndUserMessaging;
use crate::faults::{Faults, FaultyInvoker};
use crate::gateway::{self, Gateway, Services};
use crate::iam::Iam;
use crate::kms::Kms;
use crate::logs::Logs;
use crate::requests::{RequestLog, RequestRecord};
use crate::s3::S3;
use crate::sms::{Outbox, Recipients};
use crate::sns::Sns;
use crate::ssm::Ssm;
use crate::sts::Sts;
use crate::xray::XRay;

/// What an account is started with.
#[derive(Debug, Clone)]
pub struct AccountConfig {
    /// Address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Directory for the functions' unpacked code. Emptied again on shutdown.
    pub work_dir: PathBuf,
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
    outbox: Arc<Outbox>,
    lambda: Arc<LambdaService>,
    connect: Arc<ConnectService>,
    faults: Arc<Faults>,
    requests: Arc<RequestLog>,
    authorizations: Arc<AuthorizationLog>,
    detached: Detached,
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
        let time_limits = hosting.time_limits;
        let listener = TcpListener::bind(config.listen)
            .await
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
                ..LambdaConfig::new(format!("http://{address}"), config.work_dir)
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
        let (alive, detached) = Detached::new();
        let connect = ConnectService::new(ConnectPorts {
            functions: Arc::clone(&lambda) as Arc<dyn FunctionPolicies>,
            invoker: Arc::new(FaultyInvoker::new(
                Arc::clone(&lambda) as Arc<dyn FunctionInvoker>,
                Arc::clone(&faults),
                detached.clone(),
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

        let requests = Arc::new(RequestLog::new());
        let app = control::router(Control::new(
            Arc::clone(&outbox),
            recipients,
            Arc::clone(&connect),
            Arc::clone(&faults),
            Arc::clone(&requests),
            Arc::clone(&authorizations),
        ))
        .merge(gateway::router(Gateway {
            services,
            faults: Arc::clone(&faults),
            requests: Arc::clone(&requests),
            lambda: Arc::clone(&lambda),
            authorizer,
            detached: detached.clone(),
        }))
        .into_make_service_with_connect_info::<Cut>();
        let (stop, stopped) = oneshot::channel::<()>();
        let server = tokio::spawn(async move {
            let shutdown = async {
                // A dropped sender stops the server as well as a sent signal does.
                stopped.await.ok();
            };
            if let Err(error) = axum::serve(CuttableListener(listener), app)
                .with_graceful_shutdown(shutdown)
                .await
            {
                tracing::error!(%error, "the account stopped serving");
            }
        });

        Ok(Self {
            address,
            outbox,
            lambda,
            connect,
            faults,
            requests,
            authorizations,
            detached,
            _alive: alive,
            stop: Some(stop),
            server,
        })
    }

    /// Where the account listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What to set `AWS_ENDPOINT_URL` to.
    pub fn endpoint_url(&self) -> String {
        format!("http://{}", self.address)
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
        self.detached.settled().await;
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
