//! IAM: an embedded service, with the parts of users and roles that it leaves out, with AWS's own
//! policies, and with access to the policies of users and roles.

mod access_keys;
mod aws_managed;
mod limits;
mod policies;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use axum::http::StatusCode;
use futures_util::FutureExt;
use local_iam::Named;
use local_wire::Serve::Later;
use local_wire::query::{self, Form};
use local_wire::{
    ACCOUNT_ID, Answer, ApiRequest, Declared, Dialect, Fault, Operations, Outcome, OutcomeFuture,
    Response, Serve, Service, named, partition, partition_of_arn, xml,
};
use tokio::runtime::Handle;
use winterbaume_core::StatefulService;
use winterbaume_iam::views::{ManagedPolicyView, PolicyVersionView};
use winterbaume_iam::{IamService, IamStateView};

use crate::blocking::Blocking;
use crate::embedded::{Embedded, Host};
use crate::generation_cache::GenerationCache;
use crate::partitions::exchanged_text;
use access_keys::IssuedKeys;
pub(crate) use policies::{Rights, RolePolicies, User};

/// The Region in which the embedded service stores what is the same in all Regions.
const GLOBAL_REGION: &str = "us-east-1";

/// The operations that need more than the embedded service.
const SERVED: &[Declared<Serve<Iam>>] = &[
    named(
        "CreateAccessKey",
        Later(|iam, request| iam.create_access_key(request).boxed()),
    ),
    named(
        "CreateRole",
        Later(|iam, request| iam.create(request, &ROLE).boxed()),
    ),
    named(
        "CreateUser",
        Later(|iam, request| iam.create(request, &USER).boxed()),
    ),
    named(
        "GetPolicyVersion",
        Later(|iam, request| iam.get_policy_version(request).boxed()),
    ),
    named(
        "GetRole",
        Later(|iam, request| iam.get(request, &ROLE).boxed()),
    ),
    named(
        "GetUser",
        Later(|iam, request| iam.get(request, &USER).boxed()),
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

/// A kind of principal, with the operations of the embedded service.
struct Kind {
    /// The XML element that describes a principal.
    element: &'static str,
    /// The parameter that names it.
    name: &'static str,
    list_tags: &'static str,
    put_boundary: &'static str,
    delete: &'static str,
    /// Returns the ARN of a principal's permissions boundary.
    boundary: fn(&IamStateView, &str) -> Option<String>,
}

const ROLE: Kind = Kind {
    element: "Role",
    name: "RoleName",
    list_tags: "ListRoleTags",
    put_boundary: "PutRolePermissionsBoundary",
    delete: "DeleteRole",
    boundary: |state, name| state.roles.get(name)?.permissions_boundary.clone(),
};

const USER: Kind = Kind {
    element: "User",
    name: "UserName",
    list_tags: "ListUserTags",
    put_boundary: "PutUserPermissionsBoundary",
    delete: "DeleteUser",
    boundary: |state, name| state.users.get(name)?.permissions_boundary.clone(),
};

/// Operations that are meant for the caller's own user if they name none. From their descriptions
/// in the API's reference.
const OF_CALLER: [&str; 9] = [
    "CreateAccessKey",
    "DeleteAccessKey",
    "GetUser",
    "ListAccessKeys",
    "ListMFADevices",
    "ListSSHPublicKeys",
    "ListServiceSpecificCredentials",
    "ListSigningCertificates",
    "UpdateAccessKey",
];

/// Reports whether an operation is meant for the caller's own user if it names none.
pub(crate) fn is_of_caller(operation: &str) -> bool {
    OF_CALLER.contains(&operation)
}

/// A user, a group or a role.
pub(crate) struct Found {
    pub(crate) arn: String,
    /// The ARN of its permissions boundary.
    pub(crate) boundary: Option<String>,
}

/// IAM of the account.
pub(crate) struct Iam {
    embedded: Arc<Embedded<IamService>>,
    /// Runs simulations of policies.
    blocking: Blocking,
    /// By the role's ARN; `None` for roles that do not exist.
    roles: GenerationCache<String, Option<Arc<RolePolicies>>>,
    /// By partition and name; `None` for users that do not exist.
    users: GenerationCache<(&'static str, String), Option<Arc<User>>>,
    /// The names of the users of keys; `None` for a key that is inactive or was deleted.
    owners: GenerationCache<String, Option<String>>,
    issued: IssuedKeys,
    /// Held while a policy of AWS is in the embedded service without being attached.
    aws_managed: tokio::sync::Mutex<()>,
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
            users: GenerationCache::new(),
            owners: GenerationCache::new(),
            issued: IssuedKeys::default(),
            aws_managed: tokio::sync::Mutex::default(),
        }
    }

    async fn state(&self) -> IamStateView {
        self.embedded
            .service()
            .snapshot(ACCOUNT_ID, GLOBAL_REGION)
            .await
    }

    /// Reports whether a key is or was the access key of a user.
    pub(crate) fn has_issued(&self, access_key_id: &str) -> bool {
        self.issued.has(access_key_id)
    }

    /// Returns the user of an access key; `None` if the key is inactive or was deleted.
    pub(crate) async fn user_of(&self, access_key_id: &str, region: &str) -> Option<Arc<User>> {
        let key = access_key_id.to_owned();
        let name = match self.owners.recall(&key) {
            Ok(name) => name,
            Err(begun) => {
                let state = self.state().await;
                let found = state.access_keys.get(access_key_id);
                let active = found.filter(|key| key.status == "Active");
                let name = active.map(|key| key.user_name.clone());
                self.owners.keep(begun, key, name.clone());
                name
            }
        };
        self.user(&name?, region).await
    }

    /// Returns a user, with ARNs of the partition of a Region.
    pub(crate) async fn user(&self, name: &str, region: &str) -> Option<Arc<User>> {
        let partition = partition(region);
        let key = (partition, name.to_owned());
        let begun = match self.users.recall(&key) {
            Ok(user) => return user,
            Err(begun) => begun,
        };
        let user = User::of(&self.state().await, partition, name).map(Arc::new);
        self.users.keep(begun, key, user.clone());
        user
    }

    /// Returns a user, a group or a role by name, with ARNs of the partition of a Region.
    pub(crate) async fn find(&self, kind: &str, name: &str, region: &str) -> Option<Found> {
        let state = self.state().await;
        let (arn, boundary) = match kind {
            "role" => {
                let role = state.roles.get(name)?;
                (&role.arn, role.permissions_boundary.as_deref())
            }
            "user" => {
                let user = state.users.get(name)?;
                (&user.arn, user.permissions_boundary.as_deref())
            }
            "group" => (&state.groups.get(name)?.arn, None),
            _ => return None,
        };
        let outside = |arn: &str| exchanged_text(arn, partition(region));
        Some(Found {
            arn: outside(arn),
            boundary: boundary.map(outside),
        })
    }

    fn forget(&self) {
        self.roles.forget();
        self.users.forget();
        self.owners.forget();
    }

    /// Returns the policies of a role; `None` if there is no role with this ARN.
    pub(crate) async fn role(&self, arn: &str) -> Option<Arc<RolePolicies>> {
        let key = arn.to_owned();
        let begun = match self.roles.recall(&key) {
            Ok(role) => return role,
            Err(begun) => begun,
        };
        let role = RolePolicies::of(&self.state().await, arn).map(Arc::new);
        self.roles.keep(begun, key, role.clone());
        role
    }

    /// Returns a managed policy. `Err` is a sentence that says why there is none.
    pub(crate) async fn managed_policy(&self, arn: &str) -> Result<Named, String> {
        policies::session_policy(&self.state().await, arn)
    }

    async fn serve(&self, request: ApiRequest) -> Outcome {
        let declared = OPERATIONS.find(&request.operation)?;
        let action = declared.name;
        let request = self.of_caller(action, request).await;
        let form = query::pairs(&request.body);
        limits::check(action, &form)?;
        if limits::depends_on_state(action) {
            limits::check_state(action, &form, &self.state().await)?;
        }
        let policy = form.iter().find(|(name, _)| name == "PolicyArn");
        let outcome = match policy.filter(|(_, arn)| aws_managed::is_arn(arn)) {
            None => declared.carry_out(self, &request).await,
            Some((_, arn)) => {
                let _held = self.aws_managed.lock().await;
                self.bring(arn).await?;
                let outcome = declared.carry_out(self, &request).await;
                // The embedded service refuses it if the policy is attached now.
                self.ask(&request, "DeletePolicy", &[("PolicyArn", arn)])
                    .await?;
                outcome
            }
        };
        if !action.starts_with("Get") && !action.starts_with("List") {
            self.forget();
        }
        // Unlike other embedded services, IAM does not publish its changes.
        if self.embedded.is_due() {
            self.embedded.count(GLOBAL_REGION, &self.state().await);
        }
        outcome
    }

    /// Adds the name of the caller's own user to a request that is meant for that user.
    async fn of_caller(&self, action: &str, request: ApiRequest) -> ApiRequest {
        let names_user = query::parameter(&request.body, USER.name).is_some();
        if !is_of_caller(action) || names_user || !self.has_issued(&request.access_key_id) {
            return request;
        }
        let user = self.user_of(&request.access_key_id, &request.region);
        let Some(user) = user.await else {
            return request;
        };
        let mut form = query::pairs(&request.body);
        form.push((USER.name.to_owned(), user.name.clone()));
        let pairs: Vec<(&str, &str)> = form
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        request.instead(action, query::form(&pairs))
    }

    /// Adds a policy of AWS to the embedded service, which has none.
    async fn bring(&self, arn: &str) -> Result<(), Fault> {
        let arn_inside = exchanged_text(arn, partition_of_arn(arn));
        if self.state().await.policies.contains_key(&arn_inside) {
            return Ok(());
        }
        let path_and_name = aws_managed::path_and_name(arn).unwrap_or_default();
        let (path, name) = match path_and_name.rsplit_once('/') {
            Some((path, name)) => (format!("/{path}/"), name),
            None => ("/".to_owned(), path_and_name),
        };
        let document = aws_managed::document(arn).unwrap_or_default();
        let version = PolicyVersionView {
            version_id: "v1".to_owned(),
            document: document.to_owned(),
            is_default_version: true,
            create_date: None,
        };
        let policy = ManagedPolicyView {
            policy_name: name.to_owned(),
            policy_id: policy_id(name),
            arn: arn_inside.clone(),
            path,
            default_version_id: "v1".to_owned(),
            description: String::new(),
            create_date: None,
            update_date: None,
            is_attachable: true,
            document: document.to_owned(),
            versions: vec![version],
            tags: HashMap::new(),
            attachment_count: 0,
        };
        let view = IamStateView {
            policies: HashMap::from([(arn_inside, policy)]),
            ..IamStateView::default()
        };
        let service = self.embedded.service();
        let merged = service.merge(ACCOUNT_ID, GLOBAL_REGION, view).await;
        merged.map_err(|error| Fault::new(500, "ServiceFailure", error.to_string()))
    }

    /// Returns a version of a policy, but none of a policy of AWS whose document is not known.
    async fn get_policy_version(&self, request: &ApiRequest) -> Outcome {
        let arn = query::parameter(&request.body, "PolicyArn").unwrap_or_default();
        if aws_managed::is_arn(&arn) && aws_managed::document(&arn).is_none() {
            return Err(Fault::new(
                501,
                "NotImplemented",
                format!(
                    "The local account does not have the document of {arn}, which grants nothing \
                     in it. Attach a policy of your own with the same statements."
                ),
            ));
        }
        self.embedded.call(request).await
    }

    /// Creates an access key and remembers that the account issued it.
    async fn create_access_key(&self, request: &ApiRequest) -> Outcome {
        self.issued.check_room()?;
        let answer = self.embedded.ask(request).await?;
        if answer.status().is_success() {
            let body = String::from_utf8_lossy(answer.body());
            let key = between(&body, "<AccessKeyId>", "</AccessKeyId>");
            let key = key.and_then(|key| xml_text(key)).ok_or_else(|| {
                let sentence = "The embedded service created an access key without an id.";
                Fault::new(500, "ServiceFailure", sentence)
            })?;
            self.issued.keep(key);
        }
        Ok(answer.into())
    }

    /// Simulates policies, which takes long for many policies and requests.
    async fn simulate(&self, request: &ApiRequest) -> Outcome {
        let embedded = Arc::clone(&self.embedded);
        let runtime = Handle::current();
        let request = request.clone();
        let work = move || runtime.block_on(embedded.call(&request));
        self.blocking.run(work).await?
    }

    /// Returns a user or a role. The embedded service stores tags and permissions boundary, but does
    /// not return them, where Terraform's provider reads them.
    async fn get(&self, request: &ApiRequest, kind: &Kind) -> Outcome {
        let answer = self.embedded.ask(request).await?;
        let name = query::parameter(&request.body, kind.name);
        let Some(name) = name.filter(|_| answer.status() == StatusCode::OK) else {
            return Ok(answer.into());
        };
        let tags = self
            .ask(request, kind.list_tags, &[(kind.name, &name)])
            .await?;
        let tags = String::from_utf8_lossy(tags.body()).into_owned();
        let boundary = (kind.boundary)(&self.state().await, &name)
            .map(|arn| exchanged_text(&arn, partition(&request.region)));
        let (parts, body) = answer.into_parts();
        let mut body = String::from_utf8_lossy(&body).into_owned();
        if let Some(tags) = between(&tags, "<Tags>", "</Tags>")
            && !body.contains("<Tags>")
        {
            add_to(&mut body, kind, tags);
        }
        if let Some(arn) = boundary
            && !body.contains("<PermissionsBoundary>")
        {
            add_to(
                &mut body,
                kind,
                &format!(
                    "<PermissionsBoundary>{}{}</PermissionsBoundary>",
                    xml::element("PermissionsBoundaryType", "Policy"),
                    xml::element("PermissionsBoundaryArn", &arn),
                ),
            );
        }
        Ok(Response::from_parts(parts, body.into()).into())
    }

    /// Creates a user or a role with its boundary, which the embedded service drops.
    async fn create(&self, request: &ApiRequest, kind: &Kind) -> Outcome {
        let created = self.embedded.ask(request).await?;
        let parameter = |name| query::parameter(&request.body, name);
        let (true, Some(name), Some(boundary)) = (
            created.status().is_success(),
            parameter(kind.name),
            parameter("PermissionsBoundary"),
        ) else {
            return Ok(created.into());
        };
        let parameters = [
            (kind.name, name.as_str()),
            ("PermissionsBoundary", &boundary),
        ];
        let bounded = self.ask(request, kind.put_boundary, &parameters).await;
        if bounded
            .as_ref()
            .is_ok_and(|answer| answer.status().is_success())
        {
            return Ok(created.into());
        }
        self.ask(request, kind.delete, &[(kind.name, &name)])
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

/// Returns an id for a policy of AWS, in the form of AWS's ids.
fn policy_id(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    let letters = letters.chain(std::iter::repeat('A')).take(17);
    let letters: String = letters.map(|letter| letter.to_ascii_uppercase()).collect();
    format!("ANPA{letters}")
}

/// Adds an element to the description of a user or a role.
fn add_to(body: &mut String, kind: &Kind, element: &str) {
    if let Some(end) = body.rfind(&format!("</{}>", kind.element)) {
        body.insert_str(end, element);
    }
}

/// Returns the text between the tags of an element.
fn xml_text(element: &str) -> Option<&str> {
    let (_, rest) = element.split_once('>')?;
    rest.split_once('<').map(|(text, _)| text)
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
