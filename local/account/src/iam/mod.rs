//! IAM: an embedded service, with the parts of roles that it leaves out, and with access to roles'
//! policies.

mod limits;
mod policies;

use std::sync::{Arc, LazyLock};

use axum::http::StatusCode;
use futures_util::FutureExt;
use local_iam::Named;
use local_wire::Serve::Later;
use local_wire::query::{self, Form};
use local_wire::{
    ACCOUNT_ID, Answer, ApiRequest, Declared, Dialect, Fault, Operations, Outcome, OutcomeFuture,
    Response, Serve, Service, named, partition, xml,
};
use tokio::runtime::Handle;
use winterbaume_core::StatefulService;
use winterbaume_iam::IamService;

use crate::blocking::Blocking;
use crate::embedded::{Embedded, Host};
use crate::generation_cache::GenerationCache;
use crate::partitions::exchanged_text;
pub(crate) use policies::RolePolicies;

/// The Region in which the embedded service stores what is the same in all Regions.
const GLOBAL_REGION: &str = "us-east-1";

/// The operations that need more than the embedded service.
const SERVED: &[Declared<Serve<Iam>>] = &[
    named(
        "CreateRole",
        Later(|iam, request| iam.create_role(request).boxed()),
    ),
    named(
        "GetRole",
        Later(|iam, request| iam.get_role(request).boxed()),
    ),
    named("SimulateCustomPolicy", SIMULATE),
    named("SimulatePrincipalPolicy", SIMULATE),
];

const SIMULATE: Serve<Iam> = Later(|iam, request| iam.simulate(request).boxed());

static OPERATIONS: LazyLock<Operations<Serve<Iam>>> = LazyLock::new(|| {
    Operations::new("iam", &[SERVED], "").embedding(
        include_str!("operations.txt"),
        Later(|iam, request| iam.embedded.call(request).boxed()),
    )
});

/// The dialect of IAM.
pub(crate) static DIALECT: Dialect = Dialect {
    operations: Some(|| &*OPERATIONS),
    broken: (500, "ServiceFailure"),
    ..Dialect::query(
        "iam",
        Form::new("https://iam.amazonaws.com/doc/2010-05-08/"),
    )
};

/// IAM of the account.
pub(crate) struct Iam {
    embedded: Arc<Embedded<IamService>>,
    /// Runs simulations of policies.
    blocking: Blocking,
    /// By the role's ARN; `None` for roles that do not exist.
    roles: GenerationCache<String, Option<Arc<RolePolicies>>>,
}

impl Iam {
    pub(crate) fn new() -> Self {
        Self::of(Embedded::new(IamService::new(), Host::Global("iam")))
    }

    fn of(embedded: Embedded<IamService>) -> Self {
        Self {
            embedded: Arc::new(embedded),
            blocking: Blocking::default(),
            roles: GenerationCache::new(),
        }
    }

    /// Returns the policies of a role; `None` if there is no role with this ARN.
    pub(crate) async fn role(&self, arn: &str) -> Option<Arc<RolePolicies>> {
        let key = arn.to_owned();
        let begun = match self.roles.recall(&key) {
            Ok(role) => return role,
            Err(begun) => begun,
        };
        let state = self
            .embedded
            .service()
            .snapshot(ACCOUNT_ID, GLOBAL_REGION)
            .await;
        let role = RolePolicies::of(&state, arn).map(Arc::new);
        self.roles.keep(begun, key, role.clone());
        role
    }

    /// Returns a managed policy. `Err` is a sentence that says why there is none.
    pub(crate) async fn managed_policy(&self, arn: &str) -> Result<Named, String> {
        let state = self
            .embedded
            .service()
            .snapshot(ACCOUNT_ID, GLOBAL_REGION)
            .await;
        policies::managed(&state, arn)
    }

    async fn serve(&self, request: ApiRequest) -> Outcome {
        let declared = OPERATIONS.find(&request.operation)?;
        let action = declared.name;
        limits::check(action, &query::pairs(&request.body))?;
        let outcome = declared.carry_out(self, &request).await;
        if !action.starts_with("Get") && !action.starts_with("List") {
            self.roles.forget();
        }
        // Unlike other embedded services, IAM does not publish its changes.
        if self.embedded.is_due() {
            let state = self
                .embedded
                .service()
                .snapshot(ACCOUNT_ID, GLOBAL_REGION)
                .await;
            self.embedded.count(GLOBAL_REGION, &state);
        }
        outcome
    }

