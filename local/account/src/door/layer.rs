//! The door as a middleware layer in front of every route.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{CACHE_CONTROL, LOCATION, REFERRER_POLICY, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::refusal::Refusal;
use super::{Admission, Door, Functions, is_own_interface};
use crate::body;
use crate::connection::Connection;

/// Passes a request on to the routes, or responds to it. The body of a refused request may pause
/// for as long as the duration.
pub(crate) async fn guard(
    State((door, body_pause)): State<(Arc<Door>, Duration)>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    request: Request,
    next: Next,
) -> Response {
    let (head, body) = request.into_parts();
    let admission = match door.admit(&head) {
        Ok(Admission::Enter)
            if is_own_interface(head.uri.path())
                && is_of_function(&door.functions, &connection).await =>
        {
            Err(Refusal::ProcessOfFunction)
        }
        admission => admission,
    };
    match admission {
        Ok(Admission::Enter) => {
            let mut answer = next.run(Request::from_parts(head, body)).await;
            keep_from_other_pages(answer.headers_mut());
            answer
        }
        Ok(Admission::Remember { location, cookie }) => {
            let headers = [
                (LOCATION, location),
                (SET_COOKIE, cookie),
                (CACHE_CONTROL, "no-store".to_owned()),
                // A page that is linked from there must not receive the token as the referrer.
                (REFERRER_POLICY, "no-referrer".to_owned()),
            ];
            (StatusCode::SEE_OTHER, headers).into_response()
        }
        Err(refusal) => {
            let path = head.uri.path();
            tracing::warn!(peer = %connection.peer, method = %head.method, path, "refused: {refusal}");
            body::discard(&head.headers, body, body_pause).await;
            refusal.answer(&head).map(Body::from)
        }
    }
}

/// Removes the headers that would allow a page of another origin to read a response (CORS),
/// whichever service set them.
fn keep_from_other_pages(headers: &mut HeaderMap) {
    let allowing: Vec<HeaderName> = headers
        .keys()
        .filter(|name| name.as_str().starts_with("access-control-"))
        .cloned()
        .collect();
    for name in allowing {
        headers.remove(name);
    }
}

/// Reports whether a function's process holds the connection. The system is queried once for each
/// connection, which belongs to one process.
async fn is_of_function(functions: &Arc<dyn Functions>, connection: &Connection) -> bool {
    let ask = || async {
        let functions = Arc::clone(functions);
        let (peer, local) = (connection.peer, connection.local);
        tokio::task::spawn_blocking(move || functions.is_connection(peer, local))
            .await
            .unwrap_or_else(|error| {
                // If the owner is unknown, the request is treated as a function's.
                tracing::error!(%error, "the owner of a connection could not be determined");
                true
            })
    };
    *connection.of_function.get_or_init(ask).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::SocketAddr;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::Router;
    use axum::middleware::from_fn_with_state;
    use axum::routing::any;
    use hyper::service::Service;
    use hyper_util::service::TowerToHyperService;

    use crate::door::SessionKeys;
    use crate::host::HostName;

    /// Reports that a function's process holds every connection whose client has port 1.
    #[derive(Default)]
    struct Processes(AtomicUsize);

    impl Functions for Processes {
        fn is_key(&self, _access_key_id: &str) -> bool {
            false
        }

        fn is_connection(&self, peer: SocketAddr, local: SocketAddr) -> bool {
            assert_eq!(local.port(), 4566);
            self.0.fetch_add(1, Ordering::Relaxed);
            peer.port() == 1
        }
    }

    fn connection(port: u16) -> Connection {
        let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
        Connection::new(at(port), at(4566))
    }

    fn app(functions: Arc<Processes>) -> TowerToHyperService<Router> {
        let names: Vec<HostName> = Vec::new();
        let door = Door::new(
            names,
            4566,
            None,
            functions,
            Arc::new(SessionKeys::default()),
        );
        let allowing = || async { [("access-control-allow-origin", "*"), ("x-amz-id", "1")] };
        let app = Router::new()
            .fallback(any(allowing))
            .layer(from_fn_with_state(
                (Arc::new(door), Duration::from_secs(30)),
                guard,
            ));
        TowerToHyperService::new(app)
    }

    fn ask(path: &str, connection: &Connection, more: &[(&str, &str)]) -> Request {
        let mut request = Request::builder()
            .uri(path)
            .header("host", "localhost:4566");
        for (name, value) in more {
            request = request.header(*name, *value);
        }
        request
            .extension(ConnectInfo(connection.clone()))
            .body(Body::empty())
            .unwrap()
    }

    #[tokio::test]
    async fn processes_of_functions_can_use_services_only() {
        let processes = Arc::new(Processes::default());
        let app = app(Arc::clone(&processes));
        for (port, path, status) in [
            (1, "/", 200),
            (1, "/_local/health", 403),
            (2, "/_local/health", 200),
        ] {
            let connection = connection(port);
            for _ in 0..2 {
                let answer = app.call(ask(path, &connection, &[])).await.unwrap();
                assert_eq!(answer.status(), status, "{port} {path}");
            }
        }
        assert_eq!(
            processes.0.load(Ordering::Relaxed),
            2,
            "once for each connection that asks"
        );
    }

    #[tokio::test]
    async fn no_answer_allows_another_origin_to_read_it() {
        let app = app(Arc::default());
        let own = [("origin", "http://localhost:4566")];
        let other = [
            ("origin", "http://localhost:8080"),
            ("access-control-request-method", "PUT"),
        ];
        for (origin, status) in [(&own[..], 200), (&other, 403)] {
            let answer = app.call(ask("/", &connection(2), origin)).await.unwrap();
            assert_eq!(answer.status(), status);
            let headers = answer.headers();
            assert!(
                headers
                    .keys()
                    .all(|name| !name.as_str().starts_with("access-control"))
            );
        }
    }
}
