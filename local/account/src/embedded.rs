//! Services taken from the winterbaume crates, behind our own [`Service`].

use std::borrow::Cow;

use axum::http::HeaderValue;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use futures_util::FutureExt;
use local_aws::{Fault, Request, Response, Service, ServiceFuture};
use winterbaume_core::{MockRequest, MockService};

/// Content type of the Query protocol.
const FORM: &str = "application/x-www-form-urlencoded";

/// One embedded service.
///
/// The embedded crates read the region out of the request's host name, so each request is given
/// the host that the real service has.
pub(crate) struct Embedded<S> {
    service: S,
    host: Host,
}

/// How the real service's host name is built.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Host {
    /// `<prefix>.<region>.amazonaws.com`.
    Regional(&'static str),
    /// `<prefix>.amazonaws.com`: IAM is the same everywhere.
    Global(&'static str),
}

impl<S: MockService> Embedded<S> {
    pub(crate) fn new(service: S, host: Host) -> Self {
        Self { service, host }
    }

    /// The service itself, to look at its state.
    pub(crate) fn service(&self) -> &S {
        &self.service
    }

    /// Serves a request, whatever its protocol.
    pub(crate) async fn serve(&self, request: Request) -> Response {
        let host = match self.host {
            Host::Regional(prefix) => format!("{prefix}.{}.amazonaws.com", request.region),
            Host::Global(prefix) => format!("{prefix}.amazonaws.com"),
        };
        let form = request
            .headers
            .get(CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(FORM.as_bytes()));
        let path = request
            .uri
            .path_and_query()
            .map_or("/", |path| path.as_str());
        let answer = self
            .service
            .handle(MockRequest {
                method: request.method.to_string(),
                uri: format!("https://{host}{path}"),
                headers: request.headers,
                body: request.body,
            })
            .await;

        let Ok(status) = axum::http::StatusCode::from_u16(answer.status) else {
            return Fault::new(
                500,
                "InternalFailure",
                format!("{} answered with status {}", host, answer.status),
            )
            .json("message");
        };
        let mut response = Response::new(answer.body);
        *response.status_mut() = status;
        *response.headers_mut() = answer.headers;
        if form && let Cow::Owned(body) = rejoined(&String::from_utf8_lossy(response.body())) {
            *response.body_mut() = body.into();
            response.headers_mut().remove(CONTENT_LENGTH);
        }
        if let Ok(id) = HeaderValue::from_str(&local_aws::request_id()) {
            response
                .headers_mut()
                .entry("x-amzn-requestid")
                .or_insert(id);
        }
        response
    }
}

impl<S: MockService> Service for Embedded<S> {
    fn handle(&self, request: Request) -> ServiceFuture<'_> {
        self.serve(request).boxed()
    }
}

/// The embedded services read the percent-escapes of a form byte by byte, each as a character of
/// its own, and so keep and answer `日` as the three characters U+00E6, U+0097 and U+00A5. This
/// puts such characters together again.
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
    use axum::http::{Method, Uri};
    use winterbaume_iam::IamService;

    #[test]
    fn only_what_was_taken_apart_is_rejoined() {
        assert!(matches!(rejoined("plain 日本"), Cow::Borrowed(_)));
        let apart: String = "日本, café".bytes().map(char::from).collect();
        assert_eq!(rejoined(&apart), "日本, café");
        assert_eq!(rejoined("café"), "café");
    }

    #[tokio::test]
    async fn a_form_keeps_its_characters() {
        let iam = Embedded::new(IamService::new(), Host::Global("iam"));
        let ask = |body: String| {
            iam.serve(Request {
                region: "ap-northeast-1".into(),
                service: "iam".into(),
                access_key_id: "local".into(),
                method: Method::POST,
                uri: Uri::from_static("/"),
                headers: [(CONTENT_TYPE, HeaderValue::from_static(FORM))]
                    .into_iter()
                    .collect(),
                body: body.into(),
            })
        };
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("Action", "CreateRole")
            .append_pair("Version", "2010-05-08")
            .append_pair("RoleName", "line")
            .append_pair("AssumeRolePolicyDocument", "{}")
            .append_pair("Tags.member.1.Key", "Service")
            .append_pair("Tags.member.1.Value", "キャンペーン")
            .finish();
        assert_eq!(ask(form).await.status(), 200);
        let listed = ask("Action=ListRoleTags&Version=2010-05-08&RoleName=line".into()).await;
        let listed = String::from_utf8(listed.body().to_vec()).unwrap();
        assert!(listed.contains("<Value>キャンペーン</Value>"), "{listed}");
    }
}
