//! AWS's own managed policies that users and roles often have.
//!
//! Documents are those of the AWS Managed Policy Reference, by the versions of November 2026:
//! <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html>. Every other
//! policy of AWS can be attached, too; its document is unknown here, so it grants nothing.

use local_wire::partition_of_arn;

/// Documents by the policies' paths and names.
const DOCUMENTS: [(&str, &str); 7] = [
    (
        "AdministratorAccess",
        r#"{ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": "*", "Resource": "*" }
        ] }"#,
    ),
    (
        "AWSDenyAll",
        r#"{ "Version": "2012-10-17", "Statement": [
            { "Sid": "DenyAll", "Effect": "Deny", "Action": ["*"], "Resource": "*" }
        ] }"#,
    ),
    (
        "AWSXRayDaemonWriteAccess",
        r#"{ "Version": "2012-10-17", "Statement": [
            { "Sid": "AWSXRayDaemonWriteAccess", "Effect": "Allow", "Action": [
                "xray:PutTraceSegments",
                "xray:PutTelemetryRecords",
                "xray:GetSamplingRules",
                "xray:GetSamplingTargets",
                "xray:GetSamplingStatisticSummaries"
            ], "Resource": ["*"] }
        ] }"#,
    ),
    (
        "IAMFullAccess",
        r#"{ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": [
                "iam:*",
                "organizations:DescribeAccount",
                "organizations:DescribeOrganization",
                "organizations:DescribeOrganizationalUnit",
                "organizations:DescribePolicy",
                "organizations:ListChildren",
                "organizations:ListParents",
                "organizations:ListPoliciesForTarget",
                "organizations:ListRoots",
                "organizations:ListPolicies",
                "organizations:ListTargetsForPolicy"
            ], "Resource": "*" }
        ] }"#,
    ),
    (
        "IAMReadOnlyAccess",
        r#"{ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": [
                "iam:GenerateCredentialReport",
                "iam:GenerateServiceLastAccessedDetails",
                "iam:Get*",
                "iam:List*",
                "iam:SimulateCustomPolicy",
                "iam:SimulatePrincipalPolicy"
            ], "Resource": "*" }
        ] }"#,
    ),
    (
        "PowerUserAccess",
        r#"{ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*" },
            { "Effect": "Allow", "Action": [
                "account:GetAccountInformation",
                "account:GetGovCloudAccountInformation",
                "account:GetPrimaryEmail",
                "account:ListRegions",
                "iam:CreateServiceLinkedRole",
                "iam:DeleteServiceLinkedRole",
                "iam:ListRoles",
                "organizations:DescribeEffectivePolicy",
                "organizations:DescribeOrganization"
            ], "Resource": "*" }
        ] }"#,
    ),
    (
        "service-role/AWSLambdaBasicExecutionRole",
        r#"{ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": [
                "logs:CreateLogGroup",
                "logs:CreateLogStream",
                "logs:PutLogEvents"
            ], "Resource": "*" }
        ] }"#,
    ),
];

/// Reports whether an ARN, in any partition, is that of a policy of AWS.
pub(super) fn is_arn(arn: &str) -> bool {
    path_and_name(arn).is_some()
}

/// Returns the path, without the slash before it, and the name of a policy of AWS.
pub(super) fn path_and_name(arn: &str) -> Option<&str> {
    let prefix = format!("arn:{}:iam::aws:policy/", partition_of_arn(arn));
    let name = arn.strip_prefix(&prefix)?;
    let symbols = |symbol: char| symbol.is_ascii_alphanumeric() || "+=,.@_/-".contains(symbol);
    let is_name = !name.is_empty() && !name.ends_with('/') && name.chars().all(symbols);
    is_name.then_some(name)
}

/// Returns the document of a policy of AWS; `None` if it is not known here.
pub(super) fn document(arn: &str) -> Option<&'static str> {
    let name = path_and_name(arn)?;
    let found = DOCUMENTS.iter().find(|(known, _)| *known == name);
    found.map(|(_, document)| *document)
}

#[cfg(test)]
mod tests {
    use super::*;
    use local_iam::Document;

    #[test]
    fn every_document_is_read_in_every_partition() {
        for (name, _) in DOCUMENTS {
            for partition in ["aws", "aws-us-gov", "aws-cn"] {
                let arn = format!("arn:{partition}:iam::aws:policy/{name}");
                assert!(is_arn(&arn), "{arn}");
                assert!(Document::identity(document(&arn).unwrap()).is_ok(), "{arn}");
            }
        }
    }

    #[test]
    fn policies_of_the_account_are_not_those_of_aws() {
        for arn in [
            "arn:aws:iam::123456789012:policy/AdministratorAccess",
            "arn:aws:iam::aws:policy/",
            "arn:aws:iam::aws:policy/a b",
            "arn:aws:iam::aws:role/AdministratorAccess",
            "",
        ] {
            assert!(!is_arn(arn), "{arn}");
        }
        let other = "arn:aws:iam::aws:policy/ReadOnlyAccess";
        assert!(is_arn(other) && document(other).is_none());
    }
}
