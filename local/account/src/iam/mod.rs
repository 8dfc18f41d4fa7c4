//! IAM: embedded, with what it leaves out of roles, and with what roles may do.

mod limits;
mod policies;

use std::sync::Arc;

use axum::http::StatusCode;
use futures_util::FutureExt;
use local_wire::{ACCOUNT_ID, Request, Response, Service, ServiceFuture};
use winterbaume_core::StatefulService;
use winterbaume_iam::IamService;

use crate::embedded::{Embedded, Host};
use crate::memory::Memory;
pub(crate) use policies::RolePolicies;

/// Where the embedded service keeps what is the same in all Regions.
const HOME: &str = "us-east-1";

/// IAM of the account.
pub(crate) struct Iam {
    embedded: Embedded<IamService>,
    /// By the role's ARN; `None` for roles that do not exist.
    roles: Memory<String, Option<Arc<RolePolicies>>>,
}

impl Iam {
    pub(crate) fn new() -> Self {
        Self::of(Embedded::new(IamService::new(), Host::Global("iam")))
    }

    fn of(embedded: Embedded<IamService>) -> Self {
        Self {
            embedded,
            roles: Memory::new(),
        }
    }

    /// What is written of a role; `None` when there is none with this ARN.
    pub(crate) async fn role(&self, arn: &str) -> Option<Arc<RolePolicies>> {
        let key = arn.to_owned();
        let begun = match self.roles.recall(&key) {
            Ok(role) => return role,
            Err(begun) => begun,
        };
        let state = self.embedded.service().snapshot(ACCOUNT_ID, HOME).await;
        let role = RolePolicies::of(&state, arn).map(Arc::new);
        self.roles.keep(begun, key, role.clone());
        role
    }

    async fn serve(&self, request: Request) -> Response {
        let form: Vec<(String, String)> =
            form_urlencoded::parse(&request.body).into_owned().collect();
        let parameter = |name: &str| {
            form.iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.as_str())
        };
        let action = parameter("Action").unwrap_or_default();
        if let Err(fault) = limits::check(action, &form) {
            return fault.query_xml();
        }
        let answer = match (action, parameter("RoleName")) {
            ("GetRole", Some(role)) => self.get_role(request, role).await,
            ("CreateRole", Some(role)) => {
                let boundary = parameter("PermissionsBoundary");
                self.create_role(request, role, boundary).await
            }
            _ => self.embedded.serve(request).await,
        };
        if !action.starts_with("Get") && !action.starts_with("List") {
            self.roles.forget();
        }
        // Other than its like it tells nobody of changes.
        if self.embedded.is_due() {
            let kept = self.embedded.service().snapshot(ACCOUNT_ID, HOME).await;
            self.embedded.count(HOME, &kept);
        }
        answer
    }

    /// The embedded service keeps a role's tags and its permissions boundary, but does not tell
    /// them with the role, where Terraform's provider reads them.
    async fn get_role(&self, request: Request, role: &str) -> Response {
        let answer = self.embedded.serve(request.clone()).await;
        if answer.status() != StatusCode::OK {
            return answer;
        }
        let tags = self
            .ask(&request, "ListRoleTags", &[("RoleName", role)])
            .await;
        let tags = String::from_utf8_lossy(tags.body()).into_owned();
        let state = self.embedded.service().snapshot(ACCOUNT_ID, HOME).await;
        let boundary = state
            .roles
            .get(role)
            .and_then(|role| role.permissions_boundary.as_ref());
        let (parts, body) = answer.into_parts();
        let mut body = String::from_utf8_lossy(&body).into_owned();
        if let Some(tags) = between(&tags, "<Tags>", "</Tags>")
            && !body.contains("<Tags>")
        {
            add_to_role(&mut body, tags);
        }
        if let Some(arn) = boundary
            && !body.contains("<PermissionsBoundary>")
        {
            add_to_role(
                &mut body,
                &format!(
                    "<PermissionsBoundary><PermissionsBoundaryType>Policy</PermissionsBoundaryType>\
                     <PermissionsBoundaryArn>{arn}</PermissionsBoundaryArn></PermissionsBoundary>"
                ),
            );
        }
        Response::from_parts(parts, body.into())
    }

    /// The embedded service drops the boundary that a role is made with.
    async fn create_role(&self, request: Request, role: &str, boundary: Option<&str>) -> Response {
        let created = self.embedded.serve(request.clone()).await;
        let Some(boundary) = boundary.filter(|_| created.status().is_success()) else {
            return created;
        };
        let parameters = [("RoleName", role), ("PermissionsBoundary", boundary)];
        let bounded = self
            .ask(&request, "PutRolePermissionsBoundary", &parameters)
            .await;
        match bounded.status().is_success() {
            true => created,
            false => {
                self.ask(&request, "DeleteRole", &[("RoleName", role)])
                    .await;
                bounded
            }
        }
    }

    /// Asks the embedded service something else on behalf of a request.
    async fn ask(&self, request: &Request, action: &str, parameters: &[(&str, &str)]) -> Response {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("Action", action)
            .append_pair("Version", "2010-05-08")
            .extend_pairs(parameters)
            .finish();
        self.embedded
            .serve(Request {
                body: form.into(),
                ..request.clone()
            })
            .await
    }
}

fn add_to_role(body: &mut String, element: &str) {
    if let Some(end) = body.rfind("</Role>") {
        body.insert_str(end, element);
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
        self.serve(request).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::header::CONTENT_TYPE;
    use axum::http::{HeaderValue, Method, Uri};

    #[tokio::test]
    async fn a_service_keeps_so_much_and_what_is_deleted_makes_room() {
        let host = Host::Global("iam");
        let iam = Iam::of(Embedded::keeping(IamService::new(), host, 100_000));
        let ask = async |parameters: &[(&str, &str)]| {
            let body = form_urlencoded::Serializer::new(String::new())
                .extend_pairs(parameters)
                .finish();
            let answer = iam
                .serve(Request {
                    region: "us-east-1".into(),
                    service: "iam".into(),
                    access_key_id: "local".into(),
                    method: Method::POST,
                    uri: Uri::from_static("/"),
                    headers: [(
                        CONTENT_TYPE,
                        HeaderValue::from_static("application/x-www-form-urlencoded"),
                    )]
                    .into_iter()
                    .collect(),
                    body: body.into(),
                })
                .await;
            (
                answer.status().as_u16(),
                String::from_utf8_lossy(answer.body()).into_owned(),
            )
        };
        let document = "x".repeat(2_000);
        let mut made = 0;
        let refused = loop {
            let name = format!("role-{made}");
            let (status, answer) = ask(&[
                ("Action", "CreateRole"),
                ("RoleName", &name),
                ("AssumeRolePolicyDocument", &document),
            ])
            .await;
            if status != 200 {
                break answer;
            }
            made += 1;
        };
        assert!(refused.contains("LimitExceededException"), "{refused}");
        assert!((40..=60).contains(&made), "{made}");
        for name in (0..20).map(|n| format!("role-{n}")) {
            let (status, answer) = ask(&[("Action", "DeleteRole"), ("RoleName", &name)]).await;
            assert_eq!(status, 200, "{answer}");
        }
        let again = [
            ("Action", "CreateRole"),
            ("RoleName", "again"),
            ("AssumeRolePolicyDocument", "{}"),
        ];
        assert_eq!(ask(&again).await.0, 200);
    }
}
