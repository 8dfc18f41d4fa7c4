//! Requests of the control plane for unit tests.

use futures_util::FutureExt;
use http::Method;
use local_service_tests::record_sent;
use local_wire::{Operation, Request, Response, Service};
use serde_json::Value;

use crate::{ConnectService, DIALECT, control};

/// The Region of every request.
pub(crate) const REGION: &str = "ap-northeast-1";

/// Sends a request with a JSON body, or with none for null, and returns the response.
pub(crate) fn send(service: &ConnectService, method: Method, path: &str, body: &Value) -> Response {
    let uri = path.parse().unwrap();
    handle(service, Request::rest(REGION, "connect", method, uri, body))
}

/// Sends a request, and returns the response. A successful one must have the shape of the service
/// model.
pub(crate) fn handle(service: &ConnectService, request: Request) -> Response {
    let operation = Operation::of(&DIALECT, &request).name;
    record_sent("connect", &operation);
    let response = service.handle(request).now_or_never().unwrap();
    if response.status().is_success() {
        let body = serde_json::from_slice(response.body()).unwrap();
        let problem = control::model().output_problem(&operation, &body);
        assert_eq!(problem, None, "{operation}: {body}");
    }
    response
}