    /// Simulates policies, which takes long for many policies and requests.
    async fn simulate(&self, request: &ApiRequest) -> Outcome {
        let embedded = Arc::clone(&self.embedded);
        let runtime = Handle::current();
        let request = request.clone();
        let work = move || runtime.block_on(embedded.call(&request));
        self.blocking.run(work).await?
    }

    /// The embedded service stores a role's tags and permissions boundary, but does not return them
    /// with the role, where Terraform's provider reads them.
    async fn get_role(&self, request: &ApiRequest) -> Outcome {
        let answer = self.embedded.ask(request).await?;
        let role = query::parameter(&request.body, "RoleName");
        let Some(role) = role.filter(|_| answer.status() == StatusCode::OK) else {
            return Ok(answer.into());
        };
        let tags = self
            .ask(request, "ListRoleTags", &[("RoleName", &role)])
            .await?;
        let tags = String::from_utf8_lossy(tags.body()).into_owned();
        let state = self
            .embedded
            .service()
            .snapshot(ACCOUNT_ID, GLOBAL_REGION)
            .await;
        let boundary = state
            .roles
            .get(&role)
            .and_then(|role| role.permissions_boundary.as_deref())
            .map(|arn| exchanged_text(arn, partition(&request.region)));
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
                    "<PermissionsBoundary>{}{}</PermissionsBoundary>",
                    xml::element("PermissionsBoundaryType", "Policy"),
                    xml::element("PermissionsBoundaryArn", &arn),
                ),
            );
        }
        Ok(Response::from_parts(parts, body.into()).into())
    }

    /// Creates a role with its boundary, which the embedded service drops.
    async fn create_role(&self, request: &ApiRequest) -> Outcome {
        let created = self.embedded.ask(request).await?;
        let parameter = |name| query::parameter(&request.body, name);
        let (true, Some(role), Some(boundary)) = (
            created.status().is_success(),
            parameter("RoleName"),
            parameter("PermissionsBoundary"),
        ) else {
            return Ok(created.into());
        };
        let parameters = [
            ("RoleName", role.as_str()),
            ("PermissionsBoundary", &boundary),
        ];
        let bounded = self
            .ask(request, "PutRolePermissionsBoundary", &parameters)
            .await;
        if bounded
            .as_ref()
            .is_ok_and(|answer| answer.status().is_success())
        {
            return Ok(created.into());
        }
        self.ask(request, "DeleteRole", &[("RoleName", &role)])
            .await?;
        bounded.map(Answer::from)
    }

    /// Sends another request to the embedded service on behalf of a request.
    async fn ask(
        &self,
        request: &ApiRequest,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Response, Fault> {
        let version = [("Action", action), ("Version", "2010-05-08")];
        let form = query::form(version.iter().chain(parameters));
        self.embedded.ask(&request.instead(action, form)).await
    }
}

fn add_to_role(body: &mut String, element: &str) {
    if let Some(end) = body.rfind("</Role>") {
        body.insert_str(end, element);
    }
}

/// Returns the first part of a text from `start` to `end`, both included.
fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let from = text.find(start)?;
    let to = text[from..].find(end)? + from + end.len();
    Some(&text[from..to])
}

impl Service for Iam {
    fn dialect(&self) -> &'static Dialect {
        &DIALECT
    }

    fn call(&self, request: ApiRequest) -> OutcomeFuture<'_> {
        self.serve(request).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_requests::send_form;

    #[tokio::test]
    async fn stored_data_is_limited_and_deleting_frees_space() {
        let host = Host::Global("iam");
        let iam = Iam::of(Embedded::keeping(IamService::new(), host, 100_000));
        let ask = async |parameters: &[(&str, &str)]| {
            send_form(&iam, "us-east-1", "iam", parameters).await
        };
        let document = "x".repeat(2_000);
        let mut created = 0;
        let refused = loop {
            let name = format!("role-{created}");
            let (status, answer) = ask(&[
                ("Action", "CreateRole"),
                ("RoleName", &name),
                ("AssumeRolePolicyDocument", &document),
            ])
            .await;
            if status != 200 {
                break answer;
            }
            created += 1;
        };
        assert!(refused.contains("LimitExceededException"), "{refused}");
        assert!((40..=60).contains(&created), "{created}");
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
