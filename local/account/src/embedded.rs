//! Runs services from the winterbaume crates.
//!
//! These services store any amount of data, so each has a limit on its data.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::header::CONTENT_LENGTH;
use local_wire::{ApiRequest, Fault, Outcome, Response, is_form, partition};
use winterbaume_core::{MockRequest, StatefulService};

use crate::partitions::{exchanged, exchanged_text};

/// One embedded service.
///
/// The embedded crates read the Region from the request's host name, so each request gets the host
/// name of the real service, with the suffix of the partition `aws`, which they expect. They write
/// the ARNs of that partition, too, which are [exchanged](crate::partitions) for the Region's.
pub(crate) struct Embedded<S> {
    service: S,
    host: Host,
    ledger: Arc<Ledger>,
}

/// The most bytes that a service stores, as JSON, in all Regions together.
const MAX_STORED_BYTES: usize = 16 * 1_024 * 1_024;
/// The number of request bytes after which the stored data is counted again.
const RECOUNT_AFTER_BYTES: usize = 256 * 1_024;

/// Prefixes of the names of operations that do not add data.
const OPERATIONS_WITHOUT_NEW_DATA: [&str; 26] = [
    "Batch",
    "Cancel",
    "Check",
    "Confirm",
    "Deactivate",
    "Decode",
    "Decrypt",
    "Delete",
    "Deregister",
    "Describe",
    "Detach",
    "Disable",
    "Disassociate",
    "Encrypt",
    "Generate",
    "Get",
    "List",
    "ReEncrypt",
    "Remove",
    "ScheduleKeyDeletion",
    "Sign",
    "Simulate",
    "Stop",
    "Unlabel",
    "Unsubscribe",
    "Untag",
];

/// The size of a service's data, measured by its own snapshots.
#[derive(Debug)]
struct Ledger {
    /// The most bytes that the service may store.
    most: usize,
    /// The bytes of each Region at the last count.
    regions: Mutex<HashMap<String, usize>>,
    /// The sum over all Regions.
    stored: AtomicUsize,
    /// The bytes of the requests since the last count.
    uncounted: AtomicUsize,
}

impl Ledger {
    fn new(most: usize) -> Self {
        Self {
            most,
            regions: Mutex::default(),
            stored: AtomicUsize::default(),
            uncounted: AtomicUsize::default(),
        }
    }

    fn is_full(&self) -> bool {
        self.stored.load(Ordering::Relaxed) > self.most
    }

    fn begin(&self, bytes: usize) {
        self.uncounted.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Reports whether the stored data should be counted now.
    fn is_due(&self) -> bool {
        // A service with a small limit is counted more often, so that it exceeds the limit by
        // little.
        let due = RECOUNT_AFTER_BYTES.min(self.most / 8);
        self.is_full() || self.uncounted.load(Ordering::Relaxed) >= due
    }

    /// Counts the data of a Region.
    fn count<V: serde::Serialize>(&self, region: &str, view: &V) {
        self.uncounted.store(0, Ordering::Relaxed);
        let mut size = Size(0);
        if let Err(error) = serde_json::to_writer(&mut size, view) {
            // Writing cannot fail here, and the views can always be written as JSON.
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "cannot count the stored data"
            );
            return;
        }
        let mut regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        regions.insert(region.to_owned(), size.0);
        self.stored.store(regions.values().sum(), Ordering::Relaxed);
    }
}

/// Counts the bytes written to it.
struct Size(usize);

