//! Responds to requests whose handlers panic, so that the client does not wait in vain.

use std::panic::AssertUnwindSafe;

use axum::body::Body;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;
use futures_util::FutureExt;
use local_wire::{Dialect, Fault, Reply};

/// The last resort: panics of services are handled in the gateway, which knows their operation and
/// protocol.
pub(crate) async fn answer(request: Request, next: Next) -> Response {
    let (method, uri) = (request.method().clone(), request.uri().clone());
    AssertUnwindSafe(next.run(request))
        .catch_unwind()
        .await
        .unwrap_or_else(|_panic| {
            let path = uri.path();
            tracing::error!(%method, path, "a handler panicked");
            let fault = Fault::new(
                500,
                "InternalFailure",
                format!(
                    "The local account must answer {method} {path}, but failed with this request. \
                     This is a bug of the account, which keeps running: please report it with the \
                     request."
                ),
            );
            Reply::to_head(Dialect::unknown(""), &method, &HeaderMap::new())
                .refuse(fault)
                .map(Body::from)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::body::to_bytes;
    use axum::middleware::from_fn;
    use axum::routing::get;
    use hyper::service::Service;
    use hyper_util::service::TowerToHyperService;

    #[tokio::test]
    async fn a_panic_is_answered_and_so_is_the_next_request() {
        async fn breaks() {
            panic!("for the test");
        }
        let app = Router::new()
            .route("/_local/breaks", get(breaks))
            .route("/_local/whole", get(|| async {}))
            .layer(from_fn(answer));
        let app = TowerToHyperService::new(app);
        let ask = |path: &'static str| {
            let request = Request::builder().uri(path).body(Body::empty()).unwrap();
            app.call(request)
        };
        for _ in 0..2 {
            let broken = ask("/_local/breaks").await.unwrap();
            assert_eq!(broken.status(), 500);
            let body = to_bytes(broken.into_body(), 10_000).await.unwrap();
            let body = String::from_utf8_lossy(&body).into_owned();
            assert!(body.contains("GET /_local/breaks"), "{body}");
            assert!(body.contains("InternalFailure"), "{body}");
            assert_eq!(ask("/_local/whole").await.unwrap().status(), 200);
        }
    }
}
