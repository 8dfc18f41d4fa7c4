//! IAM: embedded, with what its GetRole leaves out.

use axum::http::StatusCode;
use futures_util::FutureExt;
use local_aws::{Request, Response, Service, ServiceFuture};
use winterbaume_iam::IamService;

use crate::embedded::{Embedded, Host};

/// IAM of the account.
pub(crate) struct Iam {
    embedded: Embedded<IamService>,
}

impl Iam {
    pub(crate) fn new() -> Self {
        Self {
            embedded: Embedded::new(IamService::new(), Host::Global("iam")),
        }
    }

    /// The embedded service keeps a role's tags and lists them, but does not tell them with the
    /// role, where Terraform's provider reads them.
    async fn get_role(&self, request: Request, role: &str) -> Response {
        let answer = self.embedded.serve(request.clone()).await;
        if answer.status() != StatusCode::OK {
            return answer;
        }
        let list = form_urlencoded::Serializer::new(String::new())
            .append_pair("Action", "ListRoleTags")
            .append_pair("Version", "2010-05-08")
            .append_pair("RoleName", role)
            .finish();
        let tags = self
            .embedded
            .serve(Request {
                body: list.into(),
                ..request
            })
            .await;
        let tags = String::from_utf8_lossy(tags.body()).into_owned();
        let (parts, body) = answer.into_parts();
        let mut body = String::from_utf8_lossy(&body).into_owned();
        if let Some(tags) = between(&tags, "<Tags>", "</Tags>")
            && let Some(end) = body.rfind("</Role>")
            && !body.contains("<Tags>")
        {
            body.insert_str(end, tags);
        }
        Response::from_parts(parts, body.into())
    }
}

/// The first stretch of text from `start` to `end`, both included.
fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let from = text.find(start)?;
    let to = text[from..].find(end)? + from + end.len();
    Some(&text[from..to])
}

impl Service for Iam {
    fn handle(&self, request: Request) -> ServiceFuture<'_> {
        async move {
            let parameter = |name: &str| {
                form_urlencoded::parse(&request.body)
                    .find(|(key, _)| key == name)
                    .map(|(_, value)| value.into_owned())
            };
            match (parameter("Action").as_deref(), parameter("RoleName")) {
                (Some("GetRole"), Some(role)) => self.get_role(request, &role).await,
                _ => self.embedded.serve(request).await,
            }
        }
        .boxed()
    }
}