impl io::Write for Size {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Returns the error of a service that has reached its limit.
fn full(service: &str) -> Fault {
    Fault::new(
        400,
        "LimitExceededException",
        format!(
            "The local account keeps at most {} MiB for {service}. Delete resources that are no \
             longer needed.",
            MAX_STORED_BYTES / 1_024 / 1_024
        ),
    )
}

/// The form of the real service's host name.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Host {
    /// `<prefix>.<region>.amazonaws.com`.
    Regional(&'static str),
    /// `<prefix>.amazonaws.com`: IAM is the same in all Regions.
    Global(&'static str),
}

impl<S: StatefulService> Embedded<S> {
    pub(crate) fn new(service: S, host: Host) -> Self {
        Self::keeping(service, host, MAX_STORED_BYTES)
    }

    /// Creates a service with a limit of `most` bytes.
    pub(crate) fn keeping(service: S, host: Host, most: usize) -> Self {
        let ledger = Arc::new(Ledger::new(most));
        let (due, counting) = (Arc::clone(&ledger), Arc::clone(&ledger));
        service.notifier().subscribe(
            move || due.is_due(),
            move |_account, region, stored| counting.count(region, stored),
        );
        Self {
            service,
            host,
            ledger,
        }
    }

    /// Reports whether the stored data should be counted. Services that publish their changes are
    /// counted without this.
    pub(crate) fn is_due(&self) -> bool {
        self.ledger.is_due()
    }

    /// Counts the data of a Region.
    pub(crate) fn count(&self, region: &str, stored: &S::StateView) {
        self.ledger.count(region, stored);
    }

    /// Returns the service, for access to its state, in which all ARNs have the partition `aws`.
    pub(crate) fn service(&self) -> &S {
        &self.service
    }

    /// Carries out an operation and returns the service's response.
    pub(crate) async fn call(&self, request: &ApiRequest) -> Outcome {
        Ok(self.ask(request).await?.into())
    }

    /// Sends a request to the service, in any protocol.
    ///
    /// # Errors
    /// If the service has reached its limit.
    pub(crate) async fn ask(&self, request: &ApiRequest) -> Result<Response, Fault> {
        self.admit(request)?;
        let host = match self.host {
            Host::Regional(prefix) => format!("{prefix}.{}.amazonaws.com", request.region),
            Host::Global(prefix) => format!("{prefix}.amazonaws.com"),
        };
        let form = is_form(&request.headers);
        let partition = partition(&request.region);
        let path = request
            .uri
            .path_and_query()
            .map_or("/", |path| path.as_str());
        let answer = self
            .service
            .handle(MockRequest {
                method: request.method.to_string(),
                uri: format!("https://{host}{}", exchanged_text(path, partition)),
                headers: request.headers.clone(),
                body: match exchanged(&request.body, partition) {
                    Cow::Borrowed(_) => request.body.clone(),
                    Cow::Owned(body) => body.into(),
                },
            })
            .await;

        let Ok(status) = axum::http::StatusCode::from_u16(answer.status) else {
            return Err(Fault::new(
                500,
                "InternalFailure",
                format!("{} answered with status {}", host, answer.status),
            ));
        };
        let mut response = Response::new(answer.body);
        *response.status_mut() = status;
        *response.headers_mut() = answer.headers;
        if form && let Cow::Owned(body) = rejoined(&String::from_utf8_lossy(response.body())) {
            *response.body_mut() = body.into();
            response.headers_mut().remove(CONTENT_LENGTH);
        }
        if let Cow::Owned(body) = exchanged(response.body(), partition) {
            *response.body_mut() = body.into();
            response.headers_mut().remove(CONTENT_LENGTH);
            response.headers_mut().remove("x-amz-crc32");
        }
        Ok(response)
    }
}

impl<S: StatefulService> Embedded<S> {
    /// Refuses an operation that may add data to a full service.
    fn admit(&self, request: &ApiRequest) -> Result<(), Fault> {
        self.ledger.begin(request.body.len());
        if self.ledger.is_full() {
            let name = &request.operation.name;
            if !OPERATIONS_WITHOUT_NEW_DATA
                .iter()
                .any(|start| name.starts_with(start))
            {
                return Err(full(&request.service));
            }
        }
        Ok(())
    }
}

/// Restores text in responses. The embedded services decode the percent-escapes of a form byte by
/// byte, each as a character of its own, and so store and return `日` as the three characters
/// U+00E6, U+0097 and U+00A5.
fn rejoined(text: &str) -> Cow<'_, str> {
    let is_byte = |symbol: char| ('\u{80}'..='\u{ff}').contains(&symbol);
    if !text.contains(is_byte) {
        return Cow::Borrowed(text);
    }
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_byte) {
        let (before, from) = rest.split_at(start);
        let (run, after) = from.split_at(from.find(|c| !is_byte(c)).unwrap_or(from.len()));
        let bytes = run.chars().filter_map(|symbol| u8::try_from(symbol).ok());
        whole.push_str(before);
        match String::from_utf8(bytes.collect()) {
            Ok(joined) => whole.push_str(&joined),
            Err(_) => whole.push_str(run),
        }
        rest = after;
    }
    whole.push_str(rest);
    Cow::Owned(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::Iam;
    use crate::services;
    use crate::test_requests::{compare_with_crate, send_form};

    /// The prefixes would silently stop applying if the services renamed their operations.
    #[test]
    fn each_prefix_belongs_to_an_operation() {
        let names: Vec<&str> = services::names().flat_map(services::operations).collect();
        for start in OPERATIONS_WITHOUT_NEW_DATA {
            assert!(names.iter().any(|name| name.starts_with(start)), "{start}");
        }
    }

    #[test]
    fn only_split_characters_are_rejoined() {
        assert!(matches!(rejoined("plain 日本"), Cow::Borrowed(_)));
        let apart: String = "日本, café".bytes().map(char::from).collect();
        assert_eq!(rejoined(&apart), "日本, café");
        assert_eq!(rejoined("café"), "café");
    }

    #[tokio::test]
    async fn the_lists_of_operations_are_those_of_the_crates() {
        async fn compare<S: StatefulService>(service: S, host: Host, list: &str, target: &str) {
            let (Host::Regional(name) | Host::Global(name)) = host;
            let dialect = services::find(name).unwrap();
            let embedded = Embedded::new(service, host);
            let ask = async |request: &ApiRequest| embedded.ask(request).await;
            compare_with_crate(list, dialect, target, ask).await;
        }
        let list = include_str!("iam/operations.txt");
        compare(
            winterbaume_iam::IamService::new(),
            Host::Global("iam"),
            list,
            "",
        )
        .await;
        let list = include_str!("kinesis/operations.txt");
        let kinesis = winterbaume_kinesis::KinesisService::new();
        compare(kinesis, Host::Regional("kinesis"), list, "Kinesis_20131202").await;
        let list = include_str!("kms/operations.txt");
        let kms = winterbaume_kms::KmsService::new();
        compare(kms, Host::Regional("kms"), list, "TrentService").await;
        let list = include_str!("logs/operations.txt");
        let logs = winterbaume_cloudwatchlogs::CloudWatchLogsService::new();
        compare(logs, Host::Regional("logs"), list, "Logs_20140328").await;
        let list = include_str!("sns/operations.txt");
        let sns = winterbaume_sns::SnsService::new();
        compare(sns, Host::Regional("sns"), list, "").await;
        let list = include_str!("sts/operations.txt");
        let sts = winterbaume_sts::StsService::new();
        compare(sts, Host::Regional("sts"), list, "").await;
    }

    #[tokio::test]
    async fn a_form_keeps_its_characters() {
        let iam = Iam::new();
        let ask = async |parameters: &[(&str, &str)]| {
            send_form(&iam, "ap-northeast-1", "iam", parameters).await
        };
        let (status, created) = ask(&[
            ("Action", "CreateRole"),
            ("Version", "2010-05-08"),
            ("RoleName", "line"),
            ("AssumeRolePolicyDocument", "{}"),
            ("Tags.member.1.Key", "Service"),
            ("Tags.member.1.Value", "キャンペーン"),
        ])
        .await;
        assert_eq!(status, 200, "{created}");
        let (_, listed) = ask(&[
            ("Action", "ListRoleTags"),
            ("Version", "2010-05-08"),
            ("RoleName", "line"),
        ])
        .await;
        assert!(listed.contains("<Value>キャンペーン</Value>"), "{listed}");
    }
}
