//! Roles that functions and services act with, and the port that decides what they may do.

use futures_util::future::BoxFuture;

use crate::{ACCOUNT_ID, Fault, partition_of_arn};

/// A function that acts with its role, or a service that acts with a role for a resource.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FunctionIdentity {
    /// The role's ARN.
    pub role_arn: String,
    /// The function's unqualified ARN; for a service, the ARN of the resource that it acts for.
    pub function_arn: String,
}

impl FunctionIdentity {
    /// Creates the identity of a service that acts with a role for a resource. The session is named
    /// after the resource.
    pub fn of_service(role_arn: impl Into<String>, source_arn: impl Into<String>) -> Self {
        Self {
            role_arn: role_arn.into(),
            function_arn: source_arn.into(),
        }
    }

    /// Returns the role's name, without its path.
    pub fn role_name(&self) -> &str {
        last(&self.role_arn, '/')
    }

    /// Returns the session's ARN, as AWS's refusals contain it: Lambda names a session after its
    /// function.
    pub fn session_arn(&self) -> String {
        assumed_role_arn(&self.role_arn, self.session_name())
    }

    /// Returns the session's name, which is the function's.
    pub fn session_name(&self) -> &str {
        last(&self.function_arn, ':')
    }
}

/// Returns the ARN of a session of a role.
pub fn assumed_role_arn(role_arn: &str, session_name: &str) -> String {
    format!(
        "arn:{}:sts::{ACCOUNT_ID}:assumed-role/{}/{session_name}",
        partition_of_arn(role_arn),
        last(role_arn, '/')
    )
}

fn last(text: &str, separator: char) -> &str {
    text.rsplit(separator).next().unwrap_or(text)
}

/// Decides what roles may do. Implemented by the account with its IAM, used by services that act
/// for a function.
pub trait RoleRights: Send + Sync + 'static {
    /// Reports whether a service, such as `lambda.amazonaws.com`, may assume a role for a resource:
    /// the role exists and trusts the service.
    fn assumable<'a>(
        &'a self,
        role_arn: &'a str,
        service: &'a str,
        source_arn: &'a str,
    ) -> BoxFuture<'a, bool>;

    /// Authorizes an action for a function, such as `logs:PutLogEvents`.
    ///
    /// # Errors
    /// `AccessDeniedException`, in AWS's words.
    fn authorize<'a>(
        &'a self,
        identity: &'a FunctionIdentity,
        region: &'a str,
        action: &'a str,
        resource: &'a str,
    ) -> BoxFuture<'a, Result<(), Fault>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_named_after_its_function() {
        let identity = FunctionIdentity {
            role_arn: "arn:aws:iam::123456789012:role/service/line-function".into(),
            function_arn: "arn:aws:lambda:eu-west-1:123456789012:function:line".into(),
        };
        assert_eq!(
            identity.session_arn(),
            "arn:aws:sts::123456789012:assumed-role/line-function/line"
        );
    }

    #[test]
    fn a_session_has_the_partition_of_its_role() {
        let identity = FunctionIdentity {
            role_arn: "arn:aws-us-gov:iam::123456789012:role/line".into(),
            function_arn: "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:line".into(),
        };
        assert_eq!(
            identity.session_arn(),
            "arn:aws-us-gov:sts::123456789012:assumed-role/line/line"
        );
    }
}
