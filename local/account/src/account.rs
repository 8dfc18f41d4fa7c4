//! Wires the services together and serves them.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use local_aws::{FunctionInvoker, FunctionPolicies, LogSink};
use local_connect::{ConnectPorts, ConnectService};
use local_lambda::{LambdaConfig, LambdaService};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use winterbaume_cloudwatchlogs::CloudWatchLogsService;
use winterbaume_kms::KmsService;
use winterbaume_ssm::SsmService;
use winterbaume_sts::StsService;

use crate::cloudwatch::CloudWatch;
use crate::control;
use crate::dynamodb::DynamoDb;
use crate::embedded::{Embedded, Host};
use crate::gateway::{self, Services};
use crate::iam::Iam;
use crate::logs::EmbeddedLogSink;
use crate::sns::{Outbox, Sns};

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
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<()>,
}

impl Account {
    /// Starts an empty account.
    ///
    /// # Errors
    /// [`StartError::AddressInUse`] when the port is taken.
    pub async fn start(config: AccountConfig) -> Result<Self, StartError> {
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

        let logs = Arc::new(Embedded::new(
            CloudWatchLogsService::new(),
            Host::Regional("logs"),
        ));
        let sink: Arc<dyn LogSink> = Arc::new(EmbeddedLogSink::new(Arc::clone(&logs)));
        let lambda = LambdaService::new(
            LambdaConfig::new(format!("http://{address}"), config.work_dir),
            Arc::clone(&sink),
        );
        let connect = ConnectService::new(ConnectPorts {
            functions: Arc::clone(&lambda) as Arc<dyn FunctionPolicies>,
            invoker: Arc::clone(&lambda) as Arc<dyn FunctionInvoker>,
            logs: sink,
        });
        let outbox = Arc::new(Outbox::default());
        let sns = Arc::new(Sns::new(Arc::clone(&outbox)));

        let mut services = Services::new();
        services.insert("connect", Arc::clone(&connect) as _);
        services.insert("lambda", Arc::clone(&lambda) as _);
        services.insert("dynamodb", Arc::new(DynamoDb::new()));
        services.insert("sns", Arc::clone(&sns) as _);
        services.insert("logs", logs);
        services.insert("iam", Arc::new(Iam::new()));
        services.insert(
            "sts",
            Arc::new(Embedded::new(StsService::new(), Host::Regional("sts"))),
        );
        services.insert(
            "kms",
            Arc::new(Embedded::new(KmsService::new(), Host::Regional("kms"))),
        );
        services.insert(
            "ssm",
            Arc::new(Embedded::new(SsmService::new(), Host::Regional("ssm"))),
        );
        services.insert("monitoring", Arc::new(CloudWatch::new()));

        let app = control::router(Arc::clone(&outbox), sns, Arc::clone(&connect))
            .merge(gateway::router(services));
        let (stop, stopped) = oneshot::channel::<()>();
        let server = tokio::spawn(async move {
            let shutdown = async {
                // A dropped sender stops the server as well as a sent signal does.
                stopped.await.ok();
            };
            if let Err(error) = axum::serve(listener, app)
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
